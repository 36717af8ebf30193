// Recordings of what is played.

import { Recorder, kLongestRecordingSeconds } from "./audio/recorder.js";

export class Takes {
  #graph;
  #recorder = null;
  #tell; // that a recording began or ended
  #notice;

  constructor(graph, { tell, notice }) {
    this.#graph = graph;
    this.#tell = tell;
    this.#notice = notice;
  }

  // What is played for the next seconds, as the bytes of a WAV file; with `input`, a second channel
  // holds what the engine heard meanwhile.
  async record(seconds, { input = false } = {}) {
    const file = await this.start({ seconds, input });
    return new Uint8Array(await file.arrayBuffer());
  }

  // Records until end(), the stop, or the longest time there is; resolves to a WAV file as a Blob.
  async start({ seconds = kLongestRecordingSeconds, input = false } = {}) {
    const { engine_node, sample_rate_hz } = this.#graph;
    await this.end();
    const recorder = new Recorder(sample_rate_hz, input ? 2 : 1);
    this.#recorder = recorder;
    this.#tell();
    const frames = Math.round(Math.min(seconds, kLongestRecordingSeconds) * sample_rate_hz);
    const { lost } = await engine_node.record(frames, input, (chunk, count) =>
      recorder.take(chunk, count),
    );
    if (this.#recorder === recorder) this.#recorder = null;
    this.#tell();
    if (lost) {
      this.#notice(`${lost} samples are missing in the recording: the page was held up too long.`);
    }
    return recorder.finish();
  }

  // Resolves when the recording is complete.
  async end() {
    await this.#graph.engine_node?.end_recording();
  }

  get recording() {
    return this.#recorder !== null;
  }

  get seconds() {
    return this.#recorder?.seconds ?? 0;
  }
}
