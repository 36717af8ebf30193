// A study described by a JSON file, with audio of its own (web/README.md has the format): read, checked
// with a sentence for whatever is wrong, and its sounds fetched.

import { Problem } from "../audio/problem.js";
import { wav_bytes } from "../audio/wav.js";
import { decode, kRateHz } from "./sources.js";

const kMostStimuli = 12;
const kLongestSeconds = 120;

const fault = (text) => new Problem(`The study cannot be used: ${text}`);

const is_text = (value) => typeof value === "string" && value.trim() !== "";

function check_page(page, number, seen) {
  const where = is_text(page?.id) ? `page “${page.id}”` : `page ${number}`;
  if (!is_text(page?.id)) throw fault(`${where} has no "id"; give it a short text.`);
  if (seen.has(page.id)) throw fault(`two pages have the id “${page.id}”; make them differ.`);
  seen.add(page.id);
  if (page.type === "mushra") {
    if (!is_text(page.reference)) throw fault(`${where} has no "reference"; name its file.`);
    const names = Object.keys(page.stimuli ?? {});
    if (!names.length || names.length > kMostStimuli) {
      throw fault(`${where} has ${names.length} stimuli; 1 to ${kMostStimuli} can be rated.`);
    }
    for (const name of names) {
      if (!is_text(page.stimuli[name]))
        throw fault(`stimulus “${name}” of ${where} names no file.`);
      if (["reference", "anchor"].includes(name)) {
        throw fault(
          `${where} calls a stimulus “${name}”, the name of a hidden condition; rename it.`,
        );
      }
    }
    if (page.anchor !== undefined && page.anchor !== null && !is_text(page.anchor)) {
      throw fault(`the anchor of ${where} must be "lpc", the name of a file, or left out.`);
    }
  } else if (page.type === "abx") {
    if (!is_text(page.a) || !is_text(page.b)) throw fault(`${where} needs the files "a" and "b".`);
    const trials = page.trials ?? 16;
    if (!Number.isInteger(trials) || trials < 1 || trials > 100) {
      throw fault(`${where} asks for ${page.trials} trials; 1 to 100 are possible.`);
    }
  } else {
    throw fault(`${where} is of type “${page.type}”; there are "mushra" and "abx".`);
  }
}

// The study in a JSON text; throws a Problem.
export function parse_study(text, name = "study.json") {
  let study;
  try {
    study = JSON.parse(text);
  } catch (error) {
    throw fault(`“${name}” is not JSON (${error.message}).`);
  }
  if (study?.format !== 1) throw fault(`“${name}” lacks "format": 1.`);
  if (!is_text(study.test_id)) throw fault(`“${name}” has no "test_id"; give it a short text.`);
  if (!Array.isArray(study.pages) || !study.pages.length) throw fault(`“${name}” has no pages.`);
  const participant = study.participant ?? [];
  if (!Array.isArray(participant) || !participant.every(is_text)) {
    throw fault(`"participant" must be a list of texts, what to ask each listener.`);
  }
  const seen = new Set();
  study.pages.forEach((page, i) => check_page(page, i + 1, seen));
  return { title: study.test_id, text: "", rate_hz: 48000, ...study, participant };
}

// Sounds of a study. `files`: Map of name → File, what was dropped with it; `base_url`: where the study
// itself came from, or null; `library` renders "model:…" and the anchor; `models`: the list.
export class StudySounds {
  #files;
  #base_url;
  #library;
  #models;
  #rate_hz;
  #known = new Map(); // key → Promise<{samples, loudness_lufs, peak}>

  constructor({ files, base_url, library, models, rate_hz }) {
    this.#files = files;
    this.#base_url = base_url;
    this.#library = library;
    this.#models = models;
    this.#rate_hz = rate_hz;
  }

  file(name) {
    return this.#once(name, async () => this.#measured(await this.#decoded(name, this.#rate_hz)));
  }

  // The anchor of, or a model played by, the sound in a file; both work at 16 kHz.
  made(name, what) {
    return this.#once(`${what} ${name}`, async () => {
      const phrase = await this.#decoded(name, kRateHz);
      const cell = what === "lpc" ? { key: "anchor", kind: "anchor" } : this.#model_cell(what);
      const { samples } = await this.#library.render(cell, phrase);
      const bytes = wav_bytes([samples], kRateHz).buffer;
      return this.#measured(await decode(bytes, name, this.#rate_hz));
    });
  }

  stimulus(name, reference) {
    return name.startsWith("model:") ? this.made(reference, name) : this.file(name);
  }

  #once(key, make) {
    if (!this.#known.has(key)) this.#known.set(key, make());
    return this.#known.get(key);
  }

  #model_cell(name) {
    const file = name.slice("model:".length);
    const model = this.#models.find((entry) => entry.file === file);
    if (!model) throw fault(`there is no model “${file}” here.`);
    return { key: file, kind: "model", model, settings: [] };
  }

  async #decoded(name, rate_hz) {
    const samples = await decode(await this.#bytes(name), name, rate_hz);
    if (samples.length > kLongestSeconds * rate_hz) {
      throw fault(`“${name}” is longer than ${kLongestSeconds} s; cut it.`);
    }
    return samples;
  }

  async #bytes(name) {
    const file = this.#files.get(name.split("/").pop());
    if (file) return file.arrayBuffer();
    if (this.#base_url) {
      const url = new URL(name, this.#base_url);
      if (url.origin !== location.origin) {
        throw fault(`“${name}” is on another server; put it beside the study.`);
      }
      const response = await fetch(url).catch(() => null);
      if (response?.ok) return response.arrayBuffer();
      throw fault(`the file “${name}” is not beside it on the server; put it there.`);
    }
    throw fault(`the file “${name}” is missing; drop it together with the JSON file.`);
  }

  async #measured(samples) {
    const { loudness_lufs, peak } = await this.#library.measure(samples, this.#rate_hz);
    return { samples, loudness_lufs, peak };
  }
}

// A page with all its sounds, which are there before anything is drawn by lot.
export async function prepare_page(page, sounds) {
  if (page.type === "abx") {
    return { page, a: await sounds.file(page.a), b: await sounds.file(page.b) };
  }
  const reference = await sounds.file(page.reference);
  const conditions = [{ stimulus: "reference", sound: reference }];
  if (page.anchor) {
    const anchor =
      page.anchor === "lpc" ? sounds.made(page.reference, "lpc") : sounds.file(page.anchor);
    conditions.push({ stimulus: "anchor", sound: await anchor });
  }
  for (const [stimulus, name] of Object.entries(page.stimuli)) {
    conditions.push({ stimulus, sound: await sounds.stimulus(name, page.reference) });
  }
  return { page, reference, conditions };
}
