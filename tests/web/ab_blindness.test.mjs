// Somebody who watches everything but the sound tries to tell what is hidden in a blind test: the
// document, messages to the audio thread and their sizes, addresses, storage, requests, the heap, and
// how long everything takes. Nothing may tell.

import assert from "node:assert/strict";
import { test } from "node:test";

import { json_file, kTonePage, open_ab, parse_csv, saved, tone_file } from "./support/ab.mjs";
import { open_browser, screenshot, start_server, temporary_folder } from "./support/browser.mjs";

// How far two groups of values are apart: the rank sum test's z (Mann and Whitney, ties at half).
function apart(one, other) {
  let above = 0;
  for (const x of one) for (const y of other) above += x > y ? 1 : x === y ? 0.5 : 0;
  const pairs = one.length * other.length;
  return (above - pairs / 2) / Math.sqrt((pairs * (one.length + other.length + 1)) / 12);
}

// Chance exceeds this once in 150 000 tries.
const kTelling = 4.5;

// observations: [{name: value}]; is_hidden: for each of them, the truth.
function assert_nothing_tells(test, observations, is_hidden) {
  for (const name of Object.keys(observations[0])) {
    const of = (truth) =>
      observations.filter((_, i) => is_hidden[i] === truth).map((observed) => observed[name]);
    const z = apart(of(true), of(false));
    test.diagnostic(`${name}: z = ${z.toFixed(2)}`);
    assert.ok(Math.abs(z) < kTelling, `${name} tells: z = ${z}`);
  }
}

// In the page before anything else: every message to and from the audio thread, with its time.
function watch() {
  const seen = { sent: [], heard: [], urls: 0 };
  window.seen = seen;
  const post = MessagePort.prototype.postMessage;
  MessagePort.prototype.postMessage = function (message, ...rest) {
    const sounds = message?.sounds?.map((sound) => `${sound.length} floats`);
    seen.sent.push({ at: performance.now(), shape: JSON.stringify({ ...message, sounds }) });
    return post.call(this, message, ...rest);
  };
  Object.defineProperty(MessagePort.prototype, "onmessage", {
    set(listener) {
      this.addEventListener("message", (event) => {
        seen.heard.push(performance.now());
        listener(event);
      });
      this.start();
    },
  });
  const create = URL.createObjectURL;
  URL.createObjectURL = (data) => {
    seen.urls += 1;
    return create(data);
  };
  seen.until = async (done) => {
    for (const late = performance.now() + 20000; !done(); ) {
      if (performance.now() > late) throw new Error(`waited in vain for ${done}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  // Presses a key; how long its work takes, and the audio thread's answer to it.
  seen.press = async (key) => {
    const answers = seen.heard.length;
    const start = performance.now();
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    const work_ms = performance.now() - start;
    await seen.until(() => seen.heard.length > answers);
    return { work_ms, answer_ms: seen.heard[answers] - start };
  };
  seen.state = () => ({
    messages: seen.sent.splice(0).map(({ shape }) => shape),
    storage: localStorage.length + sessionStorage.length,
    cookie: document.cookie,
    names: Object.keys(window).length,
    urls: seen.urls,
    resources: performance.getEntriesByType("resource").length,
  });
}

async function open_study(test, study, files) {
  const server = await start_server(test);
  const browser = await open_browser(test);
  const page = await open_ab(browser, server, {
    query: "?tab=blind",
    prepare: (target) => target.addInitScript(watch),
  });
  await page.setInputFiles("#study-files", [json_file("study.json", study), ...files]);
  await page.click("#begin-study");
  await page.waitForFunction(() => document.querySelector(".test .start")?.disabled === false);
  return page;
}

test("what would tell is found: a millisecond, timed in the same page", async (test) => {
  const page = await open_ab(await open_browser(test), await start_server(test), { until: null });
  const [truth, times] = await page.evaluate(async () => {
    const truth = Array.from({ length: 200 }, () => Math.random() < 0.5);
    const times = [];
    for (const is_hidden of truth) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      const start = performance.now();
      const end = start + (is_hidden ? 2 : 1);
      while (performance.now() < end);
      times.push(performance.now() - start);
    }
    return [truth, times];
  });
  const of = (value) => times.filter((_, i) => truth[i] === value);
  const z = apart(of(true), of(false));
  test.diagnostic(`z = ${z.toFixed(2)}`);
  assert.ok(z > kTelling, `it went unnoticed: z = ${z}`);
});

test("nothing but the ear tells what X is", async (test) => {
  const kTrials = 80;
  const study = {
    format: 1,
    test_id: "pair",
    pages: [{ type: "abx", id: "pair", a: "low.wav", b: "high.wav", trials: kTrials }],
  };
  const page = await open_study(test, study, [
    tone_file("low.wav", 300, 0.3),
    tone_file("high.wav", 500, 0.1),
  ]);
  const requests = [];
  page.on("request", (request) => requests.push(request.url()));
  await screenshot(page, "ab-abx");
  const trials = await page.evaluate(async (count) => {
    const { seen } = window;
    const $ = (selector) => document.querySelector(selector);
    const trials = [];
    let asked = performance.now();
    for (let trial = 1; trial <= count; ++trial) {
      await seen.until(
        () =>
          $(".test-progress").textContent.startsWith(`Trial ${trial} `) &&
          $(".test .condition").getAttribute("aria-pressed") === "true",
      );
      const ready = performance.now();
      const sent = seen.sent.find(({ shape }) => shape.includes('"sounds"'))?.at ?? ready;
      const times = { copied_ms: sent - asked, ready_ms: ready - asked };
      for (const key of ["x", "b", "a", "x"]) {
        const { work_ms, answer_ms } = await seen.press(key);
        times[`${key}_work_ms`] = work_ms;
        times[`${key}_answer_ms`] = answer_ms;
      }
      times.heap_bytes = performance.memory.usedJSHeapSize;
      const shown = $(".test").cloneNode(true);
      shown.querySelector(".test-progress").remove();
      trials.push({ times, state: { page: shown.outerHTML, ...seen.state() } });
      asked = performance.now();
      document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "1", bubbles: true }));
    }
    return trials;
  }, kTrials);
  assert.equal(await page.evaluate(() => window.seen.urls), 0, "an address was made for data");
  assert.deepEqual(requests, []);

  const folder = await temporary_folder(test);
  const { answers, planned } = JSON.parse(await saved(page, "#save-json", folder)).abx[0];
  assert.equal(planned, kTrials);
  assert.equal(answers.length, kTrials);
  const is_a = answers.map(({ x }) => x === "a");
  // From the second trial on; the first also opens the audio.
  for (const [i, { state }] of trials.entries()) {
    const { messages, ...rest } = trials[1].state;
    assert.deepEqual({ ...state, messages }, { messages, ...rest }, `trial ${i + 1}`);
    if (i) assert.deepEqual(state.messages, messages, `trial ${i + 1}`);
  }
  const times = trials.slice(1).map((trial) => trial.times);
  assert_nothing_tells(test, times, is_a.slice(1));
  // Nor what X was the time before.
  assert_nothing_tells(test, times, is_a.slice(0, -1));

  // "A" throughout: the p-value is that of the binomial distribution, counted exactly.
  const right = is_a.filter(Boolean).length;
  let [ways, more] = [1n, 0n];
  for (let k = kTrials; k >= right; --k) {
    more += ways;
    ways = (ways * BigInt(k)) / BigInt(kTrials - k + 1);
  }
  const p = Number((more * 10n ** 12n) / 2n ** BigInt(kTrials)) / 1e12;
  const said = await page.textContent(".abx-result");
  assert.ok(said.includes(`${right} of ${kTrials} right, p = ${p.toFixed(4)}`), said);
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

test("nothing but the ear tells the conditions of a rating apart", async (test) => {
  const kRounds = 30;
  const study = {
    format: 1,
    test_id: "pilot",
    pages: [kTonePage],
  };
  const page = await open_study(test, study, [
    tone_file("tone.wav", 440, 0.3),
    tone_file("near.wav", 442, 0.3),
    tone_file("far.wav", 660, 0.1),
  ]);
  const requests = [];
  page.on("request", (request) => requests.push(request.url()));
  const { rows, sounds, presses, states } = await page.evaluate(async (rounds) => {
    const { seen } = window;
    const { sounds } = JSON.parse(
      seen.sent.find(({ shape }) => shape.includes('"sounds"')).shape,
    );
    const count = document.querySelectorAll(".rating-row").length;
    const presses = [];
    const states = [];
    for (let round = 0; round < rounds; ++round) {
      for (let i = 0; i < count; ++i) {
        const index = (i + round) % count;
        await seen.press("0");
        seen.state();
        const { work_ms, answer_ms } = await seen.press(String(index + 1));
        const { messages, ...rest } = seen.state();
        presses.push({ index, times: { work_ms, answer_ms } });
        // But for the number, which the listener pressed.
        states.push({
          messages: messages.map((shape) => shape.replace(`"index":${index + 1}`, "")),
          ...rest,
        });
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp", bubbles: true }));
      }
    }
    const rows = [...document.querySelectorAll(".rating-row")].map((row, i) =>
      row.outerHTML
        .replaceAll(new RegExp(`(["> ])${i + 1}(["<])`, "g"), "$1#$2")
        .replace('aria-pressed="true"', 'aria-pressed="false"')
        .replaceAll(/(min|max|step)="#"/g, '$1="1"'),
    );
    return { rows, sounds, presses, states };
  }, kRounds);
  assert.equal(rows.length, 4);
  for (const row of rows) assert.equal(row, rows[0]);
  assert.equal(new Set(sounds).size, 1, String(sounds));
  for (const state of states) assert.deepEqual(state, states[0]);
  assert.deepEqual(requests, []);
  assert.equal(await page.evaluate(() => window.seen.urls), 0, "an address was made for data");
  await page.keyboard.press("Enter");
  const csv = parse_csv(await saved(page, "#save-mushra", await temporary_folder(test)));
  assert.equal(csv.length, 4);
  for (const [index, { rating_stimulus }] of csv.entries()) {
    test.diagnostic(`${rating_stimulus}, condition ${index + 1}:`);
    const is_it = presses.map((press) => press.index === index);
    assert_nothing_tells(test, presses.map(({ times }) => times), is_it);
  }
  assert.deepEqual(page.complaints, []);
});
