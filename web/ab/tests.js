// The tab of blind tests: ABX of two cells, a rating of a whole table, or a study from a JSON file;
// then the results, which stay on this page until they are saved.

import { model_name } from "../audio/models.js";
import { Problem } from "../audio/problem.js";
import { run_abx } from "./abx.js";
import { download, element } from "./dom.js";
import { new_seed, random_source, seed_text } from "./order.js";
import { rating_plot } from "./plots.js";
import { run_rating } from "./rating.js";
import {
  abx_csv,
  abx_summary,
  mushra_csv,
  parse_results,
  rating_summary,
  results_json,
} from "./results.js";
import { StudySounds, parse_study } from "./study.js";
import { Player } from "./player.js";

const kTrials = [8, 10, 16, 20, 30];

export const cell_name = (cell) =>
  cell.kind === "model" ? model_name({ ...cell.model, title: cell.model.title }) : cell.title;

export class TestsView {
  #library;
  #models;
  #announce;
  #keys = null;
  #abort = null;
  #pooled = []; // results loaded from files
  #cells = () => []; // [{cell, rendering}] of the table that was rendered last

  constructor({ library, models, announce, cells }) {
    this.#library = library;
    this.#models = models;
    this.#announce = announce;
    this.#cells = cells;
    this.node = element("div", { class: "tests" });
    this.show_setup();
  }

  get running() {
    return this.#abort !== null;
  }

  take_key(key, event) {
    return this.#keys?.(key, event) ?? false;
  }

  leave() {
    this.#abort?.abort();
  }

  // ---- what is to be tested ----

  show_setup() {
    if (this.running) return;
    const cells = this.#cells();
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
    const none = cells.length < 3;
    const start_abx = element(
      "button",
      {
        type: "button",
        id: "start-abx",
        disabled: none,
        onclick: () => this.#abx(cells[a.value], cells[b.value], Number(trials.value)),
      },
      "Start ABX",
    );
    const start_rating = element(
      "button",
      { type: "button", id: "start-rating", disabled: none, onclick: () => this.#rating(cells) },
      "Start rating",
    );
    const choose = element("input", {
      type: "file",
      multiple: true,
      accept: ".json,audio/*,.flac",
      class: "visually-hidden",
      tabindex: "-1",
      id: "study-files",
      "aria-label": "Study and its sounds",
      onchange: ({ target }) => this.open_files([...target.files]),
    });
    this.node.replaceChildren(
      element(
        "section",
        { class: "panel" },
        element("h3", {}, "ABX: can you tell them apart?"),
        element(
          "p",
          { class: "dim" },
          "X is A or B, drawn anew each time. The p-value is the chance of being right as often by guessing.",
        ),
        element(
          "div",
          { class: "row" },
          element("label", {}, "A ", a),
          element("label", {}, "B ", b),
          trials,
          start_abx,
        ),
      ),
      element(
        "section",
        { class: "panel" },
        element("h3", {}, "Rating: how close is each to the reference?"),
        element(
          "p",
          { class: "dim" },
          "In the manner of MUSHRA: every cell of the table, the LPC anchor and the hidden reference, in random order.",
        ),
        element("div", { class: "row" }, start_rating),
      ),
      element(
        "section",
        { class: "panel" },
        element("h3", {}, "Your own study"),
        element(
          "p",
          { class: "dim" },
          "Drop a study.json with its sounds here, or choose them together. The results of earlier listeners (JSON) can be dropped too; they join the plot. Nothing leaves this page.",
        ),
        element(
          "div",
          { class: "row" },
          element(
            "button",
            { type: "button", onclick: () => choose.click() },
            "Choose study or results…",
          ),
          choose,
        ),
      ),
      none
        ? element(
            "p",
            { class: "dim" },
            "The table is still being rendered; then ABX and rating can start.",
          )
        : "",
    );
    if (this.#pooled.length) this.node.append(this.#plot([]));
  }

  // Studies with their sounds, or results.
  async open_files(files) {
    try {
      const json = files.filter(({ name }) => name.endsWith(".json"));
      if (!json.length) {
        throw new Problem(
          "There is no JSON file among these. Drop the study's JSON file together with its sounds.",
        );
      }
      const texts = await Promise.all(json.map((file) => file.text()));
      const is_results = (text) => /"session_uuid"/.test(text);
      const results = json.filter((_, i) => is_results(texts[i]));
      if (results.length) {
        this.#pooled.push(
          ...results.map((file) => parse_results(texts[json.indexOf(file)], file.name)),
        );
        this.show_setup();
        this.#announce.ready(`${this.#pooled.length} results loaded.`);
      }
      const study = json.find((_, i) => !is_results(texts[i]));
      if (study) {
        const named = new Map(files.map((file) => [file.name, file]));
        await this.#study(parse_study(texts[json.indexOf(study)], study.name), {
          files: named,
          base_url: null,
        });
      }
    } catch (error) {
      this.#announce.problem(error);
    }
  }

  // A study that lies on this server.
  async open_url(url) {
    try {
      const response = await fetch(url).catch(() => null);
      if (!response?.ok)
        throw new Problem(`The study ${url} could not be fetched. Check the address.`);
      await this.#study(parse_study(await response.text(), url), {
        files: new Map(),
        base_url: response.url,
      });
    } catch (error) {
      this.#announce.problem(error);
    }
  }

  // ---- running ----

  #new_results(test_id, seed, participant = {}) {
    return {
      format: 1,
      test_id,
      session_uuid: crypto.randomUUID(),
      seed: seed_text(seed),
      started: new Date().toISOString(),
      participant,
      mushra: [],
      abx: [],
    };
  }

  // Runs `work(place, tools)` with a player of its own.
  async #run(rate_hz, work) {
    const player = new Player(rate_hz);
    this.#abort = new AbortController();
    document.body.dataset.testing = "yes";
    const place = element("div", { class: "panel test" });
    this.node.replaceChildren(place);
    try {
      return await work(place, {
        place,
        player,
        signal: this.#abort.signal,
        on_problem: this.#announce.problem,
        take_keys: (keys) => {
          this.#keys = keys;
        },
      });
    } finally {
      this.#abort = null;
      this.#keys = null;
      delete document.body.dataset.testing;
      await player.close();
    }
  }

  async #abx(a, b, trials) {
    const seed = new_seed();
    const results = this.#new_results("sideband_abx", seed);
    this.#announce.ready("ABX: keys A, B, X to listen, 1 and 2 to answer, Space to play.");
    try {
      const answers = await this.#run(16000, (_, tools) =>
        run_abx({
          ...tools,
          sounds: { a: a.rendering, b: b.rendering },
          names: { a: cell_name(a.cell), b: cell_name(b.cell) },
          trials,
          seed,
        }),
      );
      if (answers)
        results.abx.push({ trial_id: "abx", a: cell_name(a.cell), b: cell_name(b.cell), answers });
      this.#show_results(results);
    } catch (error) {
      this.#announce.problem(error);
    }
  }

  async #rating(cells) {
    const reference = cells.find(({ cell }) => cell.kind === "reference");
    const seed = new_seed();
    const random = random_source(seed);
    const results = this.#new_results("sideband_rating", seed);
    const conditions = cells.map(({ cell, rendering }) => ({
      stimulus: cell.kind === "model" ? cell.key : cell.kind,
      sound: rendering,
    }));
    this.#announce.ready(
      "Rating: 0 is the reference, numbers choose, arrow keys rate, Enter ends the page.",
    );
    try {
      const ratings = await this.#run(16000, (_, tools) =>
        run_rating({
          ...tools,
          title: "Rate every condition",
          reference: reference.rendering,
          conditions,
          order: random.order(conditions.length),
          last: true,
        }),
      );
      if (ratings) results.mushra.push({ trial_id: "table", ratings });
      this.#show_results(results);
    } catch (error) {
      this.#announce.problem(error);
    }
  }

  async #study(study, { files, base_url }) {
    const sounds = new StudySounds({
      files,
      base_url,
      library: this.#library,
      models: this.#models,
      rate_hz: study.rate_hz,
    });
    this.#announce.busy("Reading the study's sounds…");
    const prepared = [];
    for (const page of study.pages) prepared.push(await prepare_page(page, sounds));
    this.#announce.ready(
      `${study.title}: ${study.pages.length} ${study.pages.length === 1 ? "page" : "pages"}.`,
    );
    const participant = await this.#ask(study);
    if (!participant) return this.show_setup();
    const seed = new_seed();
    const random = random_source(seed);
    const results = this.#new_results(study.test_id, seed, participant);
    await this.#run(study.rate_hz, async (_, tools) => {
      const order = study.random_pages ? random.order(prepared.length) : prepared.map((__, i) => i);
      for (const [turn, number] of order.entries()) {
        const last = turn === order.length - 1;
        if (!(await run_page(prepared[number], tools, random, results, last))) return;
      }
    });
    this.#show_results(results);
  }

  // What the study wants to know of the listener; null when given up.
  #ask(study) {
    return new Promise((resolve) => {
      const fields = study.participant.map((name) => [
        name,
        element("input", { type: "text", name, maxlength: "200" }),
      ]);
      const form = element(
        "form",
        {
          class: "panel",
          onsubmit: (event) => {
            event.preventDefault();
            resolve(Object.fromEntries(fields.map(([name, input]) => [name, input.value])));
          },
        },
        element("h3", {}, study.title),
        element("p", {}, study.text),
        ...fields.map(([name, input]) => element("label", { class: "field" }, `${name} `, input)),
        element(
          "div",
          { class: "row" },
          element("button", { type: "submit", id: "begin-study" }, "Begin"),
          element(
            "button",
            { type: "button", class: "quiet", onclick: () => resolve(null) },
            "Not now",
          ),
        ),
      );
      this.node.replaceChildren(form);
    });
  }

  // ---- results ----

  #show_results(results) {
    if (!results.mushra.length && !results.abx.length) return this.show_setup();
    const save = (ending, type, content) => () =>
      download(`${results.test_id}-${results.session_uuid.slice(0, 8)}${ending}`, type, content);
    const button = (id, text, action) =>
      element("button", { type: "button", id, onclick: action }, text);
    const abx = results.abx.map(({ trial_id, a, b, answers }) => {
      const { right, trials, p } = abx_summary(answers);
      const verdict = p < 0.05 ? "they can be told apart" : "no proof that they can be told apart";
      return element(
        "p",
        { class: "abx-result" },
        `${trial_id}: ${a} against ${b}: ${right} of ${trials} right, p = ${p.toFixed(4)}: ${verdict}.`,
      );
    });
    this.node.replaceChildren(
      element(
        "section",
        { class: "panel" },
        element("h3", {}, "Results"),
        ...abx,
        results.mushra.length ? this.#plot([results]) : "",
        element(
          "div",
          { class: "row" },
          results.mushra.length
            ? button(
                "save-mushra",
                "Save ratings (CSV)",
                save("-mushra.csv", "text/csv", mushra_csv(results)),
              )
            : "",
          results.abx.length
            ? button("save-abx", "Save ABX (CSV)", save("-abx.csv", "text/csv", abx_csv(results)))
            : "",
          button(
            "save-json",
            "Save all (JSON)",
            save(".json", "application/json", results_json(results)),
          ),
          button("again", "Another test", () => this.show_setup()),
        ),
      ),
    );
    this.#announce.ready("Done. The results are on this page alone until you save them.");
  }

  #plot(results) {
    const all = [...this.#pooled, ...results];
    const summary = rating_summary(all);
    if (!summary.length) return element("p", {}, "No ratings among these results.");
    return element(
      "figure",
      {},
      rating_plot(summary),
      element(
        "figcaption",
        { class: "dim" },
        `Mean and 95 % interval (Student's t) of ${all.length} ${all.length === 1 ? "listener" : "listeners"}.`,
      ),
      element(
        "table",
        { class: "numbers" },
        element(
          "thead",
          {},
          element(
            "tr",
            {},
            ...["Stimulus", "n", "Mean", "95 %"].map((text) =>
              element("th", { scope: "col" }, text),
            ),
          ),
        ),
        element(
          "tbody",
          {},
          ...summary.map(({ stimulus, count, mean, half }) =>
            element(
              "tr",
              {},
              element("th", { scope: "row" }, stimulus),
              element("td", {}, String(count)),
              element("td", {}, mean.toFixed(1)),
              element("td", {}, half === null ? "–" : `± ${half.toFixed(1)}`),
            ),
          ),
        ),
      ),
    );
  }
}

// Sounds of a page, all of them before anything is drawn by lot.
async function prepare_page(page, sounds) {
  if (page.type === "abx") {
    return { page, a: await sounds.file(page.a), b: await sounds.file(page.b) };
  }
  const reference = await sounds.file(page.reference);
  const conditions = [{ stimulus: "reference", sound: reference }];
  if (page.anchor) {
    const anchor =
      page.anchor === "lpc" ? sounds.made(page.reference, "lpc") : sounds.file(page.anchor);
    conditions.push({ stimulus: "anchor", sound: await anchor });
  }
  for (const [stimulus, name] of Object.entries(page.stimuli)) {
    conditions.push({ stimulus, sound: await sounds.stimulus(name, page.reference) });
  }
  return { page, reference, conditions };
}

// False when the listener gave up.
async function run_page({ page, a, b, reference, conditions }, tools, random, results, last) {
  if (page.type === "abx") {
    const seed = Uint32Array.from({ length: 4 }, () => random.below(2 ** 32));
    const answers = await run_abx({
      ...tools,
      sounds: { a, b },
      names: { a: "the first", b: "the second" },
      trials: page.trials ?? 16,
      seed,
      text: page.text,
    });
    if (answers) results.abx.push({ trial_id: page.id, a: page.a, b: page.b, answers });
    return answers !== null;
  }
  const ratings = await run_rating({
    ...tools,
    title: page.title ?? page.id,
    text: page.text,
    reference,
    conditions,
    order: random.order(conditions.length),
    last,
  });
  if (ratings) results.mushra.push({ trial_id: page.id, ratings });
  return ratings !== null;
}
