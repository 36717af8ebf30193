// The A/B page: loads what is needed, and shows one tab at a time.

import { fetch_engine, fetch_model_list } from "../audio/models.js";
import { Problem, as_problem } from "../audio/problem.js";
import { Renderer } from "../audio/renderer.js";
import { Status } from "../controls.js";
import { take_drops } from "../drops.js";
import { Theme } from "../manners.js";
import { Memory } from "../saving.js";
import {
  ablation_table,
  intervention_table,
  kIndexSteps,
  kOscillatorSteps,
  variant_table,
} from "./cells.js";
import { by_id } from "./dom.js";
import { Library } from "./library.js";
import { LiveView } from "./live.js";
import { PhraseSetup } from "./phrase.js";
import { Player } from "./player.js";
import { kRateHz } from "./sources.js";
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

new Theme(new Memory());

const status = new Status();
const announce = {
  busy: (text) => status.show("busy", text),
  ready: (text) => status.show("ready", text),
  problem: (error) => status.show("problem", as_problem(error, "This").message),
};

class Page {
  #models;
  #library;
  #setup;
  #table;
  #tests;
  #live;
  #speed;
  #tab = "matrix";
  #shown_table = "matrix"; // the table last looked at: blind tests are about its cells
  #render_turn = 0;

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
    this.#setup = new PhraseSetup({ models, announce, on_change: () => this.#render() });
    this.#take_tabs();
    this.#take_keys();
    take_drops(by_id("drop"), (files) => this.#open_files(files));
  }

  async start() {
    const query = new URLSearchParams(location.search);
    const tab = query.get("tab");
    if (tab && by_id(`tab-${tab}`)) this.#open_tab(tab);
    await this.#setup.start(query.get("clip"), query.get("instrument"));
    if (query.get("study")) {
      this.#open_tab("blind");
      await this.#tests.open_url(new URL(query.get("study"), document.baseURI).href);
    }
  }

  #open_files(files) {
    if (files.some(({ name }) => name.endsWith(".json"))) {
      this.#open_tab("blind");
      this.#tests.open_files(files);
    } else {
      this.#setup.take_file(files[0]);
    }
  }

  // ---- tables ----

  async #render() {
    const { phrase, instrument } = this.#setup;
    if (!phrase) return;
    const turn = ++this.#render_turn;
    try {
      const table = await this.#make_table(this.#shown_table, instrument);
      if (turn !== this.#render_turn) return;
      await this.#table.show(table, phrase);
      if (turn === this.#render_turn && !table.rows.length)
        throw new Problem(
          `There is no full FM model of the ${instrument} to change yet. Choose another instrument.`,
        );
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

  // ---- tabs and keys ----

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
      if (selected) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    const is_table = name in kTables;
    const panel = is_table ? "tables" : name === "blind" ? "tests" : name;
    for (const id of ["tables", "tests", "live", "speed"]) by_id(id).hidden = id !== panel;
    by_id("tables").setAttribute("aria-labelledby", `tab-${is_table ? name : this.#shown_table}`);
    by_id("table-keys").hidden = by_id("table-notes").hidden = !is_table;
    by_id("table-text").textContent = kTables[name] ?? "";
    // The other tabs need no phrase, and none is rendered behind them.
    const of_phrase = is_table || name === "blind";
    by_id("setup").hidden = !of_phrase;
    this.#setup.needed = of_phrase;
    if (is_table) {
      this.#shown_table = name;
      this.#render();
    } else if (name === "blind") this.#tests.enter();
    else if (name === "live") this.#live.enter();
    else this.#speed.enter();
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
