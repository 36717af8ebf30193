// The A/B page: its cells are what the command line renders, and they are equally loud. Changes between
// them: ab_player.test.mjs.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

import { RenderModule } from "../../web/audio/render_module.js";
import { open_ab, status_of, wait_for_status } from "./support/ab.mjs";
import {
  floats_of,
  kScreenshots,
  open_browser,
  screenshot,
  sideband,
  start_server,
  temporary_folder,
} from "./support/browser.mjs";
import { db_of, read_float_wav_file, rms_of, write_wav } from "./support/sound.mjs";

const kRateHz = 16000;
const kNearDb = -80;

async function open_matrix(test, query = "?clip=violin&instrument=violin") {
  const server = await start_server(test, { models: "trained" });
  const browser = await open_browser(test);
  const page = await open_ab(browser, server, { query });
  return { server, browser, page };
}

const in_matrix = ({ variant }) => /^(full|reduced)(-ad|-cd)?$/.test(variant);

test("every cell is what the command line renders", async (test) => {
  const { server, page } = await open_matrix(test);
  const folder = await temporary_folder(test);
  const models = JSON.parse(readFileSync(path.join(server.folders.models, "index.json"), "utf8"));
  const own = models.filter(({ instrument }) => instrument === "violin");
  assert.ok(own.length >= 2);
  const phrase = floats_of(
    await page.evaluate(async () => {
      const { phrase_of_clip } = await import("/ab/sources.js");
      window.phrase = await phrase_of_clip("violin");
      return as_base64(window.phrase.samples);
    }),
  );
  const input = path.join(folder, "in.wav");
  write_wav(input, [phrase], kRateHz);
  for (const model of own) {
    const { file } = model;
    const output = path.join(folder, "out.wav");
    sideband("render", path.join(server.folders.models, file), input, "-o", output);
    const native = read_float_wav_file(output).channels[0];
    const [rendered, mss] = await page.evaluate(async (name) => {
      const [{ Library }, { Renderer }, { fetch_model_list }] = await Promise.all([
        import("/ab/library.js"),
        import("/audio/renderer.js"),
        import("/audio/models.js"),
      ]);
      const compile = async (url) => WebAssembly.compile(await (await fetch(url)).arrayBuffer());
      window.library ??= new Library(
        new Renderer(await compile("/wasm/render.wasm")),
        await compile("/wasm/engine.wasm"),
      );
      const list = await fetch_model_list(new URL("/models/index.json", location.href));
      const model = list.find(({ file }) => file === name);
      const cell = { key: name, kind: "model", model, settings: [] };
      const { samples, mss } = await window.library.render(cell, window.phrase.samples);
      return [as_base64(samples), mss];
    }, file);
    const found = floats_of(rendered);
    assert.equal(found.length, native.length);
    const difference = native.map((sample, i) => sample - found[i]);
    const error_db = db_of(rms_of(difference)) - db_of(rms_of(native));
    test.diagnostic(`${file}: the difference is at ${error_db.toFixed(1)} dB`);
    assert.ok(db_of(rms_of(native)) > -40, `${file} is silent`);
    assert.ok(error_db < kNearDb, `${file}: the difference is at ${error_db.toFixed(1)} dB`);
    // The page's own card says the same of it; the papers' variants have theirs in other tables.
    if (!in_matrix(model)) continue;
    const shown = await page.textContent(`[data-key="${file}"] .cell-figures`);
    assert.ok(shown.includes(`MSS${mss.toFixed(2)}`), shown);
  }
  assert.deepEqual(page.complaints, []);
  assert.deepEqual(page.foreign, []);
});

test("the matrix shows what is there and what is not trained yet, and says how long it took", async (test) => {
  const { server, page } = await open_matrix(test);
  const models = JSON.parse(readFileSync(path.join(server.folders.models, "index.json"), "utf8"));
  const own = models.filter((model) => model.instrument === "violin" && in_matrix(model));
  const cells = await page.$$eval(".cell", (nodes) =>
    nodes.map((node) => ({ key: node.dataset.key, text: node.textContent })),
  );
  for (const { file } of own)
    assert.ok(
      cells.some(({ key }) => key === file),
      `no cell for ${file}`,
    );
  const missing = cells.filter(({ text }) => /not trained yet/.test(text));
  assert.ok(missing.every(({ key }) => !own.some(({ file }) => file === key)));
  assert.equal(cells.length, own.length + missing.length + 2);
  const numbers = /(\d+) cells of ([\d.]+) s rendered in ([\d.]+) s/.exec(await status_of(page));
  const share = Number(numbers[3]) / Number(numbers[2]);
  // A wall-clock figure of this machine and of what else it does: told, not judged.
  test.diagnostic(`${numbers[1]} cells took ${share.toFixed(3)} of the phrase's length`);
  await page.keyboard.press("d");
  await screenshot(page, "ab-differences");
  await page.keyboard.press("d");
  await screenshot(page, "ab-matrix");
});

test("the cells of the largest table, in processor time", async (test) => {
  const { folders } = await start_server(test, { models: "trained" });
  const models = JSON.parse(readFileSync(path.join(folders.models, "index.json"), "utf8"));
  const of = (instrument) => models.filter((model) => model.instrument === instrument);
  const [largest] = [...new Set(models.map(({ instrument }) => instrument))].sort(
    (one, other) => of(other).length - of(one).length,
  );
  const own = of(largest);
  const bytes = readFileSync(path.join(folders.wasm, "render.wasm"));
  const module = new RenderModule(new WebAssembly.Module(bytes));
  const seconds = 6;
  const phrase = Float32Array.from({ length: seconds * kRateHz }, (_, n) => {
    const phase = (2 * Math.PI * 440 * n) / kRateHz + 3 * Math.sin((2 * Math.PI * 5 * n) / kRateHz);
    return 0.2 * Math.sin(phase) + 0.1 * Math.sin(2 * phase) + 0.05 * Math.sin(3 * phase);
  });
  module.write(0, phrase);
  const processor_seconds = (work) => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  };
  let sum = processor_seconds(() => module.listen(kRateHz));
  for (const { file } of own) {
    const model = readFileSync(path.join(folders.models, file));
    module.load(model, kRateHz);
    sum += processor_seconds(() => module.render(phrase.length, { listened: true }));
    assert.ok(rms_of(module.read(1, phrase.length)) > 1e-3, `${file} is silent`);
  }
  // A figure of this machine, told and not judged.
  test.diagnostic(
    `${own.length} cells of the ${largest}: ${(sum / seconds).toFixed(3)} of the phrase's length`,
  );
});

test("cells are matched in loudness", async (test) => {
  const { page } = await open_matrix(test);
  const loudness = await page.evaluate(async () => {
    const [{ matching_gains }, { Renderer }, { phrase_of_clip }] = await Promise.all([
      import("/ab/player.js"),
      import("/audio/renderer.js"),
      import("/ab/sources.js"),
    ]);
    const module = await WebAssembly.compile(
      await (await fetch("/wasm/render.wasm")).arrayBuffer(),
    );
    const renderer = new Renderer(module);
    const run = (input, make) => renderer.run({ input, rate_hz: 16000, make, measure: true });
    const { samples } = await phrase_of_clip("violin");
    const list = await (await fetch("/models/index.json")).json();
    const sounds = [await run(samples, "nothing"), await run(samples, "anchor")];
    for (const { file } of list.slice(0, 4)) {
      const bytes = await (await fetch(`/models/${file}`)).arrayBuffer();
      sounds.push(await run(samples, { file: bytes, settings: [] }));
    }
    sounds.push(
      await run(
        samples.map((sample) => sample * 0.1),
        "nothing",
      ),
    );
    const gains = matching_gains(sounds);
    const matched = [];
    for (const [k, sound] of sounds.entries()) {
      const scaled = sound.samples.map((sample) => sample * gains[k]);
      const { loudness_lufs, peak } = await run(scaled, "nothing");
      matched.push({ before: sound.loudness_lufs, after: loudness_lufs, peak });
    }
    return matched;
  });
  const spread =
    Math.max(...loudness.map(({ before }) => before)) -
    Math.min(...loudness.map(({ before }) => before));
  assert.ok(spread > 10, "the sounds were equally loud to begin with");
  for (const { after, peak } of loudness) {
    assert.ok(Math.abs(after - loudness[0].after) < 0.5, JSON.stringify(loudness));
    assert.ok(peak <= 0.971);
  }
  test.diagnostic(
    `before ${spread.toFixed(1)} LU apart; after: ${loudness.map(({ after }) => after.toFixed(2)).join(", ")} LUFS`,
  );
});

test("tables of the papers, keyboard, narrow screens and both colour schemes", async (test) => {
  const { server, browser, page } = await open_matrix(test);
  for (const tab of ["index", "oscillators", "interventions"]) {
    await page.click(`#tab-${tab}`);
    const sign = tab === "interventions" ? "Unison modulators tripled" : "published FAD";
    await page.waitForFunction(
      (sign) => document.querySelector(".grid")?.textContent.includes(sign),
      sign,
    );
    await wait_for_status(page, /rendered in/);
    const shown = await page.$$eval(".cell", (nodes) => nodes.map(({ dataset }) => dataset.key));
    const variants = { index: /-imax-2pi\.|-imax-4pi\./, oscillators: /-2osc\.|-2x2osc\.|-4x1osc\./ };
    if (variants[tab]) assert.ok(shown.some((key) => variants[tab].test(key)), `${shown}`);
    await screenshot(page, `ab-${tab}`);
  }
  await page.click("#tab-matrix");
  await wait_for_status(page, /rendered in/);
  const heard = () =>
    page.$eval('.cell[aria-pressed="true"] .cell-title', (node) => node.textContent);
  assert.equal(await heard(), "Reference");
  await page.evaluate(() => document.activeElement.blur()); // on the tabs, arrows change tabs
  await page.keyboard.press("ArrowRight");
  assert.equal(await heard(), "LPC anchor");
  await page.keyboard.press("3");
  assert.notEqual(await heard(), "LPC anchor");
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press(" ");
  await page.waitForFunction(
    () => document.querySelector(".player .start").dataset.state === "running",
  );
  await page.waitForFunction(() => Number(document.querySelector(".place").value) > 3000);
  const before = await page.$eval(".place", (node) => Number(node.value));
  await page.keyboard.press("r");
  await page.waitForFunction(
    (before) => Number(document.querySelector(".place").value) !== before,
    before,
  );
  assert.equal(await heard(), "Reference");
  assert.ok((await page.$eval(".place", (node) => Number(node.value))) > before);
  assert.deepEqual(page.complaints, []);
  await page.context().close();

  const small = await open_ab(browser, server, {
    query: "?clip=violin",
    viewport: { width: 360, height: 780 },
    colorScheme: "light",
  });
  const overflow = await small.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(overflow <= 360, `${overflow} pixels wide`);
  const unlabelled = await small.$$eval("input, select, button", (nodes) =>
    nodes
      .filter(
        (node) =>
          !node.closest("label") && !node.getAttribute("aria-label") && !node.textContent.trim(),
      )
      .map((node) => node.outerHTML),
  );
  assert.deepEqual(unlabelled, []);
  await screenshot(small, "ab-narrow-light");
  assert.ok(kScreenshots);
});

test("keys pressed while the player is still being loaded happen in their order", async (test) => {
  const { page } = await open_matrix(test);
  await page.evaluate(() => {
    // The worklet's file arrives when the test says so.
    const { addModule } = AudioWorklet.prototype;
    const late = new Promise((resolve) => (window.arrives = resolve));
    AudioWorklet.prototype.addModule = async function (url) {
      await late;
      return addModule.call(this, url);
    };
  });
  const state = () => page.getAttribute(".player .start", "data-state");
  const place = () => page.$eval(".place", (node) => Number(node.value));
  await page.evaluate(() => document.activeElement.blur());
  for (const key of ["ArrowRight", "3", " "]) await page.keyboard.press(key);
  await page.keyboard.press(" "); // taken back
  await page.keyboard.press(" ");
  assert.equal(await state(), "stopped");
  await page.evaluate(() => window.arrives());
  await page.waitForFunction(() => Number(document.querySelector(".place").value) > 3000);
  assert.equal(await state(), "running");
  await page.keyboard.press(" ");
  assert.equal(await state(), "stopped");
  // A start that another tab interrupts does not sound there.
  const stopped_at = await place();
  await page.evaluate(() => {
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: " ", bubbles: true }));
    document.getElementById("tab-speed").click();
  });
  await page.click("#tab-matrix");
  await wait_for_status(page, /rendered in/);
  assert.equal(await state(), "stopped");
  assert.ok((await place()) - stopped_at < 1600);
  assert.deepEqual(page.complaints, []);
});

test("live A/B: one key, the difference, and what each slot takes", async (test) => {
  const server = await start_server(test);
  const browser = await open_browser(test);
  const page = await open_ab(browser, server, {
    query: "?tab=live",
    until: /Ready|Choose two models/,
  });
  await page.waitForFunction(() => /core/.test(document.getElementById("load-b").textContent));
  assert.match(await page.textContent("#load-a"), /[\d.]+ % of a core/);
  await page.selectOption("#live-source", "violin");
  await page.click("#live-start");
  await wait_for_status(page, /Playing/);
  await page.evaluate(() => document.activeElement.blur());
  const pressed = (id) => page.getAttribute(id, "aria-pressed");
  assert.equal(await pressed("#hear-a"), "true");
  await page.keyboard.press("x");
  assert.equal(await pressed("#hear-b"), "true");
  await page.keyboard.press("d");
  assert.equal(await page.isChecked("#delta"), true);
  await page.waitForFunction(() =>
    /Hz|no note/.test(document.getElementById("live-reading").textContent),
  );
  await screenshot(page, "ab-live");
  await page.keyboard.press(" ");
  await page.waitForFunction(
    () => document.getElementById("live-start").dataset.state === "stopped",
  );
  assert.deepEqual(page.complaints, []);
});

test("what cannot be used is said in a sentence", async (test) => {
  const server = await start_server(test, { models: "plain" });
  const browser = await open_browser(test, { microphone: "deny" });
  const page = await open_ab(browser, server);
  const give = (name, bytes) =>
    page.setInputFiles("#file", { name, mimeType: "audio/wav", buffer: Buffer.from(bytes) });
  await give("notes.wav", "this is no sound");
  await wait_for_status(page, /“notes.wav” cannot be read as sound/);
  const { wav_bytes } = await import("../../web/audio/wav.js");
  await give("silence.wav", wav_bytes([new Float32Array(32000)], 16000));
  await wait_for_status(page, /“silence.wav” is silent/);
  await give("blink.wav", wav_bytes([new Float32Array(1600).fill(0.1)], 16000));
  await wait_for_status(page, /“blink.wav” lasts 0.10 s/);
  await page.click("#record");
  await wait_for_status(page, /not allowed to use the microphone/);
  // A good one still works.
  const tone = Float32Array.from({ length: 24000 }, (_, n) => 0.3 * Math.sin(n * 0.17));
  await give("tone.wav", wav_bytes([tone], 16000));
  await wait_for_status(page, /tone.wav: \d+ cells/);
});
