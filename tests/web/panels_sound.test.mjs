// Edits while a note sounds: the recording shows no jump that the sound's own slope would not explain.

import assert from "node:assert/strict";
import { test } from "node:test";

import { bytes_of } from "./support/browser.mjs";
import { drag, frames, middle, open_panels, press } from "./support/panels.mjs";
import { read_float_wav } from "./support/sound.mjs";

const kWindowSeconds = 0.01;
const kReach = 60; // windows on each side that an edit's own window is compared with
const kSlack = 1.25; // the slope of inharmonic ratios depends on how their phases happen to meet

// The largest slope in a window, over the largest in its neighbourhood: far above 1 where something
// jumps that did not before and does not after.
function worst_jump(samples, rate_hz) {
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

// A steady tone as a file that loops without a seam.
const start_tone = (page) =>
  page.evaluate(async () => {
    const rate = 48000;
    const samples = new Int16Array(rate);
    for (let n = 0; n < rate; ++n) {
      const t = (2 * Math.PI * 220 * n) / rate;
      samples[n] = 6000 * (Math.sin(t) + 0.5 * Math.sin(2 * t) + 0.3 * Math.sin(3 * t));
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
  });

async function record_while(page, seconds, act) {
  const recording = page.evaluate(
    async (seconds) => as_base64(await sideband.record(seconds)),
    seconds,
  );
  await act();
  const { channels, rate_hz } = read_float_wav(bytes_of(await recording));
  return { samples: channels[0], rate_hz };
}

test("re-routing, muting, ratios and presets while a note sounds make no jump", async (test) => {
  const page = await open_panels(test, {
    models: "trained",
    query: "?instrument=violin&synth=fm&reverb_wet=0",
  });
  await start_tone(page);
  await page.waitForFunction(() => sideband.snapshot().output_peak > 0.01);
  await page.waitForTimeout(1500);
  const { samples, rate_hz } = await record_while(page, 12, async () => {
    await frames(page, 3);
    await drag(page, await middle(page, "op4"), await middle(page, "op1"));
    await drag(page, await middle(page, "op2"), await middle(page, "op1"));
    await drag(page, await middle(page, "op2"), await middle(page, "output_bar"));
    await press(page, "mute1");
    await press(page, "mute1");
    await press(page, "solo3");
    await press(page, "solo3");
    await press(page, "select2");
    await press(page, "ratio_4");
    await press(page, "reset");
    await press(page, "preset2");
    await press(page, "reset");
  });
  assert.ok(samples.length > 9 * rate_hz);
  const worst = worst_jump(samples, rate_hz);
  console.log(`largest slope against its surroundings: ${worst.ratio.toFixed(2)} at ${worst.at_s} s`);
  assert.ok(worst.ratio < kSlack, `a jump of ${worst.ratio} at ${worst.at_s} s`);

  // The measure finds what it should: a step of twice the steepest slope there is.
  const spoilt = samples.slice();
  const middle_of_it = Math.round(spoilt.length / 2);
  let steepest = 0;
  for (let n = 1; n < samples.length; ++n)
    steepest = Math.max(steepest, Math.abs(samples[n] - samples[n - 1]));
  const rising = samples[middle_of_it] >= samples[middle_of_it - 1];
  for (let n = middle_of_it; n < spoilt.length; ++n) spoilt[n] += (rising ? 2 : -2) * steepest;
  assert.ok(worst_jump(spoilt, rate_hz).ratio > 1.5);
});
