// Notices a computer that does not keep up, and tells which smaller models it might keep up with.

import { model_name, reduced_sibling } from "./audio/models.js";

// One interruption has many causes, and the browser may count it several times over; so many, apart
// from each other and yet in so short a time, are heard as a broken sound.
const kInterruptions = 4;
const kApartMs = 500;
const kWithinMs = 5000;

export class Overload {
  #instrument;
  #advise;
  #advised = false;
  #seen = 0;
  #times_ms = []; // of the latest interruptions

  // Calls advise({text, lighter}) once for each choice of models that turns out too much; `lighter` is
  // [[slot, model]…], what would be less work.
  constructor(instrument, advise) {
    this.#instrument = instrument;
    this.#advise = advise;
    instrument.addEventListener("traces", () => this.#watch(performance.now()));
    for (const event of ["state", "model"]) instrument.addEventListener(event, () => this.#forget());
  }

  #forget() {
    this.#advised = false;
    this.#times_ms = [];
    this.#seen = this.#instrument.dropouts;
  }

  #watch(now_ms) {
    const { dropouts } = this.#instrument;
    const interrupted = dropouts > this.#seen;
    this.#seen = dropouts;
    if (this.#advised || !interrupted || now_ms - (this.#times_ms.at(-1) ?? -Infinity) < kApartMs) return;
    this.#times_ms = [...this.#times_ms, now_ms].filter((ms) => now_ms - ms < kWithinMs);
    if (this.#times_ms.length < kInterruptions) return;
    this.#advised = true;
    this.#advise(this.#advice());
  }

  // Both slots count: either is heard sooner or later, and an HpN listens where it is not.
  #advice() {
    const { models } = this.#instrument;
    const playing = ["a", "b"].map((slot) => [slot, this.#instrument.model(slot)]);
    // A model of the player's own has no sibling here, whatever it calls itself.
    const listed = (model) => models.some(({ url }) => url === model?.url);
    const heavy = playing.filter(([, model]) => listed(model) && reduced_sibling(models, model));
    const text = "The sound keeps dropping out, because this computer does not keep up";
    if (!heavy.length) return { text: `${text}. Close other programs and tabs.`, lighter: [] };
    const names = [...new Set(heavy.map(([, model]) => model_name(model)))].join(" and ");
    return {
      text: `${text} with ${names}. Reduced models sound alike for a fraction of the work.`,
      lighter: heavy.map(([slot, model]) => [slot, reduced_sibling(models, model)]),
    };
  }
}
