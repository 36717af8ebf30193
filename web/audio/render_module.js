// A running instance of the offline module (wasm/render/exports.cc): plain calls over its numbered
// buffers. Used by the render worker, and by the tests under node.

const kNoSystem = {
  env: { hardware_concurrency: () => 1, emscripten_notify_memory_growth: () => {} },
  wasi_snapshot_preview1: {
    proc_exit: () => {
      throw new Error("the renderer gave up");
    },
  },
};

export class RenderModule {
  #wasm;

  constructor(module) {
    this.#wasm = new WebAssembly.Instance(module, kNoSystem).exports;
    this.#wasm._initialize();
  }

  // Copies samples into a buffer.
  write(index, samples) {
    const address = this.#wasm.rd_buffer(index, samples.length);
    new Float32Array(this.#wasm.memory.buffer, address, samples.length).set(samples);
  }

  // A copy of what a buffer holds.
  read(index, samples) {
    const address = this.#wasm.rd_buffer(index, samples);
    return new Float32Array(this.#wasm.memory.buffer, address, samples).slice();
  }

  // Takes a model; `settings` are [[parameter index, value], …]; batch_frames 0: as many as it can.
  load(file, rate_hz, settings = [], batch_frames = 0) {
    const bytes = new Uint8Array(file);
    const address = this.#wasm.rd_file(bytes.length);
    new Uint8Array(this.#wasm.memory.buffer, address, bytes.length).set(bytes);
    this.#check(this.#wasm.rd_load(rate_hz, batch_frames));
    for (const [param, value] of settings) this.#wasm.rd_set(param, value);
  }

  get parameters() {
    return this.#wasm.rd_parameters();
  }

  // Analyses buffer 0, once for all the models that are to play it.
  listen(rate_hz) {
    this.#check(this.#wasm.rd_listen(rate_hz));
  }

  // Buffer 0 through the model into buffer 1, in line with it. `listened`: take what listen() made of
  // it. `tell(share)` hears of the progress.
  render(samples, { listened = false, tell = () => {} } = {}) {
    this.#wasm.rd_begin(listened ? 1 : 0);
    const step = Math.max(8192, Math.ceil(samples / 20));
    for (let done = 0; done < samples;) {
      done = this.#wasm.rd_render(step);
      if (done < 0) this.#check(0);
      tell(Math.min(1, done / samples));
    }
  }

  anchor() {
    this.#check(this.#wasm.rd_anchor());
  }

  // LUFS; −200 where there is nothing to hear.
  loudness(index, rate_hz) {
    return this.#wasm.rd_loudness(index, rate_hz);
  }

  // Buffer 1 against buffer 0, at 16 kHz; null where they are too short.
  mss() {
    const value = this.#wasm.rd_mss();
    return value < 0 ? null : value;
  }

  mel_lsd() {
    const value = this.#wasm.rd_mel_lsd();
    return value < 0 ? null : value;
  }

  // dB, row by row from the highest pitch; null where the sound is too short.
  picture(index, rate_hz, columns, rows) {
    const drawn = this.#wasm.rd_picture(index, rate_hz, columns, rows);
    return drawn ? this.read(2, columns * rows) : null;
  }

  #check(ok) {
    if (ok) return;
    const bytes = new Uint8Array(this.#wasm.memory.buffer, this.#wasm.rd_message());
    throw new Error(new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0))));
  }
}
