// The map of patches and the listener's taste, by mouse and by keyboard: what is heard, what goes into the
// patch, and the way back.

import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";

import { serious_findings } from "./support/axe.mjs";
import {
  open_browser,
  open_page,
  screenshot,
  sideband,
  start_server,
  temporary_folder,
} from "./support/browser.mjs";
import { peak_of, read_float_wav_file, rms_of } from "./support/sound.mjs";
import { record_speakers, show_speakers } from "./support/speakers.mjs";

const part = (page, name) => page.locator(`[data-match=${name}]`);
const text = (page, name) => part(page, name).textContent();
const says = (page, name, pattern) =>
  page.waitForFunction(
    ([name, source]) =>
      new RegExp(source).test(document.querySelector(`[data-match=${name}]`).textContent),
    [name, pattern.source],
  );

// What a slot plays: its model by name and by its bytes, and all that was edited.
const state = (page) =>
  page.evaluate(() => ({
    model: sideband.model("a").url,
    bytes: new Uint8Array(sideband.model("a").data ?? []).join(" "),
    patch: [...sideband.patch("a")],
    edits: JSON.stringify(sideband.edits()),
  }));

async function open_section(page) {
  await page.click("#match > summary");
  await page.waitForFunction(() => document.querySelector("[data-match=explore]").onclick);
}

async function make_map(page, count) {
  await part(page, "count").selectOption(count);
  await part(page, "explore").click();
  await says(page, "explore_status", /in eight clusters/);
}

const selected = async (page) =>
  Number((await text(page, "explore_status")).match(/^Patch (\d+)(?::| plays)/)[1]);

// Moves over the map until another patch is under the pointer, at this share of its width and height.
async function fly(page, across, down) {
  const box = await part(page, "map").boundingBox();
  const before = await text(page, "explore_status");
  await page.mouse.move(box.x + across * box.width, box.y + down * box.height, { steps: 4 });
  await page.waitForFunction(
    (before) => document.querySelector("[data-match=explore_status]").textContent !== before,
    before,
  );
}

test("a map of patches: cancelled, made, flown over, heard quietly, taken, undone", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server, { prepare: show_speakers });
  await open_section(page);
  const before = await state(page);

  await part(page, "count").selectOption("3000");
  await part(page, "explore").click();
  await page.waitForFunction(() => document.querySelector("[data-match=explore_progress]").value > 0);
  await part(page, "explore_cancel").click();
  await says(page, "explore_status", /cancelled/);
  assert.equal(await part(page, "map").isVisible(), false);
  const start_ms = performance.now();
  await make_map(page, "300");
  test.diagnostic(`300 patches in ${((performance.now() - start_ms) / 1000).toFixed(1)} s`);
  assert.match(await text(page, "explore_status"), /^300 patches/);
  await part(page, "map").scrollIntoViewIfNeeded();
  const colours = await part(page, "map").evaluate((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const style = getComputedStyle(canvas);
    const inks = Array.from({ length: 8 }, (_, i) => style.getPropertyValue(`--cluster-${i}`).trim());
    const seen = new Set();
    for (let i = 0; i < data.length; i += 4)
      seen.add(`#${[0, 1, 2].map((c) => data[i + c].toString(16).padStart(2, "0")).join("")}`);
    return inks.filter((ink) => seen.has(ink)).length;
  });
  assert.ok(colours >= 6, `${colours} of eight clusters are seen`);

  // Near each other lies what is near: the patch named is that under the pointer, and it is heard.
  await fly(page, 0.5, 0.5);
  const first = await selected(page);
  await page.waitForFunction(() => window.speakers?.context.state === "running");
  const { samples, rate_hz } = await record_speakers(page, async () => {
    for (const across of [0.3, 0.35, 0.6, 0.7]) {
      await fly(page, across, 0.4);
      await page.waitForTimeout(150);
    }
  });
  assert.notEqual(await selected(page), first);
  assert.ok(samples.length > 0.4 * rate_hz);
  assert.ok(rms_of(samples) > 0.001, "patches are heard");
  assert.ok(peak_of(samples) < 0.3, `quietly: ${peak_of(samples)}`);
  await fly(page, 0.5, 0.5);
  assert.equal(await selected(page), first, "the same place has the same patch");
  assert.deepEqual(await state(page), before, "nothing was taken yet");

  await page.mouse.down();
  await page.mouse.up();
  await says(page, "explore_status", /plays in A now/);
  const taken = await state(page);
  assert.equal(taken.model, `match:map ${first}`);
  assert.notDeepEqual(taken.patch, before.patch);
  await part(page, "undo").click();
  await says(page, "status", /as it was before/);
  assert.deepEqual(await state(page), before);
  await part(page, "redo").click();
  await says(page, "status", /again/);
  assert.deepEqual((await state(page)).patch, taken.patch);
  await screenshot(page, "explore");
  assert.deepEqual(page.complaints, []);
  assert.deepEqual(page.foreign, []);
});

test("one sound gives way to the next without a click", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server, { prepare: show_speakers });
  const [sines_hz, rate] = [200, 16000];
  const play = (seconds) =>
    page.evaluate(
      ([hz, rate, seconds]) => {
        const step = (2 * Math.PI * hz) / rate;
        const sine = Float32Array.from({ length: rate * seconds }, (_, n) => Math.cos(step * n));
        const over = sideband.audition(sine, rate, { peak: 0.2 });
        return new Promise((resolve) => setTimeout(resolve, 130, over) && over.then(resolve));
      },
      [sines_hz, rate, seconds],
    );
  await play(0.2);
  const { samples, rate_hz } = await record_speakers(page, async () => {
    for (const seconds of [1, 1, 0.3, 0.5]) await play(seconds);
  });
  let steepest = 0;
  for (let n = 1; n < samples.length; ++n)
    steepest = Math.max(steepest, Math.abs(samples[n] - samples[n - 1]));
  const own = (0.2 * 2 * Math.PI * sines_hz) / rate_hz;
  test.diagnostic(`steepest ${(steepest / own).toFixed(2)} times a sine's own slope`);
  assert.ok(peak_of(samples) > 0.15 && steepest < 1.5 * own, `${steepest / own}`);
});

// Where the middle of a voice's spectrum is, in octaves.
function centroid(file) {
  const { channels, rate_hz } = read_float_wav_file(file);
  const size = 1024;
  let [sum, power] = [0, 0];
  for (let start = 0; start + size <= Math.min(channels[0].length, 0.75 * rate_hz); start += size) {
    for (let bin = 2; bin < size / 2; ++bin) {
      let [re, im] = [0, 0];
      for (let n = 0; n < size; ++n) {
        const x = channels[0][start + n] * (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / size));
        re += x * Math.cos((2 * Math.PI * bin * n) / size);
        im += x * Math.sin((2 * Math.PI * bin * n) / size);
      }
      const p = re * re + im * im;
      power += p;
      sum += p * Math.log2(bin);
    }
  }
  return sum / power;
}

test("a patch to one's taste, by keyboard: brighter, warmer, A or B, and back", async (test) => {
  const folder = await temporary_folder(test);
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server, {
    viewport: { width: 360, height: 740 },
  });
  await open_section(page);
  await make_map(page, "300");
  const press = async (name) => {
    await part(page, name).focus();
    await page.keyboard.press("Enter");
  };
  assert.equal(await part(page, "taste").isVisible(), false, "there is nothing to shape yet");
  await part(page, "map").focus();
  await page.keyboard.press("ArrowRight"); // the middle one
  await says(page, "explore_status", /^Patch \d+:/);
  const middle = await selected(page);
  await page.keyboard.press("ArrowRight");
  assert.notEqual(await selected(page), middle);
  await page.keyboard.press("ArrowUp");
  await press("map");
  await says(page, "explore_status", /plays in A now/);
  const plain = await state(page);

  const saved_centroid = async (name) => {
    const [download] = await Promise.all([page.waitForEvent("download"), press("save_syx")]);
    const syx = path.join(folder, `${name}.syx`);
    await download.saveAs(syx);
    const wav = path.join(folder, `${name}.wav`);
    sideband("syx", "render", syx, "-o", wav, "--note", "57", "--rate", "16000", "--seconds", "1");
    return centroid(wav);
  };
  const at_first = await saved_centroid("plain");
  await press("brighter");
  await says(page, "taste_status", /is brighter now|not get any brighter/);
  const bright = await saved_centroid("bright");
  test.diagnostic(`brighter: ${(bright - at_first).toFixed(3)} octaves`);
  assert.ok(bright > at_first + 0.1 && bright < at_first + 0.5, `${at_first} → ${bright}`);
  const brighter = await state(page);
  assert.notEqual(brighter.bytes, plain.bytes);
  await press("warmer");
  await says(page, "taste_status", /is warmer now/);
  const warmer = await saved_centroid("warmer");
  assert.ok(warmer < bright - 0.1, `${bright} → ${warmer}`);
  await press("undo");
  await says(page, "status", /as it was before/);
  assert.deepEqual(await state(page), brighter);

  await press("a_or_b");
  await says(page, "taste_status", /Which do you like better/);
  const asked = await state(page);
  await press("hear_a");
  await press("hear_b");
  await press("prefer_a");
  await says(page, "taste_status", /The patch stays/);
  assert.deepEqual(await state(page), asked);
  await press("prefer_b");
  await says(page, "taste_status", /B is the patch now/);
  const liked = await state(page);
  assert.notEqual(liked.bytes, asked.bytes);
  for (const colorScheme of ["dark", "light"]) {
    await page.emulateMedia({ colorScheme });
    await page.waitForFunction(
      (theme) =>
        document.documentElement.dataset.theme === theme && document.getAnimations().length === 0,
      colorScheme, // and its colours have arrived
    );
    assert.deepEqual(await serious_findings(page, (text) => test.diagnostic(text)), []);
    await screenshot(page, `explore-360-${colorScheme}`);
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${wide} px too wide`);
  await press("enough");
  assert.equal(await part(page, "choice").isVisible(), false);
  await press("undo");
  await says(page, "status", /as it was before/);
  assert.deepEqual(await state(page), asked);
  assert.deepEqual(page.complaints, []);
});
