// The audio graph: source → engine (in the worklet) → fade → speakers, and auditions beside it.

import { Audition } from "./audition.js";
import { EngineNode, kProcessorUrl } from "./engine_node.js";
import { Problem, Way } from "./problem.js";
import { ask_to_run } from "./waking.js";

const kFadeSeconds = 0.03;
const kHeldMs = 4000; // without a running clock, until that is told
const kPictureSamples = 8192; // that the pictures of the output are made of
const kMaxMagnitude = 1e6; // of a decoded sample; the command line has the same limit

export class Graph {
  #worklet_ready = null;
  #source = null; // {node, close()}
  #paused = false;
  #held = false; // the browser did not let this context run in time
  #stops = 0;
  #tap = null;
  #audition = null;

  constructor(engine, { on_telemetry, on_failed, on_interrupted, on_held }) {
    this.engine = engine;
    this.callbacks = { on_telemetry, on_failed };
    this.on_interrupted = on_interrupted;
    this.on_held = on_held;
    this.context = null;
    this.engine_node = null;
  }

  // Call it within a user's gesture: browsers let a context sound only then. `rate_hz` 0 leaves the
  // choice to the audio device.
  open(rate_hz) {
    const fits = this.context && (!rate_hz || rate_hz === this.context.sampleRate);
    if (fits && !this.#held) return;
    if (typeof AudioContext === "undefined" || typeof AudioWorkletNode === "undefined") {
      throw new Problem(
        "This browser cannot process sound in a page (no AudioWorklet). Use a current Firefox, Chrome, Edge or Safari, over https or from localhost.",
        {
          ways: [Way.kReload],
        },
      );
    }
    this.#drop_source();
    this.engine_node?.close();
    this.engine_node = null;
    this.#held = false;
    this.context?.close();
    const options = { latencyHint: "interactive" };
    if (rate_hz) options.sampleRate = rate_hz;
    this.context = new AudioContext(options);
    this.context.resume(); // some browsers ask for it within the gesture
    this.fade = new GainNode(this.context, { gain: 0 });
    const step_back = new GainNode(this.context);
    this.fade.connect(step_back).connect(this.context.destination);
    this.#audition = new Audition(this.context, step_back);
    this.#tap = new AnalyserNode(this.context, {
      fftSize: kPictureSamples,
      smoothingTimeConstant: 0,
    });
    this.fade.connect(this.#tap);
    this.#worklet_ready = this.context.audioWorklet.addModule(kProcessorUrl);
    this.#worklet_ready.catch(() => {});
    const context = this.context;
    context.onstatechange = () => {
      if (context !== this.context || !this.engine_node) return;
      const paused = context.state !== "running";
      if (paused === this.#paused) return;
      this.#paused = paused;
      this.on_interrupted(paused);
      if (paused) this.#resume();
    };
  }

  // A call, a screen lock or another page took the sound away: asks for it until it is given back.
  async #resume() {
    const { context } = this;
    await ask_to_run(context, () => this.#paused && context === this.context && this.engine_node);
  }

  get sample_rate_hz() {
    return this.context?.sampleRate ?? 0;
  }

  // Starts the engine with this state, silent until a source is connected. The first one is built
  // while the clock stands still, so that the work is not taken for a dropout. Where the browser holds
  // the clock back, on_held() is called, and the start waits until it runs; it rejects when it is
  // stopped, or opened afresh, before.
  async start_engine(state) {
    const context = this.context;
    const stops = this.#stops;
    const wanted = () => stops === this.#stops && context === this.context;
    await this.#worklet_ready;
    if (!this.engine_node) await context.suspend();
    const engine_node = new EngineNode(context, this.engine, state, this.callbacks);
    await engine_node.ready_before_running();
    const tell = setTimeout(() => {
      this.#held = true;
      this.on_held();
    }, kHeldMs);
    await ask_to_run(context, wanted);
    clearTimeout(tell);
    if (!wanted()) {
      engine_node.close();
      throw new Error("it was stopped before the sound came");
    }
    this.#held = false;
    await engine_node.ready_in_time();
    this.engine_node?.close();
    this.engine_node = engine_node;
    engine_node.node.connect(this.fade);
    this.#source?.node?.connect(engine_node.node);
  }

  // Replaces the source. `source` is {node, close()}, its node null for keys; `between` is called while
  // nothing is heard.
  async set_source(source, between) {
    await this.fade_to(0);
    this.#drop_source();
    this.#source = source;
    between();
    source.node?.connect(this.engine_node.node);
    await this.fade_to(1);
  }

  #drop_source() {
    this.#source?.node?.disconnect();
    this.#source?.close();
    this.#source = null;
  }

  // Ends after the fade has been heard. While the context stands still, so does the fade.
  async fade_to(gain) {
    const { context, fade } = this;
    const now = context.currentTime;
    fade.gain.cancelScheduledValues(now);
    fade.gain.setValueAtTime(fade.gain.value, now);
    fade.gain.linearRampToValueAtTime(gain, now + kFadeSeconds);
    const heard_ms = (kFadeSeconds + (context.baseLatency || 0)) * 1000;
    if (context.state === "running") await new Promise((resolve) => setTimeout(resolve, heard_ms));
  }

  async stop() {
    ++this.#stops;
    if (!this.context) return;
    if (this.engine_node) await this.fade_to(0);
    this.#drop_source();
    this.engine_node?.close();
    this.engine_node = null;
    this.#paused = false;
    this.#audition.stop();
    await this.context.suspend();
  }

  // Plays a sound beside the engine, or without it. Resolves when it is over, or another one came.
  async audition(samples, rate_hz, peak) {
    this.open(0);
    if (!this.#paused) this.context.resume().catch(() => {});
    await this.#audition.play(samples, rate_hz, peak);
  }

  // Lets the device sleep once nothing is heard.
  async rest() {
    if (!this.#audition.playing) await this.context.suspend();
  }

  async decode(bytes) {
    return decode_audio(this.context, bytes);
  }

  // From the sound at the microphone to the echo at the speakers, as far as the browser says.
  latency_ms(source_latency_ms) {
    const { context, engine_node } = this;
    if (!context || !engine_node) return 0;
    const engine_ms = (engine_node.latency_samples / context.sampleRate) * 1000;
    const output_ms = ((context.baseLatency || 0) + (context.outputLatency || 0)) * 1000;
    return engine_ms + output_ms + source_latency_ms;
  }

  // What went to the speakers last, for pictures of it: the spectrum in dB in 4096 bins up to half the
  // sample rate, and samples, oldest first.
  look_at_output(spectrum_db, samples) {
    this.#tap.getFloatFrequencyData(spectrum_db);
    this.#tap.getFloatTimeDomainData(samples);
  }

  // Output interruptions as the browser counts them, where it does.
  get underruns() {
    return this.context?.playbackStats?.underrunEvents ?? null;
  }
}

// Rejects with a Problem where the bytes are no sound, or hold what no sound holds. `subject` begins
// its sentence.
export async function decode_audio(context, bytes, subject = "This file") {
  let sound;
  try {
    sound = await context.decodeAudioData(bytes);
  } catch (error) {
    throw new Problem(
      `${subject} cannot be read as sound by this browser. Use WAV, FLAC, MP3 or Ogg.`,
      { cause: error },
    );
  }
  for (let channel = 0; channel < sound.numberOfChannels; ++channel) {
    const samples = sound.getChannelData(channel);
    const at = samples.findIndex((sample) => !(Math.abs(sample) <= kMaxMagnitude));
    if (at < 0) continue;
    const seconds = (at / sound.sampleRate).toFixed(3);
    const what = Number.isNaN(samples[at])
      ? "not a number"
      : `${samples[at].toPrecision(2)}, where full scale is 1`;
    throw new Problem(`${subject} is damaged: after ${seconds} s a sample is ${what}.`);
  }
  return sound;
}
