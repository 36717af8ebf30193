// Play, place and loop of a player, as elements; with the keys that go with them. Used by the tables
// and by the blind tests.

import { element, time_text } from "./dom.js";

export class Transport {
  #player;
  #play;
  #place;
  #track; // the place, and the loop under it
  #time;
  #loop_text;
  #clear;
  #dragging = false;
  #starting = false; // asked to play, and still preparing

  #prepare;

  // `prepare()` is waited for before anything plays; `on_problem(error)` hears why that failed.
  constructor(player, { prepare = async () => {}, on_problem }) {
    this.#player = player;
    this.#prepare = prepare;
    this.on_problem = on_problem;
    this.#play = element(
      "button",
      {
        class: "start",
        type: "button",
        disabled: true,
        "aria-keyshortcuts": "Space",
        onclick: () => this.toggle(),
      },
      element("span", { class: "start-icon", "aria-hidden": "true" }),
      element("span", {}, "Play"),
    );
    this.#place = element("input", {
      type: "range",
      min: "0",
      max: "1",
      value: "0",
      step: "any",
      class: "place",
      disabled: true,
      "aria-label": "Place in the phrase",
      oninput: () => {
        this.#dragging = true;
        player.seek(Number(this.#place.value));
        this.#show();
      },
      onchange: () => {
        this.#dragging = false;
      },
    });
    this.#track = element("span", { class: "place-track" }, this.#place);
    this.#time = element("span", { class: "time" }, "0:00.0");
    this.#loop_text = element("span", { class: "loop-text" }, "whole phrase");
    const set = (which) => () => this.set_loop(which);
    this.#clear = element(
      "button",
      { class: "quiet", type: "button", disabled: true, onclick: () => this.clear_loop() },
      "Whole phrase",
    );
    this.node = element(
      "div",
      { class: "player", role: "group", "aria-label": "Transport" },
      this.#play,
      element("div", { class: "place-row" }, this.#track, this.#time),
      element(
        "div",
        { class: "loop-row" },
        element("span", { class: "dim" }, "Loop"),
        element(
          "button",
          { class: "quiet", type: "button", "aria-keyshortcuts": "[", onclick: set("begin") },
          "From here",
        ),
        element(
          "button",
          { class: "quiet", type: "button", "aria-keyshortcuts": "]", onclick: set("end") },
          "To here",
        ),
        this.#clear,
        this.#loop_text,
      ),
    );
    player.addEventListener("place", () => this.#show());
    this.ready(false);
  }

  // Whether there is something to play.
  ready(ready) {
    for (const control of this.node.querySelectorAll("button, input")) control.disabled = !ready;
    this.is_ready = ready;
    if (!ready) this.stop();
    this.#show();
  }

  // Also takes back a start that is still being prepared.
  stop() {
    this.#starting = false;
    this.#player.pause();
    this.#show();
  }

  async toggle() {
    if (!this.is_ready) return;
    if (this.#player.playing || this.#starting) {
      this.stop();
      return;
    }
    this.#starting = true;
    try {
      await this.#prepare();
      if (this.#starting) await this.#player.play();
    } catch (error) {
      this.on_problem(error);
    }
    this.#starting = false;
    this.#show();
  }

  set_loop(which) {
    const player = this.#player;
    let [begin, end] = player.loop_region;
    const least = Math.round(player.rate_hz / 5);
    if (which === "begin") begin = Math.min(Math.round(player.frame), player.length - least);
    else end = Math.max(Math.round(player.frame), least);
    if (end - begin < least) {
      if (which === "begin") end = player.length;
      else begin = 0;
    }
    player.loop(begin, end);
    this.#show();
  }

  clear_loop() {
    this.#player.loop();
    this.#show();
  }

  // True where the key was one of the transport's.
  take_key(key) {
    const actions = {
      " ": () => this.toggle(),
      "[": () => this.set_loop("begin"),
      "]": () => this.set_loop("end"),
      Backspace: () => this.#player.seek(this.#player.loop_region[0]),
    };
    if (!actions[key] || !this.is_ready) return false;
    actions[key]();
    return true;
  }

  #show() {
    const player = this.#player;
    const { rate_hz, length } = player;
    const [begin, end] = player.loop_region;
    this.#play.dataset.state = player.playing ? "running" : "stopped";
    this.#play.lastChild.textContent = player.playing ? "Pause" : "Play";
    this.#place.max = Math.max(1, length);
    if (!this.#dragging) this.#place.value = player.frame;
    this.#place.setAttribute("aria-valuetext", time_text(player.frame / rate_hz));
    this.#time.textContent = `${time_text(player.frame / rate_hz)} / ${time_text(length / rate_hz)}`;
    const whole = begin === 0 && end >= length;
    this.#clear.disabled = whole || !this.is_ready;
    this.#loop_text.textContent = whole
      ? "whole phrase"
      : `${time_text(begin / rate_hz)} to ${time_text(end / rate_hz)}`;
    this.#track.classList.toggle("looped", !whole);
    this.#track.style.setProperty("--begin", String(begin / Math.max(1, length)));
    this.#track.style.setProperty("--end", String(end / Math.max(1, length)));
  }
}
