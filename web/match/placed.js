// A patch that was found goes into the slot that is heard: one edit, which can be undone and done again,
// also after others of its kind.
//
// It comes as a model (core/match/live_model.h) whose levels follow the played loudness, and with the
// course of loudness that keys need to play it as it was found.

export const letters = (text) => text.replace(/[^ -~]/g, "").trim();

export class Placed {
  #instrument;
  #edits = []; // {slot, before, after, found}
  #count = 0; // of them that are done
  #work = Promise.resolve(); // one at a time

  found = null; // the patch at hand: the last one put in place, or gone back to
  on_change = () => {};

  constructor(instrument) {
    this.#instrument = instrument;
  }

  get can_undo() {
    return this.#count > 0;
  }

  get can_redo() {
    return this.#count < this.#edits.length;
  }

  // `found`: {name, model, keys, …}. All three resolve to the slot that changed; null where there is
  // nothing to undo or do again.
  put(found) {
    return this.#after(() => this.#put(found));
  }

  undo() {
    return this.#after(() => (this.can_undo ? this.#undo() : null));
  }

  redo() {
    return this.#after(() => (this.can_redo ? this.#redo() : null));
  }

  #after(work) {
    const done = this.#work.then(work);
    this.#work = done.catch(() => {});
    return done;
  }

  async #put(found) {
    const { slot } = this.#instrument;
    const before = this.#state_of(slot, found.keys);
    const name = letters(found.name) || "match";
    const model = {
      ...{ instrument: name, synth: "fm", variant: "matched", title: "FM, matched" },
      ...{ url: `match:${name}`, data: found.model.slice().buffer },
    };
    await this.#write(slot, { model, patch: null, keys: Object.entries(found.keys) });
    this.#edits.length = this.#count;
    this.#edits.push({ slot, before, after: this.#state_of(slot, found.keys), found });
    ++this.#count;
    this.#at_hand(found);
    return slot;
  }

  async #undo() {
    const { slot, before, found } = this.#edits[this.#count - 1];
    await this.#write(slot, before);
    --this.#count;
    this.#at_hand(this.#edits[this.#count - 1]?.found ?? found);
    return slot;
  }

  async #redo() {
    const { slot, after, found } = this.#edits[this.#count];
    await this.#write(slot, after);
    ++this.#count;
    this.#at_hand(found);
    return slot;
  }

  #at_hand(found) {
    this.found = found;
    this.on_change();
  }

  #state_of(slot, keys) {
    const instrument = this.#instrument;
    const values = Object.keys(keys).map((name) => [name, instrument.get(name)]);
    return { model: instrument.model(slot), patch: instrument.patch(slot), keys: values };
  }

  async #write(slot, { model, patch, keys }) {
    const instrument = this.#instrument;
    if (model) await instrument.load(slot, model);
    if (patch) instrument.set_patch(slot, patch);
    for (const [name, value] of keys) instrument.set(name, value);
  }
}
