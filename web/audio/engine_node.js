// One engine processor in the audio worklet, from the page's side.

import {
  FromEngine,
  ToEngine,
  kModelPieceBytes,
  kProcessorName,
  kRecordChunkSeconds,
  kRecordChunks,
} from "./messages.js";

export const kProcessorUrl = new URL("engine_processor.js", import.meta.url);
const kReadyTimeoutMs = 5000;
const kEarlyReadyTimeoutMs = 1000;

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

// `state` is {params, models, patches} as messages.js
// describes it; `on_telemetry(message)` and `on_failed(text)` are called as news arrives.
export class EngineNode {
  #next_id = 1;
  #loads = new Map(); // id → {slot, file, offset: of what is yet to be sent, resolve, reject}
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

  // Not every browser starts a processor before its context runs; those start it in time.
  async ready_before_running() {
    await settle(this.ready, kEarlyReadyTimeoutMs).catch((error) => {
      if (!error.timed_out) throw error;
    });
  }

  async ready_in_time() {
    await settle(this.ready, kReadyTimeoutMs, "the audio processor did not start in time");
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
    return new Promise((resolve, reject) => {
      this.#loads.set(id, { slot, file, offset: 0, resolve, reject });
      this.#send_piece(id);
    });
  }

  #send_piece(id) {
    const load = this.#loads.get(id);
    if (!load) return; // refused meanwhile
    const { slot, file, offset } = load;
    load.offset += kModelPieceBytes;
    const bytes = file.slice(offset, load.offset);
    const total = file.byteLength;
    this.node.port.postMessage({ type: ToEngine.kModel, id, slot, offset, total, bytes }, [bytes]);
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
      case FromEngine.kPiece:
        this.#send_piece(message.id);
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

function settle(promise, timeout_ms, text = "timed out") {
  return Promise.race([
    promise,
    new Promise((_, reject) =>
      setTimeout(() => reject(Object.assign(new Error(text), { timed_out: true })), timeout_ms),
    ),
  ]);
}
