// One page of a rating test in the manner of MUSHRA (ITU-R BS.1534): the reference by name, and among
// the conditions to be rated a hidden reference and an anchor, in an order known to a closure alone.

import { element } from "./dom.js";
import { Transport } from "./transport.js";

const kScale = ["Bad", "Poor", "Fair", "Good", "Excellent"];

// `conditions`: [{stimulus, sound}], the hidden reference among them; `order`: their numbers in the
// order shown. Resolves to [{stimulus, score, time_ms, comment}], or null when it was given up.
export function run_rating({
  place,
  player,
  title,
  text,
  reference,
  conditions,
  order,
  last,
  signal,
  on_problem,
  take_keys,
}) {
  const shown = order.map((number) => conditions[number]);
  const scores = shown.map(() => null);
  const heard = new Set();
  let chosen = -1; // −1: the reference
  const started_ms = performance.now();

  return new Promise((resolve) => {
    const transport = new Transport(player, { on_problem });
    const listen = (index) =>
      element(
        "button",
        {
          type: "button",
          class: "condition",
          "aria-pressed": String(index < 0),
          "aria-keyshortcuts": String(index + 1),
          onclick: () => choose(index),
        },
        index < 0 ? "Reference" : String(index + 1),
      );
    const reference_button = listen(-1);
    const rows = shown.map((_, index) => {
      const value = element("output", { class: "score" }, "–");
      const slider = element("input", {
        type: "range",
        min: "0",
        max: "100",
        step: "1",
        value: "50",
        class: "unrated",
        "aria-label": `Rating of condition ${index + 1}`,
        oninput: () => rate(index, Number(slider.value)),
      });
      const button = listen(index);
      return {
        button,
        slider,
        value,
        node: element("div", { class: "rating-row" }, button, slider, value),
      };
    });
    const comment = element("input", {
      type: "text",
      maxlength: "500",
      "aria-label": "Comment on this page",
      placeholder: "Comment (optional)",
    });
    const next = element(
      "button",
      {
        type: "button",
        class: "next",
        disabled: true,
        "aria-keyshortcuts": "Enter",
        onclick: () => done(),
      },
      last ? "Finish" : "Next page",
    );
    const progress = element("p", {
      class: "test-progress",
      role: "status",
      "aria-live": "polite",
    });

    const choose = (index) => {
      if (!transport.is_ready) return; // nothing would be heard
      chosen = index;
      reference_button.setAttribute("aria-pressed", String(index < 0));
      rows.forEach(({ button }, i) => button.setAttribute("aria-pressed", String(i === index)));
      if (index >= 0) heard.add(index);
      player.choose(index + 1);
      show();
    };
    const rate = (index, score) => {
      scores[index] = Math.max(0, Math.min(100, score));
      rows[index].slider.value = scores[index];
      rows[index].slider.classList.remove("unrated");
      rows[index].value.textContent = String(scores[index]);
      show();
    };
    const show = () => {
      const unheard = shown.length - heard.size;
      const unrated = scores.filter((score) => score === null).length;
      next.disabled = unheard > 0 || unrated > 0;
      progress.textContent =
        unheard || unrated
          ? `${unheard} still to be heard, ${unrated} still to be rated.`
          : "All heard and rated.";
    };
    const finish = (result) => {
      player.pause();
      take_keys(null);
      resolve(result);
    };
    const done = () => {
      if (next.disabled) return;
      const time_ms = performance.now() - started_ms;
      finish(
        shown.map(({ stimulus }, i) => ({
          stimulus,
          score: scores[i],
          time_ms,
          comment: comment.value,
        })),
      );
    };
    place.replaceChildren(
      element("h2", {}, title),
      element(
        "p",
        { class: "dim" },
        text || "Rate each condition against the reference. One of them is the reference itself.",
      ),
      transport.node,
      element("div", { class: "conditions" }, reference_button),
      element(
        "div",
        { class: "scale-words", "aria-hidden": "true" },
        ...kScale.map((word) => element("span", {}, word)),
      ),
      element("div", { class: "ratings" }, ...rows.map(({ node }) => node)),
      element(
        "div",
        { class: "test-end" },
        comment,
        next,
        element(
          "button",
          { type: "button", class: "quiet", onclick: () => finish(null) },
          "Give up",
        ),
      ),
      progress,
    );
    show();
    signal?.addEventListener("abort", () => finish(null), { once: true });
    take_keys((key, event) => {
      if (/^[0-9]$/.test(key) && Number(key) <= shown.length) choose(Number(key) - 1);
      else if ((key === "ArrowUp" || key === "ArrowDown") && chosen >= 0) {
        const step = (event.shiftKey ? 10 : 1) * (key === "ArrowUp" ? 1 : -1);
        rate(chosen, (scores[chosen] ?? 50) + step);
      } else if (key === "ArrowRight") choose((chosen + 2) % (shown.length + 1) - 1);
      else if (key === "ArrowLeft") choose((chosen + shown.length + 1) % (shown.length + 1) - 1);
      else if (key === "Enter") done();
      else return transport.take_key(key);
      return true;
    });
    player
      .load([reference, ...shown.map(({ sound }) => sound)], { style: "dip" })
      .then(() => transport.ready(true))
      .catch(on_problem);
  });
}
