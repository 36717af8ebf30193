// Sittings of blind tests: ABX of two cells, a rating of a whole table, or the pages of a study. Each
// resolves to its results (results.js), which are without pages where the listener gave up.

import { run_abx } from "./abx.js";
import { element } from "./dom.js";
import { new_seed, random_source, seed_text } from "./order.js";
import { Player } from "./player.js";
import { run_rating } from "./rating.js";
import { kRateHz } from "./sources.js";
import { cell_name } from "./test_setup.js";

const new_results = (test_id, seed, participant = {}) => ({
  format: 1,
  test_id,
  session_uuid: crypto.randomUUID(),
  seed: seed_text(seed),
  started: new Date().toISOString(),
  participant,
  mushra: [],
  abx: [],
});

export class Sessions {
  #node;
  #on_problem;
  #abort = null;
  #keys = null;

  // `node` shows the test while it runs.
  constructor(node, on_problem) {
    this.#node = node;
    this.#on_problem = on_problem;
  }

  get running() {
    return this.#abort !== null;
  }

  stop() {
    this.#abort?.abort();
  }

  take_key(key, event) {
    return this.#keys?.(key, event) ?? false;
  }

  // a, b: {cell, rendering}
  async abx(a, b, trials) {
    const seed = new_seed();
    const results = new_results("sideband_abx", seed);
    const names = { a: cell_name(a.cell), b: cell_name(b.cell) };
    const sounds = { a: a.rendering, b: b.rendering };
    await this.#run(kRateHz, async (tools) => {
      const random = random_source(seed);
      const answers = await run_abx({ ...tools, sounds, names, trials, random });
      if (answers) results.abx.push({ trial_id: "abx", ...names, planned: trials, answers });
    });
    return results;
  }

  // cells: [{cell, rendering}], the reference among them.
  async rating(cells) {
    const seed = new_seed();
    const results = new_results("sideband_rating", seed);
    const reference = cells.find(({ cell }) => cell.kind === "reference");
    const conditions = cells.map(({ cell, rendering }) => ({
      stimulus: cell.kind === "model" ? cell.key : cell.kind,
      sound: rendering,
    }));
    await this.#run(kRateHz, async (tools) => {
      const ratings = await run_rating({
        ...tools,
        title: "Rate every condition",
        reference: reference.rendering,
        conditions,
        order: random_source(seed).order(conditions.length),
        last: true,
      });
      if (ratings) results.mushra.push({ trial_id: "table", ratings });
    });
    return results;
  }

  // `prepared`: the study's pages with their sounds, study.js.
  async study(study, prepared, participant) {
    const seed = new_seed();
    const random = random_source(seed);
    const results = new_results(study.test_id, seed, participant);
    await this.#run(study.rate_hz, async (tools) => {
      const order = study.random_pages ? random.order(prepared.length) : prepared.map((_, i) => i);
      for (const [turn, number] of order.entries()) {
        const last = turn === order.length - 1;
        if (!(await run_page(prepared[number], { ...tools, random, last }, results))) return;
      }
    });
    return results;
  }

  // Runs `work(tools)` with a player of its own.
  async #run(rate_hz, work) {
    const player = new Player(rate_hz);
    this.#abort = new AbortController();
    document.body.dataset.testing = "yes";
    const place = element("div", { class: "panel test" });
    this.#node.replaceChildren(place);
    try {
      await work({
        place,
        player,
        signal: this.#abort.signal,
        on_problem: this.#on_problem,
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
}

// False when the listener gave up.
async function run_page({ page, a, b, reference, conditions }, tools, results) {
  const { id: trial_id, text } = page;
  if (page.type === "abx") {
    const trials = page.trials ?? 16;
    const answers = await run_abx({ ...tools, sounds: { a, b }, trials, text });
    if (answers) results.abx.push({ trial_id, a: page.a, b: page.b, planned: trials, answers });
    return answers !== null;
  }
  const ratings = await run_rating({
    ...tools,
    title: page.title ?? trial_id,
    text,
    reference,
    conditions,
    order: tools.random.order(conditions.length),
  });
  if (ratings) results.mushra.push({ trial_id, ratings });
  return ratings !== null;
}
