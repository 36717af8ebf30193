// The page's plain controls: everything needed to play works here, without the canvas.

import { list_microphones } from "./audio/capture.js";
import { kClips } from "./audio/clips.js";
import { capitalised } from "./audio/models.js";
import { Way } from "./audio/problem.js";
import { default_model } from "./url_state.js";

const kNotes = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "G♯", "A", "B♭", "B"];
const kVoicedConfidence = 0.5;
const kSlots = ["a", "b"];
const kWayWords = {
  [Way.kRetry]: "Try again",
  [Way.kClip]: "Play a clip instead",
  [Way.kReload]: "Reload the page",
};

const by_id = (id) => document.getElementById(id);

function show_peak(id, peak) {
  const db = Math.max(-60, 20 * Math.log10(Math.max(peak, 1e-6)));
  const meter = by_id(id);
  meter.style.setProperty("--level", `${((db + 60) / 60) * 100}%`);
  meter.setAttribute("aria-valuenow", db.toFixed(0));
}

export class Status {
  #line = by_id("status-line");
  #text = by_id("status");
  #ways = by_id("ways");

  // kind: "busy", "ready", "playing", "warning", "problem"
  show(kind, text, buttons = []) {
    this.kind = kind;
    this.#line.dataset.kind = kind;
    this.#text.textContent = text;
    this.#ways.replaceChildren(
      ...buttons.map(([words, action]) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = words;
        button.onclick = action;
        return button;
      }),
    );
  }

  show_problem(problem, actions) {
    const ways = problem.ways.filter((way) => actions[way]);
    this.show(
      "problem",
      problem.message,
      ways.map((way) => [kWayWords[way], actions[way]]),
    );
  }
}

export class Controls {
  #instrument;
  #actions; // {toggle, choose_source, choose_file, choose_slot, choose_model, choose_microphone}

  constructor(instrument, actions) {
    this.#instrument = instrument;
    this.#actions = actions;
    this.#fill_models();
    this.#fill_clips();
    this.#fill_parameters();
    by_id("start").onclick = () => actions.toggle();
    by_id("choose-file").onclick = () => by_id("file").click();
    by_id("file").onchange = ({ target }) => {
      if (target.files[0]) actions.choose_file(target.files[0]);
      target.value = "";
    };
    for (const radio of document.querySelectorAll("input[name=source]")) {
      radio.onchange = () => actions.choose_source(radio.value);
    }
    for (const radio of document.querySelectorAll("input[name=slot]")) {
      radio.onchange = () => actions.choose_slot(radio.value);
    }
    by_id("microphone").onchange = ({ target }) => actions.choose_microphone(target.value || null);
    by_id("seek").oninput = ({ target }) => {
      instrument.seek(Number(target.value) * (instrument.playback?.duration_s ?? 0));
    };
    by_id("loop").onchange = ({ target }) => instrument.set_loop(target.checked);
    navigator.mediaDevices?.addEventListener?.("devicechange", () => this.show_microphones());
    instrument.addEventListener("source", () => {
      this.show_source();
      this.show_microphones();
    });
    this.show_state();
    this.show_source();
    this.show_microphones();
  }

  // The chooser is there once there is a choice, and names to choose by.
  async show_microphones() {
    const found = (await list_microphones()).filter(({ name }) => name);
    const choose = by_id("microphone");
    choose.hidden = found.length < 2;
    fill(
      choose,
      found.map(({ id, name }) => [id, name]),
    );
    const { microphone, device_id } = this.#instrument;
    choose.value = microphone?.device_id ?? device_id ?? "default";
  }

  #fill_models() {
    const { models } = this.#instrument;
    const instruments = [...new Set(models.map(({ instrument }) => instrument))];
    for (const slot of kSlots) {
      const choose = by_id(`instrument-${slot}`);
      fill(
        choose,
        instruments.map((name) => [name, capitalised(name)]),
      );
      choose.onchange = () => {
        const fitting = models.filter(({ instrument }) => instrument === choose.value);
        this.#actions.choose_model(slot, default_model(fitting));
      };
      const variant = by_id(`model-${slot}`);
      variant.onchange = () =>
        this.#actions.choose_model(
          slot,
          models.find(({ url }) => url === variant.value),
        );
      choose.disabled = variant.disabled = models.length === 0;
    }
  }

  // Shows `model` as the slot's choice, also one that is not in the list.
  show_model(slot, model) {
    const { models } = this.#instrument;
    const listed = models.filter(({ instrument }) => instrument === model.instrument);
    const options = listed.map(({ url, title }) => [url, title]);
    if (!listed.includes(model)) options.push([model.url, model.title]);
    const choose = by_id(`instrument-${slot}`);
    if (![...choose.options].some(({ value }) => value === model.instrument)) {
      choose.add(new Option(capitalised(model.instrument) || "Own model", model.instrument));
    }
    choose.value = model.instrument;
    const variant = by_id(`model-${slot}`);
    fill(variant, options);
    variant.value = model.url;
  }

  #fill_clips() {
    const choose = by_id("clip");
    fill(
      choose,
      kClips.map(({ name, title }) => [name, title]),
    );
    choose.onchange = () => this.#actions.choose_clip(choose.value);
  }

  #fill_parameters() {
    const instrument = this.#instrument;
    const shown = instrument.params.filter(({ name }) => name !== "slot");
    const groups = new Map();
    const show = new Map();
    for (const param of shown) {
      const title = group_of(param.name);
      if (!groups.has(title)) groups.set(title, add_group(by_id("parameters"), title));
      show.set(param.index, add_parameter(groups.get(title), instrument, param));
    }
    instrument.addEventListener("param", ({ detail }) => show.get(detail.index)?.());
    by_id("reset-parameters").onclick = () => {
      for (const { index, initial } of shown) instrument.set(index, initial);
    };
  }

  enable_start() {
    by_id("start").disabled = false;
    performance.mark("playable");
  }

  show_state() {
    const { state } = this.#instrument;
    by_id("start").dataset.state = state;
    by_id("start-text").textContent = state === "stopped" ? "Start" : "Stop";
    if (state === "stopped") this.#show_silence();
  }

  show_source() {
    const { source, clip, file, microphone } = this.#instrument;
    document.querySelector(`input[name=source][value=${source}]`).checked = true;
    for (const part of document.querySelectorAll(".source-detail > [data-source]")) {
      part.hidden = part.dataset.source !== source;
    }
    by_id("clip").value = clip;
    by_id("keys").hidden = source !== "keys";
    by_id("loop").checked = this.#instrument.loop;
    by_id("playback").hidden = !this.#instrument.playback;
    if (file) by_id("file-name").textContent = file.name || "sound file";
    by_id("microphone-text").textContent =
      microphone?.text ?? "Headphones keep the speakers out of the microphone.";
  }

  show_slot() {
    document.querySelector(`input[name=slot][value=${this.#instrument.slot}]`).checked = true;
  }

  #show_silence() {
    by_id("note").textContent = "–";
    by_id("cents").textContent = "";
    for (const id of ["input-meter", "output-meter"]) show_peak(id, 0);
    for (const id of ["latency", "load", "dropouts"]) by_id(id).textContent = "–";
  }

  // Called at most once per animation frame while the instrument plays.
  show_playing(input_peak, output_peak) {
    const now = this.#instrument.snapshot();
    if (now.confidence >= kVoicedConfidence) {
      const midi = 69 + 12 * Math.log2(now.f0_hz / 440);
      const nearest = Math.round(midi);
      const cents = Math.round((midi - nearest) * 100);
      by_id("note").textContent = `${kNotes[nearest % 12]}${Math.floor(nearest / 12) - 1}`;
      by_id("cents").textContent = `${cents < 0 ? "−" : "+"}${Math.abs(cents)} cents`;
    } else {
      by_id("note").textContent = "–";
      by_id("cents").textContent = "";
    }
    show_peak("input-meter", input_peak);
    show_peak("output-meter", output_peak);
    const { playback } = this.#instrument;
    if (playback) {
      const { position_s, duration_s } = playback;
      if (document.activeElement !== by_id("seek")) by_id("seek").value = position_s / duration_s;
      by_id("place").textContent = `${clock(position_s)} / ${clock(duration_s)}`;
    }
    by_id("latency").textContent = `${now.latency_ms.toFixed(0)} ms`;
    by_id("load").textContent = `${(now.load * 100).toFixed(1)} %`;
    by_id("dropouts").textContent = String(now.dropouts);
  }
}

function fill(select, options) {
  select.replaceChildren(...options.map(([value, words]) => new Option(words, value)));
}

const clock = (seconds) =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

// Parameters of the operators come by operator, the others by what they are about.
function group_of(name) {
  const operator = name.match(/(\d)$/);
  if (operator) return `Operator ${operator[1]}`;
  if (name.startsWith("key_")) return "Keys";
  return "Sound";
}

function add_group(parent, title) {
  const group = document.createElement("fieldset");
  const legend = document.createElement("legend");
  legend.textContent = title;
  const grid = document.createElement("div");
  grid.className = "parameter-grid";
  group.append(legend, grid);
  parent.append(group);
  return grid;
}

// One labelled slider; returns what refreshes it. Logarithmic parameters move by octaves.
function add_parameter(parent, instrument, param) {
  const log = param.curve === "logarithmic";
  const to_slider = log ? Math.log2 : (value) => value;
  const from_slider = log ? (value) => 2 ** value : (value) => value;
  const row = document.createElement("label");
  row.className = "parameter";
  row.title = param.text;
  const name = document.createElement("span");
  const words = param.name.replace(/^key_|_(db|ms|semitones)$|\d$/g, "").replaceAll("_", " ");
  name.textContent = capitalised(words.replace("lfo", "LFO"));
  const number = document.createElement("span");
  number.className = "number";
  const slider = document.createElement("input");
  slider.type = "range";
  slider.min = to_slider(param.min);
  slider.max = to_slider(param.max);
  const stepped = param.curve === "stepped" || param.curve === "toggle";
  slider.step = stepped ? 1 : "any";
  slider.setAttribute("aria-label", param.text);
  slider.oninput = () => instrument.set(param.index, from_slider(Number(slider.value)));
  slider.ondblclick = () => instrument.set(param.index, param.initial);
  const refresh = () => {
    const value = instrument.get(param.index);
    slider.value = to_slider(value);
    const digits = stepped ? 0 : Math.abs(value) < 10 ? 2 : 1;
    number.textContent = `${value.toFixed(digits)} ${param.unit}`;
    slider.setAttribute("aria-valuetext", number.textContent);
  };
  refresh();
  row.append(name, number, slider);
  if (param.curve === "stepped")
    row.append(Object.assign(document.createElement("small"), { textContent: param.text }));
  parent.append(row);
  return refresh;
}

export function show_credits(clips) {
  const parts = ["Clips: "];
  clips.forEach(({ title, credit, link }, i) => {
    const a = document.createElement("a");
    a.href = link;
    a.textContent = credit;
    parts.push(`${i ? "; " : ""}${title.toLowerCase()}: `, a);
  });
  by_id("credits").append(...parts, ".");
}
