// An axe-core run over every tab of the A/B page, and a test in progress, in both themes; tabs by keyboard.

import assert from "node:assert/strict";
import { test } from "node:test";

import { open_ab, wait_for_status } from "./support/ab.mjs";
import { serious_findings } from "./support/axe.mjs";
import { open_browser, start_server } from "./support/browser.mjs";

for (const colorScheme of ["dark", "light"]) {
  test(`axe finds nothing serious on the A/B page, ${colorScheme}`, async (test) => {
    const server = await start_server(test);
    // Without motion: colours on their way from one to another are not looked at.
    const page = await open_ab(await open_browser(test), server, {
      colorScheme,
      reducedMotion: "reduce",
    });
    const tell = (text) => test.diagnostic(text);
    assert.deepEqual(await serious_findings(page, tell), []);
    await page.focus("#tab-matrix");
    for (const tab of ["index", "oscillators", "interventions", "live", "blind", "speed"]) {
      await page.keyboard.press("ArrowRight");
      assert.equal(await page.getAttribute(`#tab-${tab}`, "aria-selected"), "true");
      if (tab === "index" || tab === "oscillators") await wait_for_status(page, /rendered in/);
      if (tab === "interventions") {
        await wait_for_status(page, /no full FM model of the violin/);
        assert.deepEqual(await page.$$eval(".cell-title", (list) => list.map((t) => t.textContent)), [
          "Reference",
        ]);
      }
      assert.deepEqual(await serious_findings(page, tell), [], tab);
    }
    // Round to the matrix, whose cells are rated.
    await page.keyboard.press("ArrowRight");
    await wait_for_status(page, /rendered in/);
    await page.click("#tab-blind");
    await page.click("#start-rating");
    await page.waitForFunction(() => document.querySelector(".test .start")?.disabled === false);
    assert.deepEqual(await serious_findings(page, tell), [], "rating");
  });
}
