// Before anything is drawn: what the browser remembers of the colours and the read hints (saving.js),
// so that nothing moves or flashes later.

try {
  const remembered = JSON.parse(localStorage.getItem("sideband") ?? "{}");
  const light = matchMedia("(prefers-color-scheme: light)").matches;
  document.documentElement.dataset.theme = remembered.theme ?? (light ? "light" : "dark");
  if (remembered.hints === "seen") document.documentElement.dataset.hints = "seen";
} catch {
  // No memory: the first visit, as it is.
}
