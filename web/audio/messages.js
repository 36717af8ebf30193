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
  // {id, slot, offset, total, bytes: ArrayBuffer} One piece of a model file, in order; small pieces
  // keep each copy short. The last one starts the load, answered by kLoaded or kRefused with `id`.
  kModel: "model",
  // {output: Float32Array, input: Float32Array | null} Fills the arrays with what the engine plays
  // (and hears) from now on, then sends them back as kRecorded. A recording in progress ends first.
  kRecord: "record",
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
  // {buffer, traces, frame, time_s, load, worst_block_ms, gaps, loading} At most 60 times a second.
  // `buffer` holds `traces` × kTraceFloats floats, oldest first; `frame` is the number of the frame
  // after the last. load: share of one core over the last second; gaps: times the audio clock has
  // fallen behind the wall clock since the start.
  kTelemetry: "telemetry",
  // {id, slot} A model sounds.
  kLoaded: "loaded",
  // {id, slot, text} A model was refused; the slot plays on as before.
  kRefused: "refused",
  // {output, input, frames} A recording; `frames` is shorter than the arrays if it was ended early.
  kRecorded: "recorded",
  // {text} The processor has stopped; the page builds a new one.
  kFailed: "failed",
});

// ---- processorOptions: the state a new processor starts with ------------------------------------
//
// {module: WebAssembly.Module | null, bytes: ArrayBuffer | null,
//  params: Float32Array, models: [ArrayBuffer | null, ArrayBuffer | null],
//  patches: [Float32Array | null, Float32Array | null], scala: Uint8Array | null, telemetry: boolean}
//
// `module` is the compiled engine; where a browser cannot pass it, `bytes` is the file instead.

export const kProcessorName = "sideband-engine";

export const kSlots = 2; // A and B
export const kOperators = 6;
export const kHopSeconds = 0.004;

// One frame's trace (wasm/exports.cc writes it): offsets into kTraceFloats floats.
export const kTraceFloats = 24;
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
});

// A patch: ratio[6], modulation[to][from] (36), carrier[6], i_max.
export const kPatchFloats = 49;

export const kModelPieceBytes = 256 * 1024;
