#!/usr/bin/env node
// Times the decoders as WebAssembly, and prints JSON: node tests/bench/wasm_bench.mjs node|chromium [TURNS] [all]
// "all": every width of weights, not only the shipped one.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { serve } from "../../tools/serve.mjs";
import { kTypes, measure_all } from "./decoder_module.mjs";

const kRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const kServed = ["models", "build"];

// Runs work(page) on an empty page of this machine's Chromium; `folders` are served besides models
// and what is built.
export async function in_chromium(folders, work) {
  const { chromium } = await import("../web/node_modules/playwright-core/index.mjs");
  const served = Object.fromEntries(kServed.map((name) => [name, path.join(kRoot, name)]));
  const bench = path.join(kRoot, "tests/bench");
  const server = await serve({ folders: { bench, ...served, ...folders } });
  const browser = await chromium.launch({
    executablePath: process.env.SIDEBAND_CHROMIUM ?? "/usr/bin/chromium",
    chromiumSandbox: false,
  });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(600000);
    await page.goto(`${server.url}bench/empty.html`);
    return await work(page);
  } finally {
    await browser.close();
    await server.close();
  }
}

async function main([place, turns = "40", which]) {
  const types = which === "all" ? kTypes : undefined;
  if (place === "node") {
    return measure_all((file) => readFile(path.join(kRoot, file)), +turns, types);
  }
  return in_chromium({}, (page) =>
    page.evaluate(
      async ([count, wanted]) => {
        const bench = await import(new URL("decoder_module.mjs", location.href).href);
        return bench.measure_all(bench.fetched, count, wanted);
      },
      [+turns, types],
    ),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(JSON.stringify(await main(process.argv.slice(2)), null, 1));
}
