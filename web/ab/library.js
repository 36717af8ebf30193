// Renderings of the phrase, each made once: cell + phrase → sound, figures and picture. Model files
// are fetched once, and what they say of themselves is read from them.

import { Engine } from "../audio/engine.js";
import { metadata_of } from "../audio/model_file.js";
import { fetch_model, refused_model } from "../audio/models.js";
import { kRateHz } from "./sources.js";

export const kPicture = Object.freeze({ columns: 320, rows: 96 });

export class Library {
  #renderer;
  #params; // parameter table, for names
  #files = new Map(); // model URL → Promise<ArrayBuffer>
  #phrases = new WeakMap(); // samples → Map(cell key → Promise of the rendering)
  #checker; // an engine that reads patches

  constructor(renderer, engine_module) {
    this.#renderer = renderer;
    this.#checker = new Engine(engine_module);
    this.#checker.prepare(kRateHz);
    this.#params = this.#checker.params();
  }

  file(model) {
    if (!this.#files.has(model.url)) {
      const file = fetch_model(model);
      this.#files.set(model.url, file);
      file.catch(() => this.#files.delete(model.url));
    }
    return this.#files.get(model.url);
  }

  // The description inside the model file; null where there is none.
  metadata = async (model) => metadata_of(await this.file(model));

  async patch(model) {
    const file = await this.file(model);
    try {
      this.#checker.load_now(0, file);
    } catch (error) {
      throw refused_model(model, error.message);
    }
    return this.#checker.model_patch(0);
  }

  // Resolves to the worker's result. Repeats cost nothing.
  render(cell, phrase, on_progress = null) {
    if (!this.#phrases.has(phrase)) this.#phrases.set(phrase, new Map());
    const known = this.#phrases.get(phrase);
    if (!known.has(cell.key)) {
      const rendering = this.#render(cell, phrase, on_progress);
      known.set(cell.key, rendering);
      rendering.catch(() => known.delete(cell.key));
    }
    return known.get(cell.key);
  }

  async #render(cell, phrase, on_progress) {
    const job = { input: phrase, rate_hz: kRateHz, picture: kPicture };
    if (cell.kind === "reference") return this.#renderer.run({ ...job, make: "nothing" });
    if (cell.kind === "anchor") return this.#renderer.run({ ...job, make: "anchor" }, on_progress);
    const file = await this.file(cell.model);
    try {
      const make = { file, settings: this.settings(cell.settings) };
      return await this.#renderer.run({ ...job, make }, on_progress);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw refused_model(cell.model, error.message);
    }
  }

  // [[name, value]] → [[index, value]]
  settings(named) {
    return named.map(([name, value]) => [
      this.#params.find((param) => param.name === name).index,
      value,
    ]);
  }

  // Seconds to compute the phrase with blocks of so many frames; nothing is kept.
  async time(model, phrase, batch_frames, repeats) {
    const file = await this.file(model);
    const make = { file, settings: [], batch_frames };
    const job = { input: phrase, rate_hz: kRateHz, make, measure: false, repeats };
    return this.#renderer.run(job);
  }

  // What any sound is like: loudness, peak, picture.
  measure(samples, rate_hz, picture = null) {
    return this.#renderer.run({ input: samples, rate_hz, make: "nothing", picture });
  }
}
