// An axe-core run over the page, in both themes, with everything open that can be: nothing serious.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";

import { open_browser, open_page, start_server } from "./support/browser.mjs";

const kAxe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

async function findings(page) {
  await page.evaluate(kAxe);
  return page.evaluate(async () => {
    const { violations, passes } = await axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    });
    return {
      passed: passes.length,
      found: violations.map(
        ({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0].html.slice(0, 160)}`,
      ),
    };
  });
}

for (const colorScheme of ["dark", "light"]) {
  test(`axe finds nothing serious, ${colorScheme}`, async (test) => {
    const server = await start_server(test);
    const page = await open_page(await open_browser(test), server, {
      colorScheme,
      query: "?source=keys",
    });
    for (const part of await page.$$("details.parameters > summary")) await part.click();
    await page.click("#start");
    await page.waitForFunction(() => sideband.running);
    const { passed, found } = await findings(page);
    test.diagnostic(`${passed} rules passed; ${found.join("; ") || "nothing found"}`);
    assert.deepEqual(
      found.filter((text) => /^(serious|critical)/.test(text)),
      [],
    );
    await page.evaluate(() => sideband.stop());
    await page.keyboard.press("?");
    const help = await findings(page);
    assert.deepEqual(
      help.found.filter((text) => /^(serious|critical)/.test(text)),
      [],
    );
  });
}
