// What there is to compare: the tables of the two papers as data, filled from the list of models.
// A cell is {key, title, kind: "reference" | "anchor" | "model" | "missing", model, settings}, where
// settings are [[parameter name, value], …].

export const kSynths = Object.freeze([
  { synth: "fm", title: "DDX7" },
  { synth: "harmonic_noise", title: "HpN" },
  { synth: "fm_noise", title: "FM + noise" },
]);

export const kVariants = Object.freeze([
  { variant: "full", title: "Full" },
  { variant: "reduced", title: "Reduced" },
  { variant: "reduced-ad", title: "Reduced + AD" },
  { variant: "reduced-cd", title: "Reduced + CD" },
]);

const kReference = { key: "reference", title: "Reference", kind: "reference" };
const kAnchor = { key: "anchor", title: "LPC anchor", kind: "anchor" };

const model_cell = (model, title, settings = [], suffix = "") => ({
  key: `${model.file}${suffix}`,
  title,
  kind: "model",
  model,
  settings,
});
const missing_cell = (key, title) => ({ key, title, kind: "missing", why: "not trained yet" });

export function instruments_of(models) {
  return [...new Set(models.map(({ instrument }) => instrument))].sort();
}

// One row per synth, one column per variant; variants that the papers do not have come after theirs.
export function variant_table(models, instrument) {
  const own = models.filter((model) => model.instrument === instrument);
  const is_ablation = ({ variant }) => /^full-/.test(variant);
  const others = [...new Set(own.filter((m) => !is_ablation(m)).map(({ variant }) => variant))]
    .filter((variant) => !kVariants.some((known) => known.variant === variant))
    .sort()
    .map((variant) => ({ variant, title: variant }));
  const rows = kSynths.map(({ synth, title }) => ({
    title,
    cells: [...kVariants, ...others].map((column) => {
      const model = own.find((m) => m.synth === synth && m.variant === column.variant);
      const key = `${instrument}/${synth}/${column.variant}`;
      if (model) return model_cell(model, column.title);
      return kVariants.includes(column) ? missing_cell(key, column.title) : null;
    }),
  }));
  for (const row of rows) row.cells = row.cells.filter(Boolean);
  return { first: [kReference, kAnchor], rows };
}

// ---- the DDX7 paper's Table 1 and Table 2: classified by what the model files say of themselves ----

// Frechet Audio Distance as published, by instrument.
export const kIndexSteps = Object.freeze([
  { title: "I_max 2", i_max: 2.0106, fad: { flute: 2.731, violin: 1.618, trumpet: 4.941 } },
  { title: "I_max 2π", i_max: 6.2832, fad: { flute: 3.281, violin: 2.148, trumpet: 3.326 } },
  { title: "I_max 4π", i_max: 12.5664, fad: { flute: 2.938, violin: 1.637, trumpet: 3.853 } },
]);

export const kOscillatorSteps = Object.freeze([
  { title: "6", shape: "6", fad: { flute: 2.731, violin: 1.618, trumpet: 3.326 } },
  { title: "4 Y", shape: "4Y", fad: { flute: 3.246, trumpet: 2.943 } },
  { title: "4 × 1", shape: "4x1", fad: { violin: 1.877 } },
  { title: "2 × 2", shape: "2x2", fad: { violin: 5.62 } },
  { title: "2", shape: "2", fad: { flute: 3.364, violin: 8.27, trumpet: 1.674 } },
]);

// The name of a routing in the paper's tables, from a model's metadata.
export function shape_of(synth) {
  const edges = (synth?.routing ?? []).map((edge) => edge.join(">")).sort();
  const operators = synth?.ratios?.length;
  const is = (...expected) => edges.join() === expected.sort().join();
  if (operators === 6) return "6";
  if (operators === 4 && is("4>3", "3>1", "2>1")) return "4Y";
  if (operators === 4 && is("4>3", "3>2", "2>1")) return "4x1";
  if (operators === 4 && is("4>3", "2>1")) return "2x2";
  if (operators === 2) return "2";
  return "other";
}

// `metadata(model)` resolves to a model file's own description.
export async function ablation_table(models, instrument, steps, metadata) {
  const own = models.filter(
    ({ synth, variant, ...model }) =>
      model.instrument === instrument && synth === "fm" && /^full/.test(variant),
  );
  const described = await Promise.all(
    own.map(async (model) => ({ model, synth: (await metadata(model))?.synth })),
  );
  const fits = (step, synth) =>
    step.shape ? shape_of(synth) === step.shape : Math.abs(synth?.i_max - step.i_max) < 0.05;
  // Table 1 is about six operators; in Table 2 the instrument's own I_max counts.
  const is_own = ({ model }) => Number(model.variant === "full");
  const usable =
    steps === kIndexSteps
      ? described.filter((d) => shape_of(d.synth) === "6")
      : described.sort((one, other) => is_own(other) - is_own(one));
  const cells = steps.map((step) => {
    const found = usable.find(({ synth }) => fits(step, synth));
    const published = step.fad[instrument];
    const cell = found
      ? model_cell(found.model, step.title)
      : missing_cell(`${instrument}/${step.title}`, step.title);
    const note = published ? `published FAD ${published}` : "not in the paper";
    return { ...cell, note };
  });
  return { first: [kReference, kAnchor], rows: [{ title: "DDX7", cells }] };
}

// ---- the interventions of the paper's page: static changes while it plays, no retraining ----

const kOperators = 6;

// `patch` is a model's own (ratio[6], modulation[to][from], carrier[6], i_max).
export function interventions(patch) {
  const operators = Array.from({ length: kOperators }, (_, i) => i);
  const modulates = (i) =>
    operators.some((to) => patch[kOperators + to * kOperators + i] !== 0) &&
    patch[kOperators + kOperators * kOperators + i] === 0;
  const modulators = operators.filter(modulates);
  const scale = (list, factor) => list.map((i) => [`ratio${i + 1}`, factor]);
  return [
    { title: "As trained", settings: [], paper: null },
    {
      title: "Unison modulators tripled",
      settings: scale(
        modulators.filter((i) => Math.abs(patch[i] - 1) < 1e-3),
        3,
      ),
      paper: "violin",
    },
    { title: "Modulator envelopes doubled", settings: [["brightness", 2]], paper: "flute" },
    {
      title: "First modulator at √2",
      settings: modulators.slice(0, 1).map((i) => [`ratio${i + 1}`, Math.SQRT2 / patch[i]]),
      paper: "trumpet",
    },
  ];
}

export function intervention_table(models, instrument, patch_of) {
  const own = models.filter((model) => model.instrument === instrument && model.variant === "full");
  const rows = kSynths
    .map(({ synth, title }) => ({ title, model: own.find((model) => model.synth === synth) }))
    .filter(({ model }) => model && model.synth !== "harmonic_noise")
    .map(({ title, model }) => ({
      title,
      cells: interventions(patch_of(model)).map(({ title: name, settings, paper }, k) => ({
        ...model_cell(model, name, settings, k ? `#${k}` : ""),
        note: paper === instrument ? "in the paper for this instrument" : "",
      })),
    }));
  return { first: [kReference], rows };
}
