// The page's engine under node, for tools/golden: node tools/golden_engine.mjs MODEL FOLDER. Reads
// FOLDER/in.f32 (16 kHz); writes FOLDER/out.f32, in line with it, and what it heard as frames.csv.

import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { Engine } from "../web/audio/engine.js";
import { Trace } from "../web/audio/messages.js";

const kRateHz = 16000;
const kBlock = 128;
const kFrameSeconds = 0.004;

const [model, folder] = process.argv.slice(2);
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const bytes = readFileSync(path.join(folder, "in.f32"));
const phrase = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);

const engine = new Engine(new WebAssembly.Module(readFileSync(path.join(root, "build/wasm/engine.wasm"))));
engine.prepare(kRateHz);
engine.load_now(0, readFileSync(model));
engine.reset();

const latency = engine.latency_samples;
const out = new Float32Array(phrase.length + latency);
const rows = ["time_s,f0_hz,confidence,loudness_db"];
let frames = 0;
for (let at = 0; at < out.length; at += kBlock) {
  const count = Math.min(kBlock, out.length - at);
  for (let i = 0; i < count; ++i) engine.input[i] = phrase[at + i] ?? 0;
  engine.process(count);
  out.set(engine.output.subarray(0, count), at);
  for (; frames < engine.frame_count; ++frames) {
    const trace = engine.traces(frames);
    rows.push([
      (frames + 1) * kFrameSeconds, trace[Trace.kPlayedF0], trace[Trace.kConfidence], trace[Trace.kLoudness],
    ].join());
  }
}
const kept = Math.floor(phrase.length / (kRateHz * kFrameSeconds));
writeFileSync(path.join(folder, "frames.csv"), `${rows.slice(0, kept + 1).join("\n")}\n`);
writeFileSync(path.join(folder, "out.f32"), new Uint8Array(out.slice(latency).buffer));
