// Saving and restoring everything edited: exact to the bit, and deaf to nonsense.

import assert from "node:assert/strict";
import { test } from "node:test";

import { open_browser, open_page, start_server } from "./support/browser.mjs";

test("edits go through JSON and come back with the same bits", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server);
  const result = await page.evaluate(async () => {
    const state = () => ({
      params: sideband.params.map(({ index }) => sideband.get(index)),
      patches: [0, 1].map((slot) => [...sideband.patch(slot)]),
    });
    const start = state();
    const at_start = sideband.edits();
    let seed = 1;
    const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
    for (const { index, min, max, name } of sideband.params) {
      if (name !== "slot") sideband.set(index, min + random() * (max - min));
    }
    for (const slot of [0, 1]) {
      const patch = sideband.patch(slot).map((value, i) => (i < 48 ? random() * 3 : value));
      sideband.set_patch(slot, patch);
    }
    const edited = state();
    const text = JSON.stringify(sideband.edits());
    sideband.set_edits({});
    const reset = state();
    const strange = sideband.set_edits(JSON.parse(text));
    const restored = state();
    const refused = sideband.set_edits({ params: { nonsense: 1, noise: "x" }, a: { "7>1": 1 } });
    return { start, at_start, edited, reset, restored, strange, refused, cleared: state() };
  });
  assert.deepEqual(result.at_start, { params: {} });
  assert.notDeepEqual(result.edited, result.start);
  assert.deepEqual(result.reset, result.start);
  assert.deepEqual(result.restored, result.edited);
  assert.deepEqual(result.strange, []);
  assert.deepEqual(result.refused, ["nonsense", "noise", "7>1"]);
  assert.deepEqual(result.cleared, result.start);
  assert.deepEqual(page.complaints, []);
});
