// Speakers that feed the microphone: in the page, the output goes back into the engine's input, 30 ms
// later and 15 dB louder. Plain FM: a model's noise spoils one try in a few, and the next comes 0.86 s later
// (tests/bench/howl_bench.cc tells how often).

import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";

import { open_browser, open_page, start_server, temporary_folder } from "./support/browser.mjs";
import { write_pcm_wav } from "./support/sound.mjs";

const kRateHz = 48000;
const kLoopGain = 5.6;
const kLoopDelaySeconds = 0.03;

// A note of half a second after a second, and silence for longer than the test looks.
function one_note() {
  const samples = new Float32Array(20 * kRateHz);
  for (let i = 0; i < 0.5 * kRateHz; ++i) {
    const fade = Math.min(1, i / 2400, (0.5 * kRateHz - i) / 2400);
    for (let k = 1; k <= 6; ++k)
      samples[kRateHz + i] += ((0.15 * fade) / k) * Math.sin((2 * Math.PI * 440 * k * i) / kRateHz);
  }
  return samples;
}

// What is connected to the speakers is also connected to the engine, through the room.
function feed_back([gain, delay_s]) {
  const connect = AudioNode.prototype.connect;
  let speakers = null;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode) speakers = this;
    if (this instanceof MediaStreamAudioSourceNode && to instanceof AudioWorkletNode) {
      const loss = new GainNode(this.context, { gain });
      const air = new DelayNode(this.context, { delayTime: delay_s });
      connect.call(speakers, loss);
      connect.call(loss, air);
      connect.call(air, to);
    }
    return connect.call(this, to, ...rest);
  };
}

test("speakers that feed the microphone are turned down, and the page says so", async (test) => {
  const file = path.join(await temporary_folder(test), "note.wav");
  write_pcm_wav(file, one_note(), kRateHz);
  const server = await start_server(test, { models: "trained" });
  const browser = await open_browser(test, { microphone: file });
  const open = async (guarded) => {
    const page = await open_page(browser, server, {
      query: `?instrument=violin&synth=fm&variant=reduced&rate=${kRateHz}`,
      prepare: (page) => page.addInitScript(feed_back, [kLoopGain, kLoopDelaySeconds]),
    });
    await page.click("#listening summary");
    assert.equal(await page.isChecked("[data-listening=howl_guard]"), true);
    if (!guarded) await page.uncheck("[data-listening=howl_guard]");
    await page.evaluate(() => {
      window.notices = [];
      window.loud_at = window.found_at = 0;
      sideband.addEventListener("notice", ({ detail }) => notices.push(detail.text));
      sideband.addEventListener("traces", () => {
        const now = sideband.snapshot();
        if (!loud_at && now.output_peak > 0.05) loud_at = now.frames;
        if (!found_at && now.turned_down_db > 0) found_at = now.frames;
      });
      return sideband.start({ source: "mic" });
    });
    await page
      .waitForFunction(() => loud_at && sideband.snapshot().frames > loud_at + 1000)
      .catch(async () => assert.fail(JSON.stringify([await page.evaluate(() => sideband.snapshot()), page.complaints])));
    return page;
  };

  const free = await open(false);
  const howl = await free.evaluate(() => sideband.snapshot());
  assert.ok(howl.output_peak > 0.1, `the loop goes on: ${howl.output_peak}`);
  assert.ok(!(howl.turned_down_db > 0));
  await free.evaluate(() => sideband.stop());

  const guarded = await open(true);
  const now = await guarded.evaluate(() => ({ ...sideband.snapshot(), loud_at, found_at, notices }));
  const seconds = (now.found_at - now.loud_at) / 250;
  console.log(`found ${seconds.toFixed(2)} s after the note began, ${now.turned_down_db} dB down`);
  assert.match(now.notices.join(" "), /speakers feed the microphone/);
  assert.ok(now.found_at > 0 && seconds < 2, `found after ${seconds} s`);
  assert.ok(now.turned_down_db >= 5);
  assert.ok(now.output_peak < 0.003, `it is quiet: ${now.output_peak}`);
});
