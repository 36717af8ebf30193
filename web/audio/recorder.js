// Collects what the worklet plays, piece by piece, into a WAV file. The pieces are Blobs at once, so
// that the browser may keep a long recording on the disk.

import { wav_header } from "./wav.js";

export const kLongestRecordingSeconds = 3600;

export class Recorder {
  #rate_hz;
  #channels;
  #parts = [];
  frames = 0;

  constructor(rate_hz, channels) {
    this.#rate_hz = rate_hz;
    this.#channels = channels;
  }

  get seconds() {
    return this.frames / this.#rate_hz;
  }

  // `chunk` holds its channels one after another, each as long as the chunk's share.
  take(chunk, frames) {
    this.frames += frames;
    const length = chunk.length / this.#channels;
    const samples = new Float32Array(frames * this.#channels);
    for (let channel = 0; channel < this.#channels; ++channel) {
      for (let i = 0; i < frames; ++i) {
        samples[i * this.#channels + channel] = chunk[channel * length + i];
      }
    }
    this.#parts.push(new Blob([samples]));
  }

  // The file as a Blob.
  finish() {
    const header = wav_header(this.#channels, this.#rate_hz, this.frames);
    return new Blob([header, ...this.#parts], { type: "audio/wav" });
  }
}
