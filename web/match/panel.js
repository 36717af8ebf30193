// The "Match a sound, or explore" section: a sound is dropped, chosen or recorded, a worker searches for
// its DX7 patch while everything plays on, and the patch goes into the slot that is heard (placed.js).
// Patches of the map (map_panel.js) go the same way, and whichever is at hand is shaped (taste_panel.js),
// heard and saved.

import { decode, start_recording } from "../ab/sources.js";
import { paint_spectrogram } from "../ab/picture.js";
import { fetch_engine } from "../audio/models.js";
import { Problem, as_problem } from "../audio/problem.js";
import { save_file } from "../outputs.js";
import { MapPanel } from "./map_panel.js";
import { Placed, letters } from "./placed.js";
import { paint_loss, paint_waveform } from "./plots.js";
import { TastePanel } from "./taste_panel.js";
import { Voices } from "./voices.js";

const kModuleUrl = new URL("wasm/match.wasm", document.baseURI).href;
const kRecogniserUrl = new URL("models/recogniser.safetensors", document.baseURI).href;
const kRateHz = 16000;
const kRecordSeconds = 3;
const kPicture = { columns: 240, rows: 96 };
const kReserveSeconds = 0.7; // of the time given: for loading and for putting the patch in place
const kSeed = 1;
const kMostRest = 4; // of the worker, in parts of its work
const kPeak = 0.4; // of what is heard beside the instrument

// Fills the section; `section` holds the elements by their data-match.
export function make_match(instrument, section) {
  const style = Object.assign(document.createElement("link"), {
    rel: "stylesheet",
    href: new URL("match.css", import.meta.url).href,
  });
  document.head.append(style);
  return new MatchPanel(instrument, section);
}

class MatchPanel {
  #instrument;
  #parts = {};
  #module = null; // a promise of the compiled matcher
  #recogniser = null; // a promise of its bytes, or of null
  #job = null; // {worker, name, seconds, start_ms, points, …} in progress
  #target = null;
  #placed;
  #taste;

  constructor(instrument, section) {
    this.#instrument = instrument;
    for (const element of section.querySelectorAll("[data-match]")) {
      this.#parts[element.dataset.match] = element;
    }
    this.#placed = new Placed(instrument);
    const { choose, file, record, take, cancel, undo, redo, save_syx, save_model } = this.#parts;
    const quietly = (work) => work.catch((error) => this.#say(as_problem(error, "Matching").message));
    choose.onclick = () => file.click();
    file.onchange = () => {
      if (file.files[0]) quietly(this.match_file(file.files[0]));
      file.value = "";
    };
    record.onclick = () => quietly(this.record());
    take.onclick = () => this.#job?.worker.postMessage({ take: true });
    cancel.onclick = () => this.cancel();
    undo.onclick = () => quietly(this.undo());
    redo.onclick = () => quietly(this.redo());
    save_syx.onclick = () => this.#save("syx", this.#placed.found.dump);
    save_model.onclick = () => this.#save("safetensors", this.#placed.found.model);
    const hear = (samples) => quietly(instrument.audition(samples, kRateHz, { peak: kPeak }));
    this.#parts.hear_target.onclick = () => hear(this.#target);
    this.#parts.hear_patch.onclick = () => hear(this.#placed.found.samples);
    this.#take_drops(section, quietly);
    const voices = new Voices(() => this.#fetch_module());
    const shared = { voices, placed: this.#placed, parts: this.#parts, quietly };
    new MapPanel(instrument, shared);
    this.#taste = new TastePanel(instrument, shared);
    this.#placed.on_change = () => this.#show_edit();
  }

  // A File, from its onset on.
  async match_file(file) {
    const start_ms = performance.now();
    const name = file.name.replace(/\.[^.]*$/, "");
    this.cancel();
    this.#say(`Reading ${file.name}…`);
    const samples = await decode(await file.arrayBuffer(), file.name, kRateHz);
    await this.match(samples, name, start_ms);
  }

  async record() {
    this.cancel();
    const recording = await start_recording();
    const { record } = this.#parts;
    record.disabled = true;
    this.#say(`Recording ${kRecordSeconds} s: play or sing one note…`);
    await new Promise((resolve) => setTimeout(resolve, kRecordSeconds * 1000));
    record.disabled = false;
    const { samples } = await recording.finish();
    await this.match(samples, "recording");
  }

  // Samples at 16 kHz. Resolves when the patch is in its slot, or the match was cancelled.
  async match(samples, name, start_ms = performance.now()) {
    this.cancel();
    const seconds = Number(this.#parts.seconds.value);
    const job = { name, seconds, start_ms, points: [], worker: null, samples: null };
    Object.assign(job, { rest: 0, dropouts: this.#instrument.dropouts, without: "" });
    this.#job = job;
    this.#show_busy();
    this.#say(`Matching ${name}…`);
    try {
      const [module, recogniser] = await Promise.all([this.#fetch_module(), this.#fetch_recogniser()]);
      if (job !== this.#job) return;
      const result = await this.#search(job, { module, recogniser, samples });
      if (job !== this.#job || !result) return;
      await this.#finish(job, result);
    } finally {
      job.worker?.terminate();
      if (job === this.#job) {
        this.#job = null;
        this.#show_busy();
      }
    }
  }

  async #fetch_module() {
    this.#module ??= fetch_engine(kModuleUrl);
    const { module } = await this.#module.catch((error) => {
      this.#module = null;
      throw error;
    });
    return module;
  }

  // Null where it is not to be had: the search does without.
  #fetch_recogniser() {
    this.#recogniser ??= fetch(kRecogniserUrl)
      .then(async (response) => (response.ok ? new Uint8Array(await response.arrayBuffer()) : null))
      .catch(() => {
        this.#recogniser = null;
        return null;
      });
    return this.#recogniser;
  }

  #search(job, { module, recogniser, samples }) {
    return new Promise((resolve, reject) => {
      const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
      job.worker = worker;
      job.end = () => resolve(null);
      worker.onerror = (event) =>
        reject(new Error(`The matcher failed: ${event.message || "its worker could not be started"}.`));
      worker.onmessage = ({ data }) => {
        if (job !== this.#job) return;
        if (data.error) reject(new Problem(data.error));
        else if (data.result) resolve(data.result);
        else if (data.without) this.#go_on_without(job, data.without);
        else this.#show_message(job, data);
      };
      const spent_s = (performance.now() - job.start_ms) / 1000;
      const seconds = Math.max(1, job.seconds - spent_s - kReserveSeconds);
      const name = letters(job.name).toUpperCase().slice(0, 10) || "MATCH";
      const order = { name, seconds, picture: kPicture, seed: kSeed };
      worker.postMessage({ module, recogniser, samples, ...order });
    });
  }

  // A damaged recogniser is fetched anew the next time.
  #go_on_without(job, sentence) {
    this.#recogniser = null;
    job.without = ` ${sentence} The search did without it.`;
  }

  cancel() {
    if (!this.#job) return;
    this.#job.worker?.terminate();
    this.#job.end?.();
    this.#job = null;
    this.#show_busy();
    this.#say("The match was cancelled; nothing was changed.");
  }

  async #finish(job, result) {
    this.#target = job.samples;
    this.#show_sound("patch", result);
    const slot = await this.#placed.put({ ...result, name: job.name });
    const took_s = (performance.now() - job.start_ms) / 1000;
    this.#say(
      `${job.name}: algorithm ${result.algorithm}, ${result.mel_db.toFixed(1)} dB from the target (mel-LSD), ` +
        `found in ${took_s.toFixed(1)} s. It plays in ${slot.toUpperCase()} now, by keys or microphone.${job.without}`,
    );
  }

  // ---- the patch at hand ----

  async undo() {
    const slot = await this.#placed.undo();
    if (slot) this.#say(`${slot.toUpperCase()} is as it was before.`);
  }

  async redo() {
    const slot = await this.#placed.redo();
    if (slot) this.#say(`${slot.toUpperCase()} plays the ${this.#placed.found.name} patch again.`);
  }

  #show_edit() {
    const { undo, redo, hear_target } = this.#parts;
    const { can_undo, can_redo } = this.#placed;
    const { activeElement: focused } = document;
    undo.disabled = !can_undo;
    redo.disabled = !can_redo;
    if (focused === undo && !can_undo) redo.focus(); // the keyboard stays here
    if (focused === redo && !can_redo) undo.focus();
    hear_target.hidden = !this.#target;
    this.#show_busy();
    this.#taste.changed();
  }

  #save(kind, bytes) {
    const name = letters(this.#placed.found.name) || "match";
    save_file(new Blob([bytes], { type: "application/octet-stream" }), `${name}.${kind}`);
  }

  // ---- what is shown ----

  #say(text) {
    this.#parts.status.textContent = text;
  }

  #show_busy() {
    const busy = this.#job !== null;
    for (const name of ["take", "cancel", "progress"]) this.#parts[name].hidden = !busy;
    const shown = !busy && this.#placed.found !== null;
    for (const name of ["after", "taste"]) this.#parts[name].hidden = !shown;
    this.#parts.progress.value = 0;
  }

  #show_message(job, { target, progress, preview }) {
    if (target) {
      job.samples = target.samples;
      job.peak = target.samples.reduce((peak, x) => Math.max(peak, Math.abs(x)), 1e-3);
      this.#peak = job.peak;
      this.#parts.pictures.hidden = false;
      this.#show_sound("target", target);
    }
    if (progress) {
      this.#spare_the_sound(job);
      if (Number.isFinite(progress.mel_db)) job.points.push([progress.seconds, progress.mel_db]);
      this.#parts.progress.value = progress.done;
      paint_loss(this.#parts.loss, job.points, job.seconds);
      this.#say(
        `Matching ${job.name}: ${progress.mel_db.toFixed(1)} dB away after ${progress.steps} steps.`,
      );
    }
    if (preview) this.#show_sound("patch", preview);
  }

  // Where the sound stutters while a match is under way, the worker rests: first as long as it works,
  // then longer; it takes up again by and by.
  #spare_the_sound(job) {
    const { dropouts } = this.#instrument;
    const grown = dropouts > job.dropouts;
    job.dropouts = dropouts;
    const rest = grown ? Math.min(kMostRest, Math.max(1, 2 * job.rest)) : job.rest * 0.97;
    if (rest !== job.rest) job.worker.postMessage({ rest: rest < 0.1 ? 0 : rest });
    job.rest = rest < 0.1 ? 0 : rest;
  }

  #peak = 1;
  #show_sound(which, { samples, picture }) {
    paint_waveform(this.#parts[`${which}_wave`], samples, this.#peak);
    if (picture) paint_spectrogram(this.#parts[`${which}_picture`], kPicture, picture);
  }

  // A file that is dropped here is matched, not played.
  #take_drops(section, quietly) {
    const mark = (on) => section.classList.toggle("drag", on);
    section.addEventListener("dragover", (event) => {
      if (![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
      event.preventDefault();
      event.stopPropagation();
      document.getElementById("drop").hidden = true;
      mark(true);
    });
    section.addEventListener("dragleave", () => mark(false));
    section.addEventListener("drop", (event) => {
      mark(false);
      const file = event.dataTransfer?.files[0];
      if (!file) return;
      event.preventDefault();
      event.stopPropagation();
      quietly(this.match_file(file));
    });
  }
}
