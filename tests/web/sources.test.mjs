// What can be played besides the clip: chosen microphones, files with their place and loop, a tab.

import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";

import { kRoot, open_browser, open_page, start_server } from "./support/browser.mjs";

const heard = (page) => page.waitForFunction(() => sideband.snapshot().input_peak > 0.005);

test("microphones are listed once allowed; another one is chosen while playing, and remembered", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server);
  await page.click("#start");
  await heard(page);
  await page.waitForSelector("#microphone:visible");
  const ids = await page.$$eval("#microphone option", (all) => all.map(({ value }) => value));
  assert.ok(ids.length > 1);
  const other = ids.at(-1);
  await page.selectOption("#microphone", other);
  await page.waitForFunction(
    (id) => sideband.running && sideband.microphone?.device_id === id,
    other,
  );
  await heard(page);
  assert.equal(
    await page.evaluate(() => JSON.parse(localStorage.getItem("sideband")).microphone),
    other,
  );
});

test("a file: its place is shown and set, it loops or ends", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server);
  await page.setInputFiles("#file", path.join(kRoot, "web/clips/violin.flac"));
  await heard(page);
  assert.equal(await page.isVisible("#seek"), true);
  const { duration_s } = await page.evaluate(() => sideband.playback);
  assert.match(await page.textContent("#place"), /^0:0\d \/ 0:\d\d$/);
  await page.locator("#seek").fill("0.5");
  const { position_s } = await page.evaluate(() => sideband.playback);
  assert.ok(Math.abs(position_s - duration_s / 2) < 0.5, `${position_s} s of ${duration_s} s`);
  await page.evaluate(() => sideband.seek(sideband.playback.duration_s - 0.2));
  await page.waitForFunction(() => sideband.playback.position_s < 2); // over and over
  await heard(page);
  await page.uncheck("#loop");
  await page.evaluate(() => sideband.seek(sideband.playback.duration_s - 0.2));
  await page.waitForFunction(() => sideband.state === "stopped");
  assert.deepEqual(page.complaints, []);
});

test("a tab's sound, or a sentence where it is not to be had", async (test) => {
  const server = await start_server(test);
  const browser = await open_browser(test);
  for (const [answer, sentence] of [
    ["missing", /does not share the sound of a tab/],
    ["refused", /No sound was shared/],
    ["mute", /has no sound/],
  ]) {
    const page = await open_page(browser, server, {
      prepare: (page) =>
        page.addInitScript((answer) => {
          if (answer === "missing") delete MediaDevices.prototype.getDisplayMedia;
          else
            navigator.mediaDevices.getDisplayMedia = async () => {
              if (answer === "refused") throw new DOMException("no", "NotAllowedError");
              return document.createElement("canvas").captureStream();
            };
        }, answer),
    });
    await page.check("input[name=source][value=tab]", { force: true });
    await page.click("#start");
    await page.waitForSelector("#status-line[data-kind=problem]");
    assert.match(await page.textContent("#status"), sentence);
    await page.context().close();
  }
  const page = await open_page(browser, server, {
    prepare: (page) =>
      page.addInitScript(() => {
        // The stream itself is real; only the browser's dialog, which headless lacks, is left out.
        navigator.mediaDevices.getDisplayMedia = async () => {
          const context = new AudioContext();
          const tone = new OscillatorNode(context, { frequency: 330 });
          const out = new MediaStreamAudioDestinationNode(context);
          tone.connect(out);
          tone.start();
          window.shared = out.stream;
          return out.stream;
        };
      }),
  });
  await page.check("input[name=source][value=tab]", { force: true });
  await page.click("#start");
  await page.waitForFunction(() => Math.abs(sideband.snapshot().f0_hz - 330) < 3);
  await page.evaluate(() => shared.getAudioTracks()[0].dispatchEvent(new Event("ended")));
  await page.waitForSelector("#status-line[data-kind=problem]");
  assert.match(await page.textContent("#status"), /shared sound ended/);
});
