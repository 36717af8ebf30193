#!/usr/bin/env node
// A static server for the page during development: tools/serve.mjs [--port N]. Shows the tree as a
// static host would: web/ at the top, with models/ and the built modules of build/wasm as wasm/.
// Used by tools/play and by the browser tests; listens on this machine only.

import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const kRoot = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

const kTypes = {
  ".css": "text/css; charset=utf-8",
  ".flac": "audio/flac",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".md": "text/markdown; charset=utf-8",
  ".mp3": "audio/mpeg",
  ".ogg": "audio/ogg",
  ".onnx": "application/octet-stream",
  ".png": "image/png",
  ".safetensors": "application/octet-stream",
  ".svg": "image/svg+xml",
  ".ttf": "font/ttf",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".wav": "audio/wav",
  ".webmanifest": "application/manifest+json",
};

export const kWeb = path.join(kRoot, "web");

// Folders by first path segment; everything else is below web/.
export const kFolders = {
  models: path.join(kRoot, "models"),
  wasm: path.join(kRoot, "build", "wasm"),
};

// The policy of the pages' own <meta>, and what only a header can say.
const kPolicy = "frame-ancestors 'none'";

const kCompressed = /\.(css|html|js|json|md|safetensors|svg|txt|wasm|webmanifest)$/;
const squeezed = new Map(); // by file and time of change

async function gzipped(file, info) {
  const key = `${file} ${info.mtimeMs} ${info.size}`;
  if (!squeezed.has(key)) squeezed.set(key, promisify(gzip)(await readFile(file), { level: 6 }));
  return squeezed.get(key);
}

function locate(url, folders, root) {
  const parts = decodeURIComponent(new URL(url, "http://localhost").pathname).split("/").slice(1);
  if (parts.some((part) => part === ".." || part.includes("\\") || part.includes("\0")))
    return null;
  const folder = folders[parts[0]];
  const base = folder ?? root;
  const file = path.join(base, ...(folder ? parts.slice(1) : parts));
  return parts.at(-1) === "" || file === base ? path.join(file, "index.html") : file;
}

// Starts a server of `root`, with `folders` below it; port 0 takes any free one. Resolves to {url, close()}.
export async function serve({ port = 0, folders = kFolders, root = kWeb } = {}) {
  const server = createServer(async (request, response) => {
    try {
      const file = locate(request.url, folders, root);
      const type = file && kTypes[path.extname(file)];
      const info = type ? await stat(file) : null;
      if (!info?.isFile()) throw new Error("not a file of the page");
      const compress =
        kCompressed.test(file) && /\bgzip\b/.test(request.headers["accept-encoding"] ?? "");
      const body = compress ? await gzipped(file, info) : null;
      response.writeHead(200, {
        "Content-Type": type,
        "Content-Length": body ? body.length : info.size,
        "Cache-Control": "no-cache",
        "Content-Security-Policy": kPolicy,
        "X-Content-Type-Options": "nosniff",
        ...(body ? { "Content-Encoding": "gzip", Vary: "Accept-Encoding" } : {}),
      });
      if (request.method === "HEAD") response.end();
      else if (body) response.end(body);
      else
        createReadStream(file)
          .on("error", () => response.destroy())
          .pipe(response);
    } catch {
      response.writeHead(404, { "Content-Type": "text/plain; charset=utf-8" });
      response.end("There is nothing here.\n");
    }
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://localhost:${server.address().port}/`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

async function main(args) {
  const port = args[0] === "--port" ? Number(args[1]) : 8000;
  if (!Number.isInteger(port) || port < 0 || port > 65535 || args.length > 2) {
    console.error("usage: tools/serve.mjs [--port N]");
    return 2;
  }
  try {
    console.log((await serve({ port })).url);
    return null; // until it is stopped
  } catch (error) {
    const taken = error.code === "EADDRINUSE";
    console.error(taken ? `port ${port} is taken; choose another with --port` : error.message);
    return 1;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const code = await main(process.argv.slice(2));
  if (code !== null) process.exit(code);
}
