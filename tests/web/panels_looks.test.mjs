// How the panels look at three widths, dark and light, while they play; and what a picture costs.

import assert from "node:assert/strict";
import { test } from "node:test";

import { screenshot } from "./support/browser.mjs";
import { frames, middle, open_panels, press } from "./support/panels.mjs";

const kNames = [
  "graph",
  "presets",
  "undo",
  "compare",
  "select1",
  "mute6",
  "ratio_5",
  "param_lfo_pitch1",
  "spectrum",
  "spectrogram",
  "scope",
  "envelope6",
  "param_index_scale",
];
const kFinger = 40; // CSS pixels

for (const [width, height, scheme] of [
  [1280, 900, "dark"],
  [1280, 900, "light"],
  [768, 1024, "dark"],
  [768, 1024, "light"],
  [360, 740, "dark"],
  [360, 740, "light"],
]) {
  test(`panels at ${width} px, ${scheme}`, async (test) => {
    const phone = width < 500;
    const page = await open_panels(test, {
      models: "trained",
      query: "?source=clip&clip=flute",
      viewport: { width, height },
      colorScheme: scheme,
      deviceScaleFactor: phone ? 2 : 1,
      hasTouch: phone,
      isMobile: phone,
    });
    if (scheme === "light") {
      // Whatever makes the page light, the panels go by its ground.
      await page.evaluate(() => {
        document.body.style.background = "#eef1f5";
        document.documentElement.toggleAttribute("data-test");
      });
    }
    await page.evaluate(() => sideband.start());
    await page.waitForFunction(() => sideband.snapshot().frames > 1500);
    const rects = await page.evaluate(
      (names) => names.map((name) => document.getElementById("canvas").item_rect(name)),
      kNames,
    );
    rects.forEach((rect, i) => {
      assert.ok(rect, kNames[i]);
      assert.ok(rect.x >= 0 && rect.x + rect.width <= width, `${kNames[i]} is beyond the edge`);
    });
    if (phone) {
      for (const name of ["mute1", "solo6", "select3", "undo", "compare", "preset3", "ratio_2"]) {
        const rect = await page.evaluate(
          (name) => document.getElementById("canvas").item_rect(name),
          name,
        );
        assert.ok(rect.height >= kFinger - 0.5, `${name} is ${rect.height} px high`);
      }
    }
    const png = (await page.locator("#canvas").screenshot()).toString("base64");
    const ground = await page.evaluate(async (png) => {
      const copy = new OffscreenCanvas(8, 8).getContext("2d");
      copy.drawImage(await createImageBitmap(new Blob([from_base64(png)])), 0, 0);
      return copy.getImageData(2, 2, 1, 1).data[0];
    }, png);
    assert.equal(ground > 128, scheme === "light", `ground ${ground}`);
    const ms = await page.evaluate(() => sideband.panels.frame_ms);
    console.log(`${width} px, ${scheme}: a picture takes ${ms.toFixed(1)} ms`);
    await screenshot(page, `panels-${width}-${scheme}`);
    assert.deepEqual(page.complaints, []);
  });
}

// The middle of a frozen panel without the pointer on it, once the page is filled and the browser has
// caught up: the same twice.
async function picture_of(page, name) {
  await page.mouse.move(5, 5);
  await frames(page, 3);
  for (let before = null; ; ) {
    const { x, y } = await middle(page, name);
    const clip = { x: Math.round(x) - 60, y: Math.round(y) - 20, width: 120, height: 60 };
    const picture = (await page.screenshot({ clip })).toString("base64");
    if (picture === before) return picture;
    before = picture;
    await frames(page, 3);
  }
}

// Mean difference of two pictures, of 255; the page may have moved by a pixel between them.
const difference = (page, one, other) =>
  page.evaluate(
    async (pair) => {
      const [a, b] = await Promise.all(
        pair.map(async (png) => {
          const bitmap = await createImageBitmap(new Blob([from_base64(png)]));
          const copy = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
          copy.drawImage(bitmap, 0, 0);
          return copy.getImageData(0, 0, bitmap.width, bitmap.height);
        }),
      );
      const row = 4 * a.width;
      const moved_by = (rows) => {
        let sum = 0;
        for (let i = row; i < a.data.length - row; ++i)
          sum += Math.abs(a.data[i] - b.data[i + rows * row]);
        return sum / (a.data.length - 2 * row);
      };
      return Math.min(...[-1, 0, 1].map(moved_by));
    },
    [one, other],
  );

test("the pointer over the spectrum tells frequency, note and level", async (test) => {
  const page = await open_panels(test, { models: "trained", query: "?source=clip&clip=violin" });
  await page.evaluate(() => sideband.start());
  await page.waitForFunction(() => sideband.snapshot().frames > 800);
  const { x, y } = await middle(page, "spectrum");
  await page.mouse.move(x, y);
  await page.waitForFunction(() => document.getElementById("canvas").item_rect("tip"));
  await screenshot(page, "panels-spectrum-hover");

  // Frozen, the strips stand still while the sound goes on.
  await page.evaluate(() => sideband.panels.act("freeze"));
  const pitch = await middle(page, "pitch");
  await page.mouse.move(5, 5);
  await frames(page, 3);
  const clip = { x: pitch.x - 100, y: pitch.y - 40, width: 200, height: 80 };
  const before = await page.screenshot({ clip });
  const heard = await page.evaluate(() => sideband.snapshot().frames);
  await page.waitForFunction((heard) => sideband.snapshot().frames > heard + 150, heard);
  assert.ok(before.equals(await page.screenshot({ clip })));

  // So does the spectrum, until another part of it is shown: a zoom changes it, and the way back restores it.
  for (const [name, zoomed, whole] of [
    ["spectrum", "spectrum_scale1", "spectrum_scale0"],
    ["pitch", "seconds0", "seconds2"],
  ]) {
    const pictures = [];
    for (const pressed of [whole, zoomed, whole]) {
      await press(page, pressed);
      pictures.push(await picture_of(page, name));
    }
    const there = await difference(page, pictures[0], pictures[1]);
    const back = await difference(page, pictures[0], pictures[2]);
    test.diagnostic(`${zoomed}: ${there.toFixed(1)} of 255 away, and back within ${back.toFixed(1)}`);
    assert.ok(there > 5 * back + 1, `${zoomed} and back: ${there}, ${back}`);
  }
  await page.evaluate(() => sideband.panels.act("freeze"));
  await frames(page, 3);
  assert.ok(!before.equals(await page.screenshot({ clip })));
  assert.deepEqual(page.complaints, []);
});
