// What a picture costs the page's main thread while both slots play (their difference is heard), on a desk
// and on a phone: the time of the animation frame's callbacks in frames that draw one, from reading the
// engine's news to the last call of WebGL. The pixels are made by software here, in another process:
// the thread waits for them after each frame, outside what is timed, so that none of it is counted.
// Prints figures; asserts only that pictures were made.

import assert from "node:assert/strict";
import { test } from "node:test";

import { open_browser, open_page, start_server } from "./support/browser.mjs";

const kPictures = 20;
const kBudgetMs = 1000 / 60;
const kViews = [
  ["1280 × 800", { viewport: { width: 1280, height: 800 } }],
  [
    "360 × 740",
    { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  ],
];

// Every animation frame goes into window.costs: {ms, picture: whether one was drawn, panels_ms: of it}.
const count_costs = (page) =>
  page.addInitScript(() => {
    window.costs = [];
    const frames = new Map();
    const wait_for_pixels = () => {
      const gl = document.getElementById("canvas").getContext("webgl2");
      gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    };
    window.requestAnimationFrame = ((real) => (callback) =>
      real((time) => {
        const panels = window.sideband?.panels;
        const pictures = panels?.pictures;
        const start = performance.now();
        callback(time);
        const ms = performance.now() - start;
        if (!frames.has(time)) {
          frames.clear();
          const frame = { ms: 0, picture: false };
          frames.set(time, frame);
          costs.push(frame);
        }
        const frame = frames.get(time);
        frame.ms += ms;
        if (panels?.pictures === pictures) return;
        frame.picture = true;
        wait_for_pixels();
      }))(window.requestAnimationFrame);
  });

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];

function words_for(values) {
  const sorted = values.sort((a, b) => a - b);
  const figures = [0, 0.5, 0.95, 1].map((share) => at(sorted, share).toFixed(2));
  return `least ${figures[0]}, median ${figures[1]}, p95 ${figures[2]}, worst ${figures[3]} ms`;
}

for (const [name, view] of kViews) {
  test(`milliseconds per picture with both slots playing, ${name}`, async (test) => {
    const server = await start_server(test, { models: "trained" });
    const browser = await open_browser(test);
    const page = await open_page(browser, server, {
      query: "?source=clip&delta=1",
      prepare: count_costs,
      ...view,
    });
    await page.waitForSelector(".drawn-panels");
    await page.evaluate(() => sideband.start({ source: "clip" }));
    await page.waitForFunction(() => sideband.snapshot().frames > 250);
    const start = await page.evaluate(() => {
      window.messages = 0;
      sideband.addEventListener("traces", () => ++messages);
      costs.length = 0;
      return { ms: performance.now(), dropouts: sideband.snapshot().dropouts };
    });
    await page.waitForFunction(
      (count) => costs.filter(({ picture }) => picture).length >= count,
      kPictures,
      { timeout: 60000 },
    );
    const measured = await page.evaluate(() => ({
      costs,
      messages,
      ms: performance.now(),
      dropouts: sideband.snapshot().dropouts,
    }));
    const seconds = (measured.ms - start.ms) / 1000;
    const of = (drawn) =>
      measured.costs.filter(({ picture }) => picture === drawn).map(({ ms }) => ms);
    console.log(
      `${name}: ${of(true).length} pictures in ${seconds.toFixed(1)} s, of ${kBudgetMs.toFixed(1)} ms: ${words_for(of(true))}; ` +
        `frames without one: ${words_for([...of(false), 0])}; ` +
        `${(measured.messages / seconds).toFixed(0)} messages a second; ${measured.dropouts - start.dropouts} dropouts`,
    );
    assert.ok(of(true).length >= kPictures);
    assert.ok(measured.messages / seconds <= 61, "telemetry comes at most 60 times a second");
  });
}
