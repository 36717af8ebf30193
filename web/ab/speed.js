// How fast every model is in this browser, in the form of the DDX7 paper's table: time to compute ÷
// length of the sound, for blocks of 256 … 4 ms.

import { Engine } from "../audio/engine.js";
import { model_name } from "../audio/models.js";
import { element, number_table } from "./dom.js";
import { speed_plot } from "./plots.js";
import { kRateHz } from "./sources.js";

export const kLatenciesMs = Object.freeze([256, 128, 64, 32, 16, 8, 4]);
const kFrameMs = 4;
const kSeconds = 2; // of sound per figure
const kRepeats = 3; // the fastest counts

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

export class SpeedView {
  #library;
  #models;
  #announce;
  #engine_module;
  #turn = 0;

  constructor({ library, models, engine, announce }) {
    this.#library = library;
    this.#models = models;
    this.#announce = announce;
    this.#engine_module = engine.module;
    this.#button = element(
      "button",
      { type: "button", id: "measure-speed", onclick: () => this.measure() },
      "Measure in this browser",
    );
    this.#result = element("div", { class: "speed-result" });
    this.node = element(
      "div",
      { class: "panel speed" },
      element("h3", {}, "Time to compute ÷ length of the sound"),
      element(
        "p",
        { class: "dim" },
        "Below 1 is faster than real time. Rows are the whole instrument, pitch tracking included, in one thread of this browser: the network gets blocks of as many frames as the latency holds. “Live” is the engine that plays in the audio thread, frame by frame, whatever the latency. The last two rows are the paper's own figures for network and synthesiser in PyTorch, on another machine: an i7-6700HQ.",
      ),
      element("div", { class: "row" }, this.#button),
      this.#result,
    );
    this.#show([]);
  }

  #button;
  #result;

  enter() {
    this.#announce.ready("The figures depend on this machine and on what else it is doing.");
  }

  leave() {
    this.#turn += 1;
  }

  async measure() {
    const turn = ++this.#turn;
    this.#button.disabled = true;
    const phrase = test_sound();
    const rows = [];
    try {
      for (const model of this.#models) {
        const values = new Map();
        const row = { name: model_name(model), values, live: null };
        rows.push(row);
        for (const ms of kLatenciesMs) {
          this.#announce.busy(`Timing ${row.name}, ${ms} ms…`);
          const { seconds } = await this.#library.time(model, phrase, ms / kFrameMs, kRepeats);
          if (turn !== this.#turn) return;
          values.set(ms, seconds / kSeconds);
          this.#show(rows);
        }
        row.live = await this.#time_live(model);
        this.#show(rows);
      }
      this.#announce.ready(
        "Measured. Other programs and tabs slow these figures down; measure again if in doubt.",
      );
    } catch (error) {
      this.#announce.problem(error);
    } finally {
      this.#button.disabled = false;
    }
  }

  async #time_live(model) {
    const engine = new Engine(this.#engine_module);
    engine.prepare(kRateHz);
    engine.load_now(0, await this.#library.file(model));
    engine.reset();
    return engine.measure(kRateHz, 0.5, 64).load;
  }

  #show(rows) {
    const head = ["Model", ...kLatenciesMs.map((ms) => `${ms} ms`), "Live"];
    const number = (share) =>
      share === undefined || share === null ? "" : share >= 1 ? share.toFixed(2) : share.toFixed(4);
    const line = (name, shares, live, kind) => ({
      texts: [name, ...shares.map(number), number(live)],
      kind,
    });
    const table = number_table(
      head,
      [
        ...rows.map(({ name, values, live }) =>
          line(
            name,
            kLatenciesMs.map((ms) => values.get(ms)),
            live,
            "measured",
          ),
        ),
        ...kPublished.map(({ name, shares }) => line(name, shares, null, "published")),
      ],
      { id: "speed-table" },
    );
    const series = [
      ...kPublished.map(({ name, shares }) => ({
        name,
        published: true,
        values: new Map(kLatenciesMs.map((ms, i) => [ms, shares[i]])),
      })),
      ...rows.map(({ name, values }) => ({ name, values, published: false })),
    ];
    this.#result.replaceChildren(
      element("div", { class: "scroll" }, table),
      element(
        "figure",
        {},
        speed_plot(kLatenciesMs, series),
        element(
          "figcaption",
          { class: "dim" },
          "Dashed: the paper's PyTorch figures (upper HpN, lower DDX7). Solid: measured here.",
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
