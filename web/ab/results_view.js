// What a test has shown: verdicts, a plot, a table, and files to save. Nothing is kept elsewhere.

import { download, element, number_table } from "./dom.js";
import { rating_plot } from "./plots.js";
import { abx_csv, abx_summary, mushra_csv, rating_summary, results_json } from "./results.js";

const kSignificance = 0.05;

const button = (id, text, onclick) => element("button", { type: "button", id, onclick }, text);

function verdict({ trial_id, a, b, planned, answers }) {
  const { right, trials, p } = abx_summary(answers);
  const told = p < kSignificance ? "they can be told apart" : "no proof that they can be told apart";
  // A p-value is that of a number of trials that was fixed before.
  const early =
    trials < planned
      ? ` Ended after ${trials} of ${planned} trials: take p for a hint, not for a result.`
      : "";
  return element(
    "p",
    { class: "abx-result" },
    `${trial_id}: ${a} against ${b}: ${right} of ${trials} right, p = ${p.toFixed(4)}: ${told}.${early}`,
  );
}

// Means of all pages of all these results.
export function rating_figure(all_results) {
  const summary = rating_summary(all_results);
  if (!summary.length) return element("p", {}, "No ratings among these results.");
  const listeners = all_results.length === 1 ? "listener" : "listeners";
  return element(
    "figure",
    {},
    element("div", { class: "scroll" }, rating_plot(summary)),
    element(
      "figcaption",
      { class: "dim" },
      `Mean and 95 % interval (Student's t) of ${all_results.length} ${listeners}.`,
    ),
    number_table(
      ["Stimulus", "n", "Mean", "95 %"],
      summary.map(({ stimulus, count, mean, half }) => ({
        texts: [
          stimulus,
          String(count),
          mean.toFixed(1),
          half === null ? "–" : `± ${half.toFixed(1)}`,
        ],
      })),
    ),
  );
}

// `earlier`: results of other listeners, for the plot.
export function results_view(results, earlier, on_again) {
  const save = (ending, type, content) => () =>
    download(`${results.test_id}-${results.session_uuid.slice(0, 8)}${ending}`, type, content);
  const { mushra, abx } = results;
  return element(
    "section",
    { class: "panel" },
    element("h2", {}, "Results"),
    ...abx.map(verdict),
    mushra.length ? rating_figure([...earlier, results]) : "",
    element(
      "div",
      { class: "row" },
      mushra.length
        ? button(
            "save-mushra",
            "Save ratings (CSV)",
            save("-mushra.csv", "text/csv", mushra_csv(results)),
          )
        : "",
      abx.length
        ? button("save-abx", "Save ABX (CSV)", save("-abx.csv", "text/csv", abx_csv(results)))
        : "",
      button(
        "save-json",
        "Save all (JSON)",
        save(".json", "application/json", results_json(results)),
      ),
      button("again", "Another test", on_again),
    ),
  );
}
