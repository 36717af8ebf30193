// Damaged input for what the page reads itself: node tests/fuzz/page_fuzz.mjs TARGET [--seconds N] [--seed N]
//
//   state     a saved sound (JSON), applied to an engine     study     a listening study (JSON)
//   link      a sound in an address, after the #             messages  what the audio worklet is told
//   address   the page's own address parameters
//
// tools/fuzz runs these beside the others. Inputs grow from tests/fuzz/corpus by random damage; the
// same seed makes the same inputs. A broken promise ends the run with the input that broke it.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { kClips } from "../../web/audio/clips.js";
import { read_edits, write_edits } from "../../web/audio/edits.js";
import { Engine } from "../../web/audio/engine.js";
import { Problem } from "../../web/audio/problem.js";
import { parse_study } from "../../web/ab/study.js";
import { models_of, parse_state, state_of_link, write_settings } from "../../web/saving.js";
import { read_url_state } from "../../web/url_state.js";
import { plain_model } from "../web/support/plain_model.mjs";
import { random_messages, Worklet } from "./worklet.mjs";
import { damaged_json, damaged_text, Random } from "./damage.mjs";

const kRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const kModels = ["violin", "flute"].flatMap((instrument) =>
  ["full", "reduced"].map((variant) => ({
    file: `${instrument}/ddx7-${variant}.safetensors`,
    instrument,
    synth: "fm",
    variant,
    default: variant === "full",
  })),
);

const module = () =>
  new WebAssembly.Module(readFileSync(path.join(kRoot, "build/wasm/engine.wasm")));

const small_model = () => new Uint8Array(plain_model({ hidden: 16, blocks: 3 }));

function corpus(target) {
  const folder = path.join(kRoot, "tests/fuzz/corpus", target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) => readFileSync(path.join(folder, name), "utf8"));
}

function expect(kept, promise) {
  if (!kept) throw new Error(promise);
}

// A refusal is a Problem of one sentence; anything else thrown is a fault.
function refused(work) {
  try {
    work();
    return false;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    expect(/^[A-Z“][^]{8,}\.$/u.test(error.message), `"${error.message}" is a sentence`);
    return true;
  }
}

function expect_audible(samples) {
  expect(
    samples.every((sample) => Math.abs(sample) <= 1),
    "|output| ≤ 1 and finite",
  );
}

// What saving.js and edits.js ask of the instrument, on an engine of its own.
class Instrument {
  #engine = new Engine(module());
  models = kModels;
  source = "clip";
  clip = "violin";
  running = false;
  slot = "a";

  constructor() {
    this.#engine.prepare(16000);
    for (const slot of [0, 1]) this.#engine.load_now(slot, small_model());
    this.params = this.#engine.params();
  }
  get = (param) => this.#engine.get(param);
  set = (param, value) => this.#engine.set(param, value);
  patch = (slot) => this.#engine.patch(slot);
  model_patch = (slot) => this.#engine.model_patch(slot);
  set_patch = (slot, patch) => this.#engine.set_patch(slot, patch);
  set_edits = (edits) => write_edits(this, edits);
  set_loop(on) {
    expect(typeof on === "boolean", "looping is on or off");
  }
  ab(slot) {
    this.slot = slot;
  }
  play() {
    for (let i = 0; i < 128; ++i) this.#engine.input[i] = 0.3 * Math.sin(i / 5);
    this.#engine.process(128);
    return this.#engine.output.subarray(0, 128);
  }
}

function apply(instrument, state) {
  expect(models_of(state, instrument).length === 2, "two models, or none");
  for (const warning of write_settings(instrument, state))
    expect(warning.endsWith("."), "a warning is a sentence");
  expect(kClips.some(({ name }) => name === instrument.clip), "the clip exists");
  const edits = JSON.stringify(read_edits(instrument));
  write_edits(instrument, JSON.parse(edits));
  expect(JSON.stringify(read_edits(instrument)) === edits, "what was read is written back exactly");
  expect_audible(instrument.play());
}

// Each makes, from a Random, one input and a function that tries it.
const kTargets = {
  state() {
    const instrument = new Instrument();
    const seeds = corpus("state");
    return (random) => {
      const text = random.below(3) ? damaged_json(random, seeds) : damaged_text(random, seeds);
      return [text, () => void refused(() => apply(instrument, parse_state(text)))];
    };
  },
  link() {
    const seeds = corpus("state").map((text) => Buffer.from(text).toString("base64url"));
    const states = corpus("state");
    return (random) => {
      const code = random.below(2)
        ? damaged_text(random, seeds)
        : Buffer.from(damaged_json(random, states)).toString("base64url");
      const hash = `#${random.below(8) ? "state=" : ""}${code}`;
      return [hash, () => void refused(() => state_of_link(hash))];
    };
  },
  study() {
    const seeds = corpus("study");
    return (random) => {
      const text = random.below(3) ? damaged_json(random, seeds) : damaged_text(random, seeds);
      const check = () => {
        const study = parse_study(text, "study.json");
        expect(Array.isArray(study.pages) && study.pages.length > 0, "a study has pages");
      };
      return [text, () => void refused(check)];
    };
  },
  address() {
    const params = new Instrument().params;
    const seeds = corpus("address");
    return (random) => {
      const search = damaged_text(random, seeds);
      const check = () => {
        const state = read_url_state(search, { models: kModels, clips: kClips, params });
        for (const warning of state.warnings)
          expect(/^[A-Z][^]+\.$/u.test(warning), `"${warning}" is a sentence`);
        for (const model of state.models) expect(kModels.includes(model), "the model exists");
        for (const [, value] of state.params) expect(Number.isFinite(value), "a value is a number");
        expect(["mic", "clip", "keys"].includes(state.source), "the source exists");
        expect(state.rate === 0 || (state.rate >= 8000 && state.rate <= 192000), "the rate exists");
      };
      return [search, check];
    };
  },
  messages() {
    const compiled = module();
    const models = [small_model(), new Uint8Array(60)];
    let worklet = null;
    return (random) => {
      const messages = random_messages(random, models);
      const check = () => {
        worklet ??= new Worklet(compiled, models[0]);
        const { failures } = worklet;
        for (const message of messages) {
          worklet.send(message);
          expect_audible(worklet.process(random));
        }
        expect(failures.length <= 1, "a processor fails once");
        for (const text of failures) {
          expect(text.length > 8, "a failure names its cause");
          expect(!/memory access|unreachable|divide/.test(text), `the engine holds: ${text}`);
        }
        if (failures.length) worklet = null; // the page builds a new one, too
      };
      return [messages, check];
    };
  },
};

const words = process.argv.slice(2);
const option = (name, otherwise) =>
  words.includes(name) ? Number(words[words.indexOf(name) + 1]) : otherwise;
const target = words[0];
if (!Object.hasOwn(kTargets, target)) {
  console.error(`page_fuzz: there is no target '${target}'; there are ${Object.keys(kTargets).join(", ")}`);
  process.exit(2);
}
const seed = option("--seed", Date.now() % 1e9);
const end_ms = performance.now() + 1000 * option("--seconds", 60);
const random = new Random(seed);
const make = kTargets[target]();
let count = 0;
for (; performance.now() < end_ms; ++count) {
  const [input, attempt] = make(random);
  try {
    attempt();
  } catch (error) {
    console.log(`broken promise: ${error.message}`);
    console.log(`input ${count} of seed ${seed}: ${JSON.stringify(input).slice(0, 4000)}`);
    console.log(error.stack);
    process.exit(1);
  }
}
console.log(`${count} inputs of seed ${seed}`);
