// The table of real-time factors: measured here for every model, beside the published figures.

import assert from "node:assert/strict";
import { test } from "node:test";

import { kLatenciesMs, kPublished } from "../../web/ab/speed.js";
import { open_ab, status_of, wait_for_status } from "./support/ab.mjs";
import { open_browser, screenshot, start_server } from "./support/browser.mjs";

const rows_of = (page) =>
  page.$$eval("#speed-table tr", (rows) =>
    rows.map((row) => ({
      kind: row.className,
      texts: [...row.children].map(({ textContent }) => textContent),
    })),
  );

test("every model is timed at the paper's latencies, beside what the paper says", async (test) => {
  const server = await start_server(test);
  const browser = await open_browser(test);
  const page = await open_ab(browser, server, {
    query: "?tab=speed",
    until: /depend on this machine/,
    viewport: { width: 360, height: 780 },
    colorScheme: "light",
  });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(overflow <= 360, `${overflow} pixels wide`);
  assert.deepEqual(await page.$$eval("#speed-models option", (list) => list.map((o) => o.text)), [
    "all",
    "of the Flute",
    "of the Violin",
  ]);
  // Stopped at once: what has been measured stays, and there is no more.
  await page.click("#measure-speed");
  await page.waitForFunction(() => document.querySelector("#speed-table .measured"));
  await page.click("#measure-speed");
  await wait_for_status(page, /Stopped/);
  assert.equal((await rows_of(page)).filter(({ kind }) => kind === "measured").length, 1);

  await page.setViewportSize({ width: 1280, height: 900 });
  await page.click("#measure-speed");
  await wait_for_status(page, /Measured\./, 240000);
  const [head, ...rows] = await rows_of(page);
  assert.deepEqual(head.texts, ["Model", ...kLatenciesMs.map((ms) => `${ms} ms`), "Live"]);
  const measured = rows.filter(({ kind }) => kind === "measured");
  assert.equal(measured.length, 4, await status_of(page));
  for (const { texts } of measured) {
    for (const text of texts.slice(1)) {
      const share = Number(text);
      assert.ok(share > 0 && share < 100, texts.join(" "));
    }
    test.diagnostic(texts.join(" | "));
  }
  const published = rows.filter(({ kind }) => kind === "published");
  assert.deepEqual(
    published.map(({ texts: [name, ...figures] }) => [name, figures.slice(0, 7).map(Number)]),
    kPublished.map(({ name, shares }) => [name, [...shares]]),
  );
  for (const { texts } of published) assert.match(texts[0], /PyTorch, as published/);

  // The plot has them all, each with as many points, higher on the screen where the figure is higher: at the
  // same height only where the figures are so close that the tenths of a pixel of its coordinates are.
  const lines = await page.$$eval(".speed .series", (list) =>
    list.map((line) => ({
      name: line.querySelector("title").textContent,
      points: line
        .getAttribute("points")
        .split(" ")
        .map((point) => point.split(",").map(Number)),
    })),
  );
  assert.equal(lines.length, rows.length);
  for (const { name, points } of lines) {
    const { texts } = rows.find((row) => row.texts[0] === name);
    assert.equal(points.length, kLatenciesMs.length);
    for (let i = 1; i < points.length; ++i) {
      assert.ok(points[i][0] > points[i - 1][0]);
      const [before, after] = [Number(texts[i]), Number(texts[i + 1])];
      if (after > before) assert.ok(points[i][1] <= points[i - 1][1], name);
      if (after > before * 1.01) assert.ok(points[i][1] < points[i - 1][1], name);
    }
  }
  await screenshot(page, "ab-speed");
  assert.deepEqual(page.complaints, []);
});
