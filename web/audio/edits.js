// Everything a player has edited, as a small JSON object: what differs from the parameters' initial
// values and from the patches the models came with. Numbers are the shortest that give the same
// 32-bit floats again, so that saving and restoring is exact to the bit.
//
//   {params: {brightness: 1.5, …}, a: {"ratio2": 1.4142135, "4>1": 1, "carrier3": 0}, b: {…}}
//
// In a patch, "4>1" is the gain of the edge from operator 4 to operator 1.

import { kOperators } from "./messages.js";

const kSlotKeys = ["a", "b"];

// Names of a patch's floats in their order; i_max is the model's and never edited.
export const kPatchKeys = [
  ...each_operator((op) => `ratio${op}`),
  ...each_operator((to) => each_operator((from) => `${from}>${to}`)).flat(),
  ...each_operator((op) => `carrier${op}`),
];

function each_operator(make) {
  return Array.from({ length: kOperators }, (_, i) => make(i + 1));
}

function shortest(value) {
  for (let digits = 1; digits < 9; ++digits) {
    const decimal = Number(value.toPrecision(digits));
    if (Math.fround(decimal) === value) return decimal;
  }
  return Number(value.toPrecision(9));
}

// The slot that is heard is not an edit.
const kept = (params) => params.filter(({ name }) => name !== "slot");

export function read_edits(instrument) {
  const edits = { params: {} };
  for (const { index, name, initial } of kept(instrument.params)) {
    const value = instrument.get(index);
    if (value !== Math.fround(initial)) edits.params[name] = shortest(value);
  }
  kSlotKeys.forEach((key, slot) => {
    const patch = instrument.patch(slot);
    const model = instrument.model_patch(slot);
    if (!patch || !model) return;
    const changed = kPatchKeys.flatMap((name, i) =>
      patch[i] === model[i] ? [] : [[name, shortest(patch[i])]],
    );
    if (changed.length) edits[key] = Object.fromEntries(changed);
  });
  return edits;
}

// Brings the instrument to `edits`: what they do not name goes back to where it started. Names and
// values that mean nothing are left out and returned. Patches apply to the models loaded now.
export function write_edits(instrument, edits) {
  const strange = [];
  const numbers = (object, known) => {
    const found = new Map();
    for (const [name, value] of Object.entries(object ?? {})) {
      if (known.has(name) && Number.isFinite(value) && Math.abs(value) <= 1e6) {
        found.set(name, value);
      } else {
        strange.push(name);
      }
    }
    return found;
  };
  const params = kept(instrument.params);
  const values = numbers(edits.params, new Set(params.map(({ name }) => name)));
  for (const { index, name, initial } of params) {
    const value = values.get(name) ?? initial;
    if (instrument.get(index) !== Math.fround(value)) instrument.set(index, value);
  }
  kSlotKeys.forEach((key, slot) => {
    const patch = instrument.model_patch(slot);
    if (!patch) return;
    const changes = numbers(edits[key], new Set(kPatchKeys));
    kPatchKeys.forEach((name, i) => {
      if (changes.has(name)) patch[i] = changes.get(name);
    });
    if (!same(patch, instrument.patch(slot))) instrument.set_patch(slot, patch);
  });
  return strange;
}

function same(a, b) {
  return a.every((value, i) => value === b[i]);
}
