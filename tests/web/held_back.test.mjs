// A browser that holds the sound back. Chromium does so itself until someone touches the page, as long as
// nothing but the page's own scripts have asked; so the page starts by itself here, and the test looks
// on through a session of its own, whose questions are no gesture, as playwright's are.

import assert from "node:assert/strict";
import { test } from "node:test";

import { open_browser, start_server } from "./support/browser.mjs";

const kWaitMs = 15000;

async function open_untouched(test, script) {
  const server = await start_server(test);
  const browser = await open_browser(test, { autoplay: "document-user-activation-required" });
  const page = await browser.newPage();
  const session = await page.context().newCDPSession(page);
  await session.send("Runtime.enable");
  await page.addInitScript(`{
    const look = setInterval(() => {
      if (!window.sideband?.model("a") || !window.sideband.model("b")) return;
      clearInterval(look);
      ${script}
    }, 50);
  }`);
  await page.goto(`${server.url}?source=clip`);
  const ask = async (expression) => {
    const { result } = await session.send("Runtime.evaluate", { expression, returnByValue: true });
    return result.value;
  };
  const until = async (expression) => {
    const end_ms = Date.now() + kWaitMs;
    while (!(await ask(expression))) {
      assert.ok(Date.now() < end_ms, `${expression} does not come true: ${await ask(kText)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  return { page, ask, until };
}

const kState = `document.getElementById("status-line").dataset.kind`;
const kText = `document.getElementById("status").textContent`;

test("a sound that the browser holds back: a sentence, and it starts by itself once it may", async (test) => {
  const { page, ask, until } = await open_untouched(
    test,
    `window.started = "waiting";
     sideband.start().then(() => (started = "playing"), () => (started = "failed"));`,
  );
  await until(`window.started && sideband.state === "starting"`);
  await until(`${kState} === "problem"`);
  const text = await ask(kText);
  assert.match(text, /does not let the sound start.*no audio output.*speakers.*by itself.*\.$/);
  assert.equal(await ask("started"), "waiting");
  assert.equal(await ask("sideband.state"), "starting");
  assert.equal(await ask(`document.getElementById("start-text").textContent`), "Stop");

  await page.mouse.click(5, 5); // a touch anywhere
  await until(`started === "playing" && sideband.snapshot().output_peak > 0.01`);
  assert.equal(await ask(kState), "playing");
});

test("held back, a start can be given up, and tried again", async (test) => {
  const { page, ask, until } = await open_untouched(
    test,
    `sideband.start().then(() => (window.started = "ended"));`,
  );
  await until(`${kState} === "problem"`);
  await ask("sideband.stop(), 0");
  await until(`window.started === "ended" && sideband.state === "stopped"`);
  assert.match(await ask(kText), /does not let the sound start/);
  await page.click("#ways button >> text=Try again");
  await until(`sideband.running && sideband.snapshot().output_peak > 0.01`);
  assert.equal(await ask(kState), "playing");
});
