// The Dear ImGui panels in the tests: where widgets are, and what a hand does to them.

import assert from "node:assert/strict";

import { open_browser, open_page, start_server } from "./browser.mjs";

export async function open_panels(test, { models = "plain", ...options } = {}) {
  const server = await start_server(test, { models });
  const page = await open_page(await open_browser(test), server, options);
  await page.waitForFunction(() => document.getElementById("canvas").item_rect?.("op1"));
  await page.waitForLoadState("networkidle");
  await stands_still(page);
  return page;
}

// While the page is being filled (devices, hints, the second model) the canvas moves below the pointer.
const stands_still = (page) =>
  page.evaluate(async () => {
    const canvas = document.getElementById("canvas");
    const place = () => JSON.stringify(canvas.getBoundingClientRect());
    for (let same = 0, before = ""; same < 10; before = place()) {
      await new Promise(requestAnimationFrame);
      same = place() === before ? same + 1 : 0;
    }
  });

// The middle of a named widget, in the window's coordinates.
export async function middle(page, name) {
  const at = await page.evaluate((name) => {
    const canvas = document.getElementById("canvas");
    const rect = canvas.item_rect(name);
    if (!rect) return null;
    const box = canvas.getBoundingClientRect();
    if (box.top + rect.y < 0 || box.top + rect.y + rect.height > innerHeight) {
      scrollBy(0, box.top + rect.y + rect.height / 2 - innerHeight / 2);
    }
    const { left, top } = canvas.getBoundingClientRect();
    return {
      x: left + rect.x + rect.width / 2,
      y: top + rect.y + rect.height / 2,
      width: rect.width,
    };
  }, name);
  assert.ok(at, `no widget ${name}`);
  return at;
}

// Waits until the panels have taken in what was done, and for that many pictures: a slow machine
// draws seldom, and takes in one press or release at each.
export const frames = (page, count) =>
  page.evaluate(async (count) => {
    const { panels } = sideband;
    const wanted = panels.pictures + count;
    const patience_ms = performance.now() + 1500; // a picture that stands is not drawn again
    while (
      panels.input_waits ||
      (panels.pictures < wanted && performance.now() < patience_ms)
    ) {
      await new Promise(requestAnimationFrame);
    }
  }, count);

export async function drag(page, from, to) {
  await page.mouse.move(from.x, from.y);
  await frames(page, 2);
  await page.mouse.down();
  await frames(page, 2);
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 3 });
  await page.mouse.move(to.x, to.y, { steps: 3 });
  await frames(page, 3);
  await page.mouse.up();
  await frames(page, 3);
}

export async function press(page, name) {
  // While the page is still being filled (devices, hints) the canvas moves down below the pointer.
  for (let at = null, before = null; !before || Math.abs(at.y - before.y) > 1; ) {
    before = at;
    at = await middle(page, name);
    await page.mouse.move(at.x, at.y);
    await frames(page, 2);
  }
  await page.mouse.down();
  await frames(page, 2);
  await page.mouse.up();
  await frames(page, 3);
}

// Everything that can be edited, for comparing to the bit.
export const state = (page) =>
  page.evaluate(() => ({
    params: sideband.params.map(({ index }) => sideband.get(index)),
    patches: [0, 1].map((slot) => [...sideband.patch(slot)]),
  }));

export const patch = (page) => page.evaluate(() => [...sideband.patch(0)]);

// Indices into a patch, operators counted from 1.
export const edge = (from, to) => 6 + (to - 1) * 6 + (from - 1);
export const carrier = (op) => 42 + op - 1;
