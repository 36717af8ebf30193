// Sends everything it hears to the page, a tenth of a second at a time; at "end", what it has of the
// last one, then "end" back.

const kPieceSamples = Math.round(sampleRate / 10);

class RecorderProcessor extends AudioWorkletProcessor {
  #piece = new Float32Array(kPieceSamples);
  #filled = 0;
  #ended = false;

  constructor() {
    super();
    this.port.onmessage = () => {
      this.#ended = true;
      this.port.postMessage(this.#piece.slice(0, this.#filled));
      this.port.postMessage("end");
    };
  }

  process(inputs) {
    const input = inputs[0][0];
    if (this.#ended) return false;
    if (!input) return true;
    for (const sample of input) {
      this.#piece[this.#filled++] = sample;
      if (this.#filled < this.#piece.length) continue;
      this.port.postMessage(this.#piece, [this.#piece.buffer]);
      this.#piece = new Float32Array(kPieceSamples);
      this.#filled = 0;
    }
    return true;
  }
}

registerProcessor("sideband-recorder", RecorderProcessor);
