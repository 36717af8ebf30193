// A running instance of the engine module (wasm/exports.cc): typed views and plain calls. Used by
// the audio worklet, by the page (parameter table, checking models) and by the tests under node.

import { kPatchFloats, kTraceFloats } from "./messages.js";

const kCurves = ["linear", "logarithmic", "toggle", "stepped"];
const kTabulatedInputs = ["pitch", "loudness"];
const kDx7NameBytes = 10;
const kTimedRunSeconds = 0.032; // eight hops: every run does the same work

export class Engine {
  constructor(module) {
    const instance = new WebAssembly.Instance(module, {});
    const wasm = instance.exports;
    wasm._initialize();
    if (wasm.sb_trace_floats() !== kTraceFloats || wasm.sb_patch_floats() !== kPatchFloats) {
      throw new Error("The engine and the page are of different versions; reload the page.");
    }
    this.wasm = wasm;
    // The memory never grows, so views stay valid for the life of the instance.
    this.memory = wasm.memory.buffer;
    this.max_frames = wasm.sb_max_frames();
    this.input = new Float32Array(this.memory, wasm.sb_input(), this.max_frames);
    this.output = new Float32Array(this.memory, wasm.sb_output(), this.max_frames);
  }

  prepare(sample_rate_hz) {
    this.#check(this.wasm.sb_prepare(sample_rate_hz));
  }

  // Prepares, takes `state` (messages.js) and begins at silence.
  start(sample_rate_hz, { params, models, patches, scala, keys, guard }) {
    this.prepare(sample_rate_hz);
    if (scala) this.set_scala(scala);
    params.forEach((value, index) => this.set(index, value));
    models.forEach((model, slot) => {
      if (model) this.load_now(slot, model);
      if (patches[slot]) this.set_patch(slot, patches[slot]);
    });
    this.play_keys(keys);
    this.guard(guard);
    this.reset();
  }

  // Back to silence; models, patches and parameters are kept.
  reset() {
    this.wasm.sb_reset();
  }

  // Reads and writes the `input` and `output` views; at most `max_frames`.
  process(frames) {
    this.wasm.sb_process(frames);
  }

  // Whether keys are played instead of the input, and what they do: a MIDI message.
  play_keys(on) {
    this.wasm.sb_play_keys(on ? 1 : 0);
  }

  midi([status = 0, first = 0, second = 0], delay_samples = 0) {
    return this.wasm.sb_midi(status, first, second, delay_samples) !== 0;
  }

  // Whether speakers that feed the microphone are looked out for.
  guard(on) {
    this.wasm.sb_guard(on ? 1 : 0);
  }

  get howls() {
    return this.wasm.sb_howls();
  }

  get turned_down_db() {
    return this.wasm.sb_turned_down_db();
  }

  get latency_samples() {
    return this.wasm.sb_latency_samples();
  }

  // A view of the engine's inbox for a model file of this size.
  model_buffer(bytes) {
    const address = this.wasm.sb_model_buffer(bytes);
    this.#check(address);
    return new Uint8Array(this.memory, address, bytes);
  }

  // Starts loading what the inbox holds; throws the engine's sentence when the file is refused.
  load(slot, bytes) {
    this.#check(this.wasm.sb_load(slot, bytes));
  }

  // Loads a whole file at once.
  load_now(slot, file) {
    const bytes = new Uint8Array(file);
    this.model_buffer(bytes.length).set(bytes);
    this.load(slot, bytes.length);
    this.#check(this.wasm.sb_finish_loading());
  }

  // Throws what was wrong with the last model, once it is no longer loading.
  check_loaded() {
    this.#check(this.wasm.sb_load_status());
  }

  get loading() {
    return this.wasm.sb_loading() !== 0;
  }

  // What loading made of a wide network's inputs, [{name, rows: Int16Array, units: Float32Array}] for
  // with_tables() of model_file.js: views, valid until the next load. Empty where there are none.
  tables(slot) {
    const { wasm, memory } = this;
    return kTabulatedInputs.flatMap((name, input) => {
      const knots = wasm.sb_table_knots(slot, input);
      if (!knots) return [];
      const values = wasm.sb_table_values(slot, input);
      const rows = new Int16Array(memory, wasm.sb_table_rows(slot, input), values);
      const units = new Float32Array(memory, wasm.sb_table_units(slot, input), knots);
      return [{ name, rows, units }];
    });
  }

  set(param, value) {
    this.wasm.sb_set(param, value);
  }

  // The scale that "tuning" 3 draws notes to: a .scl file's bytes; throws the line that is wrong.
  set_scala(bytes) {
    const fits = bytes.length <= 65536;
    if (fits) new Uint8Array(this.memory, this.wasm.sb_scala_buffer(), bytes.length).set(bytes);
    this.#check(this.wasm.sb_set_scala(bytes.length));
  }

  get(param) {
    return this.wasm.sb_get(param);
  }

  // Copies of the slot's patch as edited, and as the model has it; null while the slot is empty.
  patch(slot) {
    return this.#copy_patch(this.wasm.sb_patch(slot));
  }

  model_patch(slot) {
    return this.#copy_patch(this.wasm.sb_model_patch(slot));
  }

  #copy_patch(address) {
    return address ? new Float32Array(this.memory, address, kPatchFloats).slice() : null;
  }

  set_patch(slot, patch) {
    new Float32Array(this.memory, this.wasm.sb_patch_buffer(), kPatchFloats).set(patch);
    this.wasm.sb_set_patch(slot);
  }

  // What this engine takes of one core, by timing it on a steady tone: {load, worst_block_ms}. Only
  // where `performance` exists, which in a worklet it does not. Of many short runs the faster half
  // counts: in the others something else had the core.
  measure(sample_rate_hz, seconds = 0.4, block_frames = 128) {
    const step = (2 * Math.PI * 440) / sample_rate_hz;
    for (let i = 0; i < block_frames; ++i) this.input[i] = 0.3 * Math.sin(i * step);
    const blocks_per_run = Math.ceil((kTimedRunSeconds * sample_rate_hz) / block_frames);
    const runs = Array.from({ length: Math.ceil(seconds / kTimedRunSeconds) }, () => {
      const run = { total_ms: 0, worst_ms: 0 };
      for (let block = 0; block < blocks_per_run; ++block) {
        const start_ms = performance.now();
        this.process(block_frames);
        const ms = performance.now() - start_ms;
        run.total_ms += ms;
        run.worst_ms = Math.max(run.worst_ms, ms);
      }
      return run;
    });
    const fast = runs.sort((a, b) => a.total_ms - b.total_ms).slice(0, Math.ceil(runs.length / 2));
    const total_ms = fast.reduce((sum, run) => sum + run.total_ms, 0);
    const audio_ms = (1000 * fast.length * blocks_per_run * block_frames) / sample_rate_hz;
    return {
      load: total_ms / audio_ms,
      worst_block_ms: Math.max(...fast.map((run) => run.worst_ms)),
    };
  }

  get frame_count() {
    return this.wasm.sb_frame_count();
  }

  // A view of the traces of frame `from` and later; valid until the next call.
  traces(from) {
    const count = this.wasm.sb_trace(from);
    return new Float32Array(this.memory, this.wasm.sb_trace_buffer(), count * kTraceFloats);
  }

  // The parameter table of core/params.h.
  params() {
    const wasm = this.wasm;
    return Array.from({ length: wasm.sb_param_count() }, (_, index) => ({
      index,
      name: this.#text(wasm.sb_param_name(index)),
      unit: this.#text(wasm.sb_param_unit(index)),
      text: this.#text(wasm.sb_param_text(index)),
      min: wasm.sb_param_min(index),
      max: wasm.sb_param_max(index),
      initial: wasm.sb_param_initial(index),
      curve: kCurves[wasm.sb_param_curve(index)],
      intervention: wasm.sb_param_intervention(index) !== 0,
    }));
  }

  // The nearest DX7 voice of a patch with these six peak levels (radians), played like this: {keys:
  // [attack_ms, decay_ms, sustain_db, release_ms], transpose_semitones, ops: six of [curve, lfo_rate_hz,
  // lfo_level, lfo_pitch_cents]}. {dump: Uint8Array, roundings: [{what, op, wanted, became}]}.
  dx7_voice(patch, peak_levels, { keys, transpose_semitones, ops }, name) {
    const { wasm } = this;
    const values = [...patch, ...peak_levels, ...keys, transpose_semitones, ...ops.flat()];
    new Float32Array(this.memory, wasm.sb_dx7_input(), values.length).set(values);
    const letters = new Uint8Array(this.memory, wasm.sb_dx7_name(), kDx7NameBytes);
    for (let i = 0; i < kDx7NameBytes; ++i) letters[i] = name.padEnd(kDx7NameBytes).charCodeAt(i) & 127;
    const bytes = wasm.sb_dx7_export();
    const dump = new Uint8Array(this.memory, wasm.sb_dx7_dump(), bytes).slice();
    const roundings = Array.from({ length: wasm.sb_dx7_rounding_count() }, (_, i) => {
      const what = this.#text(wasm.sb_dx7_rounding_text(i));
      const [op, wanted, became] = new Float32Array(this.memory, wasm.sb_dx7_rounding(i), 3);
      return { what, op, wanted, became };
    });
    return { dump, roundings };
  }

  #check(ok) {
    if (!ok) throw new Error(this.#text(this.wasm.sb_message()));
  }

  // NUL-terminated UTF-8. Written by hand: an AudioWorkletGlobalScope has no TextDecoder.
  #text(address) {
    const bytes = new Uint8Array(this.memory, address);
    const end = bytes.indexOf(0);
    let escaped = "";
    for (const byte of bytes.subarray(0, end)) escaped += `%${byte.toString(16).padStart(2, "0")}`;
    return decodeURIComponent(escaped);
  }
}
