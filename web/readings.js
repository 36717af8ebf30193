// What is known about the sound while it plays: the latest telemetry, the load, interruptions, the
// latency; all of it together is snapshot().

import { Trace, kOperators, kTraceFloats } from "./audio/messages.js";
import { kCheckRateHz } from "./sound_state.js";

// The browser counts what happens while the engine is built and nothing sounds too, and tells up to a
// second later. Until then the audio clock alone is believed.
const kCountLateFrames = 300;
const kTrustedLoad = 0.25; // the worklet's coarse clock is believed from here up

export class Readings {
  #graph;
  #timed = { load: 0, worst_block_ms: 0 };
  #last = null; // the latest telemetry, without its buffer
  #last_trace = new Float32Array(kTraceFloats);
  #peak_levels = new Float32Array(kOperators);
  #dropouts_before = 0; // counted by processors that have since been replaced
  #underruns_at_start = null; // as the browser counts them; null until it has told

  constructor(graph) {
    this.#graph = graph;
  }

  // Returns the traces: they are valid until the buffer goes back.
  take(message) {
    const traces = new Float32Array(message.buffer, 0, message.traces * kTraceFloats);
    this.#last = message;
    if (message.frame > kCountLateFrames) this.#underruns_at_start ??= this.#graph.underruns;
    for (let at = Trace.kLevel; at < traces.length; at += kTraceFloats) {
      for (let op = 0; op < kOperators; ++op) {
        this.#peak_levels[op] = Math.max(this.#peak_levels[op], traces[at + op]);
      }
    }
    if (message.traces) this.#last_trace.set(traces.subarray(traces.length - kTraceFloats));
    return traces;
  }

  // The loudest each operator has been since the start or forget_levels(); null before any sound.
  get peak_levels() {
    return this.#peak_levels.some((level) => level > 0) ? this.#peak_levels.slice() : null;
  }

  forget_levels() {
    this.#peak_levels.fill(0);
  }

  timed(measured) {
    this.#timed = measured;
  }

  started() {
    this.#dropouts_before = 0;
    this.#underruns_at_start = null;
  }

  // The restart itself is heard as an interruption.
  restarted() {
    this.#dropouts_before = this.dropouts + 1;
    this.#last = null;
  }

  stopped() {
    this.#last = null;
    this.#last_trace.fill(0);
  }

  // Interruptions of the output since the start: as the browser counts them, or else as the audio
  // clock shows them.
  get dropouts() {
    const { underruns } = this.#graph;
    const counted = underruns - (this.#underruns_at_start ?? underruns);
    return this.#dropouts_before + Math.max(this.#last?.gaps ?? 0, counted);
  }

  // Share of one core. The worklet has no fine clock, so below an overload it is the page's own timing
  // of the same engine with the same models, made at each start and load.
  get #load_share() {
    if (!this.#last) return 0;
    const scale = Math.max(1, this.#graph.sample_rate_hz / kCheckRateHz);
    return this.#last.load > kTrustedLoad ? this.#last.load : this.#timed.load * scale;
  }

  get #worst_block_ms() {
    if (!this.#last) return 0;
    return this.#last.load > kTrustedLoad ? this.#last.worst_call_ms : this.#timed.worst_block_ms;
  }

  snapshot() {
    const trace = this.#last_trace;
    return {
      f0_hz: trace[Trace.kPlayedF0],
      confidence: trace[Trace.kConfidence],
      loudness_db: this.#last ? trace[Trace.kLoudness] : -120,
      levels: Array.from(trace.subarray(Trace.kLevel, Trace.kLevel + kOperators)),
      input_peak: trace[Trace.kInputPeak],
      output_peak: trace[Trace.kOutputPeak],
      loudness_shift_db: trace[Trace.kLoudnessShift],
      octave_shift: trace[Trace.kOctaveShift],
      gate_in_effect_db: trace[Trace.kGate],
      talk: trace[Trace.kTalk] > 0,
      load: this.#load_share,
      worst_block_ms: this.#worst_block_ms,
      worst_call_ms: this.#last?.worst_call_ms ?? 0, // the worklet's own, blocks and messages, in its clock's steps
      dropouts: this.dropouts,
      sample_rate_hz: this.#graph.sample_rate_hz,
      frames: this.#last?.frame ?? 0,
      turned_down_db: this.#last?.turned_down_db ?? 0,
    };
  }
}
