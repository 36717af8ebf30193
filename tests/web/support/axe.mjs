// An axe-core run over a page as it is.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const kAxe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// What it finds that is serious or critical; `tell` hears of everything.
export async function serious_findings(page, tell) {
  await page.evaluate(kAxe);
  const { passed, found } = await page.evaluate(async () => {
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
  tell(`${passed} rules passed; ${found.join("; ") || "nothing found"}`);
  return found.filter((text) => /^(serious|critical)/.test(text));
}
