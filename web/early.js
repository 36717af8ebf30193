// Before anything is drawn: what the browser remembers of the colours and the read hints (saving.js),
// so that nothing moves or flashes later; and words for the case that the page's modules never run.

try {
  const remembered = JSON.parse(localStorage.getItem("sideband") ?? "{}");
  const light = matchMedia("(prefers-color-scheme: light)").matches;
  document.documentElement.dataset.theme = remembered.theme ?? (light ? "light" : "dark");
  if (remembered.hints === "seen") document.documentElement.dataset.hints = "seen";
} catch {
  // No memory: the first visit, as it is.
}

// A module that cannot be fetched or has a wrong type fails its script; one that the browser does not
// understand is a SyntaxError of the window.
addEventListener(
  "error",
  ({ target, error }) => {
    const refused = target instanceof HTMLScriptElement && target.type === "module";
    if (!refused && !(error instanceof SyntaxError)) return;
    const tell = () => {
      const line = document.getElementById("status-line");
      if (!line) return;
      line.dataset.kind = "problem";
      document.getElementById("status").textContent =
        "Parts of the page could not be loaded: reload it, use a current Firefox, Chrome, Edge or Safari, or ask whoever runs the server whether scripts are sent as text/javascript.";
    };
    if (document.readyState === "loading") addEventListener("DOMContentLoaded", tell);
    else tell();
  },
  true,
);
