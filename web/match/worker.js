// The worker in which a sound is matched. It works in slices, so that it can be told to stop.
//
// page → worker   {module: WebAssembly.Module, samples: Float32Array at 16 kHz, name, seconds, picture:
//                  {columns, rows}, seed, recogniser: Uint8Array or null}  once
//                 {take: true}                                      come to an end
//                 {rest: ratio}      from now on rest that much of the time worked: the sound stutters
// worker → page   {target: {samples, picture}}
//                 {progress: {done: 0…1, mel_db, steps, seconds}}   some times a second
//                 {preview: {samples, picture}}                     every other second
//                 {without: a sentence why the recogniser cannot be used}   the search goes on
//                 {result: {samples, picture, mel_db, …, dump, model}}, or {error: a sentence why the
//                 sound cannot be matched}; a failure of the matcher itself is an error event
//
// `picture` is rows × columns of dB, or null.

import { MatchModule } from "./module.js";

const kSliceMs = 15; // short, and with a pause of some ms after each: the sound comes first
const kProgressMs = 150;
const kPreviewMs = 1500;
const kEndingSeconds = 1.5; // what is left once it is told to come to an end
const kEndingShare = 0.6; // of the course: the search is over, what was found is refined

let take = false;
let rest = 0;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function run({ module, samples, name, seconds, picture, seed, recogniser }) {
  const start_ms = performance.now();
  const since_start_s = () => (performance.now() - start_ms) / 1000;
  const matcher = new MatchModule(module);
  let target;
  try {
    if (recogniser) matcher.take_recogniser(recogniser);
  } catch (error) {
    postMessage({ without: error.message });
  }
  try {
    target = matcher.begin(samples, name, seed);
  } catch (error) {
    postMessage({ error: error.message });
    return;
  }
  postMessage({ target: { samples: target, picture: matcher.picture(false, picture) } });
  let done = 0;
  let taken_s = Infinity;
  let next_progress_ms = 0;
  let next_preview_ms = start_ms + kPreviewMs / 2;
  while (done < 1) {
    const slice_ms = performance.now();
    let mel_db = Infinity;
    while (done < 1 && performance.now() - slice_ms < kSliceMs) {
      mel_db = matcher.step(done);
      done = since_start_s() / seconds;
      if (since_start_s() > taken_s) {
        const ending = (since_start_s() - taken_s) / kEndingSeconds;
        done = Math.max(done, kEndingShare + (1 - kEndingShare) * ending);
      }
    }
    if (performance.now() > next_progress_ms) {
      next_progress_ms = performance.now() + kProgressMs;
      const progress = { done: Math.min(done, 1), mel_db, steps: matcher.steps };
      postMessage({ progress: { ...progress, seconds: since_start_s() } });
    }
    if (performance.now() > next_preview_ms) {
      next_preview_ms = performance.now() + kPreviewMs;
      const heard = matcher.preview();
      postMessage({ preview: { samples: heard, picture: matcher.picture(true, picture) } });
    }
    await pause(rest * (performance.now() - slice_ms));
    if (take && taken_s === Infinity) taken_s = since_start_s();
  }
  const result = matcher.finish();
  const steps = matcher.steps;
  postMessage({ result: { ...result, steps, picture: matcher.picture(true, picture) } });
}

self.onmessage = ({ data }) => {
  take ||= data.take ?? false;
  rest = data.rest ?? rest;
  if (data.module) run(data).catch(reportError);
};
