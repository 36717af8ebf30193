// McLeod's tracker as the npm package "pitchy" has it: mono float32 samples on stdin, one line per
// hop of "f0_hz clarity" on stdout, then the seconds of processor time it took.
//
//     node pitchy.mjs RATE_HZ WINDOW HOP < samples.f32

import { readFileSync } from "node:fs";
import { PitchDetector } from "pitchy";

const [rate_hz, window, hop] = process.argv.slice(2).map(Number);
const bytes = readFileSync(0);
const samples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
const padded = new Float32Array(window + samples.length);
padded.set(samples, window);

const detector = PitchDetector.forFloat32Array(window);
for (let warm = 0; warm < 200; ++warm) detector.findPitch(padded.subarray(0, window), rate_hz);
const lines = [];
const before = process.cpuUsage();
for (let end = hop; end <= samples.length; end += hop) {
  const [f0_hz, clarity] = detector.findPitch(padded.subarray(end, end + window), rate_hz);
  lines.push(`${f0_hz} ${clarity}`);
}
const { user, system } = process.cpuUsage(before);
console.log(lines.join("\n"));
console.log((user + system) / 1e6);
