// Renders a whole sound offline: decoded here, played by the engine in a Worker (offline_worker.js).

import { decode_audio } from "./graph.js";
import { post_with_engine } from "./models.js";
import { Problem, Way } from "./problem.js";

const kWorkerUrl = new URL("offline_worker.js", import.meta.url);

// Resolves to a Float32Array at `rate_hz`, as long as the sound and in line with it. `on_progress` is
// told the share done; `signal` (an AbortSignal) ends it.
export async function render_offline(engine, state, bytes, rate_hz, { on_progress, signal } = {}) {
  signal?.throwIfAborted();
  const decoder = new OfflineAudioContext(1, 1, rate_hz);
  const sound = await decode_audio(decoder, bytes);
  signal?.throwIfAborted();
  const samples = mono(sound);
  const worker = new Worker(kWorkerUrl, { type: "module" });
  try {
    return await new Promise((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      worker.onerror = () =>
        reject(
          new Problem("The rendering could not be started. Reload the page.", {
            ways: [Way.kRetry, Way.kReload],
          }),
        );
      worker.onmessage = ({ data }) => {
        if (data.rendered) resolve(data.rendered);
        else if (data.error) reject(new Error(data.error));
        else on_progress?.(data.done / data.of);
      };
      post_with_engine(worker, engine, { state, samples, rate_hz });
    });
  } finally {
    worker.terminate();
  }
}

// As the engine's node mixes what it hears down: the mean of two channels, the first of more.
function mono(sound) {
  const left = sound.getChannelData(0).slice();
  if (sound.numberOfChannels !== 2) return left;
  const right = sound.getChannelData(1);
  for (let i = 0; i < left.length; ++i) left[i] = 0.5 * (left[i] + right[i]);
  return left;
}
