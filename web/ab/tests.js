// The tab of blind tests: what to test (test_setup.js), the test (sessions.js), the results, which stay
// on this page until they are saved.

import { Problem } from "../audio/problem.js";
import { element } from "./dom.js";
import { parse_results } from "./results.js";
import { rating_figure, results_view } from "./results_view.js";
import { Sessions } from "./sessions.js";
import { StudySounds, parse_study, prepare_page } from "./study.js";
import { test_setup } from "./test_setup.js";

const kAbxKeys = "ABX: keys A, B, X to listen, 1 and 2 to answer, Space to play.";
const kRatingKeys =
  "Rating: 0 is the reference; numbers, ← and → choose; ↑ and ↓ rate; Enter ends the page.";

const is_results = (text) => /"session_uuid"/.test(text);

export class TestsView {
  #library;
  #models;
  #announce;
  #sessions;
  #earlier = []; // results loaded from files
  #cells;

  // cells(): [{cell, rendering}] of the table that was rendered last.
  constructor({ library, models, announce, cells }) {
    this.#library = library;
    this.#models = models;
    this.#announce = announce;
    this.#cells = cells;
    this.node = element("div", { class: "tests" });
    this.#sessions = new Sessions(this.node, announce.problem);
    this.show_setup();
  }

  get running() {
    return this.#sessions.running;
  }

  take_key(key, event) {
    return this.#sessions.take_key(key, event);
  }

  enter() {
    this.#announce.ready("Choose a test. What is played is kept from you until you have answered.");
    this.show_setup();
  }

  leave() {
    this.#sessions.stop();
  }

  show_setup() {
    if (this.running) return;
    const cells = this.#cells();
    this.node.replaceChildren(
      ...test_setup({
        cells,
        on_abx: (a, b, trials) => this.#sit(kAbxKeys, () => this.#sessions.abx(a, b, trials)),
        on_rating: () => this.#sit(kRatingKeys, () => this.#sessions.rating(cells)),
        on_files: (files) => this.open_files(files),
      }),
    );
    if (this.#earlier.length) this.node.append(rating_figure(this.#earlier));
  }

  // Studies with their sounds, or results.
  async open_files(files) {
    try {
      const json = await Promise.all(
        files
          .filter(({ name }) => name.endsWith(".json"))
          .map(async (file) => ({ name: file.name, text: await file.text() })),
      );
      if (!json.length) {
        throw new Problem(
          "There is no JSON file among these. Drop the study's JSON file together with its sounds.",
        );
      }
      const results = json.filter(({ text }) => is_results(text));
      if (results.length) {
        this.#earlier.push(...results.map(({ text, name }) => parse_results(text, name)));
        this.show_setup();
        this.#announce.ready(`${this.#earlier.length} results loaded.`);
      }
      const study = json.find(({ text }) => !is_results(text));
      if (study) {
        const named = new Map(files.map((file) => [file.name, file]));
        await this.#study(parse_study(study.text, study.name), { files: named, base_url: null });
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
    const pages = study.pages.length === 1 ? "page" : "pages";
    const greeting = `${study.title}: ${study.pages.length} ${pages}.`;
    this.#announce.ready(greeting);
    const participant = await this.#ask(study);
    if (!participant) return this.show_setup();
    await this.#sit(greeting, () => this.#sessions.study(study, prepared, participant));
  }

  // Runs a session and shows its results.
  async #sit(text, session) {
    this.#announce.ready(text);
    try {
      const results = await session();
      if (!results.mushra.length && !results.abx.length) return this.show_setup();
      this.node.replaceChildren(results_view(results, this.#earlier, () => this.show_setup()));
      this.#announce.ready("Done. The results are on this page alone until you save them.");
    } catch (error) {
      this.#announce.problem(error);
      this.show_setup();
    }
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
        element("h2", {}, study.title),
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
}
