// Presets, layouts, operators, undo and compare, with mouse and keyboard on the canvas.

import assert from "node:assert/strict";
import { test } from "node:test";

import { screenshot } from "./support/browser.mjs";
import {
  carrier,
  drag,
  edge,
  frames,
  middle,
  open_panels,
  patch,
  press,
  state,
} from "./support/panels.mjs";

const get = (page, name) => page.evaluate((name) => sideband.get(name), name);

async function key(page, name) {
  await page.locator("#canvas").focus();
  await page.keyboard.press(name);
  await frames(page, 3);
}

test("undo and redo walk through every edit, back to the same bits", async (test) => {
  const page = await open_panels(test);
  const start = await state(page);
  const slider = await middle(page, "param_level2");
  await drag(page, slider, { x: slider.x + 0.2 * slider.width, y: slider.y });
  const louder = await state(page);
  assert.notDeepEqual(louder, start);
  await drag(page, await middle(page, "op4"), await middle(page, "op1"));
  const routed = await state(page);
  await press(page, "mute3");
  const muted = await state(page);
  assert.equal(await get(page, "mute3"), 1);

  await press(page, "undo");
  assert.deepEqual(await state(page), routed);
  await key(page, "Control+z");
  assert.deepEqual(await state(page), louder);
  await key(page, "Control+z");
  assert.deepEqual(await state(page), start);
  await key(page, "Control+z");
  assert.deepEqual(await state(page), start);
  for (const expected of [louder, routed, muted]) {
    await press(page, "redo");
    assert.deepEqual(await state(page), expected);
  }
  assert.deepEqual(page.complaints, []);
});

test("edits made elsewhere on the page can be undone too", async (test) => {
  const page = await open_panels(test);
  await page.evaluate(() => sideband.set("brightness", 2.5));
  await page.waitForTimeout(900); // longer than the pause that ends a run of changes
  await page.evaluate(() => sideband.panels.act("undo"));
  assert.equal(await get(page, "brightness"), 1);
  await page.evaluate(() => sideband.panels.act("redo"));
  assert.equal(await get(page, "brightness"), 2.5);
});

test("the papers' interventions are one press, and morph into each other", async (test) => {
  const page = await open_panels(test);
  const model = await patch(page);
  await press(page, "preset1");
  const modulators = [0, 1, 2, 3, 4, 5].filter((op) => model[carrier(op + 1)] === 0);
  const tripled = await patch(page);
  for (const op of modulators) assert.equal(tripled[op], model[op] === 1 ? 3 : model[op]);
  await press(page, "preset2");
  for (const op of modulators) assert.equal(await get(page, `level${op + 1}`), 2);
  assert.deepEqual(await patch(page), model);
  const slider = await middle(page, "morph");
  await drag(
    page,
    { x: slider.x + 0.48 * slider.width, y: slider.y + 6 },
    { x: slider.x, y: slider.y + 6 },
  );
  const between = await get(page, `level${modulators[0] + 1}`);
  assert.ok(between > 1.2 && between < 1.7, `level ${between}`);
  await press(page, "reset");
  assert.deepEqual(await patch(page), model);
  assert.equal(await get(page, `level${modulators[0] + 1}`), 1);
});

test("every layout of the menu routes the patch as its table says", async (test) => {
  const page = await open_panels(test);
  await press(page, "layouts");
  await screenshot(page, "panels-layouts");
  await press(page, "layout39"); // algorithm 32: six carriers
  let now = await patch(page);
  for (let op = 1; op <= 6; ++op) assert.ok(now[carrier(op)] > 0, `carrier ${op}`);
  assert.ok(now[edge(6, 6)] > 0 && now[edge(2, 1)] === 0);
  await press(page, "layouts");
  await press(page, "layout11"); // algorithm 4: feedback from 4 to 6
  now = await patch(page);
  const edges = [];
  for (let from = 1; from <= 6; ++from)
    for (let to = 1; to <= 6; ++to) if (now[edge(from, to)] !== 0) edges.push(`${from}>${to}`);
  assert.deepEqual(edges, ["2>1", "3>2", "4>6", "5>4", "6>5"]);
  assert.deepEqual(page.complaints, []);
});

test("the selected operator's ratio, mute and solo, by pointer and by key", async (test) => {
  const page = await open_panels(test);
  await press(page, "select2");
  await press(page, "ratio_4");
  assert.equal((await patch(page))[1], Math.fround(Math.SQRT2));
  await press(page, "ratio_5");
  assert.equal((await patch(page))[1], Math.fround(Math.PI));
  const before = await patch(page);
  const fine = await middle(page, "ratio_fine");
  await page.mouse.move(fine.x - 0.3 * fine.width, fine.y + 6);
  await frames(page, 2);
  await page.mouse.down();
  for (let share = -0.3; share <= 0.3; share += 0.1) {
    await page.mouse.move(fine.x + share * fine.width, fine.y + 6);
    await frames(page, 2);
    const ratio = (await patch(page))[1];
    assert.ok(ratio > 3 && ratio < 6 && ratio !== before[1], `3 times a fine part: ${ratio}`);
  }
  await page.mouse.up();
  await frames(page, 2);
  const coarse = await middle(page, "ratio_coarse");
  await drag(page, { ...coarse, y: coarse.y + 6 }, { x: coarse.x + 0.1 * coarse.width, y: coarse.y + 6 });
  assert.ok((await patch(page))[1] > 8, "the whole part goes to 31");
  const lfo = await middle(page, "param_lfo_pitch2");
  await drag(page, { x: lfo.x - 0.4 * lfo.width, y: lfo.y + 6 }, { x: lfo.x, y: lfo.y + 6 });
  assert.ok((await get(page, "lfo_pitch2")) > 0, "the LFO swings");
  const detune = await middle(page, "param_detune2");
  await drag(page, detune, { x: detune.x + 0.1 * detune.width, y: detune.y });
  const cents = await get(page, "detune2");
  assert.ok(cents > 5 && cents < 40, `detune ${cents}`);
  await key(page, "5");
  await key(page, "m");
  assert.equal(await get(page, "mute5"), 1);
  await key(page, "s");
  assert.equal(await get(page, "solo5"), 1);
});

test("an edge's gain follows a drag, and a double click removes it", async (test) => {
  const page = await open_panels(test);
  const model = await patch(page);
  const [from, to] = [2, 1]; // in the plain model's patch as in the violin's
  assert.equal(model[edge(from, to)], 1);
  const top = await middle(page, `op${from}`);
  const bottom = await middle(page, `op${to}`);
  const on_edge = { x: (top.x + bottom.x) / 2, y: (top.y + bottom.y) / 2 };
  await drag(page, on_edge, { x: on_edge.x, y: on_edge.y - 40 });
  const gain = (await patch(page))[edge(from, to)];
  assert.ok(gain > 1.2 && gain < 1.6, `gain ${gain}`);
  await page.mouse.dblclick(on_edge.x, on_edge.y, { delay: 60 });
  await frames(page, 3);
  assert.equal((await patch(page))[edge(from, to)], 0);
});

test("compare plays the untouched model for as long as it is held", async (test) => {
  const page = await open_panels(test);
  const model = await state(page);
  await press(page, "preset5");
  const edited = await state(page);
  assert.notDeepEqual(edited, model);
  const compare = await middle(page, "compare");
  await page.mouse.move(compare.x, compare.y);
  await frames(page, 4);
  await page.mouse.down();
  await frames(page, 3);
  assert.deepEqual(await state(page), model);
  await page.mouse.up();
  await frames(page, 3);
  assert.deepEqual(await state(page), edited);
  await press(page, "undo");
  assert.deepEqual(await state(page), model);
});
