// The map of random voices and the listener's taste, running (wasm/match/voices_exports.cc).
//
// A voice that is taken is {samples: a second of it at 16 kHz, algorithm, key, played_hz, hold_s, keys,
// dump, model}.

import { Instance } from "./instance.js";

const kSoundSamples = 16000;
const kPlaceFloats = 4;

const same = (a, b) => a.length === b.length && a.every((value, i) => value === b[i]);

export class VoicesModule {
  #instance;
  #wasm;
  #places = null;
  #shaped = null; // what the listener shapes: {dump, key, played_hz, hold_s}

  constructor(module) {
    this.#instance = new Instance(module);
    this.#wasm = this.#instance.wasm;
  }

  // ---- the map ----

  begin_map(count, seed) {
    this.#wasm.mt_map_begin(count, seed);
  }

  // Tries one more voice; false once the map is full.
  step() {
    return this.#wasm.mt_map_step() !== 0;
  }

  get found() {
    return this.#wasm.mt_map_found();
  }

  // Float32Array of x, y, cluster and algorithm of each voice.
  places() {
    this.#places = this.#instance.floats(this.#wasm.mt_map_places(), kPlaceFloats * this.found);
    return this.#places;
  }

  map_sound(index) {
    return this.#instance.floats(this.#wasm.mt_map_sound(index), kSoundSamples);
  }

  take_place(index) {
    const { wasm } = this.#instance;
    wasm.mt_map_take(index);
    return {
      ...this.#instance.voice_files(),
      samples: this.map_sound(index),
      algorithm: this.#places[kPlaceFloats * index + 3],
      key: wasm.mt_map_key(),
      played_hz: wasm.mt_map_hz(),
      hold_s: wasm.mt_map_held_s(),
    };
  }

  // ---- taste ----

  // Shapes this voice: {dump, key, played_hz, hold_s}. One that was left by a step is gone back to, with
  // what was learnt of the listener until then. Throws where it is silent.
  shape({ dump, key, played_hz, hold_s }, seed) {
    const wasm = this.#wasm;
    while (this.#shaped && !same(this.#shaped.dump, dump)) {
      if (wasm.mt_taste_undo()) this.#taken();
      else this.#shaped = null;
    }
    if (this.#shaped) return;
    new Uint8Array(this.#instance.memory, wasm.mt_taste_dump(), dump.length).set(dump);
    if (!wasm.mt_taste_begin(key, played_hz, hold_s, seed))
      throw new Error("This patch is silent at its key, so there is nothing to shape.");
    this.#shaped = { dump, key, played_hz, hold_s };
  }

  // Steps of a quarter octave, negative: warmer. The voice, or null where it goes no further.
  brighter(steps) {
    return this.#wasm.mt_taste_brighter(steps) ? this.#taken() : null;
  }

  // {a, b}: the voice and a variation as they sound.
  offer() {
    this.#wasm.mt_taste_offer();
    const sound = (variation) =>
      this.#instance.floats(this.#wasm.mt_taste_sound(variation), kSoundSamples);
    return { a: sound(0), b: sound(1) };
  }

  // The listener's answer to what is on offer; the voice that follows from it.
  prefer(variation) {
    this.#wasm.mt_taste_prefer(variation ? 1 : 0);
    return this.#taken();
  }

  #taken() {
    const algorithm = this.#wasm.mt_taste_take();
    const files = this.#instance.voice_files();
    this.#shaped = { ...this.#shaped, dump: files.dump };
    const { key, played_hz, hold_s } = this.#shaped;
    const samples = this.#instance.floats(this.#wasm.mt_taste_sound(0), kSoundSamples);
    return { ...files, samples, algorithm, key, played_hz, hold_s };
  }
}
