// The page and the command line are one instrument: the same sound through the same model comes out the
// same, natively and in the worklet.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

import {
  floats_of,
  open_browser,
  open_page,
  sideband,
  start_server,
  temporary_folder,
} from "./support/browser.mjs";
import {
  clip_samples,
  db_of,
  peak_of,
  read_float_wav_file,
  rms_of,
  write_wav,
} from "./support/sound.mjs";

const kRateHz = 48000;

async function render_both(test, { models, query, slot_model, settings = [] }) {
  const server = await start_server(test, { models });
  const browser = await open_browser(test);
  const folder = await temporary_folder(test);
  const input = path.join(folder, "in.wav");
  const output = path.join(folder, "out.wav");
  write_wav(input, [await clip_samples(browser, "violin", kRateHz)], kRateHz);
  const page = await open_page(browser, server, { query });
  const url = await page.evaluate(() => sideband.snapshot().model);
  const model = path.join(server.folders.models, new URL(url).pathname.replace("/models/", ""));
  assert.match(model, slot_model);
  const set = settings.flatMap(([name, value]) => ["--set", `${name}=${value}`]);
  sideband("render", model, input, "-o", output, "--rate", String(kRateHz), ...set);
  const native = read_float_wav_file(output).channels[0];
  const rendered = await page.evaluate(
    async ([file, rate]) => as_base64(await sideband.render(from_base64(file), { rate })),
    [readFileSync(input).toString("base64"), kRateHz],
  );
  return { native, page: floats_of(rendered) };
}

function compare(test, { native, page }) {
  const length = Math.min(native.length, page.length);
  assert.ok(
    Math.abs(native.length - page.length) <= 1,
    `${native.length} and ${page.length} samples`,
  );
  const difference = new Float32Array(length);
  for (let i = 0; i < length; ++i) difference[i] = native[i] - page[i];
  const level = db_of(rms_of(native));
  const error = db_of(rms_of(difference)) - level;
  test.diagnostic(
    `${level.toFixed(1)} dBFS; the difference is ${error.toFixed(1)} dB below it, ${db_of(peak_of(difference)).toFixed(1)} dBFS at most`,
  );
  assert.ok(level > -40, "the rendering is silent");
  assert.ok(error < -80, `the difference is at ${error.toFixed(1)} dB`);
}

test("the page renders what the command line renders", async (test) => {
  compare(
    test,
    await render_both(test, {
      models: "trained",
      query: "?instrument=violin",
      slot_model: /violin/,
    }),
  );
});

test("so it does with other parameters", async (test) => {
  const settings = [
    ["transpose_semitones", -5],
    ["brightness", 0.5],
    ["ratio2", 2],
    ["reverb_wet", 0.3],
    ["level1", 0.7],
  ];
  const query = `?instrument=flute&${settings.map((pair) => pair.join("=")).join("&")}`;
  compare(
    test,
    await render_both(test, { models: "trained", query, slot_model: /flute/, settings }),
  );
});
