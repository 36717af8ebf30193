// The instrument behind the page's controls, the canvas and the scripting API (window.sideband):
// what is loaded, what plays, and what is known about it. It knows nothing of the page's elements;
// changes are announced as events.
//
// Events (CustomEvent, `detail` in parentheses): "state" when playing starts or stops, "model"
// ({slot}), "param" ({index, value}), "patch" ({slot}), "traces" ({traces: Float32Array, count}; the
// array is valid during the event only), "notice" ({text}), "problem" ({problem, retry}).

import { close_microphone, microphone_settings, open_microphone } from "./audio/capture.js";
import { fetch_clip, find_clip, kClips } from "./audio/clips.js";
import { read_edits, write_edits } from "./audio/edits.js";
import { Engine } from "./audio/engine.js";
import { Graph, render_offline } from "./audio/graph.js";
import { Trace, kOperators, kSlots, kTraceFloats } from "./audio/messages.js";
import {
  fetch_model,
  model_name,
  model_of_url,
  named_by_itself,
  refused_model,
} from "./audio/models.js";
import { Problem, Way, as_problem } from "./audio/problem.js";
import { wav_bytes } from "./audio/wav.js";
import { calibrate } from "./listening.js";

const kCheckRateHz = 48000; // of the engine that checks and times models on the page
const kTrustedLoad = 0.25; // the worklet's coarse clock is believed from here up
const kSlotNames = ["a", "b"];
const kMaxRestarts = 3; // of a failing audio processor, within
const kRestartWindowMs = 10000;
const kTailMs = 2500; // a file that does not loop rings out before the instrument stops

export class Instrument extends EventTarget {
  #engine; // {module, bytes}
  #checker; // an Engine on the page: the parameter table, the first to see a model, and to be timed
  #timed = { load: 0, worst_block_ms: 0 };
  #values;
  #slots = Array.from({ length: kSlots }, () => ({ model: null, file: null, patch: null }));
  #files = new Map(); // model files by URL
  #graph;
  #sending = Promise.resolve(); // models on their way to the audio processor, one after another
  #turn = 0; // the latest start() or stop(); older ones give up when they notice
  #load_turn = new Array(kSlots).fill(0);
  #last = null; // the latest telemetry, without its buffer
  #scala = null; // the bytes of the user's Scala file
  #last_trace = new Float32Array(kTraceFloats);
  #restarts = [];
  #dropouts_before = 0; // counted by processors that have since been replaced
  #underruns_at_start = 0;

  state = "stopped"; // or "starting", "running"
  source = "mic"; // or "clip", "file"
  clip = kClips[0].name;
  file = null;
  rate = 0; // Hz to ask the browser for; 0 leaves it to the audio device
  microphone = null; // microphone_settings() of the open microphone

  constructor(engine, { models = [], base_url }) {
    super();
    this.#engine = engine;
    this.#checker = new Engine(engine.module);
    this.#checker.prepare(kCheckRateHz);
    this.models = models;
    this.base_url = base_url;
    this.params = this.#checker.params();
    this.#values = Float32Array.from(this.params, ({ initial }) => initial);
    this.#graph = new Graph(engine, {
      on_telemetry: (message) => this.#take_telemetry(message),
      on_failed: (text) => this.#restart(text),
      on_interrupted: () => this.#interrupted(),
    });
  }

  get running() {
    return this.state === "running";
  }

  // ---- playing ----

  // source: "mic", "clip" or a File; clip: which one, by name; loop: over and over, or once.
  async start({ source = this.source, clip = this.clip, loop = true, rate = this.rate } = {}) {
    const turn = ++this.#turn;
    this.#choose_source(source, clip);
    if (this.state === "stopped") this.#set_state("starting");
    let opened = null;
    try {
      this.#graph.open(rate); // before the first wait, while the user's gesture counts
      if (!this.model(this.slot)) {
        throw new Problem(
          `Nothing is loaded into ${this.slot.toUpperCase()} yet. Choose an instrument there, then start again.`,
        );
      }
      opened = await this.#open_source(loop, turn);
      if (turn !== this.#turn) return opened.close();
      if (!this.#graph.engine_node) {
        this.#dropouts_before = 0;
        await this.#graph.start_engine(this.#engine_state());
        this.#underruns_at_start = this.#graph.underruns ?? 0;
        if (turn !== this.#turn) {
          opened.close();
          if (this.state === "stopped") await this.#graph.stop();
          return;
        }
      }
      this.microphone = opened.microphone ?? null;
      this.#set_state("running");
      await this.#graph.set_source(opened);
      this.#time_engine();
    } catch (error) {
      opened?.close();
      if (turn !== this.#turn) return;
      await this.#graph.stop();
      this.microphone = null;
      this.#set_state("stopped");
      throw this.#announce(error, "Starting", () => this.start({ source, clip, loop, rate }));
    }
  }

  async stop() {
    const turn = ++this.#turn;
    await this.#graph.stop();
    if (turn !== this.#turn) return;
    this.microphone = null;
    this.#last = null;
    this.#last_trace.fill(0);
    this.#set_state("stopped");
  }

  #choose_source(source, clip) {
    if (source instanceof Blob) {
      this.source = "file";
      this.file = source;
    } else if (source === "mic" || source === "clip" || (source === "file" && this.file)) {
      this.source = source;
    } else if (source === "file") {
      throw new Problem("No file has been chosen yet. Choose or drop a sound file first.");
    } else {
      throw new TypeError(`"${source}" is not a source; use "mic", "clip" or a File`);
    }
    if (!find_clip(clip)) {
      throw new TypeError(
        `"${clip}" is not a clip; there are ${kClips.map(({ name }) => name).join(", ")}`,
      );
    }
    this.clip = clip;
  }

  async #open_source(loop, turn) {
    const graph = this.#graph;
    if (this.source === "mic") {
      const stream = await open_microphone();
      const track = stream.getAudioTracks()[0];
      track.onended = () => this.#microphone_gone();
      const close = () => {
        track.onended = null;
        close_microphone(stream);
      };
      try {
        return {
          ...graph.microphone_source(stream, close),
          microphone: microphone_settings(stream),
        };
      } catch (error) {
        close();
        throw error;
      }
    }
    const bytes =
      this.source === "clip"
        ? await fetch_clip(find_clip(this.clip))
        : await this.file.arrayBuffer();
    const buffer = await graph.decode(bytes);
    return graph.buffer_source(buffer, loop, () => {
      setTimeout(() => turn === this.#turn && this.stop(), kTailMs);
    });
  }

  #microphone_gone() {
    this.stop();
    this.#announce(
      new Problem(
        "The microphone was unplugged or taken away. Connect it and start again, or play a clip.",
        {
          ways: [Way.kRetry, Way.kClip],
        },
      ),
      "Listening",
      () => this.start(),
    );
  }

  #interrupted() {
    if (!this.running) return;
    this.stop();
    this.#announce(
      new Problem("The browser paused the sound. Start again to go on."),
      "Playing",
      () => this.start(),
    );
  }

  // A processor that fails is replaced by a fresh one with the same state.
  async #restart(text) {
    if (this.state === "stopped") return;
    const now = performance.now();
    this.#restarts = this.#restarts.filter((time) => now - time < kRestartWindowMs);
    this.#restarts.push(now);
    if (this.#restarts.length > kMaxRestarts) {
      await this.stop();
      this.#announce(
        new Problem(
          `The synthesiser keeps failing (${text}). Choose another model, or reload the page.`,
          { ways: [Way.kRetry, Way.kReload] },
        ),
        "Playing",
        () => this.start(),
      );
      return;
    }
    this.#dropouts_before = this.dropouts + 1; // the restart itself is heard as one
    this.#last = null;
    try {
      await this.#graph.start_engine(this.#engine_state());
      this.#notice(`The synthesiser failed (${text}) and was restarted.`);
    } catch (error) {
      await this.stop();
      this.#announce(error, "Restarting the synthesiser", () => this.start());
    }
  }

  #engine_state() {
    return {
      params: this.#values,
      models: this.#slots.map(({ file }) => file),
      patches: this.#slots.map(({ patch }) => patch),
      scala: this.#scala,
    };
  }

  // ---- models, patches and parameters ----

  // Loads a model into a slot ("a" or "b"); `model` is a URL, or an entry of `models`. Resolves when it
  // can be heard (or, while stopped, will be).
  async load(slot, model) {
    const index = slot_index(slot);
    const turn = ++this.#load_turn[index];
    let entry = typeof model === "string" ? this.#find_model(model) : model;
    try {
      const file = entry.data ?? (await this.#model_file(entry));
      if (turn !== this.#load_turn[index]) return;
      if (!this.models.includes(entry)) entry = named_by_itself({ ...entry, data: file });
      this.#check_model(index, entry, file);
      this.#slots[index] = { model: entry, file, patch: null };
      this.dispatchEvent(new CustomEvent("model", { detail: { slot: index } }));
      await this.#send_model(index, file);
      if (this.running) this.#time_engine();
    } catch (error) {
      if (turn === this.#load_turn[index]) {
        throw this.#announce(error, "Loading the model", () => this.load(slot, model));
      }
    }
  }

  #find_model(url) {
    const { href } = new URL(url, this.base_url);
    return this.models.find((entry) => entry.url === href) ?? model_of_url(url, this.base_url);
  }

  async #model_file(entry) {
    const known = this.#files.get(entry.url);
    if (known) return known;
    const file = await fetch_model(entry);
    this.#files.set(entry.url, file);
    return file;
  }

  // The page's own engine reads the model first: a bad file never gets as far as the audio thread,
  // and its patch is known before anything plays.
  #check_model(slot, entry, file) {
    try {
      this.#checker.load_now(slot, file);
    } catch (error) {
      this.#files.delete(entry.url);
      throw refused_model(entry, error.message);
    }
  }

  #send_model(slot, file) {
    const send = async () => {
      const { engine_node } = this.#graph;
      if (!engine_node || this.#slots[slot].file !== file) return;
      await engine_node.load(slot, file).catch((error) => {
        if (engine_node === this.#graph.engine_node) throw error;
      });
    };
    this.#sending = this.#sending.catch(() => {}).then(send);
    return this.#sending;
  }

  model(slot) {
    return this.#slots[slot_index(slot)].model;
  }

  // A copy of the slot's patch (messages.js: kPatchFloats floats), as edited; null while it is empty.
  patch(slot) {
    return this.#checker.patch(slot_index(slot));
  }

  // The same before any edit.
  model_patch(slot) {
    return this.#checker.model_patch(slot_index(slot));
  }

  set_patch(slot, patch) {
    const index = slot_index(slot);
    this.#checker.set_patch(index, patch);
    this.#slots[index].patch = this.#checker.patch(index);
    this.#graph.engine_node?.set_patch(index, this.#slots[index].patch);
    this.dispatchEvent(new CustomEvent("patch", { detail: { slot: index } }));
  }

  // Everything the player has edited, as a small JSON object (audio/edits.js), and back again; returns
  // the names it could make nothing of.
  edits() {
    return read_edits(this);
  }

  set_edits(edits) {
    return write_edits(this, edits);
  }

  // Sets a parameter by name or index; returns the value it got, clamped to its range.
  set(param, value) {
    const info = this.#param(param);
    if (!Number.isFinite(value)) throw new TypeError(`${info.name} takes a number, not "${value}"`);
    this.#checker.set(info.index, value);
    const clamped = this.#checker.get(info.index);
    this.#values[info.index] = clamped;
    this.#graph.engine_node?.set(info.index, clamped);
    this.dispatchEvent(new CustomEvent("param", { detail: { index: info.index, value: clamped } }));
    return clamped;
  }

  // Draws notes to the scale of a Scala file's text; throws the sentence that says what is wrong.
  scala(text) {
    const bytes = new TextEncoder().encode(text);
    this.#checker.set_scala(bytes);
    this.#scala = bytes;
    this.#graph.engine_node?.set_scala(bytes);
    this.set("tuning", 3);
  }

  // Fits the player's loudness to the model's range (listening.js).
  calibrate(on_progress) {
    return calibrate(this, on_progress);
  }

  get(param) {
    return this.#values[this.#param(param).index];
  }

  #param(param) {
    const info = this.params.find(({ name, index }) => name === param || index === param);
    if (!info) throw new RangeError(`there is no parameter "${param}"; see sideband.params`);
    return info;
  }

  get slot() {
    return kSlotNames[this.get("slot") >= 0.5 ? 1 : 0];
  }

  ab(slot) {
    this.set("slot", slot_index(slot));
  }

  // ---- what is going on ----

  #take_telemetry(message) {
    const traces = new Float32Array(message.buffer, 0, message.traces * kTraceFloats);
    this.#last = message;
    if (message.traces) this.#last_trace.set(traces.subarray(traces.length - kTraceFloats));
    this.dispatchEvent(new CustomEvent("traces", { detail: { traces, count: message.traces } }));
  }

  // Interruptions of the output since the start: as the browser counts them, or else as the audio
  // clock shows them.
  get dropouts() {
    const { underruns } = this.#graph;
    const counted = underruns === null ? 0 : underruns - this.#underruns_at_start;
    return this.#dropouts_before + Math.max(this.#last?.gaps ?? 0, counted);
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
    return this.#graph.context?.sampleRate ?? 0;
  }

  // Share of one core. The worklet has no fine clock, so below an overload it is the page's own timing
  // of the same engine with the same models, made at each start and load.
  get #load_share() {
    if (!this.#last) return 0;
    const scale = Math.max(1, this.sample_rate_hz / kCheckRateHz);
    return this.#last.load > kTrustedLoad ? this.#last.load : this.#timed.load * scale;
  }

  get #worst_block_ms() {
    if (!this.#last) return 0;
    return this.#last.load > kTrustedLoad ? this.#last.worst_block_ms : this.#timed.worst_block_ms;
  }

  #time_engine() {
    this.#timed = this.#checker.measure(kCheckRateHz);
  }

  snapshot() {
    const trace = this.#last_trace;
    const playing = this.model(this.slot);
    return {
      running: this.running,
      source: this.source,
      f0_hz: trace[Trace.kPlayedF0],
      confidence: trace[Trace.kConfidence],
      loudness_db: this.#last ? trace[Trace.kLoudness] : -120,
      levels: Array.from(trace.subarray(Trace.kLevel, Trace.kLevel + kOperators)),
      input_peak: trace[Trace.kInputPeak],
      output_peak: trace[Trace.kOutputPeak],
      loudness_shift_db: trace[Trace.kLoudnessShift],
      octave_shift: trace[Trace.kOctaveShift],
      gate_in_effect_db: trace[Trace.kGate],
      load: this.#load_share,
      worst_block_ms: this.#worst_block_ms,
      latency_ms: this.latency_ms,
      dropouts: this.dropouts,
      sample_rate_hz: this.sample_rate_hz,
      frames: this.#last?.frame ?? 0,
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

  // What is played for the next seconds, as the bytes of a WAV file; with `input`, a second channel
  // holds what the engine heard meanwhile.
  async record(seconds, { input = false } = {}) {
    if (!this.running) throw new Problem("Nothing plays yet. Start first, then record.");
    const rate_hz = this.sample_rate_hz;
    const recorded = await this.#graph.engine_node.record(Math.round(seconds * rate_hz), input);
    const channels = [recorded.output, recorded.input].filter(Boolean);
    return wav_bytes(
      channels.map((samples) => samples.subarray(0, recorded.frames)),
      rate_hz,
    );
  }

  end_recording() {
    this.#graph.engine_node?.end_recording();
  }

  get recording() {
    return this.#graph.engine_node?.recording ?? false;
  }

  // Plays a sound (a File, or the bytes of one) through the present models, patches and parameters,
  // faster than it would sound. Resolves to a Float32Array at `rate`, in line with the input.
  async render(sound, { rate = 48000 } = {}) {
    const bytes =
      sound instanceof Blob ? await sound.arrayBuffer() : new Uint8Array(sound).slice().buffer;
    return render_offline(this.#engine, this.#engine_state(), bytes, rate);
  }

  // ---- telling the page ----

  #set_state(state) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new CustomEvent("state"));
  }

  #notice(text) {
    this.dispatchEvent(new CustomEvent("notice", { detail: { text } }));
  }

  #announce(error, doing, retry) {
    const problem = as_problem(error, doing);
    this.dispatchEvent(new CustomEvent("problem", { detail: { problem, retry } }));
    return problem;
  }
}

export function slot_index(slot) {
  const index = kSlotNames.indexOf(slot);
  if (index >= 0) return index;
  if (slot === 0 || slot === 1) return slot;
  throw new TypeError(`"${slot}" is not a slot; use "a" or "b"`);
}
