// One cell of a table as a card: its spectrogram, figures, and whether it is heard.

import { element, short_bytes, short_count } from "./dom.js";
import { kPicture } from "./library.js";
import { paint_difference, paint_spectrogram } from "./picture.js";

const figure = (name, value, title) =>
  element("div", { title }, element("dt", {}, name), element("dd", {}, value));

export class Card {
  #canvas = element("canvas", {
    width: String(kPicture.columns),
    height: String(kPicture.rows),
    "aria-hidden": "true",
  });
  #figures = element("dl", { class: "cell-figures" });
  #progress = element("div", { class: "cell-progress" });

  constructor(cell, on_choose) {
    this.cell = cell;
    this.rendering = null;
    const missing = cell.kind === "missing";
    this.node = element(
      missing ? "div" : "button",
      missing
        ? { class: "cell missing", "data-key": cell.key }
        : {
            class: "cell",
            type: "button",
            "data-key": cell.key,
            disabled: true,
            "aria-pressed": "false",
            onclick: on_choose,
          },
      element("span", { class: "cell-title" }, cell.title),
      missing ? element("span", { class: "why" }, cell.why) : this.#canvas,
      missing ? null : this.#progress,
      missing ? null : this.#figures,
      cell.note ? element("span", { class: "cell-note" }, cell.note) : null,
    );
  }

  show_progress(share) {
    this.#progress.style.setProperty("--share", `${100 * share}%`);
  }

  show_failure(sentence) {
    this.node.classList.add("failed");
    this.#figures.replaceChildren(element("span", { class: "why" }, sentence));
  }

  // `seconds`: length of the phrase.
  show(rendering, reference, seconds, differences) {
    this.rendering = rendering;
    this.node.classList.add("rendered");
    this.show_picture(reference, differences);
    const number = (value) => (value === null || value === undefined ? "–" : value.toFixed(2).replace("-", "−"));
    const rows = [];
    if (this.cell.kind !== "reference") {
      rows.push(
        figure(
          "MSS",
          number(rendering.mss),
          "Multi-scale spectral distance from the reference; lower is closer",
        ),
        figure(
          "mel-LSD",
          number(rendering.mel_lsd),
          "Mel log-spectral distance in dB; lower is closer",
        ),
      );
    }
    rows.push(
      figure("LUFS", number(rendering.loudness_lufs), "Integrated loudness before it is matched"),
    );
    if (this.cell.kind === "model") {
      const { model } = this.cell;
      rows.push(
        figure(
          "×RT",
          (rendering.seconds / seconds).toFixed(3),
          "Time to compute ÷ length of the phrase, in this browser; the analysis that all cells share is not counted",
        ),
        figure("params", short_count(rendering.parameters), "Numbers the network has learnt"),
        figure("size", short_bytes(model.bytes ?? 0), "Bytes of the model file"),
      );
    }
    this.#figures.replaceChildren(...rows);
  }

  show_picture(reference, differences) {
    if (!this.rendering?.picture) return;
    const own = this.cell.kind === "reference";
    if (differences && reference?.picture && !own) {
      paint_difference(this.#canvas, kPicture, this.rendering.picture, reference.picture);
    } else {
      paint_spectrogram(this.#canvas, kPicture, this.rendering.picture);
    }
  }

  set heard(heard) {
    this.node.setAttribute("aria-pressed", String(heard));
  }

  set enabled(enabled) {
    if (this.cell.kind !== "missing") this.node.disabled = !enabled || !this.rendering;
  }
}
