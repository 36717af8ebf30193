// The worker in which whole recordings are rendered and measured, one job after another.
//
// page → worker   {module: WebAssembly.Module}                              first of all
//                 {id, input, rate_hz, make, measure, picture, repeats}
//   input    Float32Array: the recording; null: that of the job before
//   make     {file: ArrayBuffer, settings: [[index, value]], batch_frames}  through a model
//            "anchor", "nothing", or a Float32Array: a finished rendering
//   measure  whether the figures below are wanted; picture: {columns, rows} or null
//   repeats  0: the recording is analysed once for all the models that play it. Otherwise how often to
//            render it, analysis and all; the fastest time counts
// worker → page   {id, progress: 0…1}
//                 {id, result: {samples, seconds, listening_seconds, parameters, loudness_lufs, peak,
//                  mss, mel_lsd, picture}}   seconds: time to compute; listening_seconds: time of the
//                  analysis, where this job was the one to make it; mss, mel_lsd against the input
//                 {id, error: sentence}

import { RenderModule } from "./render_module.js";

let compiled = null;
let module = null;
let recording = null; // {input, written: whether buffer 0 holds it, listened: at which rate, or 0}

const seconds_since = (start_ms) => (performance.now() - start_ms) / 1000;

// Analyses the recording unless that has been done; the seconds it took.
function listen(rate_hz) {
  if (recording.listened === rate_hz) return 0;
  const start_ms = performance.now();
  module.listen(rate_hz);
  recording.listened = rate_hz;
  return seconds_since(start_ms);
}

function make_sound({ id, rate_hz, make, repeats = 0 }) {
  const { input } = recording;
  if (make === "nothing") return { samples: input.slice(), seconds: 0, parameters: 0 };
  if (make instanceof Float32Array) return { samples: make, seconds: 0, parameters: 0 };
  let parameters = 0;
  let listening_seconds = 0;
  if (make !== "anchor") {
    module.load(make.file, rate_hz, make.settings, make.batch_frames);
    parameters = module.parameters;
    if (repeats === 0) listening_seconds = listen(rate_hz);
  }
  const tell = (progress) => postMessage({ id, progress });
  let seconds = Infinity;
  for (let turn = 0; turn < Math.max(1, repeats); ++turn) {
    const start_ms = performance.now();
    if (make === "anchor") module.anchor();
    else module.render(input.length, { listened: repeats === 0, tell });
    seconds = Math.min(seconds, seconds_since(start_ms));
  }
  return { samples: module.read(1, input.length), seconds, listening_seconds, parameters };
}

function run(job) {
  const { rate_hz, measure = true, picture = null } = job;
  const input = job.input ?? recording.input;
  if (job.input || !module) recording = { input, written: false, listened: 0 };
  module ??= new RenderModule(compiled);
  if (!recording.written) module.write(0, input);
  recording.written = true;
  const result = make_sound(job);
  if (measure || picture) module.write(1, result.samples);
  if (measure) {
    result.loudness_lufs = module.loudness(1, rate_hz);
    result.peak = result.samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
    if (rate_hz === 16000) Object.assign(result, { mss: module.mss(), mel_lsd: module.mel_lsd() });
  }
  if (picture) result.picture = module.picture(1, rate_hz, picture.columns, picture.rows);
  return result;
}

self.onmessage = ({ data }) => {
  if (data.module) {
    compiled = data.module;
    return;
  }
  try {
    const result = run(data);
    const moved = [result.samples.buffer];
    if (result.picture) moved.push(result.picture.buffer);
    postMessage({ id: data.id, result }, moved);
  } catch (error) {
    // Memory may be in disorder after a trap; the next job starts from a fresh instance.
    module = null;
    postMessage({ id: data.id, error: String(error?.message ?? error) });
  }
};
