// The page in headless Chromium, for the tests: a server, a browser with or without a fake microphone,
// and everything the page complained about.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { kFolders, serve } from "../../../tools/serve.mjs";
import { write_plain_models } from "./plain_model.mjs";

export const kRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
// SIDEBAND_BUILD and SIDEBAND_MODELS point the tests at another build, or other models, than the tree's.
const kBuild = process.env.SIDEBAND_BUILD ?? path.join(kRoot, "build");
const kTrained = process.env.SIDEBAND_MODELS ?? kFolders.models;
export const kWasm = path.join(kBuild, "wasm");
export const kCommandLine = path.join(kBuild, "native/sideband");
export const kScreenshots = path.join(kRoot, "build/screenshots");

// A folder for a test's files, gone when the test is over.
export async function temporary_folder(test) {
  const folder = await mkdtemp(path.join(tmpdir(), "sideband-web-"));
  test.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

// models: "trained" for models/, "plain" for made-up ones.
export async function start_server(test, { models = "plain" } = {}) {
  const folders = { models: kTrained, wasm: kWasm };
  if (!existsSync(path.join(folders.wasm, "engine.wasm"))) {
    throw new Error(`${folders.wasm}/engine.wasm is missing; build the wasm preset first`);
  }
  if (models === "plain") {
    folders.models = await temporary_folder(test);
    await write_plain_models(folders.models);
    const recogniser = "recogniser.safetensors";
    await copyFile(path.join(kTrained, recogniser), path.join(folders.models, recogniser));
  } else if (!existsSync(path.join(folders.models, "index.json"))) {
    throw new Error(`${folders.models}/index.json is missing; train and export the models first`);
  }
  const server = await serve({ folders });
  test.after(() => server.close());
  return { ...server, folders };
}

// microphone: path of a WAV file to hear over and over, or "deny", or "none" for no device. autoplay:
// which sounds the browser lets start.
export async function open_browser(
  test,
  { microphone = null, autoplay = "no-user-gesture-required", args = [] } = {},
) {
  const flags = [`--autoplay-policy=${autoplay}`, "--mute-audio", ...args];
  if (microphone !== "none") flags.push("--use-fake-device-for-media-stream");
  if (microphone !== "deny") flags.push("--use-fake-ui-for-media-stream");
  if (microphone && microphone !== "deny" && microphone !== "none") {
    flags.push(`--use-file-for-fake-audio-capture=${microphone}`);
  }
  const browser = await chromium.launch({
    executablePath: process.env.SIDEBAND_CHROMIUM ?? "/usr/bin/chromium",
    args: flags,
    chromiumSandbox: false,
  });
  test.after(() => browser.close());
  return browser;
}

// What base64 from the page's as_base64() stands for.
export const bytes_of = (text) => new Uint8Array(Buffer.from(text, "base64"));
export const floats_of = (text) => new Float32Array(bytes_of(text).buffer);

// Opens the page at `query`. `prepare(page)` runs before anything loads. The result's `complaints` are
// the console errors and uncaught exceptions so far, `foreign` every request to another origin.
export async function open_page(
  browser,
  server,
  { query = "", prepare = null, wait = true, ...context_options } = {},
) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    ...context_options,
  });
  const page = await context.newPage();
  const complaints = [];
  const foreign = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (/^https?:$/.test(url.protocol) && url.origin !== new URL(server.url).origin)
      foreign.push(request.url());
  });
  await page.addInitScript(() => {
    window.as_base64 = (array) => {
      const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
      let text = "";
      for (let i = 0; i < bytes.length; i += 32768)
        text += String.fromCharCode(...bytes.subarray(i, i + 32768));
      return btoa(text);
    };
    window.from_base64 = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  });
  await prepare?.(page);
  await page.goto(server.url + query);
  if (wait)
    await page.waitForFunction(() => window.sideband?.model("a") && window.sideband?.model("b"));
  return Object.assign(page, { complaints, foreign });
}

// For open_page's `prepare`: the page's AudioContext becomes window.context.
export const show_context = (page) =>
  page.addInitScript(() => {
    const Real = AudioContext;
    window.AudioContext = class extends Real {
      constructor(options) {
        super(options);
        window.context = this;
      }
    };
  });

export async function screenshot(page, name) {
  await mkdir(kScreenshots, { recursive: true });
  await page.screenshot({ path: path.join(kScreenshots, `${name}.png`), fullPage: true });
}

// Runs the native command line; throws with its one line of complaint.
export function sideband(...args) {
  if (!existsSync(kCommandLine))
    throw new Error(`${kCommandLine} is missing; build the native preset first`);
  return execFileSync(kCommandLine, args, { encoding: "utf8", maxBuffer: 1 << 26 });
}
