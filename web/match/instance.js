// A running instance of the matcher's module (wasm/match) and its memory. Views are made afresh for each
// use: the memory may move when it grows.

const kDumpBytes = 163;

const kNoSystem = {
  env: { emscripten_notify_memory_growth: () => {} },
  wasi_snapshot_preview1: {
    proc_exit: () => {
      throw new Error("the matcher gave up");
    },
  },
};

export class Instance {
  constructor(module) {
    this.wasm = new WebAssembly.Instance(module, kNoSystem).exports;
    this.wasm._initialize();
  }

  get memory() {
    return this.wasm.memory.buffer;
  }

  floats(address, count) {
    return new Float32Array(this.memory, address, count).slice();
  }

  doubles(address, count) {
    return new Float64Array(this.memory, address, count).slice();
  }

  bytes(address, count) {
    return new Uint8Array(this.memory, address, count).slice();
  }

  // The voice that was taken last (wasm/match/voice_files.h): a .syx dump, a model, and the parameters
  // with which keys play it.
  voice_files() {
    const { wasm } = this;
    const [attack, decay, sustain, release] = this.doubles(wasm.mt_keys(), 4);
    return {
      keys: {
        key_attack_ms: attack,
        key_decay_ms: decay,
        key_sustain_db: sustain,
        key_release_ms: release,
      },
      dump: this.bytes(wasm.mt_dump(), kDumpBytes),
      model: this.bytes(wasm.mt_model(), wasm.mt_model_bytes()),
    };
  }
}
