// A steady tone at the page's input, its output recorded, and the jumps in it.

import { bytes_of } from "./browser.mjs";
import { read_float_wav } from "./sound.mjs";

const kWindowSeconds = 0.01;
const kReach = 60; // windows on each side that an edit's own window is compared with

// The largest slope in a window, over the largest in its neighbourhood: far above 1 where something
// jumps that did not before and does not after.
export function worst_jump(samples, rate_hz) {
  const length = Math.round(kWindowSeconds * rate_hz);
  const slopes = [];
  for (let start = 1; start + length <= samples.length; start += length) {
    let most = 0;
    for (let n = start; n < start + length; ++n) {
      most = Math.max(most, Math.abs(samples[n] - samples[n - 1]));
    }
    slopes.push(most);
  }
  let worst = { ratio: 0, at_s: 0 };
  for (let i = kReach; i + kReach < slopes.length; ++i) {
    const around = [...slopes.slice(i - kReach, i - 1), ...slopes.slice(i + 2, i + kReach)];
    const ratio = slopes[i] / Math.max(...around, 1e-4);
    if (ratio > worst.ratio) worst = { ratio, at_s: (i * length) / rate_hz };
  }
  return worst;
}

// 220 Hz with two overtones, as a file that loops without a seam; `peak` of 32767 for each partial of
// amplitude 1.
export const start_tone = (page, peak = 6000) =>
  page.evaluate(async (peak) => {
    const rate = 48000;
    const samples = new Int16Array(rate);
    for (let n = 0; n < rate; ++n) {
      const t = (2 * Math.PI * 220 * n) / rate;
      samples[n] = peak * (Math.sin(t) + 0.5 * Math.sin(2 * t) + 0.3 * Math.sin(3 * t));
    }
    const head = new DataView(new ArrayBuffer(44));
    const tag = (at, text) => [...text].forEach((c, i) => head.setUint8(at + i, c.charCodeAt(0)));
    tag(0, "RIFF");
    head.setUint32(4, 36 + samples.byteLength, true);
    tag(8, "WAVEfmt ");
    head.setUint32(16, 16, true);
    head.setUint16(20, 1, true);
    head.setUint16(22, 1, true);
    head.setUint32(24, rate, true);
    head.setUint32(28, 2 * rate, true);
    head.setUint16(32, 2, true);
    head.setUint16(34, 16, true);
    tag(36, "data");
    head.setUint32(40, samples.byteLength, true);
    await sideband.start({ source: new File([head.buffer, samples.buffer], "tone.wav") });
  }, peak);

export async function record_while(page, seconds, act) {
  const recording = page.evaluate(
    async (seconds) => as_base64(await sideband.record(seconds)),
    seconds,
  );
  await act();
  const { channels, rate_hz } = read_float_wav(bytes_of(await recording));
  return { samples: channels[0], rate_hz };
}
