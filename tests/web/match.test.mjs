// A dropped bell becomes a patch while the instrument plays on; the patch plays from keys, is undone
// and done again, and saved. What was reached is printed.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

import {
  open_browser,
  open_page,
  screenshot,
  sideband,
  start_server,
  temporary_folder,
} from "./support/browser.mjs";
import { wav_bytes } from "../../web/audio/wav.js";

const kRateHz = 44100;
const kSeconds = 2;
const kTurns = 3; // on a busy machine

// Partials of a bell, off any harmonic series: frequency to the strike note's, amplitude, seconds to
// fall by 60 dB.
const kBell = [
  [0.5, 0.35, 5],
  [1, 0.6, 3.4],
  [1.19, 0.45, 2.6],
  [1.5, 0.2, 2],
  [2, 0.5, 1.8],
  [2.74, 0.3, 1.1],
  [3.76, 0.16, 0.7],
  [4.07, 0.1, 0.5],
];

function bell(f0_hz) {
  const out = new Float32Array(kSeconds * kRateHz);
  for (const [ratio, amplitude, fall_s] of kBell) {
    const step = (2 * Math.PI * ratio * f0_hz) / kRateHz;
    for (let n = 0; n < out.length; ++n) {
      out[n] += 0.3 * amplitude * Math.sin(step * n) * 10 ** ((-3 * n) / kRateHz / fall_s);
    }
  }
  return out;
}

// Gives the section a file as a hand does that drops it.
const drop = (page, bytes, name) =>
  page.evaluate(
    ([text, name]) => {
      const data = new DataTransfer();
      data.items.add(new File([from_base64(text)], name, { type: "audio/wav" }));
      const section = document.getElementById("match");
      for (const type of ["dragover", "drop"]) {
        const event = new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true });
        section.dispatchEvent(event);
      }
    },
    [Buffer.from(bytes).toString("base64"), name],
  );

const part = (page, name) => page.locator(`[data-match=${name}]`);
const says = (page, pattern, timeout = 90000) =>
  page.waitForFunction(
    (source) =>
      new RegExp(source).test(document.querySelector("[data-match=status]").textContent),
    pattern.source,
    { timeout },
  );

async function open_match(page) {
  await page.click("#match > summary");
  await page.waitForFunction(() => document.querySelector("[data-match=choose]").onclick);
}

test("a dropped bell is matched while the clip plays on, plays from keys, is undone and saved", async (test) => {
  const folder = await temporary_folder(test);
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server, { query: "?source=clip" });
  await page.click("#start");
  await page.waitForFunction(() => sideband.running && sideband.snapshot().input_peak > 0.005);
  await open_match(page);
  const before = await page.evaluate(() => ({
    model: sideband.model("a").url,
    patch: [...sideband.patch("a")],
    edits: JSON.stringify(sideband.edits()),
  }));
  const bytes = wav_bytes([bell(523.25)], kRateHz);
  const dropouts = () => page.evaluate(() => sideband.snapshot().dropouts);
  let said;
  let clean = false;
  // What else the machine does can hold the audio up too: that is told by as long a time without a match.
  for (let turn = 1; turn <= kTurns; ++turn) {
    if (turn > 1) await part(page, "undo").click();
    const start = await dropouts();
    const start_ms = Date.now();
    await drop(page, bytes, "small bell.wav");
    await part(page, "cancel").waitFor({ state: "visible" });
    await says(page, /found in/);
    said = await part(page, "status").textContent();
    const matched = await dropouts();
    test.diagnostic(`${matched - start} dropouts while matching; ${said}`);
    clean = matched === start;
    if (clean) break;
    await page.waitForTimeout(Date.now() - start_ms);
    const without = (await dropouts()) - matched;
    test.diagnostic(`${without} dropouts in as long a time without it`);
    clean = matched - start <= without;
    if (clean) break;
  }
  assert.ok(clean, `in ${kTurns} matches there were more dropouts than without them`);
  const [, mel_db] = said.match(/, ([\d.]+) dB from the target/);
  assert.ok(Number(mel_db) < 14, `${mel_db} dB`); // a patch of another sound is 20 and more away

  // It is what is heard, as a patch in the graph.
  const after = await page.evaluate(() => ({
    name: sideband.snapshot().model_name,
    patch: [...sideband.patch("a")],
    edits: sideband.edits(),
  }));
  assert.equal(after.name, "Small bell, FM, matched");
  assert.notDeepEqual(after.patch, before.patch);
  assert.ok(after.edits.params.key_decay_ms > 1000, "keys let it ring");
  for (const canvas of ["loss", "target_wave", "target_picture", "patch_wave", "patch_picture"]) {
    const drawn = await part(page, canvas).evaluate((canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size;
    });
    assert.ok(drawn > 1, `${canvas} is empty`);
  }
  await screenshot(page, "match");

  // Undo and redo are exact.
  const state = () =>
    page.evaluate(() => ({
      model: sideband.model("a").url,
      patch: [...sideband.patch("a")],
      edits: JSON.stringify(sideband.edits()),
    }));
  await part(page, "undo").click();
  await says(page, /as it was before/);
  assert.deepEqual(await state(), before);
  await part(page, "redo").click();
  await says(page, /plays the small bell patch again/);
  assert.deepEqual((await state()).patch, after.patch);

  // A key rings and dies away; a new stroke starts it anew.
  await page.evaluate(() => sideband.start({ source: "keys" }));
  await page.waitForFunction(() => sideband.running && sideband.source === "keys");
  const levels = () => page.evaluate(() => sideband.snapshot().output_peak);
  const strike = async () => {
    await page.evaluate(() => sideband.midi([0x90, 72, 100]));
    await page.waitForFunction(() => sideband.snapshot().output_peak > 0.02);
  };
  await strike();
  const struck = await levels();
  await page.waitForFunction((struck) => sideband.snapshot().output_peak < struck / 4, struck);
  await page.evaluate(() => sideband.midi([0x80, 72, 0]));
  await strike();

  // Both files are what others take.
  const saved = async (button) => {
    const [download] = await Promise.all([page.waitForEvent("download"), part(page, button).click()]);
    const file = path.join(folder, download.suggestedFilename());
    await download.saveAs(file);
    return file;
  };
  const syx = await saved("save_syx");
  assert.equal(readFileSync(syx).length, 163);
  assert.match(sideband("syx", "list", syx), /SMALL BELL/);
  const model = await saved("save_model");
  assert.match(sideband("info", model), /small bell/i);
  assert.deepEqual(page.complaints, []);
  assert.deepEqual(page.foreign, []);
});

test("a match is cut short, cancelled, or refused with a sentence; nothing is loaded before", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server);
  const fetched = () =>
    page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
  assert.ok(!(await fetched()).some((name) => /match/.test(name)));
  await open_match(page);
  assert.ok(!(await fetched()).some((name) => /match\.wasm|recogniser/.test(name)));
  const folder = await temporary_folder(test);
  const file = path.join(folder, "bell.wav");
  writeFileSync(file, wav_bytes([bell(400)], kRateHz));
  const model = () => page.evaluate(() => sideband.model("a").url);
  const before = await model();

  await part(page, "file").setInputFiles(file);
  await says(page, /dB away after/);
  assert.ok((await fetched()).some((name) => /recogniser\.safetensors/.test(name)));
  await part(page, "cancel").click();
  await says(page, /cancelled/);
  assert.equal(await part(page, "progress").isVisible(), false);
  assert.equal(await model(), before);

  await drop(page, wav_bytes([new Float32Array(kRateHz)], kRateHz), "nothing.wav");
  await says(page, /is silent/);
  await drop(page, wav_bytes([bell(400).slice(0, 1000)], kRateHz), "tick.wav");
  await says(page, /shorter than 50 ms/);
  await drop(page, new TextEncoder().encode("no sound"), "letter.wav");
  await says(page, /cannot be read as sound/);
  assert.equal(await model(), before);

  await part(page, "file").setInputFiles(file);
  await says(page, /dB away after/);
  await part(page, "take").click();
  await says(page, /found in/);
  assert.equal(await model(), "match:bell");
  assert.deepEqual(page.complaints, []);
});

test("a damaged recogniser is named, and the search does without", async (test) => {
  const server = await start_server(test);
  const recogniser = path.join(server.folders.models, "recogniser.safetensors");
  const whole = readFileSync(recogniser);
  writeFileSync(recogniser, whole.subarray(0, whole.length / 2));
  const page = await open_page(await open_browser(test), server);
  await open_match(page);
  const bytes = wav_bytes([bell(400)], kRateHz);
  const found = async () => {
    await drop(page, bytes, "bell.wav");
    await says(page, /dB away after/);
    await part(page, "take").click();
    return says(page, /found in/);
  };
  await found();
  assert.match(await part(page, "status").textContent(), /The recogniser .*did without it\.$/);
  writeFileSync(recogniser, whole);
  await found();
  assert.doesNotMatch(await part(page, "status").textContent(), /recogniser/);
  assert.deepEqual(page.complaints, []);
});
