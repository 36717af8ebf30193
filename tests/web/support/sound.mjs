// Sounds in and out of the tests: WAV files, the bundled clips, and what the native analyzer makes of
// them.

import { readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";

import { wav_bytes } from "../../../web/audio/wav.js";
import { kRoot, sideband } from "./browser.mjs";

export function write_wav(file, channels, rate_hz) {
  writeFileSync(file, wav_bytes(channels, rate_hz));
}

// 16-bit, as the browser's fake microphone wants it.
export function write_pcm_wav(file, samples, rate_hz) {
  const bytes = Buffer.alloc(44 + samples.length * 2);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate_hz, 24);
  bytes.writeUInt32LE(rate_hz * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(samples.length * 2, 40);
  samples.forEach((sample, i) => {
    bytes.writeInt16LE(Math.max(-32768, Math.min(32767, Math.round(sample * 32767))), 44 + i * 2);
  });
  writeFileSync(file, bytes);
}

// The channels of a 32-bit float WAV, as the page and the command line write them.
export function read_float_wav(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const channels = view.getUint16(22, true);
  const rate_hz = view.getUint32(24, true);
  if (view.getUint16(20, true) !== 3) throw new Error("not a 32-bit float WAV");
  let at = 12;
  while (String.fromCharCode(...bytes.subarray(at, at + 4)) !== "data")
    at += 8 + view.getUint32(at + 4, true);
  const frames = view.getUint32(at + 4, true) / 4 / channels;
  const samples = Array.from({ length: channels }, () => new Float32Array(frames));
  for (let frame = 0, byte = at + 8; frame < frames; ++frame) {
    for (const channel of samples) {
      channel[frame] = view.getFloat32(byte, true);
      byte += 4;
    }
  }
  return { channels: samples, rate_hz };
}

export const read_float_wav_file = (file) => read_float_wav(readFileSync(file));

// A bundled clip's samples at a rate, decoded and resampled by the browser.
export async function clip_samples(browser, name, rate_hz) {
  const file = await readFile(path.join(kRoot, "web/clips", `${name}.flac`));
  const page = await browser.newPage();
  const samples = await page.evaluate(
    async ([bytes, rate]) => {
      const context = new OfflineAudioContext(1, 1, rate);
      const file = Uint8Array.from(atob(bytes), (char) => char.charCodeAt(0));
      const sound = await context.decodeAudioData(file.buffer);
      return Array.from(sound.getChannelData(0), (sample) => Math.round(sample * 2 ** 24));
    },
    [file.toString("base64"), rate_hz],
  );
  await page.close();
  return Float32Array.from(samples, (sample) => sample / 2 ** 24);
}

// Frames of `sideband analyze`: [{time_s, f0_hz, confidence, loudness_db}].
export function analyze(file) {
  const [head, ...rows] = sideband("analyze", file, "-o", "-").trim().split("\n");
  const names = head.split(",");
  return rows.map((row) =>
    Object.fromEntries(row.split(",").map((value, i) => [names[i], Number(value)])),
  );
}

export const cents = (a_hz, b_hz) => 1200 * Math.log2(a_hz / b_hz);

export const db_of = (value) => 20 * Math.log10(Math.max(value, 1e-12));

export function peak_of(samples) {
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  return peak;
}

export function rms_of(samples) {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length);
}

// Spearman's rank correlation.
export function rank_correlation(a, b) {
  const ranks = (values) => {
    const order = Array.from(values.keys()).sort((i, j) => values[i] - values[j]);
    const out = new Float64Array(values.length);
    order.forEach((index, rank) => (out[index] = rank));
    return out;
  };
  const x = ranks(a);
  const y = ranks(b);
  const mean = (x.length - 1) / 2;
  let xy = 0;
  let xx = 0;
  let yy = 0;
  for (let i = 0; i < x.length; ++i) {
    xy += (x[i] - mean) * (y[i] - mean);
    xx += (x[i] - mean) ** 2;
    yy += (y[i] - mean) ** 2;
  }
  return xy / Math.sqrt(xx * yy);
}
