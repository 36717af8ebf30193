// Every message between the page and the engine processor in the audio worklet, and the layouts they
// share. Both sides import this file; there is no other channel between them.
//
// A message is an object with a `type` from the lists below. Large arrays are transferred, never
// copied. Times are frames of the audio context unless a name says otherwise.

// ---- page → processor --------------------------------------------------------------------------

export const ToEngine = Object.freeze({
  // {param: index, value} Sets a live parameter (core/params.h); the engine clamps and ramps it.
  kSet: "set",
  // {slot, patch: Float32Array(kPatchFloats)} Replaces a slot's routing, carriers and ratios.
  kPatch: "patch",
  // {bytes: Uint8Array} The text of a Scala file, for the tuning.
  kScala: "scala",
  // {id, slot, offset, total, bytes: ArrayBuffer} One piece of a model file, in order. The pieces are
  // small, and the next one waits for kPiece, because the audio thread takes all messages that are
  // there before the next block. The last one starts the load, answered by kLoaded or kRefused.
  kModel: "model",
  // {on} Whether keys are played instead of the input.
  kKeys: "keys",
  // {bytes: [status, first, second]} A MIDI message for the keys, heard from the next block on.
  kMidi: "midi",
  // {on} Whether the output is watched for feeding the microphone.
  kGuard: "guard",
  // {channels, frames, chunks: [Float32Array]} Fills the chunks with what the engine plays (and with
  // 2 channels, in each chunk's second half, with what it hears) from now on, and sends each as
  // kRecordChunk when it is full, then kRecorded. A recording in progress ends first.
  kRecord: "record",
  // {chunk} Returns a chunk for the next use.
  kRecordChunk: "record-chunk",
  // {} Ends a recording early.
  kRecordEnd: "record-end",
  // {buffer: ArrayBuffer} Returns a telemetry buffer for the next use, so that the audio thread
  // leaves no garbage.
  kRecycle: "recycle",
});

// ---- processor → page --------------------------------------------------------------------------

export const FromEngine = Object.freeze({
  // {latency_samples} The engine runs; models and parameters of the options are in.
  kReady: "ready",
  // {buffer, traces, frame, time_s, load, worst_call_ms, gaps, loading, howls,
  // turned_down_db} At most 60 times a second.
  // `buffer` holds `traces` × kTraceFloats floats, oldest first; `frame` is the number of the frame
  // after the last. load: share of one core over the last second; gaps: times the audio clock has
  // fallen behind the wall clock since the start; howls: loops through the speakers that were ended.
  kTelemetry: "telemetry",
  // {id} A piece of a model file is in, and not yet the last one.
  kPiece: "piece",
  // {id, slot} A model sounds.
  kLoaded: "loaded",
  // {id, slot, text} A model was refused; the slot plays on as before.
  kRefused: "refused",
  // {chunk, frames} The next piece of a recording; the last one is only filled up to `frames`.
  kRecordChunk: "record-chunk",
  // {lost} A recording is complete. lost: samples for which no chunk was free.
  kRecorded: "recorded",
  // {text} The processor has stopped; the page builds a new one.
  kFailed: "failed",
});

// ---- processorOptions: the state a new processor starts with ------------------------------------
//
// {module: WebAssembly.Module | null, bytes: ArrayBuffer | null,
//  params: Float32Array, models: [ArrayBuffer | null, ArrayBuffer | null],
//  patches: [Float32Array | null, Float32Array | null], scala: Uint8Array | null,
//  keys: boolean, guard: boolean, telemetry: boolean}
//
// `module` is the compiled engine; where a browser cannot pass it, `bytes` is the file instead.

export const kProcessorName = "sideband-engine";

export const kSlots = 2; // A and B
export const kOperators = 6;
export const kHopSeconds = 0.004;

// One frame's trace (wasm/exports.cc writes it): offsets into kTraceFloats floats.
export const kTraceFloats = 25;
export const Trace = Object.freeze({
  kPlayedF0: 0, // Hz, as heard
  kConfidence: 1,
  kLoudness: 2, // dB
  kShapedF0: 3, // what the network saw: transposed, offset
  kShapedConfidence: 4,
  kShapedLoudness: 5,
  kLevel: 6, // six operator levels as they sound
  kModelLevel: 12, // six as the network gave them
  kNoiseLevel: 18,
  kInputPeak: 19,
  kOutputPeak: 20,
  kLoudnessShift: 21, // dB that calibration adds to the loudness played
  kOctaveShift: 22,
  kGate: 23, // dB, the gate in effect
  kTalk: 24, // 1 while what is heard is talk
});

// A patch: ratio[6], modulation[to][from] (36), carrier[6], i_max.
export const kPatchFloats = 49;

export const kRecordChunkSeconds = 0.5;
export const kRecordChunks = 8; // as many seconds as the page may be held up, times two

export const kModelPieceBytes = 256 * 1024;
