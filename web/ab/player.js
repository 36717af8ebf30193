// One transport for many sounds: the page's side of player_processor.js. Sounds are matched in
// loudness here, and padded to one length.
//
// Events: "place" ({frame, seconds, playing, length, begin, end}).

import { Problem } from "../audio/problem.js";

const kProcessorUrl = new URL("player_processor.js", import.meta.url);
const kHighestPeak = 0.97;

// Gains that bring every sound to the loudness of the first, or all of them lower where one would
// clip; 1 where a sound has no loudness. `sounds`: [{loudness_lufs, peak}].
export function matching_gains(sounds) {
  const audible = sounds.filter(({ loudness_lufs }) => loudness_lufs > -100);
  if (!audible.length) return sounds.map(() => 1);
  const target =
    sounds[0].loudness_lufs > -100 ? sounds[0].loudness_lufs : audible[0].loudness_lufs;
  const gain = ({ loudness_lufs }) =>
    loudness_lufs > -100 ? 10 ** ((target - loudness_lufs) / 20) : 1;
  const peak = Math.max(...sounds.map((sound) => sound.peak * gain(sound)));
  const room = Math.min(1, kHighestPeak / Math.max(peak, 1e-9));
  return sounds.map((sound) => gain(sound) * room);
}

export class Player extends EventTarget {
  #context = null;
  #node = null;
  #opening = null;
  #length = 0;
  #loop = [0, 0];
  playing = false;
  frame = 0;

  constructor(rate_hz) {
    super();
    this.rate_hz = rate_hz;
  }

  get context() {
    return this.#context;
  }

  get node() {
    return this.#node;
  }

  // Within a user's gesture, before the first wait.
  async #open() {
    if (!this.#context) {
      if (typeof AudioWorkletNode === "undefined") {
        throw new Problem(
          "This browser cannot process sound in a page (no AudioWorklet). Use a current Firefox, Chrome, Edge or Safari, over https or from localhost.",
        );
      }
      this.#context = new AudioContext({ sampleRate: this.rate_hz, latencyHint: "interactive" });
      this.#opening = this.#context.audioWorklet.addModule(kProcessorUrl).then(() => {
        this.#node = new AudioWorkletNode(this.#context, "sideband-player", {
          numberOfInputs: 0,
          outputChannelCount: [1],
        });
        this.#node.port.onmessage = ({ data }) => this.#hear(data);
        this.#node.connect(this.#context.destination);
      });
    }
    await this.#opening;
  }

  // Tells how long the sounds will be, from their beginning, before any can be loaded: browsers let a
  // page sound only after a gesture.
  expect(length) {
    this.#length = length;
    this.#loop = [0, length];
    this.seek(0);
    this.#hear({ frame: 0 });
  }

  // `sounds`: [{samples, loudness_lufs, peak}]. Keeps the place where the length allows it, and goes
  // on playing where that was asked for, also while the context was being opened.
  async load(sounds, { style = "crossfade", index = 0, keep_place = false } = {}) {
    await this.#open();
    const place = keep_place ? this.frame : 0;
    const playing = keep_place && this.playing;
    const loop = keep_place ? this.#loop : null;
    const gains = matching_gains(sounds);
    const length = Math.max(...sounds.map(({ samples }) => samples.length));
    const matched = sounds.map(({ samples }, k) => {
      const out = new Float32Array(length);
      for (let i = 0; i < samples.length; ++i) out[i] = samples[i] * gains[k];
      return out;
    });
    this.#length = length;
    this.#loop = loop && loop[1] > loop[0] && loop[1] <= length ? loop : [0, length];
    this.gains = gains;
    this.#post(
      { type: "sounds", sounds: matched },
      matched.map(({ buffer }) => buffer),
    );
    this.#post({ type: "seek", frame: Math.min(place, length - 1) });
    this.#post({ type: "style", style });
    this.#post({ type: "choose", index });
    this.#post({ type: "loop", begin: this.#loop[0], end: this.#loop[1] });
    this.playing = false;
    if (playing) await this.play();
  }

  choose(index) {
    this.#post({ type: "choose", index });
  }

  async play() {
    this.playing = true;
    await this.#open();
    await this.#context.resume();
    if (this.playing) this.#post({ type: "play" });
  }

  pause() {
    this.playing = false;
    this.#post({ type: "pause" });
  }

  seek(frame) {
    this.frame = frame;
    this.#post({ type: "seek", frame: Math.round(frame) });
  }

  // Plays frames begin…end over and over; without them, the whole sound.
  loop(begin = 0, end = this.#length) {
    this.#loop = [Math.round(begin), Math.round(end)];
    this.#post({ type: "loop", begin: this.#loop[0], end: this.#loop[1] });
  }

  get length() {
    return this.#length;
  }

  get loop_region() {
    return this.#loop;
  }

  async close() {
    this.playing = false;
    const context = this.#context;
    this.#context = this.#node = this.#opening = null;
    await context?.close();
  }

  #post(message, moved = []) {
    this.#node?.port.postMessage(message, moved);
  }

  #hear({ frame }) {
    const { playing } = this;
    this.frame = frame;
    const detail = { frame, playing, seconds: frame / this.rate_hz, length: this.#length };
    this.dispatchEvent(new CustomEvent("place", { detail }));
  }
}
