// The engine inside the audio worklet: copy in, process, copy out. Everything else here is telling
// the page what happened (messages.js).

import { Engine } from "./engine.js";
import { GapMeter } from "./gap_meter.js";
import { FromEngine, ToEngine, kProcessorName, kTraceFloats } from "./messages.js";

const kTelemetryRateHz = 60;
const kMaxTracesPerPost = 32;
const kLoadWindowSeconds = 1;

// An AudioWorkletGlobalScope has no `performance` in today's browsers. Milliseconds of Date.now() are
// coarse for one call, but the sum of its differences over a second is right on average.
const now_ms = globalThis.performance ? () => performance.now() : () => Date.now();

// Time spent per second, and the worst single call: a block or a message.
class LoadMeter {
  #busy_ms = 0;
  #worst_ms = 0;
  #window_start_s = currentTime;
  load = 0;
  worst_call_ms = 0;

  add(ms) {
    this.#busy_ms += ms;
    this.#worst_ms = Math.max(this.#worst_ms, ms);
    const elapsed_s = currentTime - this.#window_start_s;
    if (elapsed_s < kLoadWindowSeconds) return;
    this.load = this.#busy_ms / (elapsed_s * 1000);
    this.worst_call_ms = this.#worst_ms;
    this.#busy_ms = 0;
    this.#worst_ms = 0;
    this.#window_start_s = currentTime;
  }
}

class EngineProcessor extends AudioWorkletProcessor {
  failed = false;
  #engine = null;
  #block = new Float32Array(0); // a view of the engine's output, kept from call to call
  #load_meter = new LoadMeter();
  #gap_meter = new GapMeter();
  #telemetry = true;
  #next_post_s = 0;
  #next_frame = 0;
  #pool = [];
  #inbox = null; // where the model file being received goes
  #pending = null; // {id, slot} of the model being loaded
  #recording = null; // {channels, frames_left, free, chunk, filled, lost}

  constructor({ processorOptions }) {
    super();
    this.port.onmessage = ({ data }) =>
      this.#guard(() => {
        const start_ms = now_ms();
        this.#receive(data);
        this.#load_meter.add(now_ms() - start_ms); // takes the audio thread's time as a block does
      });
    this.#guard(() => this.#start(processorOptions));
  }

  #start({ module, bytes, telemetry, ...state }) {
    const engine = new Engine(module ?? new WebAssembly.Module(bytes));
    engine.start(sampleRate, state);
    this.#telemetry = telemetry;
    this.#engine = engine;
    this.port.postMessage({ type: FromEngine.kReady, latency_samples: engine.latency_samples });
  }

  process(inputs, outputs) {
    const output = outputs[0][0];
    return this.#guard(() => {
      const start_ms = now_ms();
      this.#run(inputs[0][0], output);
      this.#load_meter.add(now_ms() - start_ms);
      this.#report(start_ms);
    });
  }

  // Whatever is thrown reaches the page as one message, and the processor is silent from then on.
  #guard(work) {
    if (this.failed) return false;
    try {
      work();
      return true;
    } catch (error) {
      this.failed = true;
      this.port.postMessage({ type: FromEngine.kFailed, text: String(error?.message ?? error) });
      return false;
    }
  }

  // `input` is missing while nothing is connected.
  #run(input, output) {
    const engine = this.#engine;
    for (let begin = 0; begin < output.length; begin += engine.max_frames) {
      const count = Math.min(output.length - begin, engine.max_frames);
      const whole = count === output.length;
      if (!input) engine.input.fill(0, 0, count);
      else engine.input.set(whole ? input : input.subarray(begin, begin + count));
      engine.process(count);
      if (this.#block.length !== count) this.#block = engine.output.subarray(0, count);
      output.set(this.#block, begin);
    }
    if (this.#recording) this.#record(input, output);
    if (this.#pending && !engine.loading) {
      this.#finish_load(this.#pending);
      this.#pending = null;
    }
  }

  // The weights were looked at while they were unpacked, and may have been refused.
  #finish_load(pending) {
    try {
      this.#engine.check_loaded();
      this.port.postMessage({ type: FromEngine.kLoaded, ...pending });
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) throw error;
      this.port.postMessage({ type: FromEngine.kRefused, ...pending, text: error.message });
    }
  }

  #report(wall_ms) {
    if (!this.#telemetry) return;
    this.#gap_meter.tick(wall_ms);
    if (currentTime < this.#next_post_s) return;
    this.#next_post_s = currentTime + 1 / kTelemetryRateHz;
    const traces = this.#engine.traces(this.#next_frame);
    const count = Math.min(traces.length / kTraceFloats, kMaxTracesPerPost);
    const floats = this.#pool.pop() ?? new Float32Array(kMaxTracesPerPost * kTraceFloats);
    floats.set(traces.subarray(traces.length - count * kTraceFloats));
    this.#next_frame = this.#engine.frame_count;
    this.port.postMessage(
      {
        type: FromEngine.kTelemetry,
        buffer: floats.buffer,
        traces: count,
        frame: this.#next_frame,
        time_s: currentTime,
        load: this.#load_meter.load,
        worst_call_ms: this.#load_meter.worst_call_ms,
        gaps: this.#gap_meter.gaps,
        loading: this.#pending !== null,
        howls: this.#engine.howls,
        turned_down_db: this.#engine.turned_down_db,
      },
      [floats.buffer],
    );
  }

  #receive(message) {
    switch (message.type) {
      case ToEngine.kSet:
        this.#engine.set(message.param, message.value);
        break;
      case ToEngine.kScala:
        this.#engine.set_scala(message.bytes);
        break;
      case ToEngine.kPatch:
        this.#engine.set_patch(message.slot, message.patch);
        break;
      case ToEngine.kModel:
        this.#receive_model(message);
        break;
      case ToEngine.kKeys:
        this.#engine.play_keys(message.on);
        break;
      case ToEngine.kMidi:
        this.#engine.midi(message.bytes);
        break;
      case ToEngine.kGuard:
        this.#engine.guard(message.on);
        break;
      case ToEngine.kRecord:
        this.#end_recording();
        this.#recording = {
          channels: message.channels,
          frames_left: message.frames,
          free: message.chunks,
          chunk: null,
          filled: 0,
          lost: 0,
        };
        break;
      case ToEngine.kRecordChunk:
        this.#recording?.free.push(message.chunk);
        break;
      case ToEngine.kRecordEnd:
        this.#end_recording();
        break;
      case ToEngine.kRecycle:
        this.#pool.push(new Float32Array(message.buffer));
        break;
    }
  }

  #receive_model({ id, slot, offset, total, bytes }) {
    try {
      if (offset === 0) this.#inbox = this.#engine.model_buffer(total);
      this.#inbox.set(new Uint8Array(bytes), offset);
      if (offset + bytes.byteLength < total) {
        this.port.postMessage({ type: FromEngine.kPiece, id });
        return;
      }
      this.#engine.load(slot, total);
      this.#pending = { id, slot };
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) throw error;
      this.port.postMessage({ type: FromEngine.kRefused, id, slot, text: error.message });
    }
  }

  // Into chunks that the page supplies and takes back, so that nothing is allocated here.
  #record(input, output) {
    const recording = this.#recording;
    let at = 0;
    while (at < output.length && recording.frames_left > 0) {
      recording.chunk ??= recording.free.pop() ?? null;
      if (!recording.chunk) {
        recording.lost += output.length - at;
        return;
      }
      const { chunk, filled } = recording;
      const room = chunk.length / recording.channels;
      const count = Math.min(output.length - at, room - filled, recording.frames_left);
      chunk.set(output.subarray(at, at + count), filled);
      if (recording.channels === 2) {
        if (input) chunk.set(input.subarray(at, at + count), room + filled);
        else chunk.fill(0, room + filled, room + filled + count);
      }
      at += count;
      recording.filled += count;
      recording.frames_left -= count;
      if (recording.filled === room) this.#send_chunk();
    }
    if (recording.frames_left === 0) this.#end_recording();
  }

  #send_chunk() {
    const { chunk, filled } = this.#recording;
    this.#recording.chunk = null;
    this.#recording.filled = 0;
    this.port.postMessage({ type: FromEngine.kRecordChunk, chunk, frames: filled }, [chunk.buffer]);
  }

  #end_recording() {
    if (!this.#recording) return;
    if (this.#recording.filled) this.#send_chunk();
    this.port.postMessage({ type: FromEngine.kRecorded, lost: this.#recording.lost });
    this.#recording = null;
  }
}

registerProcessor(kProcessorName, EngineProcessor);
