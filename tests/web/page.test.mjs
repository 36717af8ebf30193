// The page as people and scripts use it: window.sideband, the address, the plain controls, the keyboard,
// phones, and what is downloaded.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

import {
  bytes_of,
  floats_of,
  kRoot,
  open_browser,
  open_page,
  screenshot,
  start_server,
} from "./support/browser.mjs";
import { db_of, peak_of, read_float_wav, rms_of } from "./support/sound.mjs";

const snapshot = (page) => page.evaluate(() => sideband.snapshot());

async function plays(page) {
  await page.waitForFunction(() => sideband.snapshot().output_peak > 0.01);
}

test("start, snapshot, record, stop", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server);
  await page.evaluate(() => sideband.start({ source: "clip", clip: "flute" }));
  await plays(page);
  const now = await snapshot(page);
  assert.equal(now.running, true);
  assert.ok(now.f0_hz >= 50 && now.f0_hz <= 2000, `${now.f0_hz} Hz`);
  assert.ok(now.confidence >= 0 && now.confidence <= 1);
  assert.ok(now.loudness_db > -90 && now.loudness_db < 3, `${now.loudness_db} dB`);
  assert.equal(now.levels.length, 6);
  assert.ok(now.levels.some((level) => level > 0));
  assert.ok(now.load > 0 && now.load < 1, `load ${now.load}`);
  assert.ok(now.worst_block_ms > 0);
  assert.ok(now.latency_ms > 4 && now.latency_ms < 250, `${now.latency_ms} ms`);
  assert.equal(now.slot, "a");
  assert.match(now.model, /violin/);
  const wav = read_float_wav(
    bytes_of(await page.evaluate(async () => as_base64(await sideband.record(1.5)))),
  );
  assert.equal(wav.channels.length, 1);
  assert.equal(wav.channels[0].length, Math.round(1.5 * wav.rate_hz));
  assert.ok(peak_of(wav.channels[0]) > 0.01);
  await page.evaluate(() => sideband.stop());
  const after = await snapshot(page);
  assert.equal(after.running, false);
  assert.equal(after.f0_hz, 0);
  assert.deepEqual(page.complaints, []);
  assert.deepEqual(page.foreign, []);
});

test("parameters are set by name, clamped, and heard", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server);
  await page.evaluate(() => sideband.start({ source: "clip" }));
  await plays(page);
  assert.equal(await page.evaluate(() => sideband.set("brightness", 99)), 4);
  assert.equal(await page.evaluate(() => sideband.get("brightness")), 4);
  const message = await page.evaluate(() => {
    try {
      sideband.set("brilliance", 1);
    } catch (error) {
      return error.message;
    }
  });
  assert.match(message, /no parameter "brilliance"/);
  await page.evaluate(() => sideband.set("output_gain_db", -60));
  await page.waitForTimeout(300);
  const quiet = read_float_wav(
    bytes_of(await page.evaluate(async () => as_base64(await sideband.record(1)))),
  );
  assert.ok(db_of(peak_of(quiet.channels[0])) < -50);
});

test("A and B: both are loaded, the switch is heard without a click", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server, { query: "?clip=trumpet" });
  await page.evaluate(() => sideband.start({ source: "clip" }));
  await plays(page);
  await page.evaluate(() => sideband.ab("b"));
  await page.waitForFunction(() => sideband.snapshot().model.includes("flute"));
  assert.equal(await page.isChecked("input[name=slot][value=b]"), true);
  await page.evaluate(() => sideband.load("b", "models/violin/fm-small.safetensors"));
  assert.match((await snapshot(page)).model, /violin\/fm-small/);
  assert.equal(await page.inputValue("#instrument-b"), "violin");
  await plays(page);
  await page.evaluate(() => sideband.ab("a"));
  assert.equal((await snapshot(page)).slot, "a");
});

test("a model reaches the audio thread piece by piece, each after the one before is in", async (test) => {
  const server = await start_server(test, { models: "trained" });
  const page = await open_page(await open_browser(test), server, { query: "?clip=trumpet" });
  await page.evaluate(() => sideband.start({ source: "clip" }));
  await plays(page);
  const sent = await page.evaluate(async () => {
    const { kModelPieceBytes } = await import("/audio/messages.js");
    const pieces = [];
    let waiting = 0;
    const post = MessagePort.prototype.postMessage;
    MessagePort.prototype.postMessage = function (message, ...rest) {
      if (message?.type === "model") {
        pieces.push({ offset: message.offset, before: waiting });
        waiting += 1;
        // What the audio thread says reaches the page in a task of its own.
        setTimeout(() => (waiting = 0));
      }
      return post.call(this, message, ...rest);
    };
    await sideband.load("b", "models/flute/hpn-full.safetensors");
    MessagePort.prototype.postMessage = post;
    return { pieces, size: kModelPieceBytes };
  });
  assert.ok(sent.pieces.length > 10);
  sent.pieces.forEach((piece, n) => assert.equal(piece.offset, n * sent.size));
  assert.deepEqual(sent.pieces.filter(({ before }) => before > 0), []);
  await plays(page);
});

test("start and stop fade: no step at the speakers", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server, {
    query: "?clip=trumpet",
    bypassCSP: true, // for the listener
    prepare: (page) =>
      page.addInitScript(() => {
        // Listens in on whatever is connected to the speakers.
        const connect = AudioNode.prototype.connect;
        const code = `registerProcessor("tap", class extends AudioWorkletProcessor {
          process([[samples]]) { if (samples) this.port.postMessage(samples.slice()); return true; } });`;
        window.heard = [];
        AudioNode.prototype.connect = function (target, ...rest) {
          if (target instanceof AudioDestinationNode && this instanceof GainNode) {
            target.context.audioWorklet
              .addModule(`data:text/javascript,${encodeURIComponent(code)}`)
              .then(() => {
                const tap = new AudioWorkletNode(target.context, "tap");
                tap.port.onmessage = ({ data }) => heard.push(data);
                connect.call(this, tap);
                connect.call(tap, target);
              });
          }
          return connect.call(this, target, ...rest);
        };
      }),
  });
  await page.evaluate(() => sideband.start({ source: "clip" }));
  await plays(page);
  await page.waitForTimeout(500);
  await page.evaluate(() => sideband.stop());
  const heard = floats_of(
    await page.evaluate(() =>
      as_base64(Float32Array.from(heard.flatMap((block) => Array.from(block)))),
    ),
  );
  assert.ok(peak_of(heard) > 0.01, "something was heard");
  const last = heard.findLastIndex((sample) => sample !== 0);
  const tail = heard.subarray(last - 200, last + 1);
  assert.ok(peak_of(tail) < 0.2 * peak_of(heard.subarray(last - 12000, last)), "the end fades");
  assert.ok(Math.abs(heard[last]) < 0.01, `the last sample is ${heard[last]}`);
  assert.equal(heard[0], 0);
});

test("a dropped sound plays; a dropped model is loaded into the slot that is heard", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server);
  const clip = readFileSync(path.join(kRoot, "web/clips/trumpet.flac"));
  await page.setInputFiles("#file", {
    name: "my trumpet.flac",
    mimeType: "audio/flac",
    buffer: clip,
  });
  await plays(page);
  assert.match(await page.textContent("#status"), /from my trumpet\.flac/);
  const model = readFileSync(path.join(server.folders.models, "flute/fm-small.safetensors"));
  await page.evaluate((bytes) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([from_base64(bytes)], "mine.safetensors"));
    window.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, cancelable: true }));
  }, model.toString("base64"));
  await page.waitForFunction(() => sideband.snapshot().model.includes("mine.safetensors"));
  assert.equal((await snapshot(page)).model_name, "Flute, FM, small");
});

test("offline rendering takes files and bytes, at any rate", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server);
  const clip = readFileSync(path.join(kRoot, "web/clips/flute.flac")).toString("base64");
  for (const rate of [16000, 44100, 96000]) {
    const result = await page.evaluate(
      async ([bytes, rate]) => {
        const file = from_base64(bytes);
        const from_bytes = await sideband.render(file, { rate });
        const from_file = await sideband.render(new File([file], "flute.flac"), { rate });
        return {
          length: from_bytes.length,
          same: from_bytes.every((x, i) => x === from_file[i]),
          samples: as_base64(from_bytes),
        };
      },
      [clip, rate],
    );
    assert.ok(
      Math.abs(result.length / rate - 8.48) < 0.01,
      `${result.length / rate} s at ${rate} Hz`,
    );
    assert.equal(result.same, true);
    assert.ok(db_of(rms_of(floats_of(result.samples))) > -40);
  }
});

test("the address sets the start state", async (test) => {
  const server = await start_server(test);
  const browser = await open_browser(test);
  const page = await open_page(browser, server, {
    query:
      "?instrument=flute&variant=small&instrument_b=flute&source=clip&clip=trumpet&slot=b&brightness=1.5&rate=16000",
  });
  assert.match(await page.evaluate(() => sideband.model("a").url), /flute\/fm-small/);
  assert.match(await page.evaluate(() => sideband.model("b").url), /flute\/fm-plain/);
  assert.equal(await page.evaluate(() => sideband.get("brightness")), 1.5);
  assert.equal(await page.isChecked("input[name=source][value=clip]"), true);
  assert.equal(await page.inputValue("#clip"), "trumpet");
  assert.equal(await page.isChecked("input[name=slot][value=b]"), true);
  await page.click("#start");
  await plays(page);
  assert.equal((await snapshot(page)).sample_rate_hz, 16000);
  await page.evaluate(() => sideband.start({ rate: 48000 })); // also while it plays
  await plays(page);
  assert.equal((await snapshot(page)).sample_rate_hz, 48000);

  const wrong = await open_page(browser, server, { query: "?instrument=kazoo&source=tape" });
  assert.match(await wrong.textContent("#status"), /no model with instrument kazoo/);
  assert.match(await wrong.textContent("#status"), /source=tape/);
  assert.match(await wrong.evaluate(() => sideband.model("a").url), /violin/);
});

test("plain controls and keyboard alone play it", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server);
  await page.check("input[name=source][value=clip]", { force: true });
  await page.keyboard.press("Space");
  await plays(page);
  await page.keyboard.press("b");
  assert.equal((await snapshot(page)).slot, "b");
  await page.keyboard.press("x");
  assert.equal((await snapshot(page)).slot, "a");
  await page.focus("#instrument-a");
  await page.keyboard.press("b"); // a chooser has its own use for letters
  assert.equal((await snapshot(page)).slot, "a");
  await page.selectOption("#instrument-a", "flute");
  await page.waitForFunction(() => sideband.snapshot().model.includes("flute"));
  await page.selectOption("#model-a", { label: "FM, small" });
  await page.waitForFunction(() => sideband.snapshot().model.includes("flute/fm-small"));
  await page.focus("#start");
  await page.keyboard.press("Space"); // the button's own press, not two
  await page.waitForFunction(() => sideband.state === "stopped");
  await page.waitForTimeout(200);
  assert.equal(await page.evaluate(() => sideband.state), "stopped");
  assert.equal(await page.getAttribute("#status", "aria-live"), "polite");
});

test("every control is reached by Tab and has a name", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server);
  const reached = new Set();
  for (let i = 0; i < 14; ++i) {
    await page.keyboard.press("Tab");
    reached.add(
      await page.evaluate(
        () =>
          document.activeElement.id ||
          document.activeElement.name ||
          document.activeElement.tagName,
      ),
    );
  }
  for (const id of [
    "start",
    "source",
    "slot",
    "instrument-a",
    "model-a",
    "instrument-b",
    "model-b",
  ]) {
    assert.ok(reached.has(id), `${id} is not reached; ${[...reached].join(", ")} are`);
  }
  const nameless = await page.$$eval("button, select, input, meter", (elements) =>
    elements
      .filter((e) => !(e.textContent.trim() || e.getAttribute("aria-label") || e.labels?.length))
      .map((e) => e.outerHTML),
  );
  assert.deepEqual(nameless, []);
});

test("with the panels in focus the keys act once", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server, { query: "?source=clip" });
  await page.waitForSelector(".drawn-panels #canvas");
  await page.evaluate(() => sideband.start({ source: "clip" }));
  await plays(page);
  await page.focus("#canvas");
  await page.keyboard.press("Space");
  await page.waitForFunction(() => sideband.state === "stopped");
  await page.waitForTimeout(500);
  assert.equal(await page.evaluate(() => sideband.state), "stopped");
  await page.keyboard.press("Space");
  await plays(page);
  await page.keyboard.press("b");
  await page.waitForFunction(() => sideband.slot === "b");
  await page.keyboard.press("x");
  await page.waitForFunction(() => sideband.slot === "a");
  assert.deepEqual(page.complaints, []);
  assert.deepEqual(page.foreign, []);
});

test("without the panels' module, or without WebGL2, the page still plays", async (test) => {
  const server = await start_server(test);
  const browser = await open_browser(test);
  for (const prepare of [
    (page) => page.route("**/wasm/ui.js", (route) => route.fulfill({ status: 404 })),
    (page) =>
      page.addInitScript(() => {
        const real = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
          return kind === "webgl2" ? null : real.call(this, kind, ...rest);
        };
      }),
  ]) {
    const page = await open_page(browser, server, { prepare, query: "?source=clip" });
    await page.waitForFunction(() =>
      /works without it/.test(document.getElementById("stage-text").textContent),
    );
    await page.click("#start");
    await plays(page);
    await page.close();
  }
});

for (const [width, height] of [
  [360, 740],
  [800, 1000],
  [1280, 900],
]) {
  test(`the page fits ${width} pixels`, async (test) => {
    const server = await start_server(test);
    const page = await open_page(await open_browser(test), server, {
      viewport: { width, height },
      query: "?source=clip",
    });
    await page.evaluate(() => sideband.start({ source: "clip" }));
    await plays(page);
    await page.waitForTimeout(3000); // the strips fill
    await screenshot(page, `page-${width}`);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.equal(overflow, 0);
    const cut = await page.$$eval("button, select, .segments label, h1", (elements) =>
      elements
        .filter(
          (e) => e.offsetParent && e.tagName !== "SELECT" && e.scrollWidth > e.clientWidth + 1,
        )
        .map((e) => e.textContent.trim()),
    );
    assert.deepEqual(cut, []);
  });
}

test("what a first visit downloads", async (test) => {
  const server = await start_server(test);
  const browser = await open_browser(test);
  const context = await browser.newContext();
  const page = await context.newPage();
  const sizes = [];
  page.on("response", async (response) => {
    const body = await response.body().catch(() => Buffer.alloc(0));
    sizes.push([new URL(response.url()).pathname, body.length, gzipSync(body).length]);
  });
  await page.goto(server.url);
  await page.waitForFunction(() => window.sideband?.model("b"));
  await page.waitForTimeout(1000);
  const sum = (pick, column) =>
    sizes.filter(([name]) => pick(name)).reduce((total, row) => total + row[column], 0);
  const kinds = {
    "page and scripts": (name) => !/\/(wasm|models)\//.test(name),
    "engine.wasm": (name) => /engine\.wasm$/.test(name),
    panels: (name) => /\/wasm\/ui/.test(name),
    models: (name) => /\/models\//.test(name),
  };
  for (const [kind, pick] of Object.entries(kinds)) {
    test.diagnostic(
      `${kind}: ${(sum(pick, 1) / 1024).toFixed(0)} KB, ${(sum(pick, 2) / 1024).toFixed(0)} KB gzipped`,
    );
  }
  assert.ok(sum(kinds["page and scripts"], 1) > 0);
});
