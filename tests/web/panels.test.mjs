// The Dear ImGui panels on the page: sliders, the patch graph, touch, and a lost graphics context.

import assert from "node:assert/strict";
import { test } from "node:test";

import { screenshot } from "./support/browser.mjs";
import { carrier, drag, edge, frames, middle, open_panels, patch, press } from "./support/panels.mjs";

test("a slider sets its parameter, and a double click puts it back", async (test) => {
  const page = await open_panels(test);
  const brightness = () => page.evaluate(() => sideband.get("brightness"));
  const slider = await middle(page, "param_brightness");
  await drag(page, slider, { x: slider.x + 0.2 * slider.width, y: slider.y });
  const moved = await brightness();
  assert.ok(moved > 1.8 && moved <= 4, `brightness ${moved}`);
  // As where pictures are slow: only the browser knows that the second press belongs to the first.
  for (const clickCount of [1, 2]) {
    await page.mouse.down({ clickCount });
    await page.mouse.up({ clickCount });
    await page.waitForTimeout(700);
    await frames(page, 2);
  }
  assert.equal(await brightness(), 1);

  await drag(page, slider, { x: slider.x + 0.1 * slider.width, y: slider.y });
  assert.ok((await brightness()) > 1.3);
  await page.mouse.dblclick(slider.x, slider.y);
  await page.waitForFunction(() => sideband.get("brightness") === 1);
  assert.deepEqual(page.complaints, []);
});

test("dragging between operators re-routes the patch, Reset brings the model's back", async (test) => {
  const page = await open_panels(test);
  const model = await patch(page);

  await drag(page, await middle(page, "op4"), await middle(page, "op1"));
  assert.equal((await patch(page))[edge(4, 1)], 1, "4 modulates 1");
  await drag(page, await middle(page, "op2"), await middle(page, "op1"));
  assert.equal((await patch(page))[edge(2, 1)], 0, "2 no longer modulates 1");
  await drag(page, await middle(page, "op2"), await middle(page, "output_bar"));
  assert.equal((await patch(page))[carrier(2)], 1, "2 is a carrier");
  await drag(page, await middle(page, "op1"), await middle(page, "op4"));
  const gain = Math.fround(0.4);
  assert.equal((await patch(page))[edge(1, 4)], gain, "the way back from 1 to 4 is feedback");
  await drag(page, await middle(page, "op2"), await middle(page, "output_bar"));
  assert.equal((await patch(page))[carrier(2)], 0, "2 is none any more");
  await screenshot(page, "panels-edited");

  await press(page, "reset_patch");
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
    "solo6",
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
  // The picture stands once it is drawn, so there is none to count; a busy machine takes its time.
  let back = 0;
  for (let tries = 0; tries < 40 && back <= 0.7 * shown; ++tries) {
    await page.waitForTimeout(250);
    back = await bytes();
  }
  assert.ok(back > 0.7 * shown, `${back} bytes of picture, ${shown} before`);
  assert.deepEqual(
    page.complaints.filter((words) => !/context/i.test(words)),
    [],
  );
});
