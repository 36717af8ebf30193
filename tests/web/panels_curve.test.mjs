// An operator's envelope curve, bent by its handle on the canvas and by the arrow keys on the page: what
// is known of it, what sounds, and the way back.

import assert from "node:assert/strict";
import { test } from "node:test";

import { drag, middle, open_panels, press, state } from "./support/panels.mjs";
import { rms_of } from "./support/sound.mjs";
import { record_while, start_tone } from "./support/tone.mjs";

const kRampMs = 100; // far more than an edit's
const kRecordSeconds = 0.2; // whole periods
const kToneHz = 220;
const kPartials = 12;

const nothing = async () => {};
const curve = (page, op) => page.evaluate((op) => sideband.get(`curve${op}`), op);

// An operator's latest level as it sounds, as the network gave it, and as the curve should make it.
const levels = (page, op) =>
  page.evaluate(
    (op) =>
      new Promise((resolve) => {
        const take = ({ detail: { traces, count } }) => {
          if (count === 0) return;
          sideband.removeEventListener("traces", take);
          const at = (count - 1) * (traces.length / count) + op - 1;
          const [sounding, model] = [traces[at + 6], traces[at + 12]];
          const i_max = sideband.patch("a")[48];
          resolve({ sounding, model, bent: i_max * (model / i_max) ** sideband.get(`curve${op}`) });
        };
        sideband.addEventListener("traces", take);
      }),
    op,
  );

async function sound(page) {
  await page.waitForTimeout(kRampMs);
  const { samples, rate_hz } = await record_while(page, kRecordSeconds, nothing);
  const partials = Array.from({ length: kPartials }, (_, i) => {
    let [re, im] = [0, 0];
    samples.forEach((x, n) => {
      const turns = (2 * Math.PI * kToneHz * (i + 1) * n) / rate_hz;
      re += x * Math.cos(turns);
      im += x * Math.sin(turns);
    });
    return (2 * Math.hypot(re, im)) / samples.length;
  });
  return { rms: rms_of(samples), partials };
}

// Distance of two spectra, in parts of the first one's size.
function difference(a, b) {
  const size = Math.hypot(...a.partials);
  return Math.hypot(...a.partials.map((x, i) => x - b.partials[i])) / size;
}

async function open_sounding(test) {
  const page = await open_panels(test, { query: "?instrument=violin" });
  await start_tone(page);
  await page.waitForFunction(() => sideband.snapshot().output_peak > 0.01);
  await page.waitForTimeout(500);
  return page;
}

// Acts, and asserts that operator `op` got another curve and the sound of it, and that undo restores all.
async function bend(page, op, act) {
  const before = await state(page);
  const heard = await sound(page);
  assert.ok(difference(heard, await sound(page)) < 0.01, "the tone is steady");
  await act();
  const bent = await state(page);
  assert.notDeepEqual(bent, before);
  const after = await sound(page);
  const now = await levels(page, op);
  assert.ok(Math.abs(now.bent / now.model - 1) > 0.05, `level ${now.model} would be ${now.bent}`);
  assert.ok(Math.abs(now.sounding / now.bent - 1) < 1e-3, `${now.sounding}, not ${now.bent}`);
  assert.ok(difference(heard, after) > 0.05, `the sound differs by ${difference(heard, after)}`);

  await press(page, "undo");
  assert.deepEqual(await state(page), before);
  assert.ok(difference(heard, await sound(page)) < 0.01, "it sounds as before");
  await press(page, "redo");
  assert.deepEqual(await state(page), bent);
  await press(page, "undo");
  return { heard, after };
}

test("dragging the curve's handle bends a carrier's envelope; undo restores it", async (test) => {
  const page = await open_sounding(test);
  await press(page, "select1");
  const before = await state(page);
  const { heard, after } = await bend(page, 1, async () => {
    const { x, y, width } = await middle(page, "param_curve1"); // the handle rests in the middle
    await drag(page, { x, y: y + 6 }, { x: x + 0.25 * width, y: y + 6 });
    const value = await curve(page, 1);
    assert.ok(value > 1.5 && value < 3, `curve ${value}`);
  });
  assert.ok(after.rms < 0.9 * heard.rms, "above 1 the quiet gets quieter");
  assert.deepEqual(await state(page), before);
  assert.deepEqual(page.complaints, []);
});

test("the arrow keys do the same to a modulator's, without the canvas", async (test) => {
  const page = await open_sounding(test);
  await page.click("summary:text-is('Parameters')");
  const slider = page.getByLabel("Exponent of operator 2's envelope");
  await bend(page, 2, async () => {
    await slider.focus();
    for (let i = 0; i < 15; ++i) await page.keyboard.press("ArrowRight");
    assert.ok((await curve(page, 2)) > 1.3);
    assert.match(await slider.getAttribute("aria-valuetext"), /^1\.\d\d/);
  });
  assert.equal(await slider.getAttribute("aria-valuetext"), "1.00 ");
  assert.deepEqual(page.complaints, []);
});
