// An axe-core run over the page, in both themes, with everything open that can be: nothing serious.

import assert from "node:assert/strict";
import { test } from "node:test";

import { serious_findings } from "./support/axe.mjs";
import { open_browser, open_page, start_server } from "./support/browser.mjs";

for (const colorScheme of ["dark", "light"]) {
  test(`axe finds nothing serious, ${colorScheme}`, async (test) => {
    const server = await start_server(test);
    const page = await open_page(await open_browser(test), server, {
      colorScheme,
      query: "?source=keys",
    });
    const tell = (text) => test.diagnostic(text);
    for (const part of await page.$$("details.parameters > summary")) await part.click();
    await page.click("#start");
    await page.waitForFunction(() => sideband.running);
    assert.deepEqual(await serious_findings(page, tell), []);
    await page.evaluate(() => sideband.stop());
    await page.keyboard.press("?");
    assert.deepEqual(await serious_findings(page, tell), []);
  });
}
