// The page's manners: dark or light, help, the first visit's hints, and being there offline.

const by_id = (id) => document.getElementById(id);
const light_preferred = window.matchMedia("(prefers-color-scheme: light)");

// Dispatches "theme" on the document when what is seen changes.
export class Theme {
  #memory;

  constructor(memory) {
    this.#memory = memory;
    light_preferred.addEventListener("change", () => this.#show());
    by_id("theme").onclick = () => {
      memory.set("theme", this.light ? "dark" : "light");
      this.#show();
    };
    this.#show();
  }

  get light() {
    const chosen = this.#memory.get("theme");
    return chosen ? chosen === "light" : light_preferred.matches;
  }

  #show() {
    const name = this.light ? "light" : "dark";
    document.documentElement.dataset.theme = name;
    document.querySelector("meta[name=theme-color]").content = this.light ? "#f3f5f8" : "#0b0e13";
    by_id("theme").setAttribute("aria-label", this.light ? "Dark colours" : "Light colours");
    by_id("theme").textContent = this.light ? "☾" : "☀";
    document.dispatchEvent(new CustomEvent("theme", { detail: { light: this.light } }));
  }
}

export function toggle_help() {
  const help = by_id("help");
  if (help.open) help.close();
  else help.showModal();
}

export function wire_help() {
  by_id("help-button").onclick = toggle_help;
  by_id("help-close").onclick = toggle_help;
  by_id("help").onclick = ({ target }) => target === by_id("help") && toggle_help();
}

// Three sentences for who is here for the first time, until they are closed or have been followed.
export function show_hints(memory, instrument) {
  const hints = by_id("hints");
  if (memory.get("hints") === "seen") {
    hints.hidden = true;
    return;
  }
  const close = () => {
    hints.hidden = true;
    memory.set("hints", "seen");
  };
  by_id("hints-close").onclick = close;
  let seconds = 0;
  instrument.addEventListener("traces", ({ detail: { count } }) => {
    seconds += count * 0.004;
    if (!hints.hidden && seconds > 30) close();
  });
}

// A copy made by tools/site carries its version, and is kept by the service worker (sw.js). The page
// that is kept cannot know of a newer one, so it asks the host; `on_newer` is called when the next
// visit will have that.
export async function stay_offline(on_newer = () => {}) {
  const version = document.querySelector("meta[name=sideband-version]")?.content;
  if (!version || !("serviceWorker" in navigator)) return;
  const keep = (version) =>
    navigator.serviceWorker.register(`sw.js?version=${encodeURIComponent(version)}`);
  try {
    await keep(version);
    await navigator.serviceWorker.ready;
    const there = await (await fetch("site-files.json", { cache: "no-store" })).json();
    if (there.version === version) return;
    const { installing } = await keep(there.version);
    installing?.addEventListener("statechange", () => {
      if (installing.state === "activated") on_newer();
    });
  } catch {
    // Without a network, or where workers are denied, the page plays as it is.
  }
}
