// Edits while a note sounds: the recording shows no jump that the sound's own slope would not explain.

import assert from "node:assert/strict";
import { test } from "node:test";

import { drag, frames, middle, open_panels, press } from "./support/panels.mjs";
import { record_while, start_tone, worst_jump } from "./support/tone.mjs";

const kSlack = 1.25; // the slope of inharmonic ratios depends on how their phases happen to meet

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
