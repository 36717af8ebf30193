// Everything that can go wrong on the way to the first note: one clear sentence on the page, and a way on.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { cp, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";

import { wav_bytes } from "../../web/audio/wav.js";
import {
  kRoot,
  open_browser,
  open_page,
  start_server,
  temporary_folder,
} from "./support/browser.mjs";

const status_text = (page) => page.textContent("#status");
const ways = (page) =>
  page.$$eval("#ways button", (buttons) => buttons.map(({ textContent }) => textContent));

async function problem_of(page) {
  await page.waitForSelector("#status-line[data-kind=problem]");
  const text = await status_text(page);
  assert.match(text, /^[A-Z“].*\.$/s, `"${text}" is not a sentence`);
  return text;
}

async function plays(page) {
  await page.waitForFunction(() => window.sideband.snapshot().output_peak > 0.01);
}

// A page whose answer to one kind of request is `answer(route)`.
const intercept = (pattern, answer) => (page) => page.route(pattern, answer);

test("a refused microphone: the sentence says so, and the clip plays instead", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test, { microphone: "deny" }), server);
  await page.click("#start");
  assert.match(await problem_of(page), /not allowed to use the microphone/);
  assert.deepEqual(await ways(page), ["Try again", "Play a clip instead"]);
  assert.equal(await page.textContent("#start-text"), "Start");
  await page.click("#ways button >> text=Play a clip instead");
  await plays(page);
  assert.match(await status_text(page), /from the clip/);
});

test("no microphone at all", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test, { microphone: "none" }), server);
  await page.click("#start");
  assert.match(await problem_of(page), /No microphone was found/);
});

test("a microphone in use elsewhere, and a page that may not ask", async (test) => {
  const server = await start_server(test);
  const browser = await open_browser(test);
  const busy = await open_page(browser, server, {
    prepare: (page) =>
      page.addInitScript(() => {
        navigator.mediaDevices.getUserMedia = async () => {
          throw new DOMException("Could not start audio source", "NotReadableError");
        };
      }),
  });
  await busy.click("#start");
  assert.match(await problem_of(busy), /in use by another program/);
  const insecure = await open_page(browser, server, {
    prepare: (page) =>
      page.addInitScript(() =>
        Object.defineProperty(navigator, "mediaDevices", { value: undefined }),
      ),
  });
  await insecure.click("#start");
  assert.match(await problem_of(insecure), /https/);
  assert.deepEqual(await ways(insecure), ["Play a clip instead"]);
});

test("speech processing that the browser keeps on is shown", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server, {
    prepare: (page) =>
      page.addInitScript(() => {
        const real = MediaStreamTrack.prototype.getSettings;
        MediaStreamTrack.prototype.getSettings = function () {
          return { ...real.call(this), noiseSuppression: true };
        };
      }),
  });
  await page.evaluate(() => sideband.start({ source: "mic" }));
  assert.match(await page.textContent("#microphone-text"), /keeps noise suppression on/);
});

test("the microphone is opened without speech processing, and the page says so", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server);
  await page.evaluate(() => sideband.start({ source: "mic" }));
  assert.match(
    await page.textContent("#microphone-text"),
    /echo cancellation, noise suppression and gain control are off/,
  );
  const { microphone } = await page.evaluate(() => sideband.snapshot());
  assert.equal(microphone.echo_cancellation, false);
  assert.equal(microphone.noise_suppression, false);
  assert.equal(microphone.auto_gain_control, false);
});

test("a microphone that is taken away gives way to another, or to a sentence until one is back", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server, {
    prepare: (page) =>
      page.addInitScript(() => {
        const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        window.unplugged = false;
        navigator.mediaDevices.getUserMedia = async (constraints) => {
          if (unplugged) throw new DOMException("none", "NotFoundError");
          return (window.stream = await real(constraints));
        };
      }),
  });
  await page.evaluate(() => sideband.start({ source: "mic" }));
  await page.evaluate(() => stream.getAudioTracks()[0].dispatchEvent(new Event("ended")));
  await page.waitForSelector("#status-line[data-kind=warning]");
  assert.match(await status_text(page), /another one is used now/);
  assert.equal(await page.evaluate(() => sideband.state), "running");
  await page.evaluate(() => {
    unplugged = true;
    stream.getAudioTracks()[0].dispatchEvent(new Event("ended"));
  });
  assert.match(await problem_of(page), /microphone was unplugged/);
  await page.waitForFunction(() => sideband.state === "stopped");
  await page.evaluate(() => {
    unplugged = false;
    navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
  });
  await page.waitForFunction(() => sideband.running && sideband.snapshot().frames > 50);
});

test("a model that is not there, then is", async (test) => {
  const server = await start_server(test);
  let missing = true;
  const page = await open_page(await open_browser(test), server, {
    wait: false,
    query: "?source=clip",
    prepare: intercept("**/violin/fm-plain.safetensors", (route) =>
      missing ? route.fulfill({ status: 404 }) : route.continue(),
    ),
  });
  assert.match(
    await problem_of(page),
    /“Violin, FM, plain” could not be downloaded: the server answered 404/,
  );
  missing = false;
  await page.click("#ways button >> text=Try again");
  await page.waitForFunction(() => sideband.model("a"));
  await page.click("#start");
  await plays(page);
});

test("a model cut short, of the wrong type, or corrupt is refused; the old one plays on", async (test) => {
  const server = await start_server(test);
  const file = readFileSync(path.join(server.folders.models, "violin/fm-small.safetensors"));
  const wrong = Buffer.from(file);
  wrong.writeFloatLE(NaN, file.length - 8);
  const answers = [
    [
      { body: file.subarray(0, file.length / 2), contentType: "application/octet-stream" },
      /only in part/,
    ],
    [
      { body: "<!doctype html><p>Please log in</p>".padEnd(file.length), contentType: "text/html" },
      /a web page instead/,
    ],
    [
      { body: Buffer.alloc(file.length, 7), contentType: "application/octet-stream" },
      /cannot be used: .+/,
    ],
    [{ body: wrong, contentType: "application/octet-stream" }, /cannot be used: .+/],
  ];
  let answer = null;
  const page = await open_page(await open_browser(test), server, {
    query: "?source=clip",
    prepare: intercept("**/fm-small.safetensors", (route) => route.fulfill(answer)),
  });
  await page.evaluate(() => sideband.start({ source: "clip" }));
  for (const [body, sentence] of answers) {
    answer = body;
    const thrown = await page.evaluate(() =>
      sideband.load("a", "models/violin/fm-small.safetensors").then(
        () => "",
        (error) => error.message,
      ),
    );
    assert.match(thrown, sentence);
    assert.equal(await problem_of(page), thrown);
    assert.match((await page.evaluate(() => sideband.snapshot())).model, /fm-plain/);
    await plays(page);
  }
  answer = { body: file, contentType: "application/octet-stream" };
  await page.evaluate(() => sideband.load("a", "models/violin/fm-small.safetensors"));
  assert.match((await page.evaluate(() => sideband.snapshot())).model, /fm-small/);
  assert.equal(await page.getAttribute("#status-line", "data-kind"), "playing");
});

test("an unreachable server while a model loads", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server, {
    prepare: intercept("**/fm-small.safetensors", (route) => route.abort("connectionrefused")),
  });
  await page.evaluate(() =>
    sideband.load("b", "models/flute/fm-small.safetensors").catch(() => {}),
  );
  assert.match(await problem_of(page), /the server cannot be reached/);
});

test("no list of models, or a damaged one", async (test) => {
  const server = await start_server(test);
  const browser = await open_browser(test);
  for (const [answer, sentence] of [
    [{ status: 404 }, /list of models could not be downloaded/],
    [{ body: "[{", contentType: "application/json" }, /list of models arrived damaged/],
    [{ body: "[]", contentType: "application/json" }, /list of models is empty/],
  ]) {
    const page = await open_page(browser, server, {
      wait: false,
      prepare: intercept("**/models/index.json", (route) => route.fulfill(answer)),
    });
    assert.match(await problem_of(page), sentence);
    assert.deepEqual(await ways(page), ["Try again"]);
    await page.close();
  }
});

test("browsers without WebAssembly, without its SIMD, without audio worklets", async (test) => {
  const server = await start_server(test);
  const browser = await open_browser(test);
  const bare = await open_page(browser, server, {
    wait: false,
    prepare: (page) => page.addInitScript(() => delete window.WebAssembly),
  });
  assert.match(await problem_of(bare), /cannot run WebAssembly/);
  const no_simd = await open_page(browser, server, {
    wait: false,
    prepare: (page) =>
      page.addInitScript(() => {
        WebAssembly.compile = async () => {
          throw new WebAssembly.CompileError("invalid opcode 0xfd");
        };
      }),
  });
  assert.match(await problem_of(no_simd), /lacks SIMD/);
  const no_worklet = await open_page(browser, server, {
    prepare: (page) => page.addInitScript(() => delete window.AudioWorkletNode),
  });
  await no_worklet.click("#start");
  assert.match(await problem_of(no_worklet), /no AudioWorklet/);
});

test("a synthesiser that does not arrive", async (test) => {
  const server = await start_server(test);
  const browser = await open_browser(test);
  for (const [answer, sentence] of [
    [{ status: 500 }, /synthesiser could not be downloaded: the server answered 500/],
    [{ body: "not wasm", contentType: "application/wasm" }, /synthesiser arrived damaged/],
  ]) {
    const page = await open_page(browser, server, {
      wait: false,
      prepare: intercept("**/wasm/engine.wasm", (route) => route.fulfill(answer)),
    });
    assert.match(await problem_of(page), sentence);
    await page.close();
  }
});

test("a file that is no sound, and one whose samples are damaged", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server);
  await page.setInputFiles("#file", {
    name: "notes.wav",
    mimeType: "audio/wav",
    buffer: Buffer.from("hello"),
  });
  assert.match(await problem_of(page), /cannot be read as sound/);
  // The browser's change of rate may spread a damaged sample over its neighbours.
  for (const [damage, said] of [
    [-3e38, /is damaged: after 0\.0\d\d s a sample is -?[\d.]+e\+3\d, where full scale is 1/],
    [NaN, /is damaged: after 0\.0\d\d s a sample is not a number/],
  ]) {
    const samples = new Float32Array(4800).fill(0.1);
    samples[2400] = damage;
    await page.setInputFiles("#file", {
      name: "damaged.wav",
      mimeType: "audio/wav",
      buffer: Buffer.from(wav_bytes([samples], 48000)),
    });
    await page.getByText(said).waitFor();
    await problem_of(page);
  }
});

// A server of the page whose audio processor has a fault.
async function start_faulty_server(test, fault) {
  const server = await start_server(test);
  const audio = await temporary_folder(test);
  await cp(path.join(kRoot, "web/audio"), audio, { recursive: true });
  const file = path.join(audio, "engine_processor.js");
  const source = readFileSync(file, "utf8");
  const faulty = source.replace("#run(input, output) {", `#run(input, output) {\n${fault}`);
  assert.notEqual(faulty, source);
  await writeFile(file, faulty);
  server.folders.audio = audio;
  return server;
}

test("an audio processor that fails is restarted, with the same model", async (test) => {
  const fault =
    "if (currentTime > 1 && !globalThis.fault) { globalThis.fault = true; throw new Error('a fault of the test'); }";
  const server = await start_faulty_server(test, fault);
  const page = await open_page(await open_browser(test), server, {
    query: "?source=clip&brightness=0.5",
  });
  await page.evaluate(() => sideband.start({ source: "clip" }));
  await page.waitForSelector("#status-line[data-kind=warning]");
  assert.match(await status_text(page), /a fault of the test.*restarted/);
  await page.waitForFunction(() => sideband.snapshot().frames > 250);
  await plays(page);
  const now = await page.evaluate(() => sideband.snapshot());
  assert.ok(now.dropouts >= 1, "the restart counts as a dropout");
  assert.equal(await page.evaluate(() => sideband.get("brightness")), 0.5);
});

test("one that keeps failing stops with a sentence", async (test) => {
  const server = await start_faulty_server(test, "throw new Error('a fault of the test');");
  const page = await open_page(await open_browser(test), server, { query: "?source=clip" });
  await page.evaluate(() => sideband.start({ source: "clip" }));
  assert.match(await problem_of(page), /keeps failing \(a fault of the test\)/);
  assert.equal(await page.evaluate(() => sideband.state), "stopped");
});

test("a browser that cannot hand a compiled module to the worklet gets the bytes", async (test) => {
  const server = await start_server(test);
  const page = await open_page(await open_browser(test), server, {
    prepare: (page) =>
      page.addInitScript(() => {
        const Real = AudioWorkletNode;
        window.AudioWorkletNode = class extends Real {
          constructor(context, name, options) {
            if (options.processorOptions.module)
              throw new DOMException("could not be cloned", "DataCloneError");
            super(context, name, options);
          }
        };
      }),
  });
  await page.evaluate(() => sideband.start({ source: "clip" }));
  await plays(page);
});
