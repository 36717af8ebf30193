// What the analyzer hears has the same bits in the page's engine and natively: pitch adds up to phase,
// and what differs in the last bit would be heard.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

import { Engine } from "../../web/audio/engine.js";
import { Trace } from "../../web/audio/messages.js";
import { kWasm, sideband, temporary_folder } from "./support/browser.mjs";
import { plain_model } from "./support/plain_model.mjs";
import { write_wav } from "./support/sound.mjs";

const kSeconds = 3;

// Glides, vibrato, attacks, rests and noise, so that every part of the analyzer has work.
function phrase(rate_hz) {
  const out = new Float32Array(kSeconds * rate_hz);
  let phase = 0;
  let seed = 1;
  for (let n = 0; n < out.length; ++n) {
    const t = n / rate_hz;
    const f0_hz = 196 * 2 ** (Math.floor(4 * t) / 6 + 0.2 * t + 0.02 * Math.sin(35 * t));
    phase += (2 * Math.PI * f0_hz) / rate_hz;
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    const note = (4 * t) % 1;
    const level = note < 0.85 ? Math.min(1, 20 * note) * Math.exp(-note) : 0;
    let sample = 0.01 * (seed / 2 ** 30 - 1);
    for (let k = 1; k < 8; ++k) sample += (0.4 * level * Math.sin(k * phase)) / k ** 1.3;
    out[n] = 0.5 * sample;
  }
  return out;
}

function heard_by_the_page(samples, rate_hz) {
  const bytes = readFileSync(path.join(kWasm, "engine.wasm"));
  const engine = new Engine(new WebAssembly.Module(bytes));
  engine.prepare(rate_hz);
  engine.load_now(0, plain_model());
  engine.reset();
  const frames = [];
  for (let at = 0; at < samples.length; at += 128) {
    const count = Math.min(128, samples.length - at);
    engine.input.set(samples.subarray(at, at + count));
    engine.process(count);
    while (frames.length < engine.frame_count) {
      const trace = engine.traces(frames.length);
      frames.push([trace[Trace.kPlayedF0], trace[Trace.kConfidence], trace[Trace.kLoudness]]);
    }
  }
  return frames;
}

for (const rate_hz of [16000, 44100, 48000]) {
  test(`pitch, confidence and loudness at ${rate_hz} Hz, to the bit`, async (test) => {
    const samples = phrase(rate_hz);
    const folder = await temporary_folder(test);
    const [input, output] = [path.join(folder, "in.wav"), path.join(folder, "frames.csv")];
    write_wav(input, [samples], rate_hz);
    sideband("analyze", input, "-o", output);
    const rows = readFileSync(output, "utf8").trim().split("\n").slice(1);
    const native = rows.map((row) => row.split(",").slice(1).map(Number).map(Math.fround));
    const page = heard_by_the_page(samples, rate_hz);
    const count = Math.min(native.length, page.length);
    assert.ok(count > 240 * kSeconds, `${count} frames`);
    assert.ok(native.filter(([, confidence]) => confidence >= 0.5).length > 0.5 * count, "notes");
    for (let k = 0; k < count; ++k) assert.deepEqual(page[k], native[k], `frame ${k}`);
  });
}
