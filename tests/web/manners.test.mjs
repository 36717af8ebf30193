// The page's manners: colours, help, memory, pauses, and a copy of it that works without a network.

import assert from "node:assert/strict";
import { appendFile, cp } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

import { kWeb, serve } from "../../tools/serve.mjs";
import { write_site } from "../../tools/site.mjs";
import {
  kRoot,
  kWasm,
  open_browser,
  open_page,
  show_context,
  start_server,
  temporary_folder,
} from "./support/browser.mjs";
import { write_plain_models } from "./support/plain_model.mjs";

const plays = (page) => page.waitForFunction(() => sideband.snapshot().output_peak > 0.01);

test("dark and light: the system's choice, or the player's, kept", async (test) => {
  const server = await start_server(test);
  const browser = await open_browser(test);
  const page = await open_page(browser, server, { colorScheme: "light" });
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  assert.equal(await theme(), "light");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.waitForFunction(() => document.documentElement.dataset.theme === "dark"); // at the next picture
  await page.click("#theme");
  assert.equal(await theme(), "light");
  await page.reload();
  await page.waitForFunction(() => window.sideband?.model("a"));
  assert.equal(await theme(), "light");
});

test("help opens and closes by key and button; hints go once read", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server);
  assert.equal(await page.isVisible("#hints"), true);
  await page.click("#hints-close");
  await page.keyboard.press("?");
  assert.equal(await page.isVisible("#help"), true);
  await page.keyboard.press("b"); // not meant for the instrument now
  assert.equal(await page.evaluate(() => sideband.slot), "a");
  await page.keyboard.press("Escape");
  assert.equal(await page.isVisible("#help"), false);
  await page.click("#help-button");
  await page.click("#help-close");
  assert.equal(await page.isVisible("#help"), false);
  await page.reload();
  await page.waitForFunction(() => window.sideband?.model("a"));
  assert.equal(await page.isVisible("#hints"), false);
});

test("a visit goes on where the last one ended; a page without memory plays all the same", async (test) => {
  const server = await start_server(test);
  const browser = await open_browser(test);
  const page = await open_page(browser, server);
  await page.selectOption("#instrument-a", "flute");
  await page.waitForFunction(() => sideband.model("a").instrument === "flute");
  await page.evaluate(() => {
    sideband.set("brightness", 1.2345678);
    const patch = sideband.patch("b");
    patch[2] = 1.5;
    sideband.set_patch("b", patch);
  });
  await page.waitForTimeout(800);
  await page.reload();
  await page.waitForFunction(() => window.sideband?.model("b") && sideband.patch("b")[2] === 1.5);
  assert.equal(await page.evaluate(() => sideband.model("a").instrument), "flute");
  assert.equal(await page.evaluate(() => sideband.get("brightness")), Math.fround(1.2345678));

  const denied = await open_page(browser, server, {
    query: "?source=clip",
    prepare: (page) =>
      page.addInitScript(() => {
        Object.defineProperty(window, "localStorage", {
          get() {
            throw new DOMException("denied", "SecurityError");
          },
        });
      }),
  });
  await denied.click("#start");
  await plays(denied);
  assert.deepEqual(denied.complaints, []);
});

test("sound that the browser takes away comes back by itself", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server, {
    query: "?source=clip",
    prepare: show_context,
  });
  await page.click("#start");
  await plays(page);
  await page.evaluate(() => {
    window.notices = [];
    sideband.addEventListener("notice", ({ detail }) => notices.push(detail.text));
    return context.suspend();
  });
  await page.waitForFunction(() => /paused the sound/.test(notices[0]));
  const frames = await page.evaluate(() => sideband.snapshot().frames);
  await page.waitForFunction((frames) => sideband.snapshot().frames > frames + 50, frames);
  await plays(page);
  assert.equal(await page.evaluate(() => sideband.state), "running");
  await page.waitForSelector("#status-line[data-kind=playing]");
});

test("opened from the disk, the page says what to do", async (test) => {
  const browser = await open_browser(test);
  const page = await browser.newPage();
  await page.goto(pathToFileURL(path.join(kWeb, "index.html")).href);
  await page.waitForSelector("#status-line[data-kind=problem]");
  assert.match(await page.textContent("#status"), /Serve this folder/);
});

test("a site in a folder of its own works below any address, and without a network once visited", async (test) => {
  const folder = await temporary_folder(test);
  const models = path.join(folder, "models");
  await write_plain_models(models);
  const site = path.join(folder, "site");
  const { version } = await write_site(site, { wasm: kWasm, models });
  const host = await serve({ root: folder, folders: {} });
  test.after(() => host.close());
  const browser = await open_browser(test);
  const server = { url: `${host.url}site/`, close() {} };
  const page = await open_page(browser, server, { query: "?source=clip" });
  assert.equal(
    await page.getAttribute("meta[name=sideband-version]", "content"),
    version,
  );
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload(); // now through the service worker: models and the clip are kept as they come
  await page.waitForFunction(() => window.sideband?.model("b"));
  await page.click("#start");
  await plays(page);
  await host.close();
  await page.context().setOffline(true);
  await page.reload();
  await page.waitForFunction(() => window.sideband?.model("b"));
  await page.waitForSelector(".drawn-panels #canvas");
  await page.click("#start");
  await plays(page);
  assert.deepEqual(page.foreign, []);
  assert.equal(path.relative(kRoot, kWeb), "web");
});

test("a new version of a site fetches only what has changed", async (test) => {
  const folder = await temporary_folder(test);
  const models = path.join(folder, "models");
  await write_plain_models(models);
  const site = path.join(folder, "site");
  await write_site(site, { wasm: kWasm, models });
  const host = await serve({ root: folder, folders: {} });
  test.after(() => host.close());
  const page = await open_page(await open_browser(test), { url: `${host.url}site/` });
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload(); // models are kept as they come
  await page.waitForFunction(() => window.sideband?.model("b"));
  const kept = () =>
    page.evaluate(async () => {
      const [name, ...more] = await caches.keys();
      const requests = await (await caches.open(name)).keys();
      return { name, more, files: requests.map(({ url }) => url.split("/site/")[1]).sort() };
    });
  const before = await kept();
  assert.deepEqual(before.more, []);
  assert.equal(before.files.filter((file) => /safetensors$/.test(file)).length, 2);

  const fetched = [];
  page.context().on("request", (request) => {
    if (request.serviceWorker()) fetched.push(request.url().split("/site/")[1]);
  });
  const added = path.join(folder, "web");
  await cp(kWeb, added, { recursive: true });
  await appendFile(path.join(added, "style.css"), "\n/* another version */\n");
  const newer = await write_site(site, { web: added, wasm: kWasm, models });
  await page.reload();
  await page.waitForFunction(() => /newer version/.test(document.getElementById("status").textContent));
  await page.waitForFunction(
    async (old) => !(await caches.keys()).includes(old) && (await caches.keys()).length === 1,
    before.name,
    { polling: 100 },
  );
  const after = await kept();
  assert.deepEqual(after.files, before.files, "everything that was there still is");
  test.diagnostic(`fetched for the new version: ${fetched.join(" ")}`);
  assert.ok(!fetched.some((file) => /wasm$|safetensors$|main\.js/.test(file)), fetched.join(" "));
  assert.ok(fetched.some((file) => /style\.css/.test(file)), fetched.join(" "));
  await page.reload();
  assert.equal(await page.getAttribute("meta[name=sideband-version]", "content"), newer.version);
});
