// The audio graph: source → engine (in the worklet) → fade → speakers.

import {
  FromEngine,
  ToEngine,
  kModelPieceBytes,
  kProcessorName,
  kRecordChunkSeconds,
  kRecordChunks,
} from "./messages.js";
import { Problem, Way } from "./problem.js";

const kProcessorUrl = new URL("engine_processor.js", import.meta.url);
const kFadeSeconds = 0.03;
const kResumeIntervalMs = 500;
const kReadyTimeoutMs = 5000;
const kEarlyReadyTimeoutMs = 1000;
const kPictureSamples = 8192; // that the pictures of the output are made of

// The engine node mixes whatever it hears down to one channel and plays one, which the destination
// sends to both ears.
const kNodeOptions = {
  numberOfInputs: 1,
  numberOfOutputs: 1,
  outputChannelCount: [1],
  channelCount: 1,
  channelCountMode: "explicit",
  channelInterpretation: "speakers",
};

// One engine processor, from the page's side. `state` is {params, models, patches} as messages.js
// describes it; `on_telemetry(message)` and `on_failed(text)` are called as news arrives.
export class EngineNode {
  #next_id = 1;
  #loads = new Map(); // id → {resolve, reject}
  #recording = null; // {on_chunk, done, resolve}

  constructor(context, engine, state, { on_telemetry = null, on_failed = null } = {}) {
    const options = { ...state, telemetry: on_telemetry !== null };
    try {
      this.node = this.#create(context, { ...options, module: engine.module, bytes: null });
    } catch (error) {
      if (error.name !== "DataCloneError") throw error;
      this.node = this.#create(context, { ...options, module: null, bytes: engine.bytes });
    }
    this.on_telemetry = on_telemetry;
    this.on_failed = on_failed;
    this.failure = null;
    this.started = false;
    this.ready = new Promise((resolve, reject) => {
      this.report_ready = resolve;
      this.report_failed = reject;
    });
    this.ready.catch(() => {}); // whoever waits for it hears of it
    this.node.port.onmessage = ({ data }) => this.#receive(data);
    this.node.onprocessorerror = () => this.#fail("the browser stopped the audio processor");
  }

  #create(context, processorOptions) {
    return new AudioWorkletNode(context, kProcessorName, { ...kNodeOptions, processorOptions });
  }

  set(param, value) {
    this.node.port.postMessage({ type: ToEngine.kSet, param, value });
  }

  set_scala(bytes) {
    this.node.port.postMessage({ type: ToEngine.kScala, bytes });
  }

  set_patch(slot, patch) {
    this.node.port.postMessage({ type: ToEngine.kPatch, slot, patch });
  }

  // Resolves once the model sounds; one load at a time.
  load(slot, file) {
    const id = this.#next_id++;
    const total = file.byteLength;
    for (let offset = 0; offset < total; offset += kModelPieceBytes) {
      const bytes = file.slice(offset, offset + kModelPieceBytes);
      this.node.port.postMessage({ type: ToEngine.kModel, id, slot, offset, total, bytes }, [
        bytes,
      ]);
    }
    return new Promise((resolve, reject) => this.#loads.set(id, { resolve, reject }));
  }

  play_keys(on) {
    this.node.port.postMessage({ type: ToEngine.kKeys, on });
  }

  midi(bytes) {
    this.node.port.postMessage({ type: ToEngine.kMidi, bytes });
  }

  guard(on) {
    this.node.port.postMessage({ type: ToEngine.kGuard, on });
  }

  // Calls on_chunk(chunk, frames) with each piece, in order; resolves to {lost} when that many frames
  // are through, or at end_recording().
  record(frames, with_input, on_chunk) {
    const channels = with_input ? 2 : 1;
    const length = channels * Math.round(kRecordChunkSeconds * this.node.context.sampleRate);
    const chunks = Array.from({ length: kRecordChunks }, () => new Float32Array(length));
    this.node.port.postMessage(
      { type: ToEngine.kRecord, channels, frames, chunks },
      chunks.map(({ buffer }) => buffer),
    );
    const recording = { on_chunk };
    recording.done = new Promise((resolve) => (recording.resolve = resolve));
    this.#recording = recording;
    return recording.done;
  }

  async end_recording() {
    if (!this.#recording) return;
    const { done } = this.#recording;
    this.node.port.postMessage({ type: ToEngine.kRecordEnd });
    await settle(done, kReadyTimeoutMs).catch(() => this.#end_recording());
  }

  // What has arrived by now is the recording.
  #end_recording(lost = 0) {
    this.#recording?.resolve({ lost });
    this.#recording = null;
  }

  close() {
    this.on_telemetry = null;
    this.on_failed = null;
    this.node.onprocessorerror = null;
    this.node.disconnect();
    for (const { reject } of this.#loads.values()) reject(new Error("the engine was stopped"));
    this.#loads.clear();
    this.#end_recording();
  }

  #receive(message) {
    switch (message.type) {
      case FromEngine.kReady:
        this.latency_samples = message.latency_samples;
        this.started = true;
        this.report_ready();
        break;
      case FromEngine.kTelemetry:
        this.on_telemetry?.(message);
        this.node.port.postMessage({ type: ToEngine.kRecycle, buffer: message.buffer }, [
          message.buffer,
        ]);
        break;
      case FromEngine.kLoaded:
        this.#loads.get(message.id)?.resolve();
        this.#loads.delete(message.id);
        break;
      case FromEngine.kRefused:
        this.#loads.get(message.id)?.reject(new Error(message.text));
        this.#loads.delete(message.id);
        break;
      case FromEngine.kRecordChunk:
        this.#recording?.on_chunk(message.chunk, message.frames);
        this.node.port.postMessage({ type: ToEngine.kRecordChunk, chunk: message.chunk }, [
          message.chunk.buffer,
        ]);
        break;
      case FromEngine.kRecorded:
        this.#end_recording(message.lost);
        break;
      case FromEngine.kFailed:
        this.#fail(message.text);
        break;
    }
  }

  // Whoever starts the engine hears of failures until it is ready; `on_failed` of those after it.
  #fail(text) {
    if (this.failure) return;
    this.failure = text;
    if (this.started) this.on_failed?.(text);
    else this.report_failed(new Error(text));
  }
}

export class Graph {
  #worklet_ready = null;
  #source = null; // {node, close()}
  #paused = false;
  #tap = null;

  constructor(engine, { on_telemetry, on_failed, on_interrupted }) {
    this.engine = engine;
    this.callbacks = { on_telemetry, on_failed };
    this.on_interrupted = on_interrupted;
    this.context = null;
    this.engine_node = null;
  }

  // Call it within a user's gesture: browsers let a context sound only then. `rate_hz` 0 leaves the
  // choice to the audio device.
  open(rate_hz) {
    if (this.context && (!rate_hz || rate_hz === this.context.sampleRate)) return;
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
    this.context?.close();
    const options = { latencyHint: "interactive" };
    if (rate_hz) options.sampleRate = rate_hz;
    this.context = new AudioContext(options);
    this.context.resume(); // some browsers ask for it within the gesture
    this.fade = new GainNode(this.context, { gain: 0 });
    this.fade.connect(this.context.destination);
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
    const events = ["focus", "pointerdown", "keydown"];
    const ask = () => context.resume().catch(() => {});
    for (const event of events) window.addEventListener(event, ask, true);
    document.addEventListener("visibilitychange", ask);
    while (this.#paused && context === this.context && this.engine_node) {
      ask();
      await new Promise((resolve) => setTimeout(resolve, kResumeIntervalMs));
    }
    for (const event of events) window.removeEventListener(event, ask, true);
    document.removeEventListener("visibilitychange", ask);
  }

  get sample_rate_hz() {
    return this.context?.sampleRate ?? 0;
  }

  // Starts the engine with this state, silent until a source is connected. The first one is built
  // while the clock stands still, so that the work is not taken for a dropout.
  async start_engine(state) {
    const context = this.context;
    await this.#worklet_ready;
    if (!this.engine_node) await context.suspend();
    const engine_node = new EngineNode(context, this.engine, state, this.callbacks);
    await ready_before_running(engine_node);
    await context.resume();
    await settle(engine_node.ready, kReadyTimeoutMs, "the audio processor did not start in time");
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
    if (!this.context) return;
    if (this.engine_node) await this.fade_to(0);
    this.#drop_source();
    this.engine_node?.close();
    this.engine_node = null;
    this.#paused = false;
    await this.context.suspend();
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

export async function decode_audio(context, bytes) {
  try {
    return await context.decodeAudioData(bytes);
  } catch (error) {
    throw new Problem(
      "This file cannot be read as sound by this browser. Use WAV, FLAC, MP3 or Ogg.",
      { cause: error },
    );
  }
}

// Not every browser starts a processor before its context runs; those start it in time.
async function ready_before_running(engine_node) {
  await settle(engine_node.ready, kEarlyReadyTimeoutMs).catch((error) => {
    if (!error.timed_out) throw error;
  });
}

function settle(promise, timeout_ms, text = "timed out") {
  return Promise.race([
    promise,
    new Promise((_, reject) =>
      setTimeout(() => reject(Object.assign(new Error(text), { timed_out: true })), timeout_ms),
    ),
  ]);
}
