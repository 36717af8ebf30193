// Blind tests as somebody takes them: from the table, with the keyboard, ended early; a study that lies
// beside its sounds on the server; results of several listeners.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";

import { mean_interval } from "../../web/ab/statistics.js";
import {
  json_file,
  open_ab,
  parse_csv,
  saved,
  status_of,
  tone_file,
  wait_for_status,
} from "./support/ab.mjs";
import { open_browser, screenshot, start_server, temporary_folder } from "./support/browser.mjs";

const ready = (page) =>
  page.waitForFunction(() => document.querySelector(".test .start")?.disabled === false);

test("cells of the table are compared by keyboard; a run that ends early says what it is worth", async (test) => {
  const page = await open_ab(await open_browser(test), await start_server(test));
  await page.click("#tab-blind");
  await page.click("#start-abx");
  await ready(page);
  assert.equal(await page.isHidden("#setup"), true);
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press(" ");
  await page.waitForFunction(() => Number(document.querySelector(".test .place").value) > 1000);
  for (let trial = 1; trial <= 3; ++trial) {
    await page.waitForFunction(
      (n) => document.querySelector(".test-progress").textContent.startsWith(`Trial ${n} `),
      trial,
    );
    await page.keyboard.press("1"); // before X was heard, nothing
    await page.waitForFunction(
      () => document.querySelector(".test .condition").getAttribute("aria-pressed") === "true",
    );
    await page.keyboard.press("1");
    assert.match(await page.textContent(".test-progress"), new RegExp(`^Trial ${trial} `));
    await page.keyboard.press("x");
    await page.keyboard.press("b");
    await page.keyboard.press("2");
  }
  await page.waitForFunction(() =>
    document.querySelector(".test-progress").textContent.startsWith("Trial 4 "),
  );
  await page.click("text=End now");
  const said = await page.textContent(".abx-result");
  assert.match(said, /Reference against .*: [0-3] of 3 right, p = (1\.0000|0\.8750|0\.5000|0\.1250)/);
  assert.match(said, /Ended after 3 of 16 trials/);
  await page.click("#again");

  // The whole table by keyboard: more conditions than there are digits can be reached with the arrows.
  await page.click("#start-rating");
  await ready(page);
  await page.evaluate(() => document.activeElement.blur());
  const count = await page.$$eval(".rating-row", (rows) => rows.length);
  for (let i = 0; i < count; ++i) {
    await page.keyboard.press("ArrowRight");
    for (let k = 0; k <= i; ++k) await page.keyboard.press("Shift+ArrowUp");
  }
  assert.equal(await page.textContent(".test-progress"), "All heard and rated.");
  await page.keyboard.press("Enter");
  const rows = parse_csv(await saved(page, "#save-mushra", await temporary_folder(test)));
  assert.deepEqual(
    rows.map((row) => Number(row.rating_score)),
    Array.from({ length: count }, (_, i) => Math.min(100, 60 + 10 * i)),
  );
  const stimuli = rows.map((row) => row.rating_stimulus);
  assert.ok(stimuli.includes("reference") && stimuli.includes("anchor"));
  assert.equal(new Set(stimuli).size, count);
  assert.deepEqual(page.complaints, []);
});

test("a study beside its sounds on the server, with models of the list, on a narrow screen", async (test) => {
  const server = await start_server(test);
  const put = ({ name, buffer }) => writeFile(path.join(server.folders.models, name), buffer);
  await put(tone_file("tone.wav", 440, 0.3));
  await put(tone_file("other.wav", 550, 0.2));
  await put(
    json_file("study.json", {
      format: 1,
      test_id: "remote",
      title: "Remote study",
      text: "Use headphones.",
      participant: ["age"],
      rate_hz: 44100,
      pages: [
        {
          type: "mushra",
          id: "one",
          reference: "tone.wav",
          anchor: "lpc",
          stimuli: { ours: "model:violin/fm-plain.safetensors", other: "other.wav" },
        },
        { type: "abx", id: "two", a: "tone.wav", b: "other.wav", trials: 2 },
      ],
    }),
  );
  const browser = await open_browser(test);
  const page = await open_ab(browser, server, {
    query: "?study=models/study.json",
    until: /Remote study: 2 pages|cannot|could not/,
    viewport: { width: 360, height: 780 },
    colorScheme: "light",
  });
  assert.match(await status_of(page), /Remote study/);
  await page.fill('input[name="age"]', "40");
  await page.click("#begin-study");
  await ready(page);
  const width = () => page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok((await width()) <= 360, `${await width()} pixels wide`);
  for (let i = 1; i <= 4; ++i) {
    await page.click(`.rating-row:nth-child(${i}) .condition`);
    await page.click(`.rating-row:nth-child(${i}) input`, { position: { x: 10 * i, y: 8 } });
  }
  await screenshot(page, "ab-rating-narrow");
  assert.equal(await page.textContent(".next"), "Next page");
  await page.click(".next");
  await ready(page);
  assert.ok((await width()) <= 360, `${await width()} pixels wide`);
  for (let trial = 1; trial <= 2; ++trial) {
    await page.waitForFunction(
      (n) => document.querySelector(".test-progress").textContent.startsWith(`Trial ${n} `),
      trial,
    );
    await page.click(".conditions .condition:nth-child(3)");
    await page.click(".answers .answer:nth-child(2):enabled");
  }
  await page.waitForSelector("#save-json");
  assert.ok((await width()) <= 360, `${await width()} pixels wide`);
  await screenshot(page, "ab-results-narrow");
  const folder = await temporary_folder(test);
  const json = JSON.parse(await saved(page, "#save-json", folder));
  assert.deepEqual(json.participant, { age: "40" });
  assert.deepEqual(json.mushra[0].ratings.map(({ stimulus }) => stimulus).sort(), [
    "anchor",
    "other",
    "ours",
    "reference",
  ]);
  assert.equal(json.abx[0].answers.length, 2);

  // Three listeners: the plot shows means with Student's intervals.
  const listeners = [10, 40, 55].map((score, i) => ({
    ...json,
    session_uuid: `listener-${i}`,
    mushra: [{ trial_id: "one", ratings: [{ stimulus: "ours", score, time_ms: 1, comment: "" }] }],
  }));
  await page.click("#again");
  await page.setInputFiles(
    "#study-files",
    listeners.map((listener, i) => json_file(`listener${i}.json`, listener)),
  );
  await wait_for_status(page, /3 results loaded/);
  const { mean, half } = mean_interval([10, 40, 55]);
  const shown = await page.$$eval("#tests .numbers tbody td", (cells) => cells.map((c) => c.textContent));
  assert.deepEqual(shown, ["3", mean.toFixed(1), `± ${half.toFixed(1)}`]);
  const place = (selector, name) =>
    page.$$eval(selector, (nodes, name) => nodes.map((node) => Number(node.getAttribute(name))), name);
  const [zero, twenty] = await place("#tests .grid-line", "x1");
  const score_at = (x) => (20 * (x - zero)) / (twenty - zero);
  const [centre] = await place("#tests .mean", "cx");
  assert.ok(Math.abs(score_at(centre) - mean) < 0.01);
  const ends = await place("#tests .interval", "x1");
  // What lies beyond the scale is cut at its end.
  assert.ok(Math.abs(score_at(Math.min(...ends)) - Math.max(0, mean - half)) < 0.01, String(ends));
  assert.ok(Math.abs(score_at(Math.max(...ends)) - Math.min(100, mean + half)) < 0.01);
  assert.deepEqual(page.complaints, []);
  assert.deepEqual(page.foreign, []);
});

test("a loop plays its part over and over, and is shown", async (test) => {
  const page = await open_ab(await open_browser(test), await start_server(test));
  const seek = (frame) =>
    page.$eval(
      ".place",
      (node, value) => {
        node.value = value;
        node.dispatchEvent(new Event("input"));
        node.dispatchEvent(new Event("change"));
      },
      frame,
    );
  await page.evaluate(() => document.activeElement.blur());
  await seek(16000);
  await page.keyboard.press("[");
  await seek(24000);
  await page.keyboard.press("]");
  assert.equal(await page.textContent(".loop-text"), "0:01.0 to 0:01.5");
  await page.keyboard.press(" ");
  const places = await page.evaluate(async () => {
    // Where pictures are slow, the place is shown seldom: it goes on until enough has been seen.
    const kTurnsBack = 4;
    const patience_ms = performance.now() + 20000;
    const places = [];
    for (let turns = 0; turns < kTurnsBack && performance.now() < patience_ms; ) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      places.push(Number(document.querySelector(".place").value));
      if (places.at(-1) < places.at(-2)) ++turns;
    }
    return places;
  });
  // It began at the loop's end, and goes on from its beginning.
  const inside = places.slice(places.findIndex((place) => place < 23000));
  assert.ok(inside.every((place) => place >= 16000 && place <= 24000), String(inside));
  const rounds = inside.filter((place, i) => i && place < inside[i - 1]).length;
  test.diagnostic(`${rounds} rounds of half a second`);
  assert.ok(rounds >= 3);
  await screenshot(page, "ab-loop");
  await page.click("text=Whole phrase");
  await page.waitForFunction(() => Number(document.querySelector(".place").value) > 30000);
  assert.equal(await page.textContent(".loop-text"), "whole phrase");
  assert.deepEqual(page.complaints, []);
});
