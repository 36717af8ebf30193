// Faults around the page: a server that misnames its files or is slow, no room in the browser's memory,
// the page open twice. It plays all the same, or says in a sentence why not.

import assert from "node:assert/strict";
import { test } from "node:test";

import { open_browser, open_page, start_server } from "./support/browser.mjs";

const kSlowMs = 1500;

const plays = (page) => page.waitForFunction(() => window.sideband.snapshot().output_peak > 0.01);

// Answers as the server does, but with this type.
const misnamed = (page, pattern, type) =>
  page.route(pattern, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), "content-type": type } });
  });

test("modules, models and clips of the wrong type play; scripts that the browser refuses are told", async (test) => {
  const server = await start_server(test);
  const browser = await open_browser(test);
  const page = await open_page(browser, server, {
    query: "?source=clip",
    prepare: (page) => misnamed(page, /\.(wasm|safetensors|flac)$|index\.json$/, "text/plain"),
  });
  await page.click("#start");
  await plays(page);
  assert.deepEqual(page.complaints, []);

  const refused = await open_page(browser, server, {
    wait: false,
    prepare: (page) => misnamed(page, /\/instrument\.js$/, "text/plain"),
  });
  await refused.waitForSelector("#status-line[data-kind=problem]");
  assert.match(await refused.textContent("#status"), /^Parts of the page could not be loaded: .*\.$/);

  // As an old browser takes syntax it does not know.
  const old = await open_page(browser, server, {
    wait: false,
    prepare: (page) =>
      page.route(/\/instrument\.js$/, (route) =>
        route.fulfill({ contentType: "text/javascript", body: "export class Instrument { a ?? = }" }),
      ),
  });
  await old.waitForSelector("#status-line[data-kind=problem]");
  assert.match(await old.textContent("#status"), /use a current Firefox/);
});

test("no room left in the browser's memory: it plays, and the next visit starts afresh", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server, {
    query: "?source=clip",
    prepare: (page) =>
      page.addInitScript(() => {
        Storage.prototype.setItem = () => {
          throw new DOMException("full", "QuotaExceededError");
        };
      }),
  });
  await page.click("#start");
  await plays(page);
  await page.evaluate(() => sideband.set("brightness", 1.5));
  await page.waitForTimeout(800); // what is remembered is written a moment later
  assert.deepEqual(page.complaints, []);
  await page.reload();
  await page.waitForFunction(() => window.sideband?.model("a"));
  assert.equal(await page.evaluate(() => sideband.get("brightness")), 1);
});

test("a model that is slow to arrive: the old one plays on, and the last one asked for counts", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server, {
    query: "?source=clip",
    prepare: (page) =>
      page.route("**/flute/fm-small.safetensors", async (route) => {
        await new Promise((resolve) => setTimeout(resolve, kSlowMs));
        await route.continue();
      }),
  });
  await page.evaluate(() => sideband.start({ source: "clip" }));
  await plays(page);
  const before = await page.evaluate(() => sideband.model("a").file);
  await page.evaluate(() => {
    window.slow = sideband.load("a", "models/flute/fm-small.safetensors");
  });
  await plays(page);
  assert.equal(await page.evaluate(() => sideband.model("a").file), before);
  await page.evaluate(() => sideband.load("a", "models/violin/fm-small.safetensors"));
  await page.evaluate(() => slow);
  assert.match(await page.evaluate(() => sideband.model("a").file), /^violin\/fm-small/);
  await plays(page);
  assert.deepEqual(page.complaints, []);
});

test("the page open twice: both play, and one closed leaves the other as it is", async (test) => {
  const server = await start_server(test);
  const browser = await open_browser(test);
  const first = await open_page(browser, server, { query: "?source=clip" });
  const second = await first.context().newPage();
  await second.goto(`${server.url}?source=clip`);
  await second.waitForFunction(() => window.sideband?.model("a") && window.sideband?.model("b"));
  for (const page of [first, second]) {
    await page.evaluate(() => sideband.start({ source: "clip" }));
    await plays(page);
  }
  await first.evaluate(() => sideband.set("brightness", 1.5));
  await second.evaluate(() => sideband.set("brightness", 0.5));
  assert.equal(await first.evaluate(() => sideband.get("brightness")), 1.5);
  await second.close();
  const frames = await first.evaluate(() => sideband.snapshot().frames);
  await first.waitForFunction((frames) => sideband.snapshot().frames > frames + 50, frames);
  assert.equal(await first.evaluate(() => sideband.state), "running");
  assert.deepEqual(first.complaints, []);
});
