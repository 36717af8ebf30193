// What leaves the page: recordings, renderings, saved sounds, links, notes.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

import { NoteTracker } from "../../web/audio/note_tracker.js";
import {
  kRoot,
  open_browser,
  open_page,
  sideband as command_line,
  start_server,
  temporary_folder,
} from "./support/browser.mjs";
import { analyze, clip_samples, peak_of, read_float_wav_file, write_wav } from "./support/sound.mjs";

const plays = (page) => page.waitForFunction(() => sideband.snapshot().output_peak > 0.01);
const kViolin = path.join(kRoot, "web/clips/violin.flac");

test("the record button saves what is heard, to the sample, with a timer", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server, { query: "?source=clip" });
  assert.equal(await page.isDisabled("#record"), true);
  await page.click("#start");
  await plays(page);
  await page.keyboard.press("r");
  await page.waitForFunction(() => document.getElementById("record-time").textContent === "0:02");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#record")]);
  assert.match(download.suggestedFilename(), /^sideband \d{4}-\d\d-\d\d .*\.wav$/);
  const { channels, rate_hz } = read_float_wav_file(await download.path());
  const seconds = channels[0].length / rate_hz;
  assert.ok(seconds > 1.9 && seconds < 5, `${seconds} s`);
  assert.ok(peak_of(channels[0]) > 0.01);
  // Pieces that did not join, or were lost, would show as stretches of zeros or steps.
  let zeros = 0;
  for (const sample of channels[0].subarray(0, rate_hz)) zeros += sample === 0;
  assert.ok(zeros < 100, `${zeros} zeros within the first second`);
  assert.equal(await page.getAttribute("#record", "aria-pressed"), "false");
  assert.deepEqual(page.complaints, []);
});

test("a file is rendered with progress, or cancelled, while the page stays alive", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.setInputFiles("#render-file", kViolin),
  ]);
  assert.equal(download.suggestedFilename(), "violin (sideband).wav");
  const { channels, rate_hz } = read_float_wav_file(await download.path());
  const by_script = await page.evaluate(
    async (bytes) => Array.from((await sideband.render(from_base64(bytes))).subarray(48000, 48100)),
    readFileSync(kViolin).toString("base64"),
  );
  assert.equal(rate_hz, 48000);
  assert.deepEqual(Array.from(channels[0].subarray(48000, 48100)), by_script);

  const result = await page.evaluate(async () => {
    const rate = 48000;
    const header = new DataView(new ArrayBuffer(44)); // ten minutes of 16-bit silence
    const bytes = 600 * rate * 2;
    [0x46464952, bytes + 36, 0x45564157, 0x20746d66, 16].forEach((word, i) =>
      header.setUint32(4 * i, word, true),
    );
    header.setUint32(20, 0x00010001, true);
    header.setUint32(24, rate, true);
    header.setUint32(28, 2 * rate, true);
    header.setUint32(32, 0x00100002, true);
    header.setUint32(36, 0x61746164, true);
    header.setUint32(40, bytes, true);
    const abort = new AbortController();
    const shares = [];
    const started = performance.now();
    const rendering = sideband.render(new Blob([header, new ArrayBuffer(bytes)]), {
      signal: abort.signal,
      on_progress: (share) => {
        shares.push(share);
        if (shares.length === 5) abort.abort();
      },
    });
    const error = await rendering.then(
      () => null,
      (error) => error.name,
    );
    return { error, shares, ms: performance.now() - started };
  });
  assert.equal(result.error, "AbortError");
  assert.ok(result.shares.length >= 5 && result.shares.every((x, i, all) => !i || x > all[i - 1]));
  test.diagnostic(`cancelled after ${result.ms.toFixed(0)} ms at ${result.shares[4].toFixed(3)}`);

  await page.setInputFiles("#render-file", {
    name: "notes.wav",
    mimeType: "audio/wav",
    buffer: Buffer.from("hello"),
  });
  await page.waitForSelector("#status-line[data-kind=problem]");
  assert.match(await page.textContent("#status"), /cannot be read as sound/);
  assert.equal(await page.isVisible("#rendering"), false);
});

// Every parameter and every float of both patches, as their bits.
const bits = (page) =>
  page.evaluate(() => {
    const values = sideband.params.map(({ index }) => sideband.get(index));
    const floats = Float32Array.from([...values, ...sideband.patch("a"), ...sideband.patch("b")]);
    return [
      Array.from(new Uint32Array(floats.buffer)),
      sideband.model("a").url,
      sideband.model("b").url,
      sideband.slot,
      sideband.clip,
    ];
  });

test("a link and a saved file bring the whole state back to the bit", async (test) => {
  const server = await start_server(test);
  const browser = await open_browser(test);
  const page = await open_page(browser, server, { query: "?instrument=flute&source=clip" });
  await page.evaluate(async () => {
    for (const { index, min, max, name } of sideband.params)
      if (name !== "slot") sideband.set(index, min + (max - min) * (0.1 + 0.8 * Math.random()));
    await sideband.load("b", "models/flute/fm-small.safetensors");
    for (const slot of ["a", "b"]) {
      const patch = sideband.patch(slot);
      for (let i = 0; i < 48; ++i) if (Math.random() < 0.3) patch[i] = Math.fround(Math.random());
      sideband.set_patch(slot, patch);
    }
    sideband.ab("b");
    sideband.clip = "trumpet";
  });
  const wanted = await bits(page);
  await page.click("#share");
  await page.waitForFunction(() => document.getElementById("share-link").value);
  const link = await page.inputValue("#share-link");
  test.diagnostic(`a link with everything changed is ${link.length} characters long`);
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);

  const linked = await open_page(browser, server, {
    query: link.slice(server.url.length),
    prepare: (page) => page.addInitScript(() => localStorage.clear()),
  });
  await linked.waitForFunction(() => sideband.slot === "b");
  assert.deepEqual(await bits(linked), wanted);
  assert.equal(new URL(linked.url()).hash, "", "what is played from here on is not that link");

  const opened = await open_page(browser, server);
  await opened.setInputFiles("#open-file", await download.path());
  await opened.waitForFunction(() => sideband.slot === "b");
  assert.deepEqual(await bits(opened), wanted);

  for (const [text, sentence] of [
    ["hello", /not JSON/],
    ["{}", /no sound of Sideband/],
    ['{"sideband": 99}', /another version/],
  ]) {
    await opened.setInputFiles("#open-file", {
      name: "x.json",
      mimeType: "application/json",
      buffer: Buffer.from(text),
    });
    await opened.waitForFunction(
      (words) => new RegExp(words).test(document.getElementById("status").textContent),
      sentence.source,
    );
  }
  assert.deepEqual(await bits(opened), wanted, "what is wrong changes nothing");
  const damaged = await open_page(browser, server, { query: "#state=%%%" });
  assert.match(await damaged.textContent("#status"), /link is damaged/);
});

test("the sound as a DX7 voice, with what was rounded, as the command line reads it", async (test) => {
  const server = await start_server(test, { models: "trained" });
  const page = await open_page(await open_browser(test), server, { query: "?instrument=violin" });
  await page.evaluate(() => {
    const edits = {
      ratio2: 1.4142135, transpose_semitones: -7, curve2: 2, lfo_rate2: 6, lfo_level2: 0.5,
      lfo_pitch1: 20, key_attack_ms: 80, key_sustain_db: -9, key_release_ms: 900,
    };
    for (const [name, value] of Object.entries(edits)) sideband.set(name, value);
  });
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save-syx")]);
  const file = await download.path();
  const bytes = readFileSync(file);
  assert.equal(bytes.length, 163);
  assert.deepEqual([bytes[0], bytes[1], bytes.at(-1)], [0xf0, 0x43, 0xf7]);
  assert.match(command_line("syx", "list", file), /VIOLIN/);
  const list = await page.$$eval("#roundings li", (items) => items.map((i) => i.textContent));
  assert.ok(list.some((text) => /became/.test(text)));
  assert.ok(list.some((text) => /envelopes are those of the keys/.test(text)));
  assert.ok(list.some((text) => /LFO pitch in cents 0 became (19|20)/.test(text)), "one LFO bends all");
  // Offsets of a single-voice dump: operators 6…1 of 21 bytes, then the voice's own.
  const voice = bytes.subarray(6);
  assert.equal(voice[144], 24 - 7);
  assert.ok(voice[137] > 30 && voice[137] < 45, `LFO speed ${voice[137]} for 6 Hz`);
  const loud = [0, 1, 2, 3, 4, 5].map((i) => voice.subarray(21 * i)).filter((op) => op[16] > 0);
  assert.ok(loud.length >= 2);
  for (const op of loud) {
    assert.equal(op[4], 99);
    assert.ok(op[5] < 95 && op[5] === op[6], `sustained at ${op[5]}`);
    assert.ok(op[0] < 90 && op[3] < 70, `attack ${op[0]}, release ${op[3]}`);
    assert.ok(op[15] >= 4, `velocity ${op[15]}`);
  }
  assert.ok(loud.some((op) => op[14] === 3) && loud.some((op) => op[14] === 0), "one dips, not all");
  test.diagnostic(list.join("; "));
});

test("tracked notes go out as MIDI without flapping", async (test) => {
  const browser = await open_browser(test);
  const folder = await temporary_folder(test);
  const file = path.join(folder, "flute.wav");
  write_wav(file, [await clip_samples(browser, "flute", 48000)], 48000);
  const tracker = new NoteTracker();
  const frames = analyze(file);
  const messages = [...frames.flatMap((frame) => tracker.take(frame)), ...tracker.stop()];
  const of_kind = (kind) => messages.filter(([status]) => status >> 4 === kind);
  const ons = of_kind(0x9);
  let sounding = null;
  for (const [status, note] of messages) {
    if (status >> 4 === 0x9) {
      assert.equal(sounding, null, "one note at a time");
      sounding = note;
    } else if (status >> 4 === 0x8) {
      assert.equal(note, sounding);
      sounding = null;
    }
  }
  assert.equal(sounding, null);
  assert.ok(messages.flat().every((byte) => Number.isInteger(byte) && byte >= 0 && byte < 256));
  const seconds = frames.length * 0.004;
  test.diagnostic(`${ons.length} notes in ${seconds.toFixed(1)} s: ${ons.map(([, n]) => n).join(" ")}`);
  assert.ok(ons.length >= 4 && ons.length / seconds < 6, `${ons.length} notes`);
  assert.ok(of_kind(0xb).length > 20 && of_kind(0xe).length > 5);

  // A pitch that wavers around the border of two notes stays with the first.
  const wavering = new NoteTracker();
  const out = Array.from({ length: 500 }, (_, i) =>
    wavering.take({
      f0_hz: 440 * 2 ** ((0.5 + 0.15 * Math.sin(i / 3)) / 12),
      confidence: 0.9,
      loudness_db: -30 - 0.1 * (i % 7),
    }),
  ).flat();
  assert.equal(out.filter(([status]) => status >> 4 === 0x9).length, 1);
});

test("notes reach the chosen MIDI port while the page plays", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server, { query: "?source=clip" });
  await page.evaluate(() => {
    window.sent = [];
    sideband.midi_ports.output = { send: (bytes) => sent.push(Array.from(bytes)) };
  });
  await page.click("#start");
  await page.waitForFunction(() => sent.some(([status]) => status === 0x90));
  await page.click("#start");
  await page.waitForFunction(() => sideband.state === "stopped");
  const balance = await page.evaluate(() =>
    sent.reduce((sum, [status]) => sum + (status === 0x90) - (status === 0x80), 0),
  );
  assert.equal(balance, 0, "no note is left hanging");
});
