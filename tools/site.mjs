// Writes the built page into a folder, for tools/site: node tools/site.mjs DIR [WASM MODELS]. The
// version in its index.html is a hash of all its files; with it comes the service worker.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";

import { kFolders, kWeb } from "./serve.mjs";

const kCompressed = /\.(css|html|js|json|safetensors|svg|txt|wasm|webmanifest)$/;
const kLeftOut = /\.(md|png|cc|h|txt)$/;
const kBuilt = ["engine.wasm", "ui.js", "ui.wasm", "render.wasm", "match.wasm"];
const kPapers = ["licences.html", "licences", "sbom.json"];
// All but these is kept at the first visit.
const kKeptWhenOpened = /^(models\/.*\.safetensors|clips\/|wasm\/match\.wasm|wasm\/licences\/)/;

async function files_below(folder, below = "") {
  const entries = await readdir(path.join(folder, below), { withFileTypes: true });
  const lists = entries.map((entry) => {
    const name = path.posix.join(below, entry.name);
    return entry.isDirectory() ? files_below(folder, name) : [name];
  });
  return (await Promise.all(lists)).flat().sort();
}

export async function write_site(
  to,
  { web = kWeb, wasm = kFolders.wasm, models = kFolders.models } = {},
) {
  await rm(to, { recursive: true, force: true });
  await mkdir(to, { recursive: true });
  await cp(web, to, {
    recursive: true,
    filter: (from) => from !== path.join(web, "ui") && !kLeftOut.test(from),
  });
  await mkdir(path.join(to, "wasm"));
  for (const file of [...kBuilt, ...kPapers]) {
    const from = path.join(wasm, file);
    if (existsSync(from)) await cp(from, path.join(to, "wasm", file), { recursive: true });
  }
  const index = JSON.parse(await readFile(path.join(models, "index.json"), "utf8"));
  const others = ["recogniser.safetensors"].filter((file) => existsSync(path.join(models, file)));
  for (const file of ["index.json", ...others, ...index.map((model) => model.file)]) {
    await mkdir(path.dirname(path.join(to, "models", file)), { recursive: true });
    await cp(path.join(models, file), path.join(to, "models", file));
  }

  const files = await files_below(to);
  const hash_of = (...texts) =>
    texts.reduce((hash, text) => hash.update(text), createHash("sha256")).digest("hex").slice(0, 16);
  const hashes = {};
  for (const file of files) hashes[file] = hash_of(await readFile(path.join(to, file)));
  const version = hash_of(...Object.entries(hashes).flat());
  const page = path.join(to, "index.html");
  const html = await readFile(page, "utf8");
  const named = html.replace(
    "<title>",
    `<meta name="sideband-version" content="${version}" />\n    <title>`,
  );
  await writeFile(page, named);
  hashes["./"] = hashes["index.html"] = hash_of(named);
  delete hashes["sw.js"];
  const of = (opened) =>
    Object.fromEntries(Object.entries(hashes).filter(([file]) => kKeptWhenOpened.test(file) === opened));
  // For the service worker: what the page is made of and what it may open, with the content's hashes.
  await writeFile(
    path.join(to, "site-files.json"),
    JSON.stringify({ version, page: of(false), opened: of(true) }),
  );

  let bytes = 0;
  for (const file of await files_below(to)) {
    const whole = await readFile(path.join(to, file));
    bytes += whole.length;
    if (kCompressed.test(file)) {
      await writeFile(path.join(to, `${file}.gz`), gzipSync(whole, { level: 9 }));
    }
  }
  return { version, files: files.length, bytes };
}

if (process.argv[1]?.endsWith("site.mjs")) {
  const [to, wasm, models] = process.argv.slice(2);
  const { version, files, bytes } = await write_site(to, { wasm, models });
  console.log(`${to}: ${files} files, ${(bytes / 1e6).toFixed(1)} MB, version ${version}`);
}
