// A phrase of one's own: recorded from the microphone, dropped as a file.

import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";

import { open_ab, tone_file, wait_for_status } from "./support/ab.mjs";
import {
  floats_of,
  open_browser,
  screenshot,
  show_context,
  start_server,
  temporary_folder,
} from "./support/browser.mjs";
import { write_wav } from "./support/sound.mjs";

const kRateHz = 48000;
const kPhraseRateHz = 16000;
const kToneHz = 440;
const kLevel = 0.3;

async function fake_microphone(test) {
  const tone = Float32Array.from(
    { length: 10 * kRateHz },
    (_, n) => kLevel * Math.sin((2 * Math.PI * kToneHz * n) / kRateHz),
  );
  const file = path.join(await temporary_folder(test), "mic.wav");
  write_wav(file, [tone], kRateHz);
  return file;
}

test("what the microphone hears becomes the phrase", async (test) => {
  const server = await start_server(test);
  const browser = await open_browser(test, { microphone: await fake_microphone(test) });
  const page = await open_ab(browser, server);
  await page.click("#record");
  await wait_for_status(page, /Recording, 0:0[2-9]/);
  assert.equal(await page.textContent("#record"), "Stop");
  await page.click("#record");
  await wait_for_status(page, /Your recording: \d+ cells/);
  assert.equal(await page.textContent("#record"), "Record");
  const [, seconds] = /Your recording, ([\d.]+) s/.exec(await page.textContent("#phrase"));
  assert.ok(Number(seconds) >= 2 && Number(seconds) < 20, seconds);
  // A sine of this amplitude and pitch: −3.01 dB, −0.69 of the definition, K-weighting next to none.
  const [, below] = /LUFS−([\d.]+)/.exec(await page.textContent('[data-key="reference"]'));
  const expected = 20 * Math.log10(kLevel) - 3.01 - 0.69;
  assert.ok(Math.abs(-Number(below) - expected) < 1, `−${below}, not ${expected.toFixed(2)} LUFS`);
  await page.click(".player .start");
  await page.waitForFunction(() => Number(document.querySelector(".place").value) > 1000);
  await screenshot(page, "ab-recording");
  assert.deepEqual(page.complaints, []);
  assert.deepEqual(page.foreign, []);
});

test("live A/B hears the microphone", async (test) => {
  const server = await start_server(test);
  const browser = await open_browser(test, { microphone: await fake_microphone(test) });
  const page = await open_ab(browser, server, { query: "?tab=live", until: /Ready|Choose two models/ });
  await page.selectOption("#live-source", "mic");
  await page.click("#live-start");
  await wait_for_status(page, /Playing/);
  await page.waitForFunction(() =>
    /^(439|440)\.\d Hz/.test(document.getElementById("live-reading").textContent),
  );
  assert.deepEqual(page.complaints, []);
});

// By how much the phase of the tone jumps at the worst, in radians, from 25 ms to the next, once the
// device delivers at all.
function worst_jump(samples) {
  const block = 400; // whole periods of the tone at 16 kHz
  const begin = samples.findIndex((sample) => sample > kLevel / 2) + block;
  assert.ok(begin < 0.5 * kPhraseRateHz, `silent for the first ${begin} samples`);
  let worst = 0;
  let last = null;
  for (let at = begin; at + block <= samples.length; at += block) {
    let [re, im] = [0, 0];
    for (let n = at; n < at + block; ++n) {
      re += samples[n] * Math.cos((2 * Math.PI * kToneHz * n) / kPhraseRateHz);
      im -= samples[n] * Math.sin((2 * Math.PI * kToneHz * n) / kPhraseRateHz);
    }
    const phase = Math.atan2(im, re);
    const turn = phase - (last ?? phase);
    worst = Math.max(worst, Math.abs(Math.atan2(Math.sin(turn), Math.cos(turn))));
    last = phase;
  }
  return worst;
}

test("a recording is whole: no sample is lost between its pieces or at its end", async (test) => {
  const server = await start_server(test);
  const browser = await open_browser(test, { microphone: await fake_microphone(test) });
  const page = await open_ab(browser, server, { until: null, prepare: show_context });
  const jumps = [];
  // On a busy machine the browser's fake microphone stutters by itself; a fault of ours is there each time.
  for (let attempt = 0; attempt < 4 && !jumps.some((jump) => jump < 0.02); ++attempt) {
    const [text, asked_ms] = await page.evaluate(async () => {
      const { start_recording } = await import("/ab/sources.js");
      const recording = await start_recording();
      while (recording.seconds() === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      const start_s = context.currentTime;
      while (context.currentTime < start_s + 1.75) await new Promise((resolve) => setTimeout(resolve, 10));
      const asked_ms = 1000 * (context.currentTime - start_s); // by the sound's own clock
      const { samples } = await recording.finish();
      return [as_base64(samples), asked_ms];
    });
    const samples = floats_of(text);
    jumps.push(worst_jump(samples));
    const recorded_ms = (1000 * samples.length) / kPhraseRateHz;
    test.diagnostic(`${recorded_ms} ms recorded, stopped after ${asked_ms.toFixed(0)} ms`);
    // A tenth of a second had been heard before the clock began; some is still on its way at the end.
    assert.ok(recorded_ms > asked_ms, "the end is missing");
  }
  test.diagnostic(`the phase jumps by ${jumps.map((jump) => jump.toFixed(4))} rad`);
  // A lost sample turns the phase by 0.17 rad at 16 kHz and by 0.06 at 48 kHz.
  assert.ok(Math.min(...jumps) < 0.02);
});

test("a file that is dropped becomes the phrase", async (test) => {
  const server = await start_server(test);
  const page = await open_ab(await open_browser(test), server);
  const { name, buffer } = tone_file("mine.wav", 330, 0.2);
  await page.evaluate(
    ([name, bytes]) => {
      const data = new DataTransfer();
      data.items.add(new File([from_base64(bytes)], name, { type: "audio/wav" }));
      const event = (type) =>
        new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true });
      document.body.dispatchEvent(event("dragover"));
      window.veiled = !document.getElementById("drop").hidden;
      document.body.dispatchEvent(event("drop"));
    },
    [name, buffer.toString("base64")],
  );
  assert.equal(await page.evaluate(() => window.veiled), true);
  await wait_for_status(page, /mine\.wav: \d+ cells of 1\.0 s/);
  assert.equal(await page.isHidden("#drop"), true);
  assert.deepEqual(page.complaints, []);
});
