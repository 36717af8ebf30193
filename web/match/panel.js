// The "Match a sound" section: a sound is dropped, chosen or recorded, a worker searches for its DX7
// patch while everything plays on, and the patch goes into the slot that is heard: one edit, which can
// be undone and done again.
//
// The patch comes as a model (core/match/live_model.h) whose levels follow the played loudness, and
// with the course of loudness that keys need to play it as it was found.

import { decode, start_recording } from "../ab/sources.js";
import { paint_spectrogram } from "../ab/picture.js";
import { fetch_engine } from "../audio/models.js";
import { Problem, as_problem } from "../audio/problem.js";
import { save_file } from "../outputs.js";
import { paint_loss, paint_waveform } from "./plots.js";

const kModuleUrl = new URL("wasm/match.wasm", document.baseURI).href;
const kRateHz = 16000;
const kRecordSeconds = 3;
const kPicture = { columns: 240, rows: 96 };
const kReserveSeconds = 0.7; // of the time given: for loading and for putting the patch in place
const kSeed = 1;
const kMostRest = 4; // of the worker, in parts of its work

const letters = (text) => text.replace(/[^ -~]/g, "").trim();

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
  #job = null; // {worker, name, seconds, start_ms, points, …} in progress
  #found = null; // the last result
  #target = null;
  #edit = null; // {slot, before, after, done}

  constructor(instrument, section) {
    this.#instrument = instrument;
    for (const element of section.querySelectorAll("[data-match]")) {
      this.#parts[element.dataset.match] = element;
    }
    const { choose, file, record, take, cancel, undo, save_syx, save_model } = this.#parts;
    const quietly = (work) => work.catch((error) => this.#say(as_problem(error, "Matching").message));
    choose.onclick = () => file.click();
    file.onchange = () => {
      if (file.files[0]) quietly(this.match_file(file.files[0]));
      file.value = "";
    };
    record.onclick = () => quietly(this.record());
    take.onclick = () => this.#job?.worker.postMessage({ take: true });
    cancel.onclick = () => this.cancel();
    undo.onclick = () => quietly(this.toggle_edit());
    save_syx.onclick = () => this.#save("syx", this.#found.dump);
    save_model.onclick = () => this.#save("safetensors", this.#found.model);
    this.#parts.hear_target.onclick = () => hear(this.#target);
    this.#parts.hear_patch.onclick = () => hear(this.#found.samples);
    this.#take_drops(section, quietly);
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
    Object.assign(job, { rest: 0, dropouts: this.#instrument.dropouts });
    this.#job = job;
    this.#show_busy();
    this.#say(`Matching ${name}…`);
    try {
      this.#module ??= fetch_engine(kModuleUrl);
      const { module } = await this.#module.catch((error) => {
        this.#module = null;
        throw error;
      });
      if (job !== this.#job) return;
      const result = await this.#search(job, module, samples);
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

  #search(job, module, samples) {
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
        else this.#show_message(job, data);
      };
      const spent_s = (performance.now() - job.start_ms) / 1000;
      const seconds = Math.max(1, job.seconds - spent_s - kReserveSeconds);
      const name = letters(job.name).toUpperCase().slice(0, 10) || "MATCH";
      worker.postMessage({ module, samples, name, seconds, picture: kPicture, seed: kSeed });
    });
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
    this.#found = { ...result, name: job.name };
    this.#show_sound("patch", result);
    await this.#put_in_place();
    const took_s = (performance.now() - job.start_ms) / 1000;
    this.#parts.after.hidden = false;
    this.#say(
      `${job.name}: algorithm ${result.algorithm}, ${result.mel_db.toFixed(1)} dB from the target (mel-LSD), ` +
        `found in ${took_s.toFixed(1)} s. It plays in ${this.#edit.slot.toUpperCase()} now, by keys or microphone.`,
    );
  }

  // ---- the edit ----

  #state_of(slot) {
    const instrument = this.#instrument;
    const keys = Object.keys(this.#found.keys).map((name) => [name, instrument.get(name)]);
    return { model: instrument.model(slot), patch: instrument.patch(slot), keys };
  }

  async #put_in_place() {
    const { slot } = this.#instrument;
    const before = this.#state_of(slot);
    const name = letters(this.#found.name) || "match";
    const model = {
      ...{ instrument: name, synth: "fm", variant: "matched", title: "FM, matched" },
      ...{ url: `match:${name}`, data: this.#found.model.buffer },
    };
    await this.#write(slot, { model, patch: null, keys: Object.entries(this.#found.keys) });
    this.#edit = { slot, before, after: this.#state_of(slot), done: true };
    this.#show_edit();
  }

  async #write(slot, { model, patch, keys }) {
    const instrument = this.#instrument;
    if (model) await instrument.load(slot, model);
    if (patch) instrument.set_patch(slot, patch);
    for (const [name, value] of keys) instrument.set(name, value);
  }

  // Undoes the edit, or does it again.
  async toggle_edit() {
    const { slot, before, after, done } = this.#edit;
    await this.#write(slot, done ? before : after);
    this.#edit.done = !done;
    this.#show_edit();
    const where = slot.toUpperCase();
    this.#say(done ? `${where} is as it was before.` : `${where} plays the matched patch again.`);
  }

  #show_edit() {
    this.#parts.undo.textContent = this.#edit.done ? "Undo" : "Redo";
  }

  #save(kind, bytes) {
    const name = letters(this.#found.name) || "match";
    save_file(new Blob([bytes], { type: "application/octet-stream" }), `${name}.${kind}`);
  }

  // ---- what is shown ----

  #say(text) {
    this.#parts.status.textContent = text;
  }

  #show_busy() {
    const busy = this.#job !== null;
    for (const name of ["take", "cancel", "progress"]) this.#parts[name].hidden = !busy;
    if (busy) this.#parts.after.hidden = true;
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

// Through the speakers, besides whatever plays.
function hear(samples) {
  const context = new AudioContext();
  const buffer = new AudioBuffer({ length: samples.length, sampleRate: kRateHz });
  buffer.copyToChannel(samples, 0);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.onended = () => context.close();
  source.connect(context.destination);
  source.start();
}
