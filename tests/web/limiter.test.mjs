// The limiter, recorded at the browser's output node: whatever is edited, however loud what comes in, no
// sample is above −0.3 dBFS, and what runs into it does so without a click.

import assert from "node:assert/strict";
import { test } from "node:test";

import { open_browser, open_page, start_server } from "./support/browser.mjs";
import { peak_of } from "./support/sound.mjs";
import { record_speakers, show_speakers } from "./support/speakers.mjs";
import { start_tone, worst_jump } from "./support/tone.mjs";

const kCeiling = 10 ** (-0.3 / 20);
const kLoud = 21000; // of the tone's first partial: its peaks come close to full scale
const kSlack = 1.25; // as in panels_sound.test.mjs
const kEditMs = 150;
const kSettleMs = 650; // what worst_jump compares an edit with

// What goes to the speakers while edits (sources of statements) are made one after another.
const record_edits = (page, edits) =>
  record_speakers(page, async () => {
    await page.waitForTimeout(kSettleMs);
    for (const edit of edits) {
      await page.evaluate(`{ ${edit} }`);
      await page.waitForTimeout(kEditMs);
    }
    await page.waitForTimeout(kSettleMs);
  });

const set = (name, value) => `sideband.set("${name}", ${value})`;
const every = (name, value) =>
  [1, 2, 3, 4, 5, 6].map((op) => set(`${name}${op}`, value)).join(";");
const patch = (change) =>
  `for (const slot of "ab") { const p = sideband.patch(slot); ${change}; sideband.set_patch(slot, p); }`;

function check({ samples, rate_hz }, what) {
  const peak = peak_of(samples);
  console.log(`${what}: peak ${peak.toFixed(4)}, ${(20 * Math.log10(peak)).toFixed(2)} dBFS`);
  assert.ok(samples.length > 0.5 * rate_hz);
  assert.ok(samples.every(Number.isFinite));
  assert.ok(peak > 0.93, `${peak}: it never came to the limiter`);
  assert.ok(peak <= kCeiling, `a sample of ${peak}`);
}

test("at the output node the limiter holds, without a click, whatever is edited", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server, {
    query: "?instrument=violin&instrument_b=flute&brightness=0&mute5=1&mute6=1",
    prepare: show_speakers,
  });
  await start_tone(page, kLoud);
  await page.waitForFunction(() => sideband.snapshot().input_peak > 0.85);

  // Sines of the played pitch, which are not steep, run into the limiter and out of it.
  const sines = await record_edits(page, [
    set("output_gain_db", 12),
    every("level", 0.5),
    set("loudness_offset_db", 6),
    patch("for (let op = 0; op < 4; ++op) p[42 + op] = 1"), // four carriers
    every("curve", 0.5),
    every("level", 0.05),
    every("level", 0.5),
    set("output_gain_db", -20),
    set("output_gain_db", 12),
  ]);
  check(sines, "sines");
  const worst = worst_jump(sines.samples, sines.rate_hz);
  console.log(`largest slope against its surroundings: ${worst.ratio.toFixed(2)}`);
  assert.ok(worst.ratio < kSlack, `a jump of ${worst.ratio} at ${worst.at_s} s`);
  const spoilt = sines.samples.slice(); // the measure finds a click where there is one
  const third = Math.round(spoilt.length / 3);
  const middle = spoilt.subarray(third, 2 * third);
  middle[middle.indexOf(middle.reduce((most, x) => Math.max(most, x)))] *= -1;
  assert.ok(worst_jump(spoilt, sines.rate_hz).ratio > kSlack);

  // Everything at its end at once.
  const all = await record_edits(page, [
    `${set("input_gain_db", 40)}; ${set("loudness_offset_db", 40)}`,
    `${every("mute", 0)}; ${every("level", 4)}; ${every("curve", 0.25)}`,
    set("index_scale", 8),
    set("brightness", 4),
    set("reverb_wet", 4),
    patch("for (let edge = 6; edge < 42; ++edge) p[edge] = 4"), // everything modulates everything
    every("ratio", 16),
    `sideband.ab("b")`,
    `sideband.set_edits({})`,
    `${every("level", 4)}; ${set("index_scale", 8)}; ${set("output_gain_db", 12)}`,
    `sideband.ab("a")`,
  ]);
  check(all, "everything");

  // A sound heard beside it makes it step back as far.
  const both = await record_speakers(page, async () => {
    await page.evaluate(async () => {
      const tone = Float32Array.from({ length: 8000 }, (_, n) => Math.sin(0.05 * n));
      const first = sideband.audition(tone, 16000, { peak: 9 });
      await new Promise((resolve) => setTimeout(resolve, 200));
      await Promise.all([first, sideband.audition(tone, 16000, { peak: 9 })]);
    });
    await page.waitForTimeout(100);
  });
  check(both, "with another sound beside it");
  assert.deepEqual(page.complaints, []);
});
