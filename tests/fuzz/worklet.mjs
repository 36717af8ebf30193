// The audio processor of web/audio, outside a browser, and random messages for it.

import { FromEngine, ToEngine, kModelPieceBytes, kPatchFloats } from "../../web/audio/messages.js";

const kRateHz = 16000;
const kFrames = 128;

// What an AudioWorkletGlobalScope has.
let Processor;
let post = () => {};
globalThis.sampleRate = kRateHz;
globalThis.currentTime = 0;
globalThis.AudioWorkletProcessor = class {
  port = { onmessage: null, postMessage: post };
};
globalThis.registerProcessor = (_, constructor) => {
  Processor = constructor;
};
await import("../../web/audio/engine_processor.js");

export class Worklet {
  failures = [];
  #processor;

  constructor(module, model) {
    post = (message) => {
      if (message.type === FromEngine.kFailed) this.failures.push(message.text);
    };
    this.#processor = new Processor({
      processorOptions: {
        module,
        bytes: null,
        params: new Float32Array(0),
        models: [model, null],
        patches: [null, null],
        scala: null,
        keys: false,
        guard: true,
        telemetry: true,
      },
    });
  }

  send(message) {
    this.#processor.port.onmessage({ data: message });
  }

  process(random) {
    globalThis.currentTime += kFrames / kRateHz;
    const input = new Float32Array(kFrames).fill(random.float());
    const output = new Float32Array(kFrames);
    this.#processor.process([random.below(5) ? [input] : []], [[output]]);
    return output;
  }
}

function patch(random) {
  return Float32Array.from({ length: random.below(40) ? kPatchFloats : random.below(60) }, () => random.float());
}

const scale = new TextEncoder().encode("fifths\n2\n3/2\n2/1\n"); // the page checks a text before
const index = (random) => random.pick([0, 1, 1, 0, 2, -1, 3e9, 0.5, NaN, undefined]);
const bytes = (random) => Uint8Array.from({ length: random.below(200) }, () => random.below(256));

// As the page sends them, with any numbers.
export function random_messages(random, models) {
  const kinds = {
    [ToEngine.kSet]: () => ({ param: random.below(9) ? random.below(110) : index(random), value: random.float() }),
    [ToEngine.kPatch]: () => ({ slot: index(random), patch: patch(random) }),
    [ToEngine.kScala]: () => ({ bytes: random.below(20) ? scale : bytes(random) }),
    [ToEngine.kModel]: () => {
      const file = random.pick(models);
      const cut = random.below(3) ? file.length : random.below(file.length + 1);
      return {
        id: 1,
        slot: index(random),
        offset: random.below(4) ? 0 : random.pick([1, -1, cut, 1e9, NaN]),
        total: random.below(4) ? cut : random.pick([0, -1, 1e9, NaN, kModelPieceBytes]),
        bytes: file.slice(0, cut).buffer,
      };
    },
    [ToEngine.kKeys]: () => ({ on: random.below(2) === 0 }),
    [ToEngine.kMidi]: () => ({ bytes: random.below(5) ? [random.below(256), random.below(256), random.below(256)] : bytes(random) }),
    [ToEngine.kGuard]: () => ({ on: random.below(2) === 0 }),
    [ToEngine.kRecord]: () => ({
      channels: random.pick([1, 2, 2, 1, 0, 3]),
      frames: random.pick([0, 100, 1000, 1e9, -5]),
      chunks: Array.from({ length: random.below(4) }, () => new Float32Array(random.below(700))),
    }),
    [ToEngine.kRecordChunk]: () => ({ chunk: new Float32Array(random.below(700)) }),
    [ToEngine.kRecordEnd]: () => ({}),
    [ToEngine.kRecycle]: () => ({ buffer: new ArrayBuffer(random.below(40) ? 3072 : 4 * random.below(900)) }),
  };
  return Array.from({ length: 1 + random.below(30) }, () => {
    const type = random.pick(Object.keys(kinds));
    return { type, ...kinds[type]() };
  });
}
