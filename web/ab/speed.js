// How fast every model is in this browser, in the form of the DDX7 paper's table: time to compute ÷
// length of the sound, for blocks of 256 … 4 ms.

import { Engine } from "../audio/engine.js";
import { capitalised, model_name } from "../audio/models.js";
import { instruments_of, kSynths } from "./cells.js";
import { element, number_table } from "./dom.js";
import { speed_plot } from "./plots.js";
import { kRateHz } from "./sources.js";

export const kLatenciesMs = Object.freeze([256, 128, 64, 32, 16, 8, 4]);
const kFrameMs = 4;
const kSeconds = 1; // of sound per figure
const kRepeats = 6; // the fastest counts

// Caspe et al. 2022: PyTorch on an i7-6700HQ.
export const kPublished = Object.freeze([
  {
    name: "DDX7 (400 k), PyTorch, as published",
    shares: [0.079, 0.158, 0.343, 0.637, 1.31, 2.51, 5.01],
  },
  {
    name: "HpN (4.5 M), PyTorch, as published",
    shares: [0.231, 0.466, 1.04, 1.88, 3.71, 7.39, 15.2],
  },
]);

const number = (share) => {
  if (share === undefined || share === null) return "";
  return share >= 1 ? share.toFixed(2) : share.toFixed(4);
};

export class SpeedView {
  #library;
  #models;
  #announce;
  #engine_module;
  #turn = 0;
  #measuring = false;
  #rows = [];
  #choice;
  #button;
  #result = element("div", { class: "speed-result" });

  constructor({ library, models, engine, announce }) {
    this.#library = library;
    this.#models = models;
    this.#announce = announce;
    this.#engine_module = engine.module;
    this.#choice = element(
      "select",
      { id: "speed-models" },
      new Option("all", ""),
      ...instruments_of(models).map((name) => new Option(`of the ${capitalised(name)}`, name)),
    );
    this.#button = element("button", {
      type: "button",
      id: "measure-speed",
      onclick: () => (this.#measuring ? this.leave() : this.measure()),
    });
    this.node = element(
      "div",
      { class: "panel speed" },
      element("h2", {}, "Time to compute ÷ length of the sound"),
      element(
        "p",
        { class: "dim" },
        "Below 1 is faster than real time. Rows are the whole instrument, pitch tracking included, in one thread of this browser: the network gets blocks of as many frames as the latency holds. “Live” is the engine that plays in the audio thread, frame by frame, whatever the latency. The last two rows are the paper's own figures for network and synthesiser in PyTorch, on another machine: an i7-6700HQ.",
      ),
      element(
        "div",
        { class: "row" },
        element("label", {}, "Models ", this.#choice),
        this.#button,
      ),
      this.#result,
    );
    this.#show();
  }

  enter() {
    this.#announce.ready("The figures depend on this machine and on what else it is doing.");
  }

  // Ends a measurement; what has been measured stays.
  leave() {
    this.#turn += 1;
  }

  async measure() {
    const turn = ++this.#turn;
    const { value } = this.#choice;
    const models = this.#models.filter(({ instrument }) => !value || instrument === value);
    const phrase = test_sound();
    this.#measuring = true;
    this.#rows = [];
    try {
      for (const [i, model] of models.entries()) {
        const row = { model, name: model_name(model), values: new Map(), live: null };
        this.#rows.push(row);
        for (const ms of kLatenciesMs) {
          this.#announce.busy(`Timing ${row.name} by ${ms} ms, model ${i + 1} of ${models.length}…`);
          const { seconds } = await this.#library.time(model, phrase, ms / kFrameMs, kRepeats);
          row.values.set(ms, seconds / kSeconds);
          if (turn !== this.#turn) {
            const seen = this.node.offsetParent !== null;
            if (seen) this.#announce.ready("Stopped. What has been measured stays.");
            return;
          }
          this.#show();
        }
        row.live = await this.#time_live(model);
        this.#show();
      }
      this.#announce.ready(
        "Measured. Other programs and tabs slow these figures down; measure again if in doubt.",
      );
    } catch (error) {
      this.#announce.problem(error);
    } finally {
      this.#measuring = false;
      this.#show();
    }
  }

  async #time_live(model) {
    const engine = new Engine(this.#engine_module);
    engine.prepare(kRateHz);
    engine.load_now(0, await this.#library.file(model));
    engine.reset();
    return engine.measure(kRateHz, 0.5, 64).load;
  }

  #show() {
    this.#button.textContent = this.#measuring ? "Stop" : "Measure in this browser";
    this.#choice.disabled = this.#measuring;
    const rows = this.#rows.map(({ name, values, live }) => ({
      texts: [name, ...kLatenciesMs.map((ms) => number(values.get(ms))), number(live)],
      kind: "measured",
    }));
    const published = kPublished.map(({ name, shares }) => ({
      texts: [name, ...shares.map(number), ""],
      kind: "published",
    }));
    const table = number_table(
      ["Model", ...kLatenciesMs.map((ms) => `${ms} ms`), "Live"],
      [...rows, ...published],
      { id: "speed-table" },
    );
    const series = [
      ...kPublished.map(({ name, shares }) => ({
        name,
        kind: "published",
        values: new Map(kLatenciesMs.map((ms, i) => [ms, shares[i]])),
      })),
      ...this.#rows.map(({ model, name, values }) => ({
        name,
        kind: `${model.synth} ${/^full/.test(model.variant) ? "full" : "reduced"}`,
        values,
      })),
    ];
    this.#result.replaceChildren(
      element(
        "div",
        { class: "scroll", tabindex: "0", role: "region", "aria-label": "Real-time factors" },
        table,
      ),
      element(
        "figure",
        {},
        element("div", { class: "scroll" }, speed_plot(kLatenciesMs, series)),
        element(
          "figcaption",
          { class: "dim legend" },
          ...kSynths.map(({ synth, title }) =>
            element("span", {}, element("i", { class: synth }), `${title}, measured here`),
          ),
          element(
            "span",
            {},
            element("i", { class: "published" }),
            "as published, in PyTorch: upper HpN, lower DDX7",
          ),
          element("span", {}, "Reduced models are dotted."),
        ),
      ),
    );
  }
}

// A voiced sound with a swell, so that nothing is skipped for silence.
function test_sound() {
  const out = new Float32Array(kSeconds * kRateHz);
  for (let n = 0; n < out.length; ++n) {
    const t = n / kRateHz;
    const phase = 2 * Math.PI * (330 * t + Math.sin(2 * Math.PI * 5 * t));
    out[n] = 0.2 * Math.sin(phase) + 0.1 * Math.sin(2 * phase) + 0.05 * Math.sin(3 * phase);
  }
  return out;
}
