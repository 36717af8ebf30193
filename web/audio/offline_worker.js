// Renders a sound through the engine in a Worker, as fast as it goes, telling how far it is. Ended
// early by terminating it.
//
// In: {module, bytes, state, samples: Float32Array, rate_hz}. Out: {done, of} in samples, then
// {rendered: Float32Array}, in line with the input; or {error}.

import { Engine } from "./engine.js";

const kReportIntervalMs = 50;

self.onmessage = ({ data: { module, bytes, state, samples, rate_hz } }) => {
  try {
    const engine = new Engine(module ?? new WebAssembly.Module(bytes));
    engine.start(rate_hz, state);
    const rendered = new Float32Array(samples.length);
    const latency = engine.latency_samples;
    const total = samples.length + latency;
    let next_report_ms = performance.now() + kReportIntervalMs;
    for (let begin = 0; begin < total; begin += engine.max_frames) {
      const count = Math.min(engine.max_frames, total - begin);
      const heard = samples.subarray(begin, begin + count);
      engine.input.set(heard);
      engine.input.fill(0, heard.length, count);
      engine.process(count);
      const skip = Math.max(0, latency - begin);
      if (skip < count) rendered.set(engine.output.subarray(skip, count), begin + skip - latency);
      if (performance.now() < next_report_ms) continue;
      next_report_ms = performance.now() + kReportIntervalMs;
      self.postMessage({ done: begin + count, of: total });
    }
    self.postMessage({ rendered }, [rendered.buffer]);
  } catch (error) {
    self.postMessage({ error: String(error?.message ?? error) });
  }
};
