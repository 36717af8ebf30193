// A running matcher (wasm/match/exports.cc): plain calls over its memory.

import { Instance } from "./instance.js";

const kNumbers = 6;
const kNameBytes = 16;

export class MatchModule {
  #instance;
  #wasm;

  constructor(module) {
    this.#instance = new Instance(module);
    this.#wasm = this.#instance.wasm;
  }

  // Takes the recogniser that seeds the search, a file's bytes; throws the sentence that says what is
  // wrong with it.
  take_recogniser(file) {
    const address = this.#wasm.mt_recogniser(file.length);
    new Uint8Array(this.#instance.memory, address, file.length).set(file);
    if (!this.#wasm.mt_recogniser_taken()) throw new Error(`The recogniser ${this.#message()}.`);
  }

  // Begins with a sound at 16 kHz; throws the sentence that says why it cannot be matched. Returns what
  // of it is matched.
  begin(samples, name, seed) {
    const address = this.#wasm.mt_sound(samples.length);
    new Float32Array(this.#instance.memory, address, samples.length).set(samples);
    const text = new Uint8Array(this.#instance.memory, this.#wasm.mt_name(), kNameBytes).fill(0);
    new TextEncoder().encodeInto(name, text.subarray(0, 10));
    if (!this.#wasm.mt_begin(seed)) throw new Error(`The sound ${this.#message()}.`);
    return this.#sound(this.#wasm.mt_target());
  }

  // A little work, `done` being the share of the time that is spent; returns the best distance in dB.
  step(done) {
    return this.#wasm.mt_step(done);
  }

  get steps() {
    return this.#wasm.mt_steps();
  }

  // The best so far as it sounds, in line with what is matched.
  preview() {
    return this.#sound(this.#wasm.mt_preview());
  }

  // The voice that was found.
  finish() {
    const samples = this.#sound(this.#wasm.mt_finish());
    const numbers = this.#instance.doubles(this.#wasm.mt_numbers(), kNumbers);
    const [mel_db, algorithm, key, f0_hz, played_hz, hold_s] = numbers;
    return {
      ...this.#instance.voice_files(),
      ...{ samples, mel_db, algorithm, key, f0_hz, played_hz, hold_s },
    };
  }

  // The spectrogram of the target, or of what preview() or finish() gave last; null where it is too
  // short.
  picture(of_result, { columns, rows }) {
    const address = this.#wasm.mt_picture(of_result ? 1 : 0, columns, rows);
    return address ? this.#instance.floats(address, columns * rows) : null;
  }

  #message() {
    const bytes = new Uint8Array(this.#instance.memory, this.#wasm.mt_message());
    return new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0)));
  }

  #sound(address) {
    return this.#instance.floats(address, this.#wasm.mt_samples());
  }
}
