// What a first visit costs: bytes as they travel are held to a budget, times are printed.

import assert from "node:assert/strict";
import { test } from "node:test";

import { open_browser, start_server } from "./support/browser.mjs";

const kBudgetKilobytes = 900; // page, engine and the model it starts with, compressed

test("a first visit fits its budget", async (test) => {
  const server = await start_server(test, { models: "trained" });
  const browser = await open_browser(test);
  const times = [];
  let sizes;
  for (let visit = 0; visit < 3; ++visit) {
    const context = await browser.newContext(); // a cold cache
    const page = await context.newPage();
    await page.goto(server.url);
    await page.waitForFunction(() => !document.getElementById("start").disabled);
    times.push(
      await page.evaluate(() => {
        const [paint] = performance.getEntriesByName("first-contentful-paint");
        return [paint?.startTime ?? 0, performance.getEntriesByName("playable")[0].startTime];
      }),
    );
    await page.waitForSelector(".drawn-panels");
    await page.waitForFunction(() => sideband.model("b"));
    sizes = await page.evaluate(() =>
      [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].map(
        ({ name, encodedBodySize }) => [new URL(name).pathname, encodedBodySize],
      ),
    );
    const first = await page.evaluate(() => new URL(sideband.model("a").url).pathname);
    sizes = sizes.filter(([name]) => !name.endsWith(".safetensors") || name === first);
    await context.close();
  }
  const total_kb = sizes.reduce((sum, [, bytes]) => sum + bytes, 0) / 1000;
  const heaviest = sizes.sort((a, b) => b[1] - a[1]).slice(0, 4);
  test.diagnostic(
    `${total_kb.toFixed(0)} kB compressed in ${sizes.length} files; ` +
      heaviest.map(([name, bytes]) => `${name} ${(bytes / 1000).toFixed(0)} kB`).join(", "),
  );
  const best = times.sort((a, b) => a[1] - b[1])[0];
  test.diagnostic(
    `first paint ${best[0].toFixed(0)} ms, playable ${best[1].toFixed(0)} ms after the address was opened ` +
      `(best of ${times.length})`,
  );
  assert.ok(heaviest.every(([, bytes]) => bytes > 0));
  assert.ok(total_kb <= kBudgetKilobytes, `${total_kb.toFixed(0)} kB`);
});
