// The service worker of a copy made by tools/site: the page itself is kept at the first visit, models
// and clips when they are played, so that all of it works without a network. A new version has a new
// cache; the old one goes when no page uses it any more.

const kVersion = new URL(location.href).searchParams.get("version");
const kCache = `sideband-${kVersion}`;

self.addEventListener("install", (event) => {
  const keep = async () => {
    const files = await (await fetch("site-files.json", { cache: "no-cache" })).json();
    const cache = await caches.open(kCache);
    await cache.addAll(files.map((file) => new Request(file, { cache: "no-cache" })));
    await self.skipWaiting();
  };
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith("sideband-") && name !== kCache);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
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
