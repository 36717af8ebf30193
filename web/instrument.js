// The instrument behind the page's controls, the canvas and the scripting API (window.sideband): what
// plays, and what is heard of it. It knows nothing of the page's elements; changes are announced as
// events.
//
// Events (CustomEvent, `detail` in parentheses): "state" when playing starts or stops, "source" when
// another one is played, "model" ({slot}), "param" ({index, value}), "patch" ({slot}), "traces"
// ({traces: Float32Array, count}; the array is valid during the event only), "midi" ({bytes}: what the
// keyboard was sent), "recording", "notice" ({text}), "problem" ({problem, retry}).

import { kClips } from "./audio/clips.js";
import { read_edits, write_edits } from "./audio/edits.js";
import { Graph } from "./audio/graph.js";
import { model_name } from "./audio/models.js";
import { Problem, as_problem } from "./audio/problem.js";
import { render_offline } from "./audio/render.js";
import { check_source, open_source } from "./audio/sources.js";
import { calibrate } from "./listening.js";
import { Readings } from "./readings.js";
import { Recovery } from "./recovery.js";
import { SoundState } from "./sound_state.js";
import { Takes } from "./takes.js";

const kTailMs = 2500; // a file that does not loop rings out before the instrument stops

export class Instrument extends EventTarget {
  #engine; // {module, bytes}
  #sound; // what the engine is told
  #graph;
  #readings;
  #takes;
  #recovery;
  #turn = 0; // the latest start() or stop(); older ones give up when they notice
  #opened = null; // the source that plays
  #howls = 0;
  #howl_guard = true;

  state = "stopped"; // or "starting", "running"
  source = "mic"; // one of sources.js
  clip = kClips[0].name;
  file = null;
  loop = true; // clips and files
  device_id = null; // of the microphone to open; null is the browser's choice
  rate = 0; // Hz to ask the browser for; 0 leaves it to the audio device
  microphone = null; // microphone_settings() of the open microphone

  constructor(engine, { models = [], base_url }) {
    super();
    this.#engine = engine;
    this.#graph = new Graph(engine, {
      on_telemetry: (message) => this.#take_telemetry(message),
      on_failed: (text) => this.#recovery.processor_failed(text),
      on_interrupted: (paused) => this.#recovery.interrupted(paused),
      on_held: () => this.#recovery.held(),
    });
    this.#readings = new Readings(this.#graph);
    this.#takes = new Takes(this.#graph, {
      tell: () => this.#tell("recording"),
      notice: (text) => this.#notice(text),
    });
    this.#recovery = new Recovery(this, {
      turn: () => this.#turn,
      restart: async () => {
        this.#readings.restarted();
        await this.#graph.start_engine(this.#engine_state());
      },
      tell: (type) => this.#tell(type),
      notice: (text) => this.#notice(text),
      announce: (error, doing, retry) => this.#announce(error, doing, retry),
    });
    this.#sound = new SoundState(engine, {
      models,
      base_url,
      node: () => this.#graph.engine_node,
      tell: (type, detail) => this.#tell(type, detail),
    });
  }

  get running() {
    return this.state === "running";
  }

  // ---- playing ----

  // source: "mic", "clip", "file", "keys", "tab" or a File; clip: which one, by name; loop: over and
  // over, or once.
  async start({ source = this.source, clip = this.clip, loop = this.loop, rate = this.rate } = {}) {
    const turn = ++this.#turn;
    const file = source instanceof Blob ? source : this.file;
    const kind = source instanceof Blob ? "file" : source;
    check_source(kind, { file, clip });
    Object.assign(this, { source: kind, file, clip, loop });
    if (this.state === "stopped") this.#set_state("starting");
    let opened = null;
    try {
      this.#graph.open(rate); // before the first wait, while the user's gesture counts
      if (!this.model(this.slot)) {
        throw new Problem(
          `Nothing is loaded into ${this.slot.toUpperCase()} yet. Choose an instrument there, then start again.`,
        );
      }
      opened = await this.#open(turn);
      if (turn !== this.#turn) return opened.close();
      if (!this.#graph.engine_node) {
        await this.#graph.start_engine(this.#engine_state());
        this.#readings.started();
        this.#howls = 0;
        if (turn !== this.#turn) {
          opened.close();
          if (this.state === "stopped") await this.#graph.stop();
          return;
        }
      }
      this.microphone = opened.microphone ?? null;
      this.#set_state("running");
      await this.#connect(opened);
      this.#time_engine();
    } catch (error) {
      opened?.close();
      if (turn !== this.#turn) return;
      await this.#end();
      throw this.#announce(error, "Starting", () => this.start({ source, clip, loop, rate }));
    }
  }

  async stop() {
    const turn = ++this.#turn;
    await this.end_recording();
    await this.#graph.stop();
    if (turn === this.#turn) await this.#end();
  }

  async #end() {
    await this.#graph.stop();
    this.#opened = null;
    this.microphone = null;
    this.#readings.stopped();
    this.#set_state("stopped");
  }

  #open(turn) {
    return open_source(this.source, this.#graph, {
      clip: this.clip,
      file: this.file,
      loop: this.loop,
      device_id: this.device_id,
      on_gone: () => turn === this.#turn && this.#recovery.source_gone(),
      on_ended: () => setTimeout(() => turn === this.#turn && this.stop(), kTailMs),
    });
  }

  async #connect(opened) {
    this.#opened = opened;
    const { engine_node } = this.#graph;
    engine_node.guard(this.#guarded);
    await this.#graph.set_source(opened, () => engine_node.play_keys(this.#keys));
    this.#tell("source");
  }

  // Whether speakers that feed the microphone are looked for and turned down.
  get howl_guard() {
    return this.#howl_guard;
  }

  set howl_guard(on) {
    this.#howl_guard = Boolean(on);
    this.#graph.engine_node?.guard(this.#guarded);
  }

  // Only a microphone can hear the speakers.
  get #guarded() {
    return this.#howl_guard && this.source === "mic";
  }

  get #keys() {
    return this.source === "keys";
  }

  #engine_state() {
    return { ...this.#sound.engine_state(), keys: this.#keys, guard: this.#guarded };
  }

  // ---- clips and files ----

  // {position_s, duration_s, loop} of the sound that plays; null for the other sources.
  get playback() {
    const player = this.#opened?.player;
    if (!player) return null;
    return { position_s: player.position_s, duration_s: player.duration_s, loop: player.loop };
  }

  seek(seconds) {
    this.#opened?.player?.seek(seconds);
  }

  set_loop(loop) {
    this.loop = loop;
    if (this.#opened?.player) this.#opened.player.loop = loop;
  }

  // ---- what is heard beside it ----

  // Plays samples beside what plays, quietly: `peak` is their loudest sample, at most 0.45. Resolves when
  // they are over, or the next ones came. Needs a gesture before it, as start() does.
  async audition(samples, rate_hz, { peak = 0.2 } = {}) {
    await this.#graph.audition(samples, rate_hz, peak);
    if (this.state === "stopped") await this.#graph.rest();
  }

  // ---- keys ----

  // A MIDI message, up to three bytes, for the keyboard (core/keyboard.h); heard while the source is
  // "keys".
  midi(bytes) {
    const message = Array.from(bytes).slice(0, 3);
    this.#graph.engine_node?.midi(message);
    this.#tell("midi", { bytes: message });
  }

  // ---- models, patches and parameters: sound_state.js ----

  get models() {
    return this.#sound.models;
  }

  get base_url() {
    return this.#sound.base_url;
  }

  get params() {
    return this.#sound.params;
  }

  // Loads a model into a slot ("a" or "b"); `model` is a URL, or an entry of `models`. Resolves when it
  // can be heard (or, while stopped, will be).
  async load(slot, model) {
    try {
      const counted = await this.#sound.load(slot, model);
      if (counted && this.running) this.#time_engine();
    } catch (error) {
      throw this.#announce(error, "Loading the model", () => this.load(slot, model));
    }
  }

  model(slot) {
    return this.#sound.model(slot);
  }

  patch(slot) {
    return this.#sound.patch(slot);
  }

  model_patch(slot) {
    return this.#sound.model_patch(slot);
  }

  set_patch(slot, patch) {
    this.#sound.set_patch(slot, patch);
  }

  // Everything the player has edited, as a small JSON object (audio/edits.js), and back again; returns
  // the names it could make nothing of.
  edits() {
    return read_edits(this);
  }

  set_edits(edits) {
    return write_edits(this, edits);
  }

  set(param, value) {
    return this.#sound.set(param, value);
  }

  // Draws notes to the scale of a Scala file's text; throws the sentence that says what is wrong.
  scala(text) {
    this.#sound.set_scala(new TextEncoder().encode(text));
    this.set("tuning", 3);
  }

  // Fits the player's loudness to the model's range (listening.js).
  calibrate(on_progress) {
    return calibrate(this, on_progress);
  }

  get(param) {
    return this.#sound.get(param);
  }

  get slot() {
    return this.#sound.slot;
  }

  ab(slot) {
    this.#sound.ab(slot);
  }

  // ---- what is going on ----

  #take_telemetry(message) {
    const traces = this.#readings.take(message);
    this.#tell("traces", { traces, count: message.traces });
    if (message.howls > this.#howls) {
      this.#notice(
        "The speakers feed the microphone, so the sound was turned down. Use headphones, or move the microphone away.",
      );
    }
    this.#howls = message.howls;
  }

  get dropouts() {
    return this.#readings.dropouts;
  }

  get latency_ms() {
    return this.running ? this.#graph.latency_ms(this.microphone?.latency_ms ?? 0) : 0;
  }

  // From a sound at the engine's input to its echo at its output, without the browser's share.
  get engine_latency_ms() {
    const samples = this.#graph.engine_node?.latency_samples ?? 0;
    return samples ? (1000 * samples) / this.sample_rate_hz : 0;
  }

  get sample_rate_hz() {
    return this.#graph.sample_rate_hz;
  }

  #time_engine() {
    this.#readings.timed(this.#sound.measure());
  }

  snapshot() {
    const playing = this.model(this.slot);
    return {
      running: this.running,
      source: this.source,
      ...this.#readings.snapshot(),
      latency_ms: this.latency_ms,
      slot: this.slot,
      model: playing ? playing.url : null,
      model_name: playing ? model_name(playing) : null,
      microphone: this.microphone,
    };
  }

  // Fills two arrays with what went to the speakers last (audio/graph.js); false while nothing plays.
  look_at_output(spectrum_db, samples) {
    if (!this.running) return false;
    this.#graph.look_at_output(spectrum_db, samples);
    return true;
  }

  // ---- recording and rendering ----

  // As the bytes of a WAV file: takes.js.
  record(seconds, options = {}) {
    return this.#takes.record(seconds, options);
  }

  async start_recording(options = {}) {
    if (!this.running) throw new Problem("Nothing plays yet. Start first, then record.");
    return this.#takes.start(options);
  }

  end_recording() {
    return this.#takes.end();
  }

  get recording() {
    return this.#takes.recording;
  }

  get recorded_seconds() {
    return this.#takes.seconds;
  }

  // Plays a sound (a File, or the bytes of one) through the present models, patches and parameters,
  // faster than it would sound. Resolves to a Float32Array at `rate`, in line with the input.
  async render(sound, { rate = 48000, on_progress, signal } = {}) {
    const bytes =
      sound instanceof Blob ? await sound.arrayBuffer() : new Uint8Array(sound).slice().buffer;
    const state = { ...this.#sound.engine_state(), keys: false, guard: false };
    return render_offline(this.#engine, state, bytes, rate, { on_progress, signal });
  }

  // The sound that is heard as a DX7 voice: {dump: bytes of a .syx file, roundings: [{what, op, wanted,
  // became}]}. Its levels are the loudest that have been played with it.
  dx7_voice() {
    const voice = this.#sound.dx7_voice(this.slot, this.#readings.peak_levels);
    if (!voice) throw new Problem("This model has no operators that a DX7 could play.", { ways: [] });
    return voice;
  }

  // ---- telling the page ----

  #set_state(state) {
    if (state === this.state) return;
    this.state = state;
    this.#tell("state");
  }

  #notice(text) {
    this.#tell("notice", { text });
  }

  #tell(type, detail) {
    if (["model", "patch", "param"].includes(type)) this.#readings.forget_levels();
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #announce(error, doing, retry) {
    const problem = as_problem(error, doing);
    this.#tell("problem", { problem, retry });
    return problem;
  }
}
