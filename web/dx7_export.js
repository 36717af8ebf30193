// The sound that is heard as a DX7 voice: the patch with its ratios and levels, the keys' envelope, the
// LFO and the transposition, each to the nearest legal value; and what no voice can hold.

import { kOperators, kPatchFloats } from "./audio/messages.js";

// `sound` is the SoundState. `peak_levels` are the loudest each operator has been, null before any
// sound: then as loud as the model can. Returns {dump, roundings, left_out}, null for a model without
// operators.
export function dx7_voice(engine, sound, slot, peak_levels) {
  const patch = sound.patch(slot);
  const i_max = patch?.[kPatchFloats - 1];
  if (!i_max) return null;
  const of_op = (name, op) => sound.get(`${name}${op + 1}`);
  const ops = Array.from({ length: kOperators }, (_, op) => op);
  for (const op of ops) patch[op] *= of_op("ratio", op) * 2 ** (of_op("detune", op) / 1200);
  const carries = (op) => patch[kPatchFloats - 1 - kOperators + op] > 0;
  const loudest = (op) => {
    const scale = carries(op) ? 1 : sound.get("brightness") * sound.get("index_scale");
    return of_op("mute", op) ? 0 : i_max * of_op("level", op) * scale;
  };
  const levels = peak_levels ?? ops.map(loudest);
  const performance = {
    keys: ["attack_ms", "decay_ms", "sustain_db", "release_ms"].map((name) => sound.get(`key_${name}`)),
    transpose_semitones: sound.get("transpose_semitones"),
    ops: ops.map((op) =>
      ["curve", "lfo_rate", "lfo_level", "lfo_pitch"].map((name) => of_op(name, op)),
    ),
  };
  const model = sound.model(slot);
  const name = model.instrument.toUpperCase().replace(/[^ -~]/g, "") || "SIDEBAND";
  const voice = engine.dx7_voice(patch, levels, performance, name.slice(0, 10));
  return { ...voice, left_out: left_out(sound, model, peak_levels === null) };
}

// Sentences.
function left_out(sound, model, unheard) {
  const changed = (name) => sound.get(name) !== sound.params.find((info) => info.name === name).initial;
  const sentences = [
    "The envelopes are those of the keys; how the model follows a player is left out.",
    [unheard, "Nothing has been played yet, so the levels are the highest the model could reach."],
    [model.synth === "fm_noise" && sound.get("noise") > 0, "The noise is left out."],
    [sound.get("reverb_wet") > 0, "The reverb is left out."],
    [changed("glide_ms"), "The glide is left out: a DX7 keeps it outside its voices."],
    [changed("tuning"), "The tuning is left out."],
    [changed("vibrato"), "The vibrato as played is left out."],
    [changed("delta"), "The difference of A and B is left out: this is the one that is heard."],
  ];
  return sentences.flatMap((entry) => (Array.isArray(entry) ? (entry[0] ? [entry[1]] : []) : [entry]));
}
