// A wide model gets its tables in a worker, on the way to the audio thread: what it plays does not
// change, and the audio thread has less to do before it plays it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

import { Engine } from "../../web/audio/engine.js";
import { lacks_tables, metadata_of, with_tables } from "../../web/audio/model_file.js";
import { kFolders } from "../../tools/serve.mjs";
import { bytes_of, kWasm, open_browser, open_page, start_server } from "./support/browser.mjs";

const kRateHz = 48000;
const kWide = "violin/hpn-full.safetensors";

const module = new WebAssembly.Module(readFileSync(path.join(kWasm, "engine.wasm")));

const model_file = (name) => {
  const bytes = readFileSync(path.join(process.env.SIDEBAND_MODELS ?? kFolders.models, name));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
};

function prepared() {
  const engine = new Engine(module);
  engine.prepare(kRateHz);
  return engine;
}

function file_with_tables(file) {
  const engine = prepared();
  engine.load_now(0, file);
  return with_tables(file, engine.tables(0));
}

const header_of = (file) => {
  const bytes = Number(new DataView(file).getBigUint64(0, true));
  return { bytes, header: JSON.parse(Buffer.from(file, 8, bytes).toString()) };
};

// Plays a tone that glides beyond what the tables cover, and swells; returns what comes out.
function play(engine, seconds) {
  const out = new Float32Array(seconds * kRateHz);
  let turns = 0;
  for (let at = 0; at < out.length; at += 128) {
    for (let i = 0; i < 128; ++i) {
      const way = (at + i) / out.length;
      turns += (110 * 32 ** way) / kRateHz;
      engine.input[i] = 0.8 * way * Math.sin(2 * Math.PI * turns);
    }
    engine.process(128);
    out.set(engine.output.subarray(0, Math.min(128, out.length - at)), at);
  }
  return out;
}

// Blocks of the audio thread from the start of a load to its end.
function blocks_to_load(file) {
  const engine = prepared();
  const bytes = new Uint8Array(file);
  engine.model_buffer(bytes.length).set(bytes);
  engine.load(0, bytes.length);
  let blocks = 0;
  for (; engine.loading; ++blocks) engine.process(128);
  engine.check_loaded();
  return blocks;
}

test("a file with tables plays the same samples, after half the blocks or less", (test) => {
  const file = model_file(kWide);
  const made = file_with_tables(file);
  const plays = (bytes) => {
    const engine = prepared();
    engine.load_now(0, bytes);
    engine.reset();
    return play(engine, 4);
  };
  const expected = plays(file);
  assert.ok(expected.some((sample) => Math.abs(sample) > 0.01));
  assert.deepEqual(plays(made), expected);
  const [filled, copied] = [blocks_to_load(file), blocks_to_load(made)];
  test.diagnostic(`${filled} blocks of 128 until it is loaded; with tables ${copied}`);
  assert.ok(copied < filled / 2, `${copied} of ${filled}`);
});

test("with tables the file says what it said, aligned, and gets them once", () => {
  const file = model_file(kWide);
  assert.equal(lacks_tables(file), true);
  const made = file_with_tables(file);
  assert.equal(lacks_tables(made), false);
  assert.deepEqual(metadata_of(made), metadata_of(file));
  const [before, after] = [header_of(file), header_of(made)];
  assert.equal(after.bytes % 8, 0);
  for (const name of Object.keys(before.header))
    assert.deepEqual(after.header[name], before.header[name]);
  const width = 3 * metadata_of(file).decoder.hidden;
  const { shape, dtype } = after.header["decoder.tables.pitch"];
  assert.deepEqual([dtype, ...shape], ["I16", 1147, width]);
  const data = (file, { bytes }) => new Uint8Array(file, 8 + bytes);
  const old = data(file, before);
  assert.ok(Buffer.from(old).equals(Buffer.from(data(made, after).subarray(0, old.length))));
});

test("other models and other files take none", () => {
  for (const name of ["violin/hpn-reduced", "violin/ddx7n-full"]) {
    const file = model_file(`${name}.safetensors`);
    assert.equal(lacks_tables(file), false, name);
    const engine = prepared();
    engine.load_now(0, file);
    assert.deepEqual(engine.tables(0), [], name);
  }
  assert.deepEqual(prepared().tables(0), []);
  for (const file of [new ArrayBuffer(0), new ArrayBuffer(4000), model_file(kWide).slice(0, 900)]) {
    assert.equal(lacks_tables(file), false);
    assert.equal(metadata_of(file), null);
  }
});

test("damaged tables are refused in a sentence", () => {
  const made = file_with_tables(model_file(kWide));
  const { bytes, header } = header_of(made);
  const [begin] = header["decoder.tables.loudness.scale"].data_offsets;
  new DataView(made).setFloat32(8 + bytes + begin, -1, true);
  assert.throws(
    () => prepared().load_now(0, made),
    /tensor 'decoder\.tables\.loudness\.scale' has a value that is negative/,
  );
});

// ---- the page ----

// A page that plays and keeps the pieces of each model that it sends to the audio thread.
async function playing_page(test, prepare = null) {
  const server = await start_server(test, { models: "trained" });
  const page = await open_page(await open_browser(test), server, { query: "?clip=violin", prepare });
  await page.evaluate(async () => {
    window.pieces = [];
    const post = MessagePort.prototype.postMessage;
    MessagePort.prototype.postMessage = function (message, ...rest) {
      if (message?.type === "model") pieces.push(new Uint8Array(message.bytes.slice()));
      return post.call(this, message, ...rest);
    };
    await sideband.start({ source: "clip" });
  });
  await plays(page);
  return page;
}

const plays = (page) => page.waitForFunction(() => sideband.snapshot().output_peak > 0.01);

// What went to the audio thread since the last call, as one file.
async function sent(page) {
  const text = await page.evaluate(async () => {
    const file = new Uint8Array(await new Blob(pieces).arrayBuffer());
    pieces.length = 0;
    return as_base64(file);
  });
  return bytes_of(text).buffer;
}

const load = (page, slot, name) =>
  page.evaluate(([slot, url]) => sideband.load(slot, url), [slot, `models/${name}`]);

test("what reaches the audio thread has the tables that the engine makes", async (test) => {
  const page = await playing_page(test);
  await load(page, "a", kWide);
  const file = await sent(page);
  assert.ok(Buffer.from(file).equals(Buffer.from(file_with_tables(model_file(kWide)))));
  assert.match(await page.evaluate(() => sideband.snapshot().model), /violin\/hpn-full/);
  await plays(page);
  // The file is kept with its tables, and another load of it needs no worker.
  await page.evaluate(() => {
    window.Worker = class {
      constructor() {
        throw new Error("no more workers");
      }
    };
  });
  await load(page, "b", kWide);
  assert.equal(lacks_tables(await sent(page)), false);
  assert.deepEqual(page.complaints, []);
});

test("a newer choice is not overtaken by one that waits for its tables", async (test) => {
  const page = await playing_page(test);
  await page.evaluate(() =>
    Promise.all(
      ["violin/hpn-full", "flute/hpn-full", "violin/hpn-reduced"].map((name) =>
        sideband.load("a", `models/${name}.safetensors`),
      ),
    ),
  );
  assert.match(await page.evaluate(() => sideband.model("a").url), /violin\/hpn-reduced/);
  assert.equal(metadata_of(await sent(page)).decoder.hidden < 128, true);
  await load(page, "b", "flute/hpn-full.safetensors");
  assert.match(await page.evaluate(() => sideband.model("b").url), /flute\/hpn-full/);
  assert.match(await page.evaluate(() => sideband.model("a").url), /violin\/hpn-reduced/);
  assert.deepEqual(page.complaints, []);
});

test("a damaged wide model is refused with the engine's sentence, and the old one plays on", async (test) => {
  const damaged = model_file(kWide);
  const { bytes, header } = header_of(damaged);
  const [begin] = header["decoder.gru.bias_ih"].data_offsets;
  new DataView(damaged).setFloat32(8 + bytes + begin, NaN, true);
  const page = await playing_page(test, (page) =>
    page.route(`**/${kWide}`, (route) => route.fulfill({ body: Buffer.from(damaged) })),
  );
  await assert.rejects(
    load(page, "a", kWide),
    /cannot be used: tensor 'decoder\.gru\.bias_ih' has a value that is not finite\./,
  );
  assert.equal((await sent(page)).byteLength, 0);
  assert.doesNotMatch(await page.evaluate(() => sideband.snapshot().model), /hpn-full/);
  await plays(page);
});

test("where the worker cannot start, the model is loaded without", async (test) => {
  const page = await playing_page(test, (page) =>
    page.route("**/tables_worker.js", (route) => route.fulfill({ status: 404 })),
  );
  await load(page, "a", kWide);
  assert.ok(Buffer.from(await sent(page)).equals(Buffer.from(model_file(kWide))));
  assert.match(await page.evaluate(() => sideband.snapshot().model), /violin\/hpn-full/);
  await plays(page);
});
