// The worker of the map and of the taste. It makes the map in slices, so that the sound comes first.
//
// page → worker   {module: WebAssembly.Module}           first
//                 {id, call: one of kCalls, args}
// worker → page   {id, progress: {found, count}}         some times a second while a map is made
//                 {id, result}, or {id, error: a sentence}

import { VoicesModule } from "./voices_module.js";

const kSliceMs = 15;
const kProgressMs = 100;

let voices = null;

const pause = () => new Promise((resolve) => setTimeout(resolve, 0));

// Resolves to the places, as VoicesModule.places() has them.
async function explore({ count, seed }, tell) {
  voices.begin_map(count, seed);
  let next_progress_ms = 0;
  for (let more = true; more; await pause()) {
    const slice_ms = performance.now();
    while (more && performance.now() - slice_ms < kSliceMs) more = voices.step();
    if (performance.now() < next_progress_ms) continue;
    next_progress_ms = performance.now() + kProgressMs;
    tell({ found: voices.found, count });
  }
  return voices.places();
}

function shaped(work) {
  return ({ voice, seed, ...args }) => {
    voices.shape(voice, seed);
    return work(args);
  };
}

const kCalls = {
  explore,
  map_sound: ({ index }) => voices.map_sound(index),
  take_place: ({ index }) => voices.take_place(index),
  brighter: shaped(({ steps }) => voices.brighter(steps)),
  offer: shaped(() => voices.offer()),
  prefer: shaped(({ variation }) => {
    voices.offer(); // the same as was heard
    return voices.prefer(variation);
  }),
};

async function answer({ id, call, args }) {
  try {
    const result = await kCalls[call](args, (progress) => postMessage({ id, progress }));
    postMessage({ id, result });
  } catch (error) {
    postMessage({ id, error: error.message });
  }
}

self.onmessage = ({ data }) => {
  if (data.module) voices = new VoicesModule(data.module);
  else answer(data);
};
