// What a picture costs the page while both slots play (their difference is heard): the time in each
// animation frame's callbacks, as scripted cost. The pixels are made by software here, so their time
// says nothing of a GPU's and is left out. Prints figures; asserts only that pictures were made.

import assert from "node:assert/strict";
import { test } from "node:test";

import { open_browser, open_page, start_server } from "./support/browser.mjs";

const kSeconds = 6;

test("milliseconds of script per picture with both slots playing", async (test) => {
  const server = await start_server(test, { models: "trained" });
  const browser = await open_browser(test);
  const page = await open_page(browser, server, {
    query: "?source=clip&delta=1",
    prepare: (page) =>
      page.addInitScript(() => {
        window.costs = [];
        window.requestAnimationFrame = ((real) => (callback) =>
          real((time) => {
            const start = performance.now();
            callback(time);
            costs.push({ time, ms: performance.now() - start });
          }))(window.requestAnimationFrame);
      }),
  });
  await page.waitForSelector(".drawn-panels");
  const measured = await page.evaluate(async (seconds) => {
    await sideband.start({ source: "clip" });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    costs.length = 0;
    const pictures = sideband.panels.pictures;
    const { dropouts } = sideband.snapshot();
    let messages = 0;
    sideband.addEventListener("traces", () => ++messages);
    await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
    return {
      costs,
      pictures: sideband.panels.pictures - pictures,
      messages,
      dropouts: sideband.snapshot().dropouts - dropouts,
    };
  }, kSeconds);
  const frames = new Map();
  for (const { time, ms } of measured.costs) frames.set(time, (frames.get(time) ?? 0) + ms);
  const ms = [...frames.values()].sort((a, b) => a - b);
  const at = (share) => ms[Math.min(ms.length - 1, Math.floor(share * ms.length))].toFixed(2);
  console.log(
    `script per frame: median ${at(0.5)} ms, p95 ${at(0.95)} ms, worst ${at(1)} ms of 16.7; ` +
      `${(ms.length / kSeconds).toFixed(0)} frames and ${(measured.pictures / kSeconds).toFixed(0)} pictures a second ` +
      `with software pixels; ${(measured.messages / kSeconds).toFixed(0)} messages a second; ${measured.dropouts} dropouts`,
  );
  assert.ok(measured.pictures > kSeconds, `${measured.pictures} pictures`);
  assert.ok(measured.messages / kSeconds <= 61, "telemetry comes at most 60 times a second");
});
