// The engine module by itself, under node: what wasm/exports.cc promises its host.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

import { Engine } from "../../web/audio/engine.js";
import { Trace, kTraceFloats } from "../../web/audio/messages.js";
import { kWasm } from "./support/browser.mjs";
import { plain_model } from "./support/plain_model.mjs";

const kRateHz = 48000;

const module = new WebAssembly.Module(readFileSync(path.join(kWasm, "engine.wasm")));

function prepared(rate_hz = kRateHz) {
  const engine = new Engine(module);
  engine.prepare(rate_hz);
  return engine;
}

// Plays a 440 Hz tone; returns what comes out.
function play(engine, frames, block = 128, begin = 0) {
  const out = new Float32Array(frames);
  for (let at = 0; at < frames; at += block) {
    const count = Math.min(block, frames - at);
    for (let i = 0; i < count; ++i)
      engine.input[i] = 0.3 * Math.sin((2 * Math.PI * 440 * (begin + at + i)) / kRateHz);
    engine.process(count);
    out.set(engine.output.subarray(0, count), at);
  }
  return out;
}

const loudest = (samples) => samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);

test("it imports nothing and its memory is fixed", () => {
  assert.deepEqual(WebAssembly.Module.imports(module), []);
  const { memory } = prepared().wasm;
  assert.throws(() => memory.grow(1), RangeError);
});

test("the parameter table arrives whole", () => {
  const params = prepared().params();
  assert.ok(params.length >= 22);
  assert.equal(new Set(params.map(({ name }) => name)).size, params.length);
  for (const { name, min, max, initial, curve, text } of params) {
    assert.match(name, /^[a-z0-9_]+$/);
    assert.ok(min < max && initial >= min && initial <= max, name);
    assert.ok(text.length > 5 && curve, name);
  }
});

test("a parameter is clamped, and one that does not exist is ignored", () => {
  const engine = prepared();
  const { index, max } = engine.params().find(({ name }) => name === "brightness");
  engine.set(index, 1000);
  assert.equal(engine.get(index), max);
  engine.set(index, NaN);
  assert.equal(engine.get(index), max);
  engine.set(-1, 1);
  engine.set(1000, 1);
  assert.equal(engine.get(1000), 0);
});

test("a sample rate it cannot run at is refused with a sentence", () => {
  assert.throws(() => new Engine(module).prepare(1000), /1000 Hz/);
});

test("a model at any usual rate fits and sounds", () => {
  for (const rate_hz of [16000, 44100, 48000, 96000, 192000]) {
    const engine = prepared(rate_hz);
    engine.load_now(0, plain_model());
    assert.ok(loudest(play(engine, rate_hz)) > 0.05, `${rate_hz} Hz is silent`);
  }
});

test("files that are no model are refused and leave the slot as it was", () => {
  const engine = prepared();
  engine.load_now(0, plain_model());
  const patch = engine.patch(0);
  for (const file of [new Uint8Array(0), new Uint8Array(5000), plain_model().subarray(0, 100000)]) {
    assert.throws(() => engine.load_now(0, file), /.+/);
    assert.deepEqual(engine.patch(0), patch);
  }
  assert.throws(() => engine.load(7, 10), /slot/);
  assert.throws(() => engine.model_buffer(1 << 30), /larger/);
  assert.throws(() => engine.model_buffer(-1));
  assert.ok(loudest(play(engine, 24000)) > 0.05);
});

test("loading while it plays takes over once ready, and the inbox is locked until then", () => {
  const engine = prepared();
  engine.load_now(0, plain_model({ instrument: "flute" }));
  const before = play(engine, 24000);
  const file = plain_model({ instrument: "violin" });
  engine.model_buffer(file.length).set(file);
  engine.load(0, file.length);
  assert.equal(engine.loading, true);
  assert.throws(() => engine.model_buffer(100), /still loading/);
  let after = new Float32Array(0);
  let largest_step = 0;
  for (let blocks = 0; engine.loading; ++blocks) {
    assert.ok(blocks < 2000, "it never ends");
    after = play(engine, 128, 128, 24000 + blocks * 128);
    for (let i = 1; i < after.length; ++i)
      largest_step = Math.max(largest_step, Math.abs(after[i] - after[i - 1]));
  }
  assert.equal(engine.patch(0)[4], 3, "the violin's fifth ratio");
  assert.ok(loudest(after) > 0.05);
  let usual_step = 0;
  for (let i = 1; i < before.length; ++i)
    usual_step = Math.max(usual_step, Math.abs(before[i] - before[i - 1]));
  assert.ok(largest_step < 4 * usual_step, `steps of ${largest_step} where ${usual_step} is usual`);
});

test("a patch goes out and in unchanged, except for the scale of its levels", () => {
  const engine = prepared();
  assert.equal(engine.patch(0), null);
  engine.load_now(0, plain_model());
  const patch = engine.patch(0);
  assert.deepEqual([...patch.subarray(0, 6)], [1, 1, 1, 1, 3, 14]);
  assert.equal(patch[6 + 4 * 6 + 5], 1, "operator 6 modulates operator 5");
  assert.deepEqual([...patch.subarray(42, 48)], [1, 0, 1, 0, 0, 0]);
  patch[0] = 2.5;
  patch[6 + 3] = 0.5;
  engine.set_patch(0, patch);
  assert.deepEqual(engine.patch(0), patch);
  assert.equal(engine.model_patch(0)[0], 1);
});

test("traces come once each, oldest first, and tell what is played", () => {
  const engine = prepared();
  engine.load_now(0, plain_model());
  play(engine, 9600);
  assert.equal(engine.frame_count, 50);
  assert.equal(engine.traces(0).length, 50 * kTraceFloats);
  assert.equal(engine.traces(48).length, 2 * kTraceFloats);
  assert.equal(engine.traces(50).length, 0);
  assert.equal(engine.traces(1000).length, 0);
  const last = engine.traces(49);
  assert.ok(Math.abs(last[Trace.kPlayedF0] - 440) < 1);
  assert.ok(last[Trace.kConfidence] > 0.5);
  assert.ok(Math.abs(last[Trace.kInputPeak] - 0.3) < 0.001);
  play(engine, 48000);
  assert.equal(engine.traces(0).length, 128 * kTraceFloats, "the newest 128 are kept");
});

test("the block size cannot be heard", () => {
  const render = (block) => {
    const engine = prepared();
    engine.load_now(0, plain_model());
    engine.reset();
    return play(engine, 20000, block);
  };
  const expected = render(128);
  for (const block of [1, 31, 64, 480, 4096]) assert.deepEqual(render(block), expected);
});
