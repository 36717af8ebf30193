// An ABX run: X is A or B by the toss of a coin, known to a closure alone until it has been answered.

import { element } from "./dom.js";
import { abx_summary } from "./results.js";
import { Transport } from "./transport.js";

// A copy of b or of a, made by reading both: it takes as long whichever it is.
function either(a, b, is_b) {
  const [of_a, of_b] = is_b ? [0, 1] : [1, 0];
  const samples = new Float32Array(Math.max(a.samples.length, b.samples.length));
  for (let i = 0; i < samples.length; ++i) {
    samples[i] = of_a * (a.samples[i] ?? 0) + of_b * (b.samples[i] ?? 0);
  }
  const { loudness_lufs, peak } = is_b ? b : a;
  return { samples, loudness_lufs, peak };
}

// Runs in `place` (an element) until all trials are answered or `cancelled` (an AbortSignal) fires.
// sounds: {a, b}: {samples, loudness_lufs, peak}; random: order.js. Resolves to [{x, answer, time_ms}],
// or null. `names`: what the listener is told of A and B, if anything.
export function run_abx({
  place,
  player,
  sounds,
  names,
  trials,
  random,
  text,
  signal,
  on_problem,
  take_keys,
}) {
  const answers = [];
  let x = "a"; // what X is in this trial
  let started_ms = 0;
  const heard = new Set();

  return new Promise((resolve) => {
    const finish = (result) => {
      player.pause();
      take_keys(null);
      resolve(result);
    };
    const transport = new Transport(player, { on_problem });
    const choose = (index) => {
      if (!transport.is_ready) return; // nothing would be heard
      buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === index)));
      heard.add(index);
      player.choose(index);
      show_answers();
    };
    const sound_button = (title, key, index) =>
      element(
        "button",
        {
          type: "button",
          class: "condition",
          "aria-pressed": "false",
          "aria-keyshortcuts": key,
          onclick: () => choose(index),
        },
        title,
      );
    const buttons = [
      sound_button("A", "a", 0),
      sound_button("B", "b", 1),
      sound_button("X", "x", 2),
    ];
    const answer_buttons = ["a", "b"].map((which, i) =>
      element(
        "button",
        {
          type: "button",
          class: "answer",
          "aria-keyshortcuts": String(i + 1),
          disabled: true,
          onclick: () => answer(which),
        },
        `X is ${which.toUpperCase()}`,
      ),
    );
    const show_answers = () => {
      const ready = heard.has(2) && transport.is_ready;
      for (const button of answer_buttons) button.disabled = !ready;
    };
    const progress = element("p", {
      role: "status",
      "aria-live": "polite",
      class: "test-progress",
    });
    place.replaceChildren(
      element(
        "p",
        { class: "dim" },
        text ||
          `${names ? `A is ${names.a}, B is ${names.b}. ` : ""}Which of A and B is X? Listen to X before you answer.`,
      ),
      transport.node,
      element("div", { class: "conditions" }, ...buttons),
      element("div", { class: "answers" }, ...answer_buttons),
      progress,
      element(
        "div",
        { class: "row" },
        element(
          "button",
          {
            type: "button",
            class: "quiet",
            onclick: () => finish(answers.length ? answers : null),
          },
          "End now",
        ),
      ),
    );
    const show_progress = () => {
      const { right, trials: done, p } = abx_summary(answers);
      const so_far = done
        ? ` ${right} of ${done} right; by guessing at least as many with p = ${p.toFixed(4)}.`
        : "";
      progress.textContent =
        done < trials ? `Trial ${done + 1} of ${trials}.${so_far}` : so_far.trim();
    };
    // Three sounds of equal length each time, X a copy of its own: nothing tells what it is a copy of.
    const next = async () => {
      heard.clear();
      buttons.forEach((button) => button.setAttribute("aria-pressed", "false"));
      show_answers();
      show_progress();
      const playing = player.playing;
      const { a, b } = sounds;
      // Independent tosses: whatever the habit of the listener, right answers by guessing are
      // binomial, which the p-value takes them to be.
      x = random.toss() ? "a" : "b";
      await player.load([a, b, either(a, b, x === "b")], { style: "dip", keep_place: true });
      transport.ready(true);
      if (playing) await player.play();
      buttons[0].setAttribute("aria-pressed", "true");
      heard.add(0);
      started_ms = performance.now();
      show_answers();
    };
    const answer = (which) => {
      if (answer_buttons[0].disabled) return;
      answers.push({
        x,
        answer: which,
        time_ms: performance.now() - started_ms,
      });
      if (answers.length === trials) {
        show_progress();
        finish(answers);
      } else {
        next().catch(on_problem);
      }
    };
    signal?.addEventListener("abort", () => finish(null), { once: true });
    take_keys((key) => {
      const index = { a: 0, b: 1, x: 2 }[key];
      if (index !== undefined) choose(index);
      else if (key === "1" || key === "2") answer(key === "1" ? "a" : "b");
      else return transport.take_key(key);
      return true;
    });
    next().catch(on_problem);
  });
}
