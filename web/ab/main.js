// The A/B page: loads what is needed, holds the phrase, and shows one tab at a time.

import { kClips } from "../audio/clips.js";
import { capitalised, fetch_engine, fetch_model_list } from "../audio/models.js";
import { Problem, as_problem } from "../audio/problem.js";
import { Renderer } from "../audio/renderer.js";
import { Status } from "../controls.js";
import {
  ablation_table,
  instruments_of,
  intervention_table,
  kIndexSteps,
  kOscillatorSteps,
  variant_table,
} from "./cells.js";
import { by_id, time_text } from "./dom.js";
import { Library } from "./library.js";
import { LiveView } from "./live.js";
import { Player } from "./player.js";
import {
  kLongestSeconds,
  kRateHz,
  phrase_of_clip,
  phrase_of_file,
  start_recording,
} from "./sources.js";
import { SpeedView } from "./speed.js";
import { TableView } from "./tables.js";
import { TestsView } from "./tests.js";

const kTables = {
  matrix: "Full, reduced and distilled networks of every synth, from the same phrase.",
  index:
    "The DDX7 paper's Table 1: how far a modulator may go (I_max), with its published Frechet Audio Distances.",
  oscillators:
    "The DDX7 paper's Table 2: fewer operators, with its published Frechet Audio Distances.",
  interventions:
    "Static changes to the patch while it plays, without retraining, as on the DDX7 paper's page.",
};

const status = new Status();
const announce = {
  busy: (text) => status.show("busy", text),
  ready: (text) => status.show("ready", text),
  problem: (error) => status.show("problem", as_problem(error, "This").message),
};

class Page {
  #models;
  #library;
  #table;
  #tests;
  #live;
  #speed;
  #tab = "matrix";
  #phrase = null;
  #turn = 0;
  #waiting = null; // how to get a phrase that nobody has needed yet
  #recording = null;
  #render_turn = 0;
  #shown_table = "matrix"; // the table last looked at: blind tests are about its cells

  constructor(engine, renderer, models) {
    this.#models = models;
    this.#library = new Library(renderer, engine.module);
    const player = new Player(kRateHz);
    const shared = { library: this.#library, models, announce, engine };
    this.#table = new TableView({ ...shared, player });
    this.#tests = new TestsView({ ...shared, cells: () => this.#table.rendered });
    this.#live = new LiveView({ ...shared, base_url: document.baseURI });
    this.#speed = new SpeedView(shared);
    by_id("tables").append(this.#table.node);
    by_id("tests").append(this.#tests.node);
    by_id("live").append(this.#live.node);
    by_id("speed").append(this.#speed.node);
    this.#table.addEventListener("rendered", () => this.#tests.show_setup());
    this.#fill_setup();
    this.#take_tabs();
    this.#take_keys();
    this.#take_drops();
  }

  async start() {
    const query = new URLSearchParams(location.search);
    const clips = kClips.map(({ name }) => name);
    const clip = clips.includes(query.get("clip")) ? query.get("clip") : clips[0];
    by_id("clip").value = clip;
    this.#choose_instrument(query.get("instrument") ?? clip);
    const tab = query.get("tab");
    if (tab && by_id(`tab-${tab}`)) this.#open_tab(tab);
    await this.#take_phrase(() => phrase_of_clip(clip));
    if (query.get("study")) {
      this.#open_tab("blind");
      await this.#tests.open_url(new URL(query.get("study"), document.baseURI).href);
    }
  }

  // ---- phrase and instrument ----

  #fill_setup() {
    const instruments = instruments_of(this.#models);
    by_id("instrument").replaceChildren(
      ...instruments.map((name) => new Option(capitalised(name), name)),
    );
    by_id("instrument").onchange = () => this.#render();
    by_id("clip").replaceChildren(
      ...kClips.map(({ name, title }) => new Option(`${title} clip`, name)),
    );
    by_id("clip").onchange = () => {
      const { value } = by_id("clip");
      this.#choose_instrument(value);
      this.#take_phrase(() => phrase_of_clip(value));
    };
    by_id("choose-file").onclick = () => by_id("file").click();
    by_id("file").onchange = ({ target }) => {
      const [file] = target.files;
      target.value = "";
      if (file) this.#take_phrase(() => phrase_of_file(file));
    };
    by_id("record").onclick = () => this.#record();
    for (const control of document.querySelectorAll(".setup select, .setup button"))
      control.disabled = false;
  }

  #choose_instrument(name) {
    const select = by_id("instrument");
    if ([...select.options].some(({ value }) => value === name)) select.value = name;
  }

  // Tabs that show or test cells; the others need no phrase, and none is rendered behind them.
  get #needs_cells() {
    return this.#tab in kTables || this.#tab === "blind";
  }

  async #take_phrase(fetch_phrase) {
    const turn = ++this.#turn;
    this.#waiting = fetch_phrase;
    if (!this.#needs_cells) return;
    this.#waiting = null;
    try {
      announce.busy("Reading the phrase…");
      const phrase = await fetch_phrase();
      if (turn !== this.#turn) return;
      this.#phrase = phrase;
      const seconds = phrase.samples.length / kRateHz;
      by_id("phrase").textContent =
        `${phrase.name}, ${seconds.toFixed(1)} s${phrase.cut ? `, cut to the first ${kLongestSeconds} s` : ""}`;
      await this.#render();
    } catch (error) {
      if (turn === this.#turn) announce.problem(error);
    }
  }

  async #record() {
    const button = by_id("record");
    if (this.#recording) {
      const recording = this.#recording;
      this.#recording = null;
      button.textContent = "Record";
      return this.#take_phrase(() => recording.finish());
    }
    try {
      announce.busy("Opening the microphone… the browser may ask you to allow it.");
      const recording = await start_recording();
      this.#recording = recording;
      button.textContent = "Stop";
      const tick = () => {
        if (this.#recording !== recording) return;
        const seconds = recording.seconds();
        announce.busy(
          `Recording, ${time_text(seconds)}. Press Stop when you have played your phrase.`,
        );
        if (seconds >= kLongestSeconds) this.#record();
        else setTimeout(tick, 200);
      };
      tick();
    } catch (error) {
      announce.problem(error);
    }
  }

  async #render() {
    if (!this.#phrase) return;
    const phrase = this.#phrase;
    const instrument = by_id("instrument").value;
    const turn = ++this.#render_turn;
    try {
      const table = await this.#make_table(this.#shown_table, instrument);
      if (turn !== this.#render_turn) return;
      if (!table.rows.length)
        throw new Problem(
          `There is no full FM model of the ${instrument} to change yet. Choose another instrument.`,
        );
      await this.#table.show(table, phrase);
    } catch (error) {
      announce.problem(error);
    }
  }

  async #make_table(tab, instrument) {
    const models = this.#models;
    if (tab === "index" || tab === "oscillators") {
      const steps = tab === "index" ? kIndexSteps : kOscillatorSteps;
      return ablation_table(models, instrument, steps, this.#library.metadata);
    }
    if (tab === "interventions") {
      const patches = new Map();
      for (const model of models) {
        if (
          model.instrument === instrument &&
          model.variant === "full" &&
          model.synth !== "harmonic_noise"
        )
          patches.set(model, await this.#library.patch(model));
      }
      return intervention_table(models, instrument, (model) => patches.get(model));
    }
    return variant_table(models, instrument);
  }

  // ---- tabs, keys, drops ----

  #take_tabs() {
    const tabs = [...document.querySelectorAll("[role=tab]")];
    for (const [i, tab] of tabs.entries()) {
      tab.onclick = () => this.#open_tab(tab.id.slice("tab-".length));
      tab.onkeydown = (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        event.stopPropagation();
        const next = tabs[(i + step + tabs.length) % tabs.length];
        next.focus();
        next.click();
      };
    }
  }

  #open_tab(name) {
    if (name === this.#tab) return;
    this.#table.claim();
    this.#tests.leave();
    this.#live.leave();
    this.#speed.leave();
    this.#tab = name;
    for (const tab of document.querySelectorAll("[role=tab]")) {
      const selected = tab.id === `tab-${name}`;
      tab.setAttribute("aria-selected", String(selected));
      tab.tabIndex = selected ? 0 : -1;
    }
    const panel = name in kTables ? "tables" : name === "blind" ? "tests" : name;
    for (const id of ["tables", "tests", "live", "speed"]) by_id(id).hidden = id !== panel;
    by_id("tables").setAttribute("aria-labelledby", `tab-${name}`);
    by_id("setup").hidden = name === "live" || name === "speed";
    if (this.#waiting && this.#needs_cells) this.#take_phrase(this.#waiting);
    by_id("table-keys").hidden = !(name in kTables);
    by_id("table-text").textContent = kTables[name] ?? "";
    if (name in kTables) {
      this.#shown_table = name;
      this.#render();
    } else if (name === "live") {
      announce.ready("Choose two models, then Start.");
      this.#live.enter();
    } else if (name === "blind") this.#tests.show_setup();
    else announce.ready("The figures depend on this machine and on what else it is doing.");
  }

  #take_keys() {
    window.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const { key, target } = event;
      if (takes_key(target, key)) return;
      const lower = key.length === 1 ? key.toLowerCase() : key;
      const views = { blind: this.#tests, live: this.#live, speed: null };
      const view = this.#tab in kTables ? this.#table : views[this.#tab];
      if (event.repeat && !key.startsWith("Arrow")) return;
      if (view?.take_key(lower, event)) event.preventDefault();
    });
  }

  #take_drops() {
    const veil = by_id("drop");
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
      const files = [...(event.dataTransfer?.files ?? [])];
      if (!files.length) return;
      event.preventDefault();
      if (files.some(({ name }) => name.endsWith(".json"))) {
        this.#open_tab("blind");
        this.#tests.open_files(files);
      } else {
        this.#take_phrase(() => phrase_of_file(files[0]));
      }
    });
  }
}

// Whether the focused element has its own use for the key.
function takes_key(element, key) {
  if (element.closest("select, textarea, input[type=text]")) return true;
  if (element.closest("input[type=range]")) return key.startsWith("Arrow");
  return (key === " " || key === "Enter") && element.closest("button, summary, a, input") !== null;
}

async function boot() {
  const engine = await fetch_engine(new URL("wasm/engine.wasm", document.baseURI));
  const { module } = await fetch_engine(new URL("wasm/render.wasm", document.baseURI)).catch(
    (error) => {
      throw new Problem(
        "The offline renderer is missing here: this copy was built without XNNPACK. Run tools/setup page, build again, then reload.",
        { cause: error },
      );
    },
  );
  const models = await fetch_model_list(new URL("models/index.json", document.baseURI));
  const page = new Page(engine, new Renderer(module), models);
  document.body.dataset.ready = "yes";
  await page.start();
}

boot().catch((error) => announce.problem(error));
