// What the whole path takes of one core as WebAssembly: printed, not judged, since it depends on the machine.

import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

import { Engine } from "../../web/audio/engine.js";
import { open_browser, open_page, start_server } from "./support/browser.mjs";

const kRateHz = 48000;
const kSeconds = 20;

async function full_models(server) {
  const index = JSON.parse(readFileSync(path.join(server.folders.models, "index.json")));
  return index.filter(({ variant }) => variant === "full");
}

test("share of one core under node", async (test) => {
  const server = await start_server(test, { models: "trained" });
  const module = new WebAssembly.Module(readFileSync(path.join(server.folders.wasm, "engine.wasm")));
  for (const { file, instrument, synth } of await full_models(server)) {
    const engine = new Engine(module);
    engine.prepare(kRateHz);
    engine.load_now(0, readFileSync(path.join(server.folders.models, file)));
    const before = process.cpuUsage();
    const { worst_block_ms } = engine.measure(kRateHz, kSeconds);
    const spent = process.cpuUsage(before);
    const share = (spent.user + spent.system) / 1e6 / (kSeconds * 1.25);
    test.diagnostic(`${instrument} ${synth} full: ${(share * 100).toFixed(2)} % of one core, worst block ${worst_block_ms.toFixed(2)} ms`);
  }
});

test("share of one core in Chromium", async (test) => {
  const server = await start_server(test, { models: "trained" });
  const browser = await open_browser(test);
  for (const { instrument, synth } of await full_models(server)) {
    const page = await open_page(browser, server, { query: `?instrument=${instrument}&synth=${synth}&variant=full` });
    const share = await page.evaluate(
      async ([rate, seconds]) => {
        const samples = Float32Array.from({ length: rate * seconds }, (_, i) => 0.3 * Math.sin((2 * Math.PI * 440 * i) / rate));
        const { wav_bytes } = await import("/audio/wav.js");
        const wav = wav_bytes([samples], rate);
        await sideband.render(wav.subarray(0, 58 + rate * 4), { rate }).catch(() => {});
        const start_ms = performance.now();
        await sideband.render(wav, { rate });
        return (performance.now() - start_ms) / 1000 / seconds;
      },
      [kRateHz, kSeconds],
    );
    test.diagnostic(`${instrument} ${synth} full: ${(share * 100).toFixed(2)} % of one core, offline, with start-up and both slots`);
    await page.close();
  }
});
