// Live A/B: two models on what is played now, one key between them, and their difference alone.

import { Engine } from "../audio/engine.js";
import { kClips } from "../audio/clips.js";
import { capitalised, fetch_model, model_name } from "../audio/models.js";
import { Instrument } from "../instrument.js";
import { element } from "./dom.js";

const kTimedRateHz = 48000;
const kSlots = ["a", "b"];

export class LiveView {
  #instrument;
  #models;
  #announce;
  #timer; // an engine that never sounds
  #loads = { a: null, b: null };

  constructor({ engine, models, base_url, announce }) {
    this.#models = models;
    this.#announce = announce;
    this.#instrument = new Instrument(engine, { models, base_url });
    this.#timer = () => new Engine(engine.module);
    this.#build();
    const first = models.find((model) => model.default) ?? models[0];
    const partner =
      models.find(
        (m) => m.instrument === first.instrument && m.synth === first.synth && m !== first,
      ) ??
      models.find((m) => m !== first) ??
      first;
    this.#wanted = { a: first, b: partner };
  }

  #wanted;
  #opened = false;

  get instrument() {
    return this.#instrument;
  }

  // Models are fetched when the tab is first looked at.
  async enter() {
    this.#announce.ready("Choose two models, then Start.");
    if (this.#opened) return;
    this.#opened = true;
    for (const slot of kSlots) await this.#load(slot, this.#wanted[slot]);
  }

  leave() {
    if (this.#instrument.state !== "stopped") this.#instrument.stop();
  }

  take_key(key) {
    const actions = {
      " ": () => this.#toggle(),
      x: () => this.#hear(this.#instrument.slot === "a" ? "b" : "a"),
      a: () => this.#hear("a"),
      b: () => this.#hear("b"),
      d: () => this.#delta(this.#instrument.get("delta") < 0.5),
    };
    if (!actions[key]) return false;
    actions[key]();
    return true;
  }

  #build() {
    this.#start = element(
      "button",
      {
        class: "start",
        type: "button",
        id: "live-start",
        disabled: true, // until there is something to play
        "aria-keyshortcuts": "Space",
        onclick: () => this.#toggle(),
      },
      element("span", { class: "start-icon", "aria-hidden": "true" }),
      element("span", {}, "Start"),
    );
    this.#source = element(
      "select",
      { "aria-label": "What you play", id: "live-source" },
      new Option("Microphone", "mic"),
      ...kClips.map(({ name, title }) => new Option(`${title} clip, over and over`, name)),
    );
    const slot_rows = kSlots.map((slot) => {
      const choose = element(
        "select",
        {
          "aria-label": `Model in ${slot.toUpperCase()}`,
          onchange: () => this.#load(slot, this.#models[choose.value]),
        },
        ...this.#models.map((model, i) => new Option(model_name(model), i)),
      );
      const button = element(
        "button",
        {
          type: "button",
          class: "condition slot-choice",
          id: `hear-${slot}`,
          "aria-pressed": "false",
          "aria-keyshortcuts": `${slot} x`,
          onclick: () => this.#hear(slot),
        },
        slot.toUpperCase(),
      );
      const load = element("span", { class: "slot-load dim", id: `load-${slot}` }, "–");
      this.#rows[slot] = { choose, button, load };
      return element("div", { class: "live-slot" }, button, choose, load);
    });
    this.#delta_box = element("input", {
      type: "checkbox",
      id: "delta",
      "aria-keyshortcuts": "d",
      onchange: () => this.#delta(this.#delta_box.checked),
    });
    this.#reading = element("p", { class: "dim", id: "live-reading" }, "");
    this.node = element(
      "div",
      { class: "panel live" },
      element("div", { class: "row" }, this.#start, this.#source),
      ...slot_rows,
      element(
        "label",
        { class: "delta" },
        this.#delta_box,
        " Delta: hear only what they differ in, the chosen one minus the other",
      ),
      this.#reading,
      element(
        "p",
        { class: "dim" },
        element("kbd", {}, "X"),
        " changes between A and B, ",
        element("kbd", {}, "D"),
        " delta, ",
        element("kbd", {}, "Space"),
        " starts and stops. Both always run, so a change is heard at once.",
      ),
    );
    const instrument = this.#instrument;
    for (const event of ["state", "param", "model"])
      instrument.addEventListener(event, () => this.#show());
    instrument.addEventListener("problem", ({ detail }) => this.#announce.problem(detail.problem));
    instrument.addEventListener("notice", ({ detail }) => this.#announce.ready(detail.text));
    let pending = false;
    instrument.addEventListener("traces", () => {
      if (pending) return;
      pending = true;
      setTimeout(() => {
        pending = false;
        this.#read();
      }, 200);
    });
  }

  #start;
  #source;
  #rows = {};
  #delta_box;
  #reading;

  async #toggle() {
    const instrument = this.#instrument;
    if (this.#start.disabled) return;
    if (instrument.state !== "stopped") return instrument.stop();
    const source = this.#source.value;
    const options = source === "mic" ? { source } : { source: "clip", clip: source };
    this.#announce.busy(source === "mic" ? "Opening the microphone…" : "Starting…");
    await instrument.start(options).catch(() => {});
    if (instrument.running) this.#announce.ready("Playing. X changes between A and B.");
  }

  #hear(slot) {
    this.#instrument.ab(slot);
  }

  #delta(on) {
    this.#instrument.set("delta", on ? 1 : 0);
  }

  async #load(slot, model) {
    this.#rows[slot].choose.value = String(this.#models.indexOf(model));
    this.#rows[slot].load.textContent = "loading…";
    try {
      await this.#instrument.load(slot, model);
      this.#loads[slot] = await this.#time(model);
    } catch {
      this.#loads[slot] = null; // announced as an event
    }
    this.#show();
  }

  // What this model alone takes of one core, by timing an engine with nothing else in it, less what
  // listening takes.
  async #time(model) {
    const engine = this.#timer();
    engine.prepare(kTimedRateHz);
    engine.measure(kTimedRateHz, 0.2); // until the browser has compiled it well
    const listening = engine.measure(kTimedRateHz, 0.2).load;
    engine.load_now(0, await fetch_model(model));
    engine.reset();
    return { load: Math.max(0, engine.measure(kTimedRateHz, 0.3).load - listening), listening };
  }

  #show() {
    const instrument = this.#instrument;
    const running = instrument.state !== "stopped";
    this.#start.dataset.state = running ? "running" : "stopped";
    this.#start.disabled = !running && !instrument.model(instrument.slot);
    this.#start.lastChild.textContent = running ? "Stop" : "Start";
    const delta = instrument.get("delta") >= 0.5;
    this.#delta_box.checked = delta;
    for (const slot of kSlots) {
      const { button, load } = this.#rows[slot];
      button.setAttribute("aria-pressed", String(instrument.slot === slot));
      const timed = this.#loads[slot];
      if (timed) load.textContent = `${(100 * timed.load).toFixed(1)} % of a core`;
    }
    if (!running) this.#reading.textContent = "";
  }

  #read() {
    const snapshot = this.#instrument.snapshot();
    if (!snapshot.running) return;
    const voiced = snapshot.confidence >= 0.5;
    this.#reading.textContent = [
      voiced ? `${snapshot.f0_hz.toFixed(1)} Hz` : "no note",
      `${snapshot.loudness_db.toFixed(0)} dB`,
      `latency ${snapshot.latency_ms.toFixed(0)} ms`,
      `both together ${(100 * snapshot.load).toFixed(1)} %`,
      `${snapshot.dropouts} dropouts`,
      capitalised(snapshot.source),
    ].join(" · ");
  }
}
