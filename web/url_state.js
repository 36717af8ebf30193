// The start state in the page's address: ?instrument=violin&variant=reduced-cd&source=clip
//
//   instrument, synth, variant          what is loaded into A (and …_b into B)
//   source=mic|clip|keys, clip=NAME          what is played
//   slot=a|b                            which of the two is heard
//   rate=HZ                             the sample rate to ask the browser for
//   and every live parameter by its name, as in brightness=1.5

import { reduced_sibling } from "./audio/models.js";

const kModelKeys = ["instrument", "synth", "variant"];

// Returns {models: [entry, entry], source, clip, slot, rate, params: [[name, value]], warnings}.
export function read_url_state(search, { models, clips, params }) {
  const query = new URLSearchParams(search);
  const warnings = [];
  const choose = (key, values, fallback) => {
    const value = query.get(key);
    if (value === null || values.includes(value)) return value ?? fallback;
    warnings.push(`The address asks for ${key}=${value}; there is ${values.join(", ")}.`);
    return fallback;
  };
  const first = choose_model(query, "", models, start_model(models), warnings);
  const other = models.filter(({ instrument }) => instrument !== first?.instrument);
  const second = choose_model(query, "_b", models, start_model(other) ?? first, warnings);
  const rate = Number(query.get("rate") ?? 0);
  const rate_ok = rate === 0 || (rate >= 8000 && rate <= 192000);
  if (!rate_ok) warnings.push("The address asks for a rate outside 8000 to 192000 Hz.");
  const set = params
    .filter(({ name }) => name !== "slot" && query.has(name))
    .map(({ name }) => [name, Number(query.get(name))])
    .filter(([name, value]) => {
      if (!Number.isFinite(value))
        warnings.push(`The address asks for a ${name} that is not a number.`);
      return Number.isFinite(value);
    });
  return {
    models: [first, second],
    source: choose("source", ["mic", "clip", "keys"], "mic"),
    clip: choose(
      "clip",
      clips.map(({ name }) => name),
      clips[0].name,
    ),
    slot: choose("slot", ["a", "b"], "a"),
    rate: rate_ok ? rate : 0,
    params: set,
    warnings,
  };
}

export function default_model(models) {
  return models.find((model) => model.default) ?? models[0] ?? null;
}

// What a visit begins with: the default model's reduced sibling, which scores as well and arrives in a
// sixth of the time.
function start_model(models) {
  const first = default_model(models);
  return (first && reduced_sibling(models, first)) ?? first;
}

// The first model that has all that is asked for; among several, the default one.
function choose_model(query, suffix, models, fallback, warnings) {
  const wanted = kModelKeys
    .map((key) => [key, query.get(key + suffix)])
    .filter(([, value]) => value !== null);
  if (!wanted.length || !models.length) return fallback;
  const fitting = models.filter((model) => wanted.every(([key, value]) => model[key] === value));
  if (fitting.length) return default_model(fitting);
  warnings.push(
    `There is no model with ${wanted.map(([key, value]) => `${key} ${value}`).join(", ")}.`,
  );
  return fallback;
}
