// Opening the A/B page and reading it; what a study is made of, and what it leaves.

import { readFile } from "node:fs/promises";
import path from "node:path";

import { wav_bytes } from "../../../web/audio/wav.js";
import { open_page } from "./browser.mjs";

export const status_of = (page) => page.textContent("#status");

export async function wait_for_status(page, pattern, timeout = 60000) {
  try {
    await page.waitForFunction(
      (source) => new RegExp(source).test(document.getElementById("status").textContent),
      pattern.source,
      { timeout },
    );
  } catch (error) {
    throw new Error(`the status is "${await status_of(page)}", not ${pattern}`, { cause: error });
  }
}

// Until the first table is rendered, unless `until` says otherwise.
export async function open_ab(
  browser,
  server,
  { query = "", until = /rendered in/, ...rest } = {},
) {
  const page = await open_page(browser, server, { query: `ab.html${query}`, wait: false, ...rest });
  if (until) await wait_for_status(page, until);
  return page;
}

// ---- studies and their results ----

const kToneRateHz = 48000;

// One second of a tone, for setInputFiles().
export const tone_file = (name, hz, level) => ({
  name,
  mimeType: "audio/wav",
  buffer: Buffer.from(
    wav_bytes(
      [
        Float32Array.from(
          { length: kToneRateHz },
          (_, n) => level * Math.sin((n * hz * 2 * Math.PI) / kToneRateHz),
        ),
      ],
      kToneRateHz,
    ),
  ),
});

// A page of a study about such tones.
export const kTonePage = Object.freeze({
  type: "mushra",
  id: "tone",
  reference: "tone.wav",
  anchor: "lpc",
  stimuli: { near: "near.wav", far: "far.wav" },
});

export const json_file = (name, content) => ({
  name,
  mimeType: "application/json",
  buffer: Buffer.from(JSON.stringify(content)),
});

// The text of the file that a button saves.
export async function saved(page, button, folder) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(button)]);
  const file = path.join(folder, download.suggestedFilename());
  await download.saveAs(file);
  return readFile(file, "utf8");
}

export function parse_csv(text) {
  const cells = (line) =>
    [...line.matchAll(/"((?:[^"]|"")*)"/g)].map(([, value]) => value.replaceAll('""', '"'));
  const [head, ...rows] = text.trim().split("\r\n").map(cells);
  return rows.map((row) => Object.fromEntries(row.map((value, i) => [head[i], value])));
}
