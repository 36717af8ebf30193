// Starts the page: fetches the engine and the models, wires the controls, the keyboard and the canvas
// to the instrument, and offers it to scripts as window.sideband.

import { kClips } from "./audio/clips.js";
import { Trace, kTraceFloats } from "./audio/messages.js";
import { fetch_engine, fetch_model_list, model_name, model_of_file } from "./audio/models.js";
import { Way, as_problem } from "./audio/problem.js";
import { Controls, Status, show_credits } from "./controls.js";
import { take_drops } from "./drops.js";
import { Instrument } from "./instrument.js";
import { Keys } from "./keys.js";
import { make_listening } from "./listening.js";
import { Theme, show_hints, stay_offline, toggle_help, wire_help } from "./manners.js";
import { Midi } from "./midi.js";
import { Outputs } from "./outputs.js";
import { Overload } from "./overload.js";
import {
  Memory,
  models_of,
  parse_state,
  read_state,
  state_of_link,
  write_settings,
} from "./saving.js";
import { take_keys } from "./shortcuts.js";
import { read_url_state } from "./url_state.js";

const kEngineUrl = new URL("wasm/engine.wasm", document.baseURI).href;
const kModelsUrl = new URL("models/index.json", document.baseURI).href;

const kRememberDelayMs = 500;

const status = new Status();
const memory = new Memory();
const reload = () => location.reload();

function show_problem(problem, actions) {
  status.show_problem(problem, { [Way.kReload]: reload, ...actions });
}

async function boot() {
  show_credits(kClips);
  new Theme(memory);
  wire_help();
  const newer = "A newer version is here. Reload the page to play it.";
  stay_offline(() => ready.then(() => status.show("ready", newer)));
  status.show("busy", "Loading the synthesiser…");
  const list = fetch_model_list(kModelsUrl);
  list.catch(() => {});
  const engine = await fetch_engine(kEngineUrl);
  const instrument = new Instrument(engine, {
    models: await list,
    base_url: document.baseURI,
  });
  const page = new Page(
    instrument,
    read_url_state(location.search, {
      models: instrument.models,
      clips: kClips,
      params: instrument.params,
    }),
  );
  make_listening(instrument, document.getElementById("listening"));
  const match = document.getElementById("match"); // loaded when it is opened first
  const load_match = () =>
    import("./match/panel.js").then(({ make_match }) => make_match(instrument, match));
  match.addEventListener("toggle", load_match, { once: true });
  window.sideband = instrument;
  instrument.midi_ports = page.midi;
  await page.load_models();
  return instrument;
}

// Joins the instrument to the page's elements.
class Page {
  #instrument;
  #start_state;
  #controls;
  #keys;
  #outputs;
  #peaks = { input: 0, output: 0 };
  #warnings;

  constructor(instrument, start_state) {
    this.#instrument = instrument;
    this.#start_state = start_state;
    this.#warnings = start_state.warnings;
    for (const [name, value] of start_state.params) instrument.set(name, value);
    instrument.source = start_state.source;
    instrument.clip = start_state.clip;
    instrument.rate = start_state.rate;
    this.#recall();
    this.midi = new Midi(instrument);
    this.#keys = new Keys(instrument);
    this.#outputs = new Outputs(instrument, {
      status,
      midi: this.midi,
      quietly: (work) => this.#quietly(work),
    });
    show_hints(memory, instrument);
    this.#controls = new Controls(instrument, {
      toggle: () => this.toggle(),
      choose_source: (source) => this.choose_source(source),
      choose_clip: (clip) => this.#start_if_running({ source: "clip", clip }),
      choose_file: (file) => this.open_file(file),
      choose_slot: (slot) => instrument.ab(slot),
      choose_model: (slot, model) => this.#quietly(instrument.load(slot, model)),
      choose_microphone: (id) => this.#choose_microphone(id),
    });
    this.#listen();
    new Overload(instrument, (advice) => this.#offer_lighter(advice));
    this.#take_keys();
    take_drops(document.getElementById("drop"), ([file]) => this.open_file(file));
    instrument.ab(start_state.slot === "b" ? "b" : "a");
  }

  async load_models() {
    const [first, second] = this.#start_state.models;
    if (first) await this.#quietly(this.#instrument.load("a", first));
    this.#controls.enable_start();
    this.#write_recalled();
    this.#show_state();
    import("./canvas.js").then(({ show_canvas }) => show_canvas(this.#instrument, this));
    if (second) await this.#quietly(this.#instrument.load("b", second));
    if (this.#recalled?.edits.b) this.#write_recalled();
    this.#remember();
  }

  // ---- the state of a link, or of the last visit; an address with parameters asks for its own ----

  #recalled = null;

  #recall() {
    const instrument = this.#instrument;
    instrument.device_id = memory.get("microphone");
    try {
      this.#recalled = state_of_link(location.hash);
    } catch (error) {
      this.#warnings.push(error.message);
    }
    if (!this.#recalled && !location.search && memory.get("state")) {
      try {
        this.#recalled = parse_state(JSON.stringify(memory.get("state")));
      } catch {
        // Of another version: this visit starts afresh.
      }
    }
    if (!this.#recalled) return;
    models_of(this.#recalled, instrument).forEach((model, i) => {
      if (model) this.#start_state.models[i] = model;
      else if (this.#recalled.models["ab"[i]])
        this.#warnings.push(`The model ${this.#recalled.models["ab"[i]]} is not here any more.`);
    });
    this.#start_state.slot = this.#recalled.slot;
    if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  }

  #write_recalled() {
    if (!this.#recalled) return;
    this.#warnings.push(...write_settings(this.#instrument, this.#recalled));
  }

  // From now on, whatever changes is remembered.
  #remember() {
    let timer = null;
    const note = () => {
      clearTimeout(timer);
      timer = null;
      memory.set("state", read_state(this.#instrument));
    };
    for (const event of ["param", "patch", "model", "source", "state"]) {
      this.#instrument.addEventListener(event, () => (timer ??= setTimeout(note, kRememberDelayMs)));
    }
    window.addEventListener("pagehide", () => timer && note());
  }

  #choose_microphone(id) {
    this.#instrument.device_id = id;
    memory.set("microphone", id);
    if (this.#instrument.running) this.start({ source: "mic" });
  }

  toggle() {
    const instrument = this.#instrument;
    if (instrument.state === "stopped") this.start();
    else this.#quietly(instrument.stop());
  }

  start(options = {}) {
    this.#quietly(this.#instrument.start(options));
  }

  // "mic", "clip" or "file"; a file may still have to be chosen.
  choose_source(source) {
    const instrument = this.#instrument;
    if (source === "file" && !instrument.file) {
      instrument.source = "file";
      this.#controls.show_source();
      document.getElementById("file").click();
      return;
    }
    this.#start_if_running({ source });
  }

  #start_if_running({ source, clip = this.#instrument.clip }) {
    const instrument = this.#instrument;
    if (instrument.state !== "stopped") return this.start({ source, clip });
    instrument.source = source;
    instrument.clip = clip;
    this.#show_state({ solved: true });
  }

  // A sound is played; a model goes into the slot that is heard.
  async open_file(file) {
    const instrument = this.#instrument;
    if (!file.name.endsWith(".safetensors")) return this.start({ source: file });
    await this.#quietly(instrument.load(instrument.slot, await model_of_file(file)));
  }

  #listen() {
    const instrument = this.#instrument;
    const controls = this.#controls;
    instrument.addEventListener("state", () => this.#show_state());
    instrument.addEventListener("model", ({ detail }) => {
      controls.show_model("ab"[detail.slot], instrument.model(detail.slot));
      this.#show_state({ solved: "ab"[detail.slot] === instrument.slot });
    });
    instrument.addEventListener("param", () => controls.show_slot());
    instrument.addEventListener("notice", ({ detail }) => status.show("warning", detail.text));
    instrument.addEventListener("problem", ({ detail: { problem, retry } }) => {
      controls.show_source();
      show_problem(problem, {
        [Way.kRetry]: () => this.#quietly(retry()),
        [Way.kClip]: () => this.start({ source: "clip" }),
      });
    });
    instrument.addEventListener("traces", ({ detail: { traces, count } }) => {
      for (let i = 0; i < count; ++i) {
        const at = i * kTraceFloats;
        this.#peaks.input = Math.max(this.#peaks.input, traces[at + Trace.kInputPeak]);
        this.#peaks.output = Math.max(this.#peaks.output, traces[at + Trace.kOutputPeak]);
      }
    });
  }

  #offer_lighter({ text, lighter }) {
    const words = `Play the reduced ${lighter.length > 1 ? "ones" : "one"}`;
    const load = async () => {
      for (const [slot, model] of lighter) await this.#quietly(this.#instrument.load(slot, model));
    };
    status.show("warning", text, lighter.length ? [[words, load]] : []);
  }

  // `solved`: what was wrong, if anything, no longer is.
  #show_state({ solved = false } = {}) {
    const instrument = this.#instrument;
    this.#controls.show_state();
    this.#controls.show_source();
    const playing = instrument.model(instrument.slot);
    const sources = {
      mic: "the microphone",
      clip: "the clip",
      file: instrument.file?.name || "the file",
      keys: "the keys",
      tab: "the shared sound",
    };
    if (instrument.state === "starting") {
      this.#warnings = [];
      status.show(
        "busy",
        instrument.source === "mic"
          ? "Opening the microphone… the browser may ask you to allow it."
          : "Starting…",
      );
    } else if (instrument.running) {
      status.show(
        "playing",
        `Playing ${playing ? model_name(playing) : "nothing yet"} from ${sources[instrument.source]}.`,
      );
      requestAnimationFrame(this.#animate);
    } else if (this.#warnings.length) {
      status.show("warning", this.#warnings.join(" "));
    } else if (status.kind === "problem" && !solved) {
      return; // why it stopped
    } else if (instrument.model("a")) {
      const ready = {
        mic: "Ready. Press Start, then play or sing one note at a time.",
        keys: "Ready. Press Start, then play the keys.",
      };
      status.show("ready", ready[instrument.source] ?? "Ready. Press Start.");
    }
  }

  #animating = false;
  #animate = () => {
    if (!this.#instrument.running || this.#animating) return;
    this.#animating = true;
    const frame = () => {
      if (!this.#instrument.running) {
        this.#animating = false;
        return;
      }
      this.#controls.show_playing(this.#peaks.input, this.#peaks.output);
      this.#peaks.input *= 0.9;
      this.#peaks.output *= 0.9;
      requestAnimationFrame(frame);
    };
    frame();
  };

  #take_keys() {
    const instrument = this.#instrument;
    take_keys(instrument, this.#keys, {
      " ": () => this.toggle(),
      a: () => instrument.ab("a"),
      b: () => instrument.ab("b"),
      1: () => instrument.ab("a"),
      2: () => instrument.ab("b"),
      x: () => instrument.ab(instrument.slot === "a" ? "b" : "a"),
      r: () => instrument.running && this.#quietly(this.#outputs.toggle_recording()),
      m: () => this.choose_source("mic"),
      c: () => this.choose_source("clip"),
      k: () => this.choose_source("keys"),
      "?": toggle_help,
    });
  }

  // Failures have been announced as events by then.
  async #quietly(work) {
    await work?.catch?.(() => {});
  }
}

export const ready = boot();
ready.catch((error) =>
  show_problem(as_problem(error, "Opening the page"), { [Way.kRetry]: reload }),
);
