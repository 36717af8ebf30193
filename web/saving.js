// The state of the instrument as a small JSON object: in a file, in a link, and in the browser's
// memory. What is edited comes from audio/edits.js and is exact to the bit.
//
//   {"sideband": 1, "models": {"a": "violin/….safetensors", "b": …}, "slot": "a",
//    "source": "clip", "clip": "violin", "loop": true, "edits": {…}}

import { find_clip } from "./audio/clips.js";
import { Problem } from "./audio/problem.js";

const kFormat = 1;
const kMemoryKey = "sideband";
const kLinkKey = "state";
const kLinkSources = ["mic", "clip", "keys"]; // a file or a shared tab does not travel

const is_object = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

export function read_state(instrument) {
  const file = (slot) => {
    const model = instrument.model(slot);
    return instrument.models.includes(model) ? model.file : null;
  };
  return {
    sideband: kFormat,
    models: { a: file("a"), b: file("b") },
    slot: instrument.slot,
    source: kLinkSources.includes(instrument.source) ? instrument.source : "mic",
    clip: instrument.clip,
    loop: instrument.loop,
    edits: instrument.edits(),
  };
}

// Checks what came from a file, a link or the memory; throws a Problem.
export function parse_state(text) {
  let state;
  try {
    state = JSON.parse(text);
  } catch (error) {
    throw new Problem("This is no sound of Sideband: it is not JSON.", { ways: [], cause: error });
  }
  if (!is_object(state) || !("sideband" in state)) {
    throw new Problem("This is no sound of Sideband. Save one here, and open that.", { ways: [] });
  }
  if (state.sideband !== kFormat) {
    throw new Problem(
      "This sound was saved by another version of Sideband, and cannot be opened here.",
      { ways: [] },
    );
  }
  for (const part of ["models", "edits"]) if (!is_object(state[part])) state[part] = {};
  return state;
}

// The models that a state asks for, [a, b]; undefined where there is no such one.
export function models_of(state, instrument) {
  return ["a", "b"].map((slot) => instrument.models.find(({ file }) => file === state.models[slot]));
}

// Brings the instrument to a state; resolves to sentences on what could not be had.
export async function write_state(instrument, state) {
  const warnings = [];
  const models = models_of(state, instrument);
  for (const [i, slot] of ["a", "b"].entries()) {
    if (models[i]) {
      if (instrument.model(slot) !== models[i]) await instrument.load(slot, models[i]);
    } else if (state.models[slot]) {
      warnings.push(`The model ${state.models[slot]} is not here; ${slot.toUpperCase()} stays.`);
    } else if (state.models[slot] === null) {
      warnings.push(
        `The model in ${slot.toUpperCase()} was the player's own and does not travel along.`,
      );
    }
  }
  warnings.push(...write_settings(instrument, state));
  return warnings;
}

// The same without the models.
export function write_settings(instrument, state) {
  if (kLinkSources.includes(state.source) && !instrument.running) instrument.source = state.source;
  if (find_clip(state.clip)) instrument.clip = state.clip;
  if (typeof state.loop === "boolean") instrument.set_loop(state.loop);
  const strange = instrument.set_edits(state.edits);
  if (state.slot === "a" || state.slot === "b") instrument.ab(state.slot);
  if (!strange.length) return [];
  return [`Some of it means nothing here and was left out: ${strange.slice(0, 3).join(", ")}.`];
}

// ---- in a link, after the #, which no server sees ----

export function link_of(state) {
  const bytes = new TextEncoder().encode(JSON.stringify(state));
  const text = btoa(String.fromCharCode(...bytes));
  const url = new URL(location.href);
  url.search = "";
  url.hash = `${kLinkKey}=${text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
  return url.href;
}

// null where the address holds no state; throws a Problem where it is damaged.
export function state_of_link(hash) {
  const text = new URLSearchParams(hash.slice(1)).get(kLinkKey);
  if (text === null) return null;
  let json;
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    json = new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
  } catch (error) {
    throw new Problem("The link is damaged: it may have been cut when it was copied.", {
      ways: [],
      cause: error,
    });
  }
  return parse_state(json);
}

// ---- in the browser's memory, which may be denied ----

export class Memory {
  #values = {};
  works = true;

  constructor() {
    try {
      const values = JSON.parse(localStorage.getItem(kMemoryKey) ?? "{}");
      if (is_object(values)) this.#values = values;
    } catch {
      this.works = false; // denied, or damaged: this visit starts afresh
    }
  }

  get(name) {
    return this.#values[name] ?? null;
  }

  set(name, value) {
    this.#values[name] = value;
    try {
      localStorage.setItem(kMemoryKey, JSON.stringify(this.#values));
      this.works = true;
    } catch {
      this.works = false;
    }
  }
}
