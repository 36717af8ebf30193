// Starts the page: fetches the engine and the models, wires the controls, the keyboard and the canvas
// to the instrument, and offers it to scripts as window.sideband.

import { kClips } from "./audio/clips.js";
import { Trace, kTraceFloats } from "./audio/messages.js";
import { fetch_engine, fetch_model_list, model_name, model_of_file } from "./audio/models.js";
import { Way, as_problem } from "./audio/problem.js";
import { Controls, Status, show_credits } from "./controls.js";
import { Instrument } from "./instrument.js";
import { make_listening } from "./listening.js";
import { read_url_state } from "./url_state.js";

const kEngineUrl = new URL("wasm/engine.wasm", document.baseURI).href;
const kModelsUrl = new URL("models/index.json", document.baseURI).href;

const status = new Status();
const reload = () => location.reload();

function show_problem(problem, actions) {
  status.show_problem(problem, { [Way.kReload]: reload, ...actions });
}

async function boot() {
  show_credits(kClips);
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
  window.sideband = instrument;
  await page.load_models();
  return instrument;
}

// Joins the instrument to the page's elements.
class Page {
  #instrument;
  #start_state;
  #controls;
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
    this.#controls = new Controls(instrument, {
      toggle: () => this.toggle(),
      choose_source: (source) => this.choose_source(source),
      choose_clip: (clip) => this.#start_if_running({ source: "clip", clip }),
      choose_file: (file) => this.open_file(file),
      choose_slot: (slot) => instrument.ab(slot),
      choose_model: (slot, model) => this.#quietly(instrument.load(slot, model)),
    });
    this.#listen();
    this.#take_keys();
    this.#take_drops();
    instrument.ab(start_state.slot);
  }

  async load_models() {
    const [first, second] = this.#start_state.models;
    if (first) await this.#quietly(this.#instrument.load("a", first));
    this.#controls.enable_start();
    this.#show_state();
    import("./canvas.js").then(({ show_canvas }) => show_canvas(this.#instrument, this));
    if (second) await this.#quietly(this.#instrument.load("b", second));
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
      status.show(
        "ready",
        instrument.source === "mic"
          ? "Ready. Press Start, then play or sing one note at a time."
          : "Ready. Press Start.",
      );
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
    const keys = {
      " ": () => this.toggle(),
      a: () => instrument.ab("a"),
      b: () => instrument.ab("b"),
      x: () => instrument.ab(instrument.slot === "a" ? "b" : "a"),
    };
    window.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented)
        return;
      const action = keys[event.key.toLowerCase()];
      if (!action || takes_key(event.target, event.key)) return;
      event.preventDefault();
      action();
    });
  }

  #take_drops() {
    const veil = document.getElementById("drop");
    const has_file = ({ dataTransfer }) => [...(dataTransfer?.types ?? [])].includes("Files");
    window.addEventListener("dragover", (event) => {
      if (!has_file(event)) return;
      event.preventDefault();
      veil.hidden = false;
    });
    window.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) veil.hidden = true;
    });
    window.addEventListener("drop", (event) => {
      veil.hidden = true;
      const file = event.dataTransfer?.files[0];
      if (!file) return;
      event.preventDefault();
      this.open_file(file);
    });
  }

  // Failures have been announced as events by then.
  async #quietly(work) {
    await work?.catch?.(() => {});
  }
}

// Whether the focused element has its own use for the key.
function takes_key(element, key) {
  if (element.closest("select, textarea, input:not([type=radio], [type=range])")) return true;
  if (element.id === "canvas" && key !== "x") return true; // it sends commands of its own
  return key === " " && element.closest("button, summary, a") !== null;
}

export const ready = boot();
ready.catch((error) =>
  show_problem(as_problem(error, "Opening the page"), { [Way.kRetry]: reload }),
);
