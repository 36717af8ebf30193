// The tables: cells rendered from the phrase one after another, heard by one transport that keeps its
// place from cell to cell.

import { Card } from "./card.js";
import { element } from "./dom.js";
import { kRateHz } from "./sources.js";
import { Transport } from "./transport.js";

export class TableView extends EventTarget {
  #library;
  #player;
  #announce;
  #turn = 0;
  #cards = [];
  #heard = 0;
  #differences = false;
  #phrase = null;
  #loading = null; // the player's taking of this table's sounds
  #check;

  // announce: {busy(text), ready(text), problem(error)}
  constructor({ library, player, announce }) {
    super();
    this.#library = library;
    this.#player = player;
    this.#announce = announce;
    this.transport = new Transport(player, {
      prepare: () => this.#load(),
      on_problem: announce.problem,
    });
    this.#check = element("input", {
      type: "checkbox",
      "aria-keyshortcuts": "d",
      onchange: () => this.show_differences(this.#check.checked),
    });
    this.grid = element("div", { class: "grid" });
    this.node = element(
      "div",
      { class: "tables" },
      this.transport.node,
      element(
        "div",
        { class: "view-row" },
        element("label", {}, this.#check, " Differences from the reference"),
        element(
          "span",
          { class: "scale level", title: "Colour scale of the spectrograms" },
          "−85 dB",
          element("i"),
          "−10 dB",
        ),
        element(
          "span",
          { class: "scale difference", title: "Colour scale of the differences" },
          "softer",
          element("i"),
          "louder",
        ),
      ),
      this.grid,
    );
    player.addEventListener("place", ({ detail }) => {
      this.grid.style.setProperty("--place", detail.length ? detail.frame / detail.length : 0);
    });
  }

  // Cards that have a sound, in the order of the player's.
  get rendered() {
    return this.#cards.filter(({ rendering }) => rendering);
  }

  // Renders a table ({first, rows}, cells.js) from a phrase ({name, samples}).
  async show(table, phrase) {
    const turn = ++this.#turn;
    const chosen = this.rendered[this.#heard]?.cell.key;
    this.transport.ready(false);
    this.#loading = null;
    this.#build(table);
    if (phrase !== this.#phrase) this.#player.expect(phrase.samples.length);
    this.#phrase = phrase;
    const seconds = phrase.samples.length / kRateHz;
    const cards = this.#cards.filter(({ cell }) => cell.kind !== "missing");
    let compute_seconds = 0;
    let failed = null;
    let reference = null;
    for (const [i, card] of cards.entries()) {
      this.#announce.busy(`Rendering ${card.cell.title}, ${i + 1} of ${cards.length}…`);
      try {
        const rendering = await this.#library.render(card.cell, phrase.samples, (share) =>
          card.show_progress(share),
        );
        if (turn !== this.#turn) return;
        reference ??= rendering;
        compute_seconds += rendering.seconds + (rendering.listening_seconds ?? 0);
        card.show(rendering, reference, seconds, this.#differences);
      } catch (error) {
        if (turn !== this.#turn || error.name === "AbortError") return;
        card.show_failure(error.message);
        failed = error;
      }
    }
    this.reference = reference;
    this.summary = { cells: cards.length, compute_seconds, seconds };
    const rendered = this.rendered;
    this.#heard = Math.max(
      0,
      rendered.findIndex(({ cell }) => cell.key === chosen),
    );
    this.#show_heard();
    for (const card of rendered) card.enabled = true;
    this.transport.ready(rendered.length > 0);
    if (failed) this.#announce.problem(failed);
    else {
      this.#announce.ready(
        `${phrase.name}: ${cards.length} cells of ${seconds.toFixed(1)} s rendered in ${compute_seconds.toFixed(2)} s. Play, then choose cells to compare.`,
      );
    }
    this.dispatchEvent(new CustomEvent("rendered"));
  }

  // Gives the player this table's sounds, once; needs a user's gesture the first time. Every key and
  // click waits for the same loading, so that what was pressed meanwhile happens after it, in order.
  #load() {
    this.#loading ??= this.#player
      .load(
        this.rendered.map(({ rendering }) => rendering),
        { index: this.#heard, keep_place: true },
      )
      .catch((error) => {
        this.#loading = null;
        throw error;
      });
    return this.#loading;
  }

  // Takes the player back from another tab.
  claim() {
    this.#loading = null;
    this.transport.stop();
  }

  #build({ first, rows }) {
    this.#cards = [];
    const add = (cell) => {
      const card = new Card(cell, () => this.choose(this.rendered.indexOf(card)));
      this.#cards.push(card);
      return card.node;
    };
    const row = (title, cells) =>
      element(
        "section",
        { class: "grid-row", "aria-label": title },
        element("h2", {}, title),
        element("div", { class: "cells" }, ...cells.map(add)),
      );
    this.grid.replaceChildren(
      row("Phrase", first),
      ...rows.map(({ title, cells }) => row(title, cells)),
    );
  }

  // Hears a cell, by its number among the rendered ones.
  async choose(index) {
    if (index < 0 || index >= this.rendered.length) return;
    this.#heard = index;
    this.#show_heard();
    try {
      await this.#load();
      this.#player.choose(index);
    } catch (error) {
      this.#announce.problem(error);
    }
  }

  #show_heard() {
    this.rendered.forEach((card, i) => {
      card.heard = i === this.#heard;
    });
  }

  show_differences(on) {
    this.#differences = on;
    this.#check.checked = on;
    this.grid.classList.toggle("differences", on);
    for (const card of this.rendered) card.show_picture(this.reference, on);
  }

  take_key(key) {
    const count = this.rendered.length;
    if (!this.transport.is_ready || !count) return false;
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    if (key in steps) this.choose((this.#heard + steps[key] + count) % count);
    else if (key === "r") this.choose(0);
    else if (key === "d") this.show_differences(!this.#differences);
    else if (/^[1-9]$/.test(key)) this.choose(Number(key) - 1);
    else return this.transport.take_key(key);
    return true;
  }
}
