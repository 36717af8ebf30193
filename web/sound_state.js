// What the engine is told: the models in A and B, their patches, the parameters. It lasts while
// processors come and go, each of which starts with all of it. An engine on the page that never sounds
// checks a model before the audio thread sees it, tells the parameter table, and is timed for the load.

import { Engine } from "./audio/engine.js";
import { kSlots } from "./audio/messages.js";
import { fetch_model, model_of_url, named_by_itself, refused_model } from "./audio/models.js";
import { Tables } from "./audio/tables.js";
import { dx7_voice } from "./dx7_export.js";

const kSlotNames = ["a", "b"];
export const kCheckRateHz = 48000; // of the engine on the page

export class SoundState {
  #checker;
  #values;
  #slots = Array.from({ length: kSlots }, () => ({ model: null, file: null, patch: null }));
  #files = new Map(); // model files by URL, with tables where they have been made
  #tables;
  #sending = Promise.resolve(); // models on their way to the audio processor, one after another
  #scala = null; // the bytes of the player's Scala file
  #load_turn = new Array(kSlots).fill(0);
  #node; // () → the EngineNode that sounds, or null
  #tell; // (event, detail)

  constructor(engine, { models, base_url, node, tell }) {
    this.#checker = new Engine(engine.module);
    this.#checker.prepare(kCheckRateHz);
    this.#tables = new Tables(engine);
    this.#node = node;
    this.#tell = tell;
    this.models = models;
    this.base_url = base_url;
    this.params = this.#checker.params();
    this.#values = Float32Array.from(this.params, ({ initial }) => initial);
  }

  // What a new processor starts with (messages.js).
  engine_state() {
    return {
      params: this.#values,
      models: this.#slots.map(({ file }) => file),
      patches: this.#slots.map(({ patch }) => patch),
      scala: this.#scala,
    };
  }

  // Share of one core and worst block of this engine with these models, on this page.
  measure() {
    return this.#checker.measure(kCheckRateHz);
  }

  // Resolves to whether it was this load that counted: the last one asked for does.
  async load(slot, model) {
    const index = slot_index(slot);
    const turn = ++this.#load_turn[index];
    const wanted = () => turn === this.#load_turn[index];
    let entry = typeof model === "string" ? this.#find_model(model) : model;
    try {
      const fetched = entry.data ?? (await this.#model_file(entry));
      const file = await this.#tables.add_to(fetched, wanted);
      if (this.#files.get(entry.url) === fetched) this.#files.set(entry.url, file);
      if (!wanted()) return false;
      if (!this.models.includes(entry)) entry = named_by_itself({ ...entry, data: file });
      this.#check_model(index, entry, file);
      this.#slots[index] = { model: entry, file, patch: null };
      this.#tell("model", { slot: index });
      await this.#send_model(index, file);
      return true;
    } catch (error) {
      if (wanted()) throw error;
      return false;
    }
  }

  #find_model(url) {
    const { href } = new URL(url, this.base_url);
    return this.models.find((entry) => entry.url === href) ?? model_of_url(url, this.base_url);
  }

  async #model_file(entry) {
    const known = this.#files.get(entry.url);
    if (known) return known;
    const file = await fetch_model(entry);
    this.#files.set(entry.url, file);
    return file;
  }

  // The page's own engine reads the model first: a bad file never gets as far as the audio thread,
  // and its patch is known before anything plays.
  #check_model(slot, entry, file) {
    try {
      this.#checker.load_now(slot, file);
    } catch (error) {
      this.#files.delete(entry.url);
      throw refused_model(entry, error.message);
    }
  }

  #send_model(slot, file) {
    const send = async () => {
      const engine_node = this.#node();
      if (!engine_node || this.#slots[slot].file !== file) return;
      await engine_node.load(slot, file).catch((error) => {
        if (engine_node === this.#node()) throw error;
      });
    };
    this.#sending = this.#sending.catch(() => {}).then(send);
    return this.#sending;
  }

  model(slot) {
    return this.#slots[slot_index(slot)].model;
  }

  // A copy of the slot's patch (messages.js: kPatchFloats floats), as edited; null while it is empty.
  patch(slot) {
    return this.#checker.patch(slot_index(slot));
  }

  // The same before any edit.
  model_patch(slot) {
    return this.#checker.model_patch(slot_index(slot));
  }

  set_patch(slot, patch) {
    const index = slot_index(slot);
    this.#checker.set_patch(index, patch);
    this.#slots[index].patch = this.#checker.patch(index);
    this.#node()?.set_patch(index, this.#slots[index].patch);
    this.#tell("patch", { slot: index });
  }

  // Throws the sentence that says what is wrong with the file.
  set_scala(bytes) {
    this.#checker.set_scala(bytes);
    this.#scala = bytes;
    this.#node()?.set_scala(bytes);
  }

  // The slot's sound as the nearest DX7 voice (dx7_export.js).
  dx7_voice(slot, peak_levels) {
    return dx7_voice(this.#checker, this, slot, peak_levels);
  }

  // Sets a parameter by name or index; returns the value it got, clamped to its range.
  set(param, value) {
    const info = this.#param(param);
    if (!Number.isFinite(value)) throw new TypeError(`${info.name} takes a number, not "${value}"`);
    this.#checker.set(info.index, value);
    const clamped = this.#checker.get(info.index);
    this.#values[info.index] = clamped;
    this.#node()?.set(info.index, clamped);
    this.#tell("param", { index: info.index, value: clamped });
    return clamped;
  }

  get(param) {
    return this.#values[this.#param(param).index];
  }

  #param(param) {
    const info = this.params.find(({ name, index }) => name === param || index === param);
    if (!info) throw new RangeError(`there is no parameter "${param}"; see sideband.params`);
    return info;
  }

  get slot() {
    return kSlotNames[this.get("slot") >= 0.5 ? 1 : 0];
  }

  ab(slot) {
    this.set("slot", slot_index(slot));
  }
}

export function slot_index(slot) {
  const index = kSlotNames.indexOf(slot);
  if (index >= 0) return index;
  if (slot === 0 || slot === 1) return slot;
  throw new TypeError(`"${slot}" is not a slot; use "a" or "b"`);
}
