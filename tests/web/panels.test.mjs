// The Dear ImGui panels on the page's canvas, with mouse and finger: widgets are found by their names.

import assert from "node:assert/strict";
import { test } from "node:test";

import { open_browser, open_page, screenshot, start_server } from "./support/browser.mjs";

const kModulation = 6; // where a patch's 36 modulation gains begin, row by modulated operator
const kCarriers = 42;

async function open_panels(test, options = {}) {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server, options);
  await page.waitForFunction(() => document.getElementById("canvas").item_rect?.("op1"));
  return page;
}

// The middle of a named widget, in the window's coordinates.
async function middle(page, name) {
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

async function drag(page, from, to) {
  await page.mouse.move(from.x, from.y);
  await frames(page, 2);
  await page.mouse.down();
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 4 });
  await page.mouse.move(to.x, to.y, { steps: 4 });
  await frames(page, 8);
  await page.mouse.up();
  await frames(page, 8);
}

// Lets the page draw: slow machines draw every fourth frame only.
const frames = (page, count) =>
  page.evaluate(async (count) => {
    for (let i = 0; i < count; ++i) await new Promise(requestAnimationFrame);
  }, count);

const patch = (page) => page.evaluate(() => [...sideband.patch(0)]);

test("a slider sets its parameter, and a double click puts it back", async (test) => {
  const page = await open_panels(test);
  const brightness = () => page.evaluate(() => sideband.get("brightness"));
  const slider = await middle(page, "param_brightness");
  await drag(page, slider, { x: slider.x + 0.2 * slider.width, y: slider.y });
  const moved = await brightness();
  assert.ok(moved > 1.8 && moved <= 4, `brightness ${moved}`);
  await page.mouse.dblclick(slider.x, slider.y);
  await page.waitForFunction(() => sideband.get("brightness") === 1);
  assert.deepEqual(page.complaints, []);
});

test("dragging between operators re-routes the patch, Reset brings the model's back", async (test) => {
  const page = await open_panels(test);
  const model = await patch(page);
  const edge = (from, to) => kModulation + (to - 1) * 6 + (from - 1);

  await drag(page, await middle(page, "op4"), await middle(page, "op1"));
  assert.equal((await patch(page))[edge(4, 1)], 1, "4 modulates 1");
  await drag(page, await middle(page, "op2"), await middle(page, "op1"));
  assert.equal((await patch(page))[edge(2, 1)], 0, "2 no longer modulates 1");
  await drag(page, await middle(page, "op2"), await middle(page, "output_bar"));
  assert.equal((await patch(page))[kCarriers + 1], 1, "2 is a carrier");
  await screenshot(page, "panels-edited");

  const reset = await middle(page, "reset_patch");
  await page.mouse.move(reset.x, reset.y);
  await frames(page, 8);
  await page.mouse.down();
  await frames(page, 8);
  await page.mouse.up();
  await frames(page, 8);
  assert.deepEqual(await patch(page), model);
  assert.deepEqual(page.complaints, []);
});

test("on a phone the page scrolls with a swipe over the panels, and every widget is there", async (test) => {
  const page = await open_panels(test, {
    viewport: { width: 360, height: 740 },
    deviceScaleFactor: 2,
    hasTouch: true,
    isMobile: true,
  });
  for (const name of [
    "graph",
    "pitch",
    "loudness",
    "envelopes",
    "meter_in",
    "param_noise",
    "param_ratio6",
  ]) {
    const rect = await page.evaluate(
      (name) => document.getElementById("canvas").item_rect(name),
      name,
    );
    assert.ok(rect, name);
    assert.ok(rect.x >= 0 && rect.x + rect.width <= 360, `${name} is wider than the screen`);
  }
  const { x, y } = await middle(page, "envelopes");
  const before = await page.evaluate(() => scrollY);
  const session = await page.context().newCDPSession(page);
  const touch = (type, touchPoints) =>
    session.send("Input.dispatchTouchEvent", { type, touchPoints });
  await touch("touchStart", [{ x, y }]);
  for (let moved = 10; moved <= 200; moved += 10) await touch("touchMove", [{ x, y: y - moved }]);
  await touch("touchEnd", []);
  await page.waitForFunction((before) => scrollY > before + 100, before);
  await screenshot(page, "panels-phone");
  assert.deepEqual(page.complaints, []);
});

test("a lost graphics context comes back with the picture", async (test) => {
  const page = await open_panels(test);
  const canvas = page.locator("#canvas");
  // A picture's PNG is large, that of one colour is small.
  const bytes = async () => (await canvas.screenshot()).length;
  const shown = await bytes();
  const lose = await page.evaluateHandle(() =>
    document.getElementById("canvas").getContext("webgl2").getExtension("WEBGL_lose_context"),
  );
  await lose.evaluate((extension) => extension.loseContext());
  await frames(page, 4);
  await lose.evaluate((extension) => extension.restoreContext());
  await page.waitForFunction(
    () => !document.getElementById("canvas").getContext("webgl2").isContextLost(),
  );
  await frames(page, 20);
  const back = await bytes();
  assert.ok(back > 0.7 * shown, `${back} bytes of picture, ${shown} before`);
  assert.deepEqual(
    page.complaints.filter((words) => !/context/i.test(words)),
    [],
  );
});
