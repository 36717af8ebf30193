// Sends everything it hears to the page, a tenth of a second at a time.

class RecorderProcessor extends AudioWorkletProcessor {
  #piece = new Float32Array(Math.round(sampleRate / 10));
  #filled = 0;

  process(inputs) {
    const input = inputs[0][0];
    if (!input) return true;
    for (const sample of input) {
      this.#piece[this.#filled++] = sample;
      if (this.#filled < this.#piece.length) continue;
      this.port.postMessage(this.#piece, [this.#piece.buffer]);
      this.#piece = new Float32Array(Math.round(sampleRate / 10));
      this.#filled = 0;
    }
    return true;
  }
}

registerProcessor("sideband-recorder", RecorderProcessor);
