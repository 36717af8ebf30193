// The tables of the A/B page: models are found by what their files say of themselves, and what is not
// trained is said to be missing.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

import {
  ablation_table,
  intervention_table,
  interventions,
  kIndexSteps,
  kOscillatorSteps,
  variant_table,
} from "../../web/ab/cells.js";
import { kRoot } from "./support/browser.mjs";

const kRatios6 = [1, 1, 1, 1, 3, 14];
const kRouting6 = [
  [6, 5],
  [5, 4],
  [4, 3],
  [2, 1],
];
const shapes = {
  6: { ratios: kRatios6, routing: kRouting6 },
  "4Y": {
    ratios: [1, 1, 2, 3],
    routing: [
      [4, 3],
      [3, 1],
      [2, 1],
    ],
  },
  "4x1": {
    ratios: [1, 1, 2, 3],
    routing: [
      [2, 1],
      [3, 2],
      [4, 3],
    ],
  },
  "2x2": {
    ratios: [1, 1, 2, 3],
    routing: [
      [2, 1],
      [4, 3],
    ],
  },
  2: { ratios: [1, 2], routing: [[2, 1]] },
};

const model = (variant, shape, i_max) => ({
  instrument: "violin",
  synth: "fm",
  variant,
  file: `violin/ddx7-${variant}.safetensors`,
  described: { synth: { ...shapes[shape], i_max } },
});
const metadata = async ({ described }) => described;
const cells_of = ({ rows }) => rows[0].cells;

test("an ablation appears in its place as soon as there is a model of it, whatever its name", async () => {
  const models = [
    model("full-anything", "4x1", 2.0106),
    model("full-large", "6", 12.566),
    model("full", "6", 2.0106),
  ];
  const index = cells_of(await ablation_table(models, "violin", kIndexSteps, metadata));
  assert.deepEqual(
    index.map(({ title, kind, model }) => [title, kind, model?.variant]),
    [
      ["I_max 2", "model", "full"],
      ["I_max 2π", "missing", undefined],
      ["I_max 4π", "model", "full-large"],
    ],
  );
  assert.equal(index[1].why, "not trained yet");
  const oscillators = cells_of(await ablation_table(models, "violin", kOscillatorSteps, metadata));
  assert.deepEqual(
    oscillators.map(({ title, kind, model }) => [title, kind, model?.variant]),
    [
      ["6", "model", "full"],
      ["4 Y", "missing", undefined],
      ["4 × 1", "model", "full-anything"],
      ["2 × 2", "missing", undefined],
      ["2", "missing", undefined],
    ],
  );
  assert.equal(oscillators[2].note, "published FAD 1.877");
  assert.equal(oscillators[1].note, "not in the paper");
  for (const [k, name] of [
    [1, "4Y"],
    [3, "2x2"],
    [4, "2"],
  ]) {
    const more = [...models, model("full-new", name, 2.0106)];
    const cell = cells_of(await ablation_table(more, "violin", kOscillatorSteps, metadata))[k];
    assert.equal(cell.model?.variant, "full-new", name);
  }
});

test("the matrix has the papers' columns, and no ablation among them", () => {
  const models = [
    model("full", "6", 2),
    model("full-imax-2pi", "6", 6.28),
    model("reduced-ad", "6", 2),
    model("odd", "6", 2),
  ];
  const { first, rows } = variant_table(models, "violin");
  assert.deepEqual(first.map(({ kind }) => kind), ["reference", "anchor"]);
  assert.deepEqual(rows.map(({ title }) => title), ["DDX7", "HpN", "FM + noise"]);
  assert.deepEqual(
    rows[0].cells.map(({ title, kind }) => [title, kind]),
    [
      ["Full", "model"],
      ["Reduced", "missing"],
      ["Reduced + AD", "model"],
      ["Reduced + CD", "missing"],
      ["odd", "model"],
    ],
  );
});

test("every model that ships is in a table", async () => {
  const folder = process.env.SIDEBAND_MODELS ?? path.join(kRoot, "models");
  assert.ok(existsSync(path.join(folder, "index.json")));
  const models = JSON.parse(readFileSync(path.join(folder, "index.json"), "utf8"));
  const described = async ({ file }) => {
    const bytes = readFileSync(path.join(folder, file));
    const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString());
    return JSON.parse(header.__metadata__.sideband);
  };
  const shown = new Set();
  for (const instrument of new Set(models.map((model) => model.instrument))) {
    const tables = [
      variant_table(models, instrument),
      await ablation_table(models, instrument, kIndexSteps, described),
      await ablation_table(models, instrument, kOscillatorSteps, described),
    ];
    for (const { rows } of tables)
      for (const { cells } of rows) for (const cell of cells) shown.add(cell.model?.file);
  }
  assert.deepEqual(models.map(({ file }) => file).filter((file) => !shown.has(file)), []);
});

test("interventions change what the paper's page changes", () => {
  const patch = new Float32Array(49);
  patch.set(kRatios6);
  for (const [from, to] of kRouting6) patch[6 + (to - 1) * 6 + (from - 1)] = 1;
  patch[42] = patch[44] = 1; // operators 1 and 3 are carriers
  const [trained, tripled, doubled, irrational] = interventions(patch);
  assert.deepEqual(trained.settings, []);
  assert.deepEqual(tripled.settings, [
    ["ratio2", 3],
    ["ratio4", 3],
  ]);
  assert.deepEqual(doubled.settings, [["brightness", 2]]);
  assert.deepEqual(irrational.settings, [["ratio2", Math.SQRT2]]);
  const models = [model("full", "6", 2), { ...model("full", "6", 2), synth: "harmonic_noise" }];
  const { rows } = intervention_table(models, "violin", () => patch);
  assert.deepEqual(rows.map(({ title, cells }) => [title, cells.length]), [["DDX7", 4]]);
});
