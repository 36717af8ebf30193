// Opening the A/B page and reading it.

import { open_page } from "./browser.mjs";

export const status_of = (page) => page.textContent("#status");

export async function wait_for_status(page, pattern, timeout = 60000) {
  await page.waitForFunction(
    (source) => new RegExp(source).test(document.getElementById("status").textContent),
    pattern.source,
    { timeout },
  );
}

// Until the first table is rendered, unless `until` says otherwise.
export async function open_ab(
  browser,
  server,
  { query = "", until = /rendered in/, ...rest } = {},
) {
  const page = await open_page(browser, server, { query: `ab.html${query}`, wait: false, ...rest });
  if (until) await wait_for_status(page, until);
  return page;
}
