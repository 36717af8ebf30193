// What the whole path takes of one core as WebAssembly: printed, not judged, since it depends on the machine.

import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

import { Engine } from "../../web/audio/engine.js";
import { open_browser, open_page, start_server } from "./support/browser.mjs";

const kRateHz = 48000;
const kSeconds = 20;

function full_models(server) {
  const index = JSON.parse(readFileSync(path.join(server.folders.models, "index.json")));
  return index.filter(({ variant }) => variant === "full");
}

const in_words = ({ load, worst_block_ms }) =>
  `${(load * 100).toFixed(2)} % of one core, worst block ${worst_block_ms.toFixed(2)} ms`;

test("share of one core under node", async (test) => {
  const server = await start_server(test, { models: "trained" });
  const module = new WebAssembly.Module(
    readFileSync(path.join(server.folders.wasm, "engine.wasm")),
  );
  for (const { file, instrument, synth } of full_models(server)) {
    const engine = new Engine(module);
    engine.prepare(kRateHz);
    engine.load_now(0, readFileSync(path.join(server.folders.models, file)));
    engine.measure(kRateHz);
    test.diagnostic(`${instrument} ${synth} full: ${in_words(engine.measure(kRateHz, kSeconds))}`);
  }
});

test("share of one core in Chromium", async (test) => {
  const server = await start_server(test, { models: "trained" });
  const page = await open_page(await open_browser(test), server);
  for (const { file, instrument, synth } of full_models(server)) {
    const measured = await page.evaluate(
      async ([url, rate, seconds]) => {
        const { Engine } = await import("/audio/engine.js");
        const bytes = async (url) => (await fetch(url)).arrayBuffer();
        const engine = new Engine(await WebAssembly.compile(await bytes("wasm/engine.wasm")));
        engine.prepare(rate);
        engine.load_now(0, await bytes(url));
        engine.measure(rate);
        return engine.measure(rate, seconds);
      },
      [`models/${file}`, kRateHz, kSeconds],
    );
    test.diagnostic(`${instrument} ${synth} full: ${in_words(measured)}`);
  }
});
