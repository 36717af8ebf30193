// What can be tested blind, and with what: the first view of the tab.

import { model_name } from "../audio/models.js";
import { element } from "./dom.js";

const kTrials = [8, 10, 16, 20, 30];
const kLeastCells = 3; // the reference, the anchor, and something to compare

export const cell_name = (cell) => (cell.kind === "model" ? model_name(cell.model) : cell.title);

const panel = (title, text, ...content) =>
  element(
    "section",
    { class: "panel" },
    element("h2", {}, title),
    element("p", { class: "dim" }, text),
    element("div", { class: "row" }, ...content),
  );

const start_button = (id, text, disabled, onclick) =>
  element("button", { type: "button", id, disabled, onclick }, text);

// cells: [{cell, rendering}] of the table that was rendered last; on_abx(a, b, trials), on_rating() and
// on_files(files) are told what to do.
export function test_setup({ cells, on_abx, on_rating, on_files }) {
  const options = () => cells.map(({ cell }, i) => new Option(cell_name(cell), i));
  const a = element("select", { "aria-label": "Sound A" }, ...options());
  const b = element("select", { "aria-label": "Sound B" }, ...options());
  const first_model = cells.findIndex(({ cell }) => cell.kind === "model");
  if (first_model > 0) {
    a.value = "0";
    b.value = String(first_model);
  }
  const trials = element(
    "select",
    { "aria-label": "Number of trials" },
    ...kTrials.map((n) => new Option(`${n} trials`, n, n === 16, n === 16)),
  );
  const none = cells.length < kLeastCells;
  const choose = element("input", {
    type: "file",
    multiple: true,
    accept: ".json,audio/*,.flac",
    class: "visually-hidden",
    tabindex: "-1",
    id: "study-files",
    "aria-label": "Study and its sounds",
    onchange: ({ target }) => on_files([...target.files]),
  });
  return [
    panel(
      "ABX: can you tell them apart?",
      "X is A or B by the toss of a coin, anew each time. The p-value is the chance of being right as often by guessing.",
      element("label", {}, "A ", a),
      element("label", {}, "B ", b),
      trials,
      start_button("start-abx", "Start ABX", none, () =>
        on_abx(cells[a.value], cells[b.value], Number(trials.value)),
      ),
    ),
    panel(
      "Rating: how close is each to the reference?",
      "In the manner of MUSHRA: every cell of the table, the LPC anchor and the hidden reference, in random order.",
      start_button("start-rating", "Start rating", none, on_rating),
    ),
    panel(
      "Your own study",
      "Drop a study.json with its sounds here, or choose them together. The results of earlier listeners (JSON) can be dropped too; they join the plot. Nothing leaves this page.",
      start_button("choose-study", "Choose study or results…", false, () => choose.click()),
      choose,
    ),
    none
      ? element(
          "p",
          { class: "dim" },
          "ABX and rating are about the table that was looked at last: it has nothing to compare, or is still being rendered.",
        )
      : "",
  ];
}
