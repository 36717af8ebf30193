// Blind tests: the statistics, what a listener enters is what is saved, and nothing on the page tells
// what is hidden.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";

import { parse_study } from "../../web/ab/study.js";
import { random_source } from "../../web/ab/order.js";
import { guessing_probability, mean_interval, student_quantile } from "../../web/ab/statistics.js";
import { wav_bytes } from "../../web/audio/wav.js";
import { open_ab, wait_for_status } from "./support/ab.mjs";
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

// One second, of a pitch of its own.
const tone = (hz, level) =>
  Buffer.from(
    wav_bytes(
      [
        Float32Array.from(
          { length: 48000 },
          (_, n) => level * Math.sin((n * hz * 2 * Math.PI) / 48000),
        ),
      ],
      48000,
    ),
  );
const wav_file = (name, hz, level) => ({ name, mimeType: "audio/wav", buffer: tone(hz, level) });
const json_file = (name, content) => ({
  name,
  mimeType: "application/json",
  buffer: Buffer.from(JSON.stringify(content)),
});

async function saved(page, button, folder) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(button)]);
  const file = path.join(folder, download.suggestedFilename());
  await download.saveAs(file);
  return readFile(file, "utf8");
}

const parse_csv = (text) => {
  const cells = (line) =>
    [...line.matchAll(/"((?:[^"]|"")*)"/g)].map(([, value]) => value.replaceAll('""', '"'));
  const [head, ...rows] = text.trim().split("\r\n").map(cells);
  return rows.map((row) => Object.fromEntries(row.map((value, i) => [head[i], value])));
};

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
    pages: [
      {
        type: "mushra",
        id: "tone",
        reference: "tone.wav",
        anchor: "lpc",
        stimuli: { near: "near.wav", far: "far.wav" },
      },
    ],
  };
  const files = [wav_file("tone.wav", 440, 0.3), wav_file("near.wav", 442, 0.3)];
  await page.setInputFiles("#study-files", [json_file("study.json", study), ...files]);
  await wait_for_status(page, /the file “far.wav” is missing/);
  await page.setInputFiles("#study-files", [
    json_file("study.json", study),
    ...files,
    wav_file("far.wav", 660, 0.1),
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

test("nothing but the ear tells what X is", async (test) => {
  const server = await start_server(test);
  const browser = await open_browser(test);
  const page = await open_ab(browser, server, {
    query: "?tab=blind",
    prepare: (target) =>
      target.addInitScript(() => {
        // Every message to the audio thread, by its shape; and every address made for data.
        window.seen = { messages: [], urls: 0 };
        const post = MessagePort.prototype.postMessage;
        MessagePort.prototype.postMessage = function (message, ...rest) {
          const sounds = message?.sounds?.map((sound) => `${sound.length} floats`);
          window.seen.messages.push(JSON.stringify({ ...message, sounds }));
          return post.call(this, message, ...rest);
        };
        const create = URL.createObjectURL;
        URL.createObjectURL = (data) => {
          window.seen.urls += 1;
          return create(data);
        };
      }),
  });
  const folder = await temporary_folder(test);
  const study = {
    format: 1,
    test_id: "pair",
    pages: [{ type: "abx", id: "pair", a: "low.wav", b: "high.wav", trials: 12 }],
  };
  await page.setInputFiles("#study-files", [
    json_file("study.json", study),
    wav_file("low.wav", 300, 0.3),
    wav_file("high.wav", 500, 0.1),
  ]);
  await page.click("#begin-study");
  const requests = [];
  page.on("request", (request) => requests.push(request.url()));
  const trials = [];
  for (let trial = 0; trial < 12; ++trial) {
    await page.waitForFunction(
      (n) => document.querySelector(".test-progress")?.textContent.startsWith(`Trial ${n} `),
      trial + 1,
    );
    await page.waitForFunction(
      () => document.querySelector(".test .condition")?.getAttribute("aria-pressed") === "true",
    );
    await page.keyboard.press("x");
    await page.waitForFunction(() => !document.querySelector(".test .answer").disabled);
    trials.push(
      await page.evaluate(() => {
        const shown = document.querySelector(".test").cloneNode(true);
        shown.querySelector(".test-progress").remove();
        const { messages } = window.seen;
        window.seen.messages = [];
        return {
          page: shown.outerHTML,
          messages,
          storage: localStorage.length + sessionStorage.length,
          cookie: document.cookie,
          names: Object.keys(window).length,
        };
      }),
    );
    if (trial === 3) await screenshot(page, "ab-abx");
    await page.keyboard.press("1");
  }
  await page.waitForSelector("#save-json");
  assert.equal(await page.evaluate(() => window.seen.urls), 0, "an address was made for data");
  const json = JSON.parse(await saved(page, "#save-json", folder));
  const { answers } = json.abx[0];
  assert.equal(answers.length, 12);
  assert.equal(answers.filter(({ x }) => x === "a").length, 6);
  // "A" throughout is right half of the time.
  assert.match(await page.textContent(".abx-result"), /6 of 12 right, p = 0\.6128/);
  for (const [i, trial] of trials.entries()) {
    // From the second trial on; the first also opens the audio.
    const known = trials[1];
    assert.equal(trial.page, known.page, `trial ${i + 1}`);
    assert.deepEqual(trial.messages, i ? known.messages : trial.messages, `trial ${i + 1}`);
    assert.deepEqual([trial.storage, trial.cookie, trial.names], [0, "", known.names]);
  }
  assert.deepEqual(requests, []);
  const rows = parse_csv(await saved(page, "#save-abx", folder));
  assert.deepEqual(Object.keys(rows[0]), [
    "session_test_id",
    "session_uuid",
    "trial_id",
    "choice_reference",
    "choice_non_reference",
    "choice_answer",
    "choice_time",
    "choice_comment",
  ]);
  assert.deepEqual(
    rows.map((row) => row.choice_reference),
    answers.map(({ x }) => (x === "a" ? "low.wav" : "high.wav")),
  );
  assert.deepEqual(page.complaints, []);
});
