// A running instance of the matcher (wasm/match/exports.cc): plain calls over its memory.

const kNumbers = 10;
const kDumpBytes = 163;
const kNameBytes = 16;

const kNoSystem = {
  env: { emscripten_notify_memory_growth: () => {} },
  wasi_snapshot_preview1: {
    proc_exit: () => {
      throw new Error("the matcher gave up");
    },
  },
};

export class MatchModule {
  #wasm;

  constructor(module) {
    this.#wasm = new WebAssembly.Instance(module, kNoSystem).exports;
    this.#wasm._initialize();
  }

  // Begins with a sound at 16 kHz; throws the sentence that says why it cannot be matched. Returns what
  // of it is matched.
  begin(samples, name, seed) {
    const address = this.#wasm.mt_sound(samples.length);
    new Float32Array(this.#wasm.memory.buffer, address, samples.length).set(samples);
    const text = new Uint8Array(this.#wasm.memory.buffer, this.#wasm.mt_name(), kNameBytes).fill(0);
    new TextEncoder().encodeInto(name, text.subarray(0, 10));
    if (!this.#wasm.mt_begin(seed)) {
      const bytes = new Uint8Array(this.#wasm.memory.buffer, this.#wasm.mt_message());
      throw new Error(`The sound ${new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0)))}.`);
    }
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
    const [mel_db, algorithm, key, f0_hz, played_hz, hold_s, attack, decay, sustain, release] =
      new Float64Array(this.#wasm.memory.buffer, this.#wasm.mt_numbers(), kNumbers);
    return {
      samples,
      ...{ mel_db, algorithm, key, f0_hz, played_hz, hold_s },
      keys: {
        key_attack_ms: attack,
        key_decay_ms: decay,
        key_sustain_db: sustain,
        key_release_ms: release,
      },
      dump: this.#bytes(this.#wasm.mt_dump(), kDumpBytes),
      model: this.#bytes(this.#wasm.mt_model(), this.#wasm.mt_model_bytes()),
    };
  }

  // The spectrogram of the target, or of what preview() or finish() gave last; null where it is too
  // short.
  picture(of_result, { columns, rows }) {
    const address = this.#wasm.mt_picture(of_result ? 1 : 0, columns, rows);
    if (!address) return null;
    return new Float32Array(this.#wasm.memory.buffer, address, columns * rows).slice();
  }

  #sound(address) {
    return new Float32Array(this.#wasm.memory.buffer, address, this.#wasm.mt_samples()).slice();
  }

  #bytes(address, count) {
    return new Uint8Array(this.#wasm.memory.buffer, address, count).slice();
  }
}
