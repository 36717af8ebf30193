// A computer that does not keep up: a worklet that wastes time on the instrument's own audio thread makes
// it so, and the page says what to do.

import assert from "node:assert/strict";
import { test } from "node:test";

import { open_browser, open_page, screenshot, show_context, start_server } from "./support/browser.mjs";

const kWasteMs = 6; // of every block, which lasts 2.7 ms

const waste_time = (page) =>
  page.evaluate(async (waste_ms) => {
    const code = `registerProcessor("waste", class extends AudioWorkletProcessor {
      on = true;
      constructor() {
        super();
        this.port.onmessage = () => (this.on = false);
      }
      process() {
        for (const end_ms = Date.now() + ${waste_ms}; Date.now() < end_ms; ) {}
        return this.on;
      }
    });`;
    const module = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    await window.context.audioWorklet.addModule(module);
    const node = new AudioWorkletNode(window.context, "waste");
    node.connect(window.context.destination);
    window.stop_wasting = () => node.port.postMessage(null);
  }, kWasteMs);

const told = (page) => page.waitForSelector("#status-line[data-kind=warning]");

test("a sound that keeps dropping out: the page offers the reduced models, and plays them", async (test) => {
  const server = await start_server(test, { models: "trained" });
  const page = await open_page(await open_browser(test), server, {
    query: "?instrument=violin&synth=fm&variant=full&instrument_b=flute&synth_b=fm&variant_b=reduced",
    prepare: show_context,
    bypassCSP: true,
  });
  await page.evaluate(() => sideband.start({ source: "clip" }));
  await page.waitForFunction(() => sideband.snapshot().output_peak > 0.01);
  assert.equal(await page.getAttribute("#status-line", "data-kind"), "playing");
  await waste_time(page);
  await told(page);
  assert.match(
    await page.textContent("#status"),
    /^The sound keeps dropping out, because this computer does not keep up with Violin, FM, full\. Reduced /,
  );
  await screenshot(page, "overload");
  await page.evaluate(() => stop_wasting());
  await page.click("#ways button");
  await page.waitForFunction(() => sideband.model("a").variant === "reduced");
  const files = await page.evaluate(() => ["a", "b"].map((slot) => sideband.model(slot).file));
  assert.deepEqual(files, ["violin/ddx7-reduced.safetensors", "flute/ddx7-reduced.safetensors"]);
  await page.waitForSelector("#status-line[data-kind=playing]");
  await page.waitForFunction(() => sideband.snapshot().output_peak > 0.01);

  // Nothing smaller is left to offer.
  await waste_time(page);
  await told(page);
  assert.match(await page.textContent("#status"), /Close other programs and tabs\.$/);
  assert.equal(await page.locator("#ways button").count(), 0);
  assert.deepEqual(page.complaints, []);
});
