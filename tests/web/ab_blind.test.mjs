// Blind tests: the statistics, and what a listener enters is what is saved. That nothing on the page
// tells what is hidden: ab_blindness.test.mjs.

import assert from "node:assert/strict";
import { test } from "node:test";

import { parse_study } from "../../web/ab/study.js";
import { random_source } from "../../web/ab/order.js";
import { guessing_probability, mean_interval, student_quantile } from "../../web/ab/statistics.js";
import { json_file, kTonePage, open_ab, parse_csv, saved, tone_file, wait_for_status } from "./support/ab.mjs";
import { open_browser, screenshot, start_server, temporary_folder } from "./support/browser.mjs";

const near = (found, known, within = 1e-6) =>
  assert.ok(Math.abs(found - known) <= within, `${found}, not ${known}`);

test("p-values are those of the binomial distribution", () => {
  near(guessing_probability(9, 10), 11 / 1024, 1e-15);
  near(guessing_probability(12, 16), 2517 / 65536, 1e-15);
  near(guessing_probability(16, 16), 1 / 65536, 1e-15);
  near(guessing_probability(0, 7), 1, 1e-15);
  near(guessing_probability(60, 100), 0.028443966820490395, 1e-12);
});

test("a guesser passes for a hearer as often as the p-value says, whatever the habit", () => {
  const kTrials = 16;
  const kSessions = 20000;
  const habits = {
    "always A": () => true,
    "by turns": (past) => past.length % 2 === 0,
    "what X was last": (past) => past.at(-1) ?? true,
    "what X was not last": (past) => !(past.at(-1) ?? true),
    "the rarer so far": (past) => 2 * past.filter(Boolean).length <= past.length,
  };
  const random = random_source([9, 8, 7, 6]);
  for (const [name, guess] of Object.entries(habits)) {
    const right = new Array(kTrials + 1).fill(0); // sessions with so many right
    for (let session = 0; session < kSessions; ++session) {
      const past = [];
      let count = 0;
      for (let trial = 0; trial < kTrials; ++trial) {
        const answer = guess(past);
        past.push(random.toss());
        count += answer === past.at(-1);
      }
      right[count] += 1;
    }
    for (let least = 0; least <= kTrials; ++least) {
      const p = guessing_probability(least, kTrials);
      const found = right.slice(least).reduce((sum, n) => sum + n, 0) / kSessions;
      const spread = Math.sqrt((p * (1 - p)) / kSessions);
      assert.ok(Math.abs(found - p) <= 4.5 * spread + 1e-9, `${name}: ${least} right: ${found}, ${p}`);
    }
  }
});

test("intervals are those of Student's t", () => {
  near(student_quantile(0.95, 1), 12.706204736);
  near(student_quantile(0.95, 9), 2.262157163);
  near(student_quantile(0.95, 30), 2.042272456);
  const { mean, half } = mean_interval([70, 80, 90, 80]);
  near(mean, 80);
  near(half, 3.182446305 * (Math.sqrt(200 / 3) / 2));
  assert.equal(mean_interval([50]).half, null);
});

test("orders are permutations, every one as likely as the others, and a seed repeats them", () => {
  const counts = new Map();
  const random = random_source([1, 2, 3, 4]);
  for (let i = 0; i < 6000; ++i) {
    const order = random.order(3).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assert.equal(counts.size, 6);
  for (const count of counts.values()) assert.ok(count > 850 && count < 1150, String(count));
  assert.deepEqual(random_source([5, 6, 7, 8]).order(12), random_source([5, 6, 7, 8]).order(12));
});

test("a study that cannot be run says why", () => {
  const page = { type: "mushra", id: "one", reference: "r.wav", stimuli: { x: "x.wav" } };
  const study = { format: 1, test_id: "t", pages: [page] };
  const refused = (changes, pattern) =>
    assert.throws(() => parse_study(JSON.stringify({ ...study, ...changes })), {
      message: pattern,
    });
  assert.equal(parse_study(JSON.stringify(study)).pages.length, 1);
  assert.throws(() => parse_study("{"), { message: /is not JSON/ });
  refused({ format: 2 }, /lacks "format": 1/);
  refused({ test_id: "" }, /no "test_id"/);
  refused({ pages: [] }, /no pages/);
  refused({ pages: [page, page] }, /two pages have the id “one”/);
  refused({ pages: [{ ...page, reference: undefined }] }, /no "reference"/);
  refused({ pages: [{ ...page, stimuli: {} }] }, /0 stimuli/);
  refused({ pages: [{ ...page, stimuli: { reference: "x.wav" } }] }, /name of a hidden condition/);
  refused({ pages: [{ type: "abx", id: "q", a: "a.wav" }] }, /needs the files "a" and "b"/);
  refused({ pages: [{ type: "abx", id: "q", a: "a", b: "b", trials: 0 }] }, /0 trials/);
  refused({ pages: [{ type: "quiz", id: "q" }] }, /there are "mushra" and "abx"/);
});

test("a rating session saves what was entered, the hidden reference and the anchor among it", async (test) => {
  const server = await start_server(test);
  const browser = await open_browser(test);
  const page = await open_ab(browser, server, { query: "?tab=blind" });
  const folder = await temporary_folder(test);
  const study = {
    format: 1,
    test_id: "pilot",
    title: "Pilot",
    participant: ["email", "age"],
    pages: [kTonePage],
  };
  const files = [tone_file("tone.wav", 440, 0.3), tone_file("near.wav", 442, 0.3)];
  await page.setInputFiles("#study-files", [json_file("study.json", study), ...files]);
  await wait_for_status(page, /the file “far.wav” is missing/);
  await page.setInputFiles("#study-files", [
    json_file("study.json", study),
    ...files,
    tone_file("far.wav", 660, 0.1),
  ]);
  await page.fill('input[name="email"]', 'a "quoted", name');
  await page.fill('input[name="age"]', "33");
  await page.click("#begin-study");
  await page.waitForFunction(() => !document.querySelector(".test .start")?.disabled);
  const rows = await page.$$(".rating-row");
  assert.equal(rows.length, 4); // two stimuli, the hidden reference, the anchor
  assert.equal(await page.isDisabled(".next"), true);
  const entered = [];
  for (let i = 0; i < rows.length; ++i) {
    await page.keyboard.press(String(i + 1));
    await page.keyboard.press(i % 2 ? "Shift+ArrowUp" : "ArrowDown");
    const value = 17 + 20 * i;
    await rows[i].$eval(
      "input",
      (node, score) => {
        node.value = score;
        node.dispatchEvent(new Event("input"));
      },
      value,
    );
    entered.push(value);
  }
  await screenshot(page, "ab-rating");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#save-mushra");
  await screenshot(page, "ab-results");
  const csv = parse_csv(await saved(page, "#save-mushra", folder));
  const json = JSON.parse(await saved(page, "#save-json", folder));
  assert.deepEqual(Object.keys(csv[0]), [
    "session_test_id",
    "email",
    "age",
    "session_uuid",
    "trial_id",
    "rating_stimulus",
    "rating_score",
    "rating_time",
    "rating_comment",
  ]);
  assert.deepEqual(csv.map((row) => row.rating_stimulus).sort(), [
    "anchor",
    "far",
    "near",
    "reference",
  ]);
  assert.deepEqual(
    csv.map((row) => Number(row.rating_score)),
    entered,
  );
  assert.ok(csv.every((row) => row.email === 'a "quoted", name' && row.trial_id === "tone"));
  assert.deepEqual(
    json.mushra[0].ratings.map(({ stimulus }) => stimulus),
    csv.map((row) => row.rating_stimulus),
  );
  assert.match(json.seed, /^[0-9a-f]{32}$/);
  const plot = await page.getAttribute(".plot", "aria-label");
  for (const { stimulus, score } of json.mushra[0].ratings)
    assert.ok(plot.includes(`${stimulus} ${score.toFixed(1)}`));
  // Earlier listeners join the plot.
  await page.click("#again");
  await page.setInputFiles("#study-files", [
    json_file("one.json", json),
    json_file("two.json", json),
  ]);
  await wait_for_status(page, /2 results loaded/);
  assert.match(await page.textContent("figcaption"), /2 listeners/);
  assert.deepEqual(page.complaints, []);
  assert.deepEqual(page.foreign, []);
});
