// Keys instead of a microphone: the computer's row, the piano on the screen by mouse and by keyboard,
// and MIDI bytes as a browser's MIDIMessageEvent carries them (headless browsers have no MIDI ports).

import assert from "node:assert/strict";
import { test } from "node:test";

import { bytes_of, open_browser, open_page, start_server } from "./support/browser.mjs";
import { frames, open_panels } from "./support/panels.mjs";
import { db_of, peak_of, read_float_wav } from "./support/sound.mjs";

const f0_of = (note) => 440 * 2 ** ((note - 69) / 12);

async function sounds(page, note) {
  const heard = page.waitForFunction((f0) => {
    const now = sideband.snapshot();
    return now.confidence === 1 && Math.abs(now.f0_hz / f0 - 1) < 1e-3 && now.output_peak > 0.003;
  }, f0_of(note));
  await heard.catch(async () => {
    const now = await page.evaluate(() => sideband.snapshot());
    assert.fail(`key ${note} is not heard: ${now.f0_hz} Hz, ${now.confidence}, ${now.output_peak}`);
  });
}

const silent = (page) => page.waitForFunction(() => sideband.snapshot().confidence === 0);

test("keys: the computer's row, the screen's piano, MIDI; the sound follows and ends", async (test) => {
  const server = await start_server(test, { models: "trained" });
  const page = await open_page(await open_browser(test), server, { query: "?source=keys" });
  await page.click("#hints-close"); // the keys stay where they are from here on
  await page.waitForSelector(".drawn-panels");
  await page.click("#start");
  await page.waitForFunction(() => sideband.running);
  assert.equal(await page.isVisible("#piano"), true);

  await page.keyboard.down("h"); // A3
  await sounds(page, 57);
  assert.equal(await page.evaluate(() => sideband.slot), "a", "letters are notes now");
  await page.keyboard.down("k"); // C4: the last key wins, then the one before comes back
  await sounds(page, 60);
  await page.keyboard.up("k");
  await sounds(page, 57);
  await page.keyboard.up("h");
  await silent(page);
  await page.keyboard.press("x"); // an octave up
  await page.keyboard.down("a");
  await sounds(page, 60);
  await page.keyboard.up("a");
  await page.keyboard.press("2");
  assert.equal(await page.evaluate(() => sideband.slot), "b");
  await page.keyboard.press("1");

  const key = await page.locator('#piano [data-note="64"]').boundingBox();
  const next = await page.locator('#piano [data-note="65"]').boundingBox();
  await page.mouse.move(key.x + key.width / 2, key.y + key.height * 0.9);
  await page.mouse.down();
  await sounds(page, 64);
  await page.mouse.move(next.x + next.width / 2, next.y + next.height * 0.9);
  await sounds(page, 65);
  await page.mouse.up();
  await silent(page);

  await page.focus('#piano [tabindex="0"]');
  await page.keyboard.press("ArrowRight");
  await page.keyboard.down("Enter");
  await sounds(page, 73);
  await page.keyboard.up("Enter");
  await silent(page);

  const midi = (...data) =>
    page.evaluate((data) => sideband.midi_ports.take({ data: Uint8Array.from(data) }), data);
  await midi(0x90, 62, 127);
  await sounds(page, 62);
  await midi(0xe0, 0, 0); // bent down by the whole range
  await sounds(page, 60);
  const bent = await page.evaluate(() => sideband.snapshot().frames);
  // 0.6 s of sound later it has decayed to its sustained level.
  await page.waitForFunction((from) => sideband.snapshot().frames > from + 150, bent);
  const quiet_db = await page.evaluate(() => sideband.snapshot().loudness_db);
  await midi(0xd0, 127, 0);
  await page.waitForFunction((db) => sideband.snapshot().loudness_db > db + 8, quiet_db);
  await midi(0xf8); // a clock means nothing
  await midi(0xb0, 123, 0);
  await silent(page);
  assert.deepEqual(page.complaints, []);
});

test("keys are silent until played, need no microphone, and give way to other sources", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test, { microphone: "none" }), server);
  await page.keyboard.press("k"); // the shortcut for this source
  await page.keyboard.press("Space");
  await page.waitForFunction(() => sideband.running);
  const recorded = read_float_wav(
    bytes_of(await page.evaluate(async () => as_base64(await sideband.record(0.5)))),
  );
  assert.ok(db_of(peak_of(recorded.channels[0])) < -90);
  await page.evaluate(() => sideband.midi([0x90, 60, 100]));
  await sounds(page, 60);
  await page.check("input[name=source][value=clip]", { force: true });
  await page.waitForFunction(
    () => sideband.running && sideband.source === "clip" && sideband.snapshot().input_peak > 0.01,
  );
  assert.equal(await page.isVisible("#piano"), false);
});

test("a key is a note, else the patch's where it has the focus, else the page's", async (test) => {
  const page = await open_panels(test, { query: "?source=keys" });
  await page.evaluate(() => {
    window.notes = [];
    sideband.addEventListener("midi", ({ detail: { bytes } }) => {
      if (bytes[0] === 0x90) notes.push(bytes[1]);
    });
  });
  const press = async (key, on) => {
    if (on === "patch") await page.locator("#canvas").focus();
    else await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press(key);
    await frames(page, 3);
  };
  const now = () =>
    page.evaluate(() => ({
      notes: notes.splice(0),
      source: sideband.source,
      slot: sideband.slot,
      mute: sideband.get("mute3"),
      solo: sideband.get("solo3"),
    }));

  await press("3", "patch"); // selects operator 3
  for (const key of ["a", "s", "f"]) await press(key, "patch");
  let seen = await now();
  assert.deepEqual(seen, { notes: [48, 50, 53], source: "keys", slot: "a", mute: 0, solo: 0 });
  await press("m", "patch"); // no note: the patch mutes, and the page does not take the microphone
  seen = await now();
  assert.deepEqual(seen, { notes: [], source: "keys", slot: "a", mute: 1, solo: 0 });
  await press("m");
  seen = await now();
  assert.deepEqual(seen, { notes: [], source: "mic", slot: "a", mute: 1, solo: 0 });
  await press("s", "patch"); // the microphone is played: letters are no notes
  await press("b", "patch");
  seen = await now();
  assert.deepEqual(seen, { notes: [], source: "mic", slot: "b", mute: 1, solo: 1 });
  await press("2");
  await press("1");
  assert.equal((await now()).slot, "a");
  await press("?", "patch");
  const help = await page.textContent("#help");
  for (const words of [/In the patch view/, /mute it, play it alone/, /untouched model/, /freeze/])
    assert.match(help, words);
  assert.deepEqual(page.complaints, []);
});
