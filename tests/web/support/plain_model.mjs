// A model made by rule instead of training, for tests of the page: every operator's level follows the
// loudness alone. It has the shape and size of a real one, and is written afresh by each test run.

import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

const kOperators = 6;
const kPatches = {
  violin: {
    ratios: [1, 1, 1, 1, 3, 14],
    routing: [
      [6, 5],
      [5, 4],
      [4, 3],
      [2, 1],
    ],
    carriers: [1, 3],
  },
  flute: {
    ratios: [1, 1, 1, 2, 2, 1.5],
    routing: [
      [6, 5],
      [5, 1],
      [4, 3],
      [3, 1],
      [2, 1],
    ],
    carriers: [1],
  },
};

// The network passes its two inputs along and ends in output = slope · loudness + offset, so that
// i_max · sigmoid(output) is close to proportional to the amplitude heard.
const kSlope = 80 * (Math.LN10 / 20); // loudness is scaled by 1/80 dB
const kOffset = 1.5 - kSlope;

export function plain_model({
  instrument = "violin",
  variant = "plain",
  hidden = 128,
  blocks = 5,
} = {}) {
  const tensors = [];
  const add = (name, shape, fill = () => 0) => {
    const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
    for (let i = 0; i < values.length; ++i) values[i] = fill(i);
    tensors.push({ name, shape, values });
  };
  for (let b = 0; b < blocks; ++b) {
    const last = b === blocks - 1;
    const inputs = b === 0 ? 2 : hidden;
    const outputs = last ? kOperators : hidden;
    const name = `decoder.block.${b}`;
    add(`${name}.conv1.weight`, [hidden, inputs, 3]);
    add(`${name}.conv1.bias`, [hidden]);
    add(`${name}.conv2.weight`, [outputs, hidden, 3]);
    add(`${name}.conv2.bias`, [outputs]);
    const pass = (i) => (Math.floor(i / inputs) === i % inputs ? 1 : 0);
    const end = (i) => (i % inputs === 1 ? kSlope : 0);
    add(`${name}.skip.weight`, [outputs, inputs], last ? end : pass);
    add(`${name}.skip.bias`, [outputs], last ? () => kOffset : () => 0);
  }
  const metadata = {
    format: 1,
    instrument,
    variant,
    sample_rate_hz: 16000,
    hop_samples: 64,
    decoder: {
      type: "tcn",
      inputs: 2,
      hidden,
      blocks,
      kernel: 3,
      dilation_base: 2,
      skips: new Array(blocks).fill(true),
      outputs: kOperators,
    },
    synth: { type: "fm", ...kPatches[instrument], i_max: 2.0106193 },
  };
  return safetensors(tensors, { sideband: JSON.stringify(metadata) });
}

function safetensors(tensors, metadata) {
  const header = { __metadata__: metadata };
  let at = 0;
  for (const { name, shape, values } of tensors) {
    header[name] = { dtype: "F32", shape, data_offsets: [at, at + values.byteLength] };
    at += values.byteLength;
  }
  let text = JSON.stringify(header);
  text = text.padEnd(Math.ceil(text.length / 8) * 8);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([
    length,
    Buffer.from(text),
    ...tensors.map(({ values }) => Buffer.from(values.buffer)),
  ]);
}

// Writes a models/ folder of plain models with its index.
export async function write_plain_models(folder) {
  const index = [];
  for (const instrument of ["violin", "flute"]) {
    for (const variant of ["plain", "small"]) {
      const size = variant === "small" ? { hidden: 16, blocks: 3 } : {};
      const bytes = plain_model({ instrument, variant, ...size });
      const file = `${instrument}/fm-${variant}.safetensors`;
      await mkdir(path.join(folder, instrument), { recursive: true });
      await writeFile(path.join(folder, file), bytes);
      index.push({
        instrument,
        synth: "fm",
        variant,
        file,
        bytes: bytes.length,
        default: variant === "plain",
      });
    }
  }
  await writeFile(path.join(folder, "index.json"), JSON.stringify(index));
  return index;
}
