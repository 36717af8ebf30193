// The service worker of a copy made by tools/site: the page itself is kept at the first visit, models
// and clips when they are played, so that all of it works without a network. A new version has a new
// cache, into which goes from the old one what has not changed; the old one goes when no page uses it
// any more.

const kVersion = new URL(location.href).searchParams.get("version");
const kCache = `sideband-${kVersion}`;
const kList = "site-files.json"; // {version, page: {file: hash}, opened: {file: hash}}, by tools/site.mjs

const old_caches = async () => {
  const names = (await caches.keys()).filter((name) => name.startsWith("sideband-"));
  return names.filter((name) => name !== kCache);
};

const list_of = async (cache) => (await (await cache.match(kList))?.json()) ?? {};

// Takes over each file from the old caches if its content is the same; returns those it did not find.
async function take_over(cache, part, files) {
  const missing = new Set(Object.keys(files));
  for (const name of await old_caches()) {
    const old = await caches.open(name);
    const known = (await list_of(old))[part] ?? {};
    for (const file of [...missing].filter((file) => known[file] === files[file])) {
      const response = await old.match(file);
      if (!response) continue;
      await cache.put(file, response);
      missing.delete(file);
    }
  }
  return [...missing];
}

self.addEventListener("install", (event) => {
  const keep = async () => {
    const list = await fetch(kList, { cache: "no-cache" });
    const cache = await caches.open(kCache);
    const { page } = await list.clone().json();
    const missing = await take_over(cache, "page", page);
    await cache.addAll(missing.map((file) => new Request(file, { cache: "no-cache" })));
    await cache.put(kList, list);
    await self.skipWaiting();
  };
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    const cache = await caches.open(kCache);
    await take_over(cache, "opened", (await list_of(cache)).opened ?? {});
    await Promise.all((await old_caches()).map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.cache === "no-store") return; // what the host has now
  const answer = async () => {
    const cache = await caches.open(kCache);
    const kept = await cache.match(request, { ignoreSearch: request.mode === "navigate" });
    if (kept) return kept;
    const response = await fetch(request);
    if (response.status === 200 && !request.headers.has("range")) {
      await cache.put(request, response.clone());
    }
    return response;
  };
  event.respondWith(answer());
});
