// What the page is made of is told on a page of its own: every component with its licence's text, every
// recording a model learnt from.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

import { kRoot, kWasm, open_browser, open_page, screenshot, start_server } from "./support/browser.mjs";

function sources_of_models() {
  const models = path.join(kRoot, "models");
  const folders = readdirSync(models, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.flatMap(({ name }) =>
    readdirSync(path.join(models, name))
      .filter((file) => file.endsWith(".safetensors"))
      .flatMap((file) => {
        const bytes = readFileSync(path.join(models, name, file));
        const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))));
        return JSON.parse(header.__metadata__.sideband).training.sources;
      }),
  );
}

test("the footer leads to the licences of all software and recordings", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server, { query: "?source=keys" });
  await page.click("footer a[href='wasm/licences.html']");
  await page.waitForSelector("table");
  await screenshot(page, "licences");
  const shown = await page.textContent("main");
  const sources = new Set(sources_of_models());
  assert.ok(sources.size > 5);
  for (const source of sources) assert.ok(shown.includes(source), source);

  const bill = JSON.parse(readFileSync(path.join(kWasm, "sbom.json")));
  const setup = readFileSync(path.join(kRoot, "tools", "setup"), "utf8");
  assert.equal(bill.bomFormat, "CycloneDX");
  assert.ok(bill.components.length >= 8);
  for (const component of bill.components) {
    assert.ok(shown.includes(component.name) && shown.includes(component.version), component.name);
    for (const { content } of component.hashes ?? []) assert.ok(setup.includes(content));
    const text = await (await fetch(`${server.url}wasm/licences/${component.name}.txt`)).text();
    assert.match(text, /copyright/i, component.name);
    assert.ok(text.length > 1000, component.name);
  }
  for (const source of ["kissfft", "imgui", "xnnpack", "pthreadpool", "fxdiv"]) {
    const found = bill.components.find(({ name }) => name === source);
    assert.equal(found.hashes[0].content.length, 64, "every download is pinned");
  }
  assert.deepEqual(page.complaints, []);
});
