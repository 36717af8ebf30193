// The page's two plots, as SVG in the page's own colours: ratings with their intervals, and times.

const kSvg = "http://www.w3.org/2000/svg";

function svg(tag, properties, ...children) {
  const node = document.createElementNS(kSvg, tag);
  for (const [name, value] of Object.entries(properties)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const label = (x, y, text, anchor = "start", kind = "") =>
  svg("text", { x, y, "text-anchor": anchor, class: kind }, text);

// Mean and 95 % interval per stimulus, 0 … 100. summary: results.js.
export function rating_plot(summary) {
  const [left, width, row, top] = [150, 430, 30, 26];
  const height = top + summary.length * row + 8;
  const x = (score) => left + (width * Math.max(0, Math.min(100, score))) / 100;
  const plot = svg("svg", {
    viewBox: `0 0 ${left + width + 60} ${height}`,
    role: "img",
    class: "plot",
    "aria-label": `Mean ratings: ${summary.map(({ stimulus, mean }) => `${stimulus} ${mean.toFixed(1)}`).join(", ")}`,
  });
  for (let score = 0; score <= 100; score += 20) {
    plot.append(
      svg("line", { x1: x(score), x2: x(score), y1: top - 6, y2: height - 6, class: "grid-line" }),
    );
    plot.append(label(x(score), top - 11, String(score), "middle", "dim"));
  }
  summary.forEach(({ stimulus, mean, half }, i) => {
    const y = top + (i + 0.5) * row;
    plot.append(
      label(left - 10, y + 4, stimulus.length > 20 ? `${stimulus.slice(0, 19)}…` : stimulus, "end"),
    );
    if (half !== null) {
      plot.append(
        svg("line", { x1: x(mean - half), x2: x(mean + half), y1: y, y2: y, class: "interval" }),
      );
      for (const end of [mean - half, mean + half]) {
        plot.append(
          svg("line", { x1: x(end), x2: x(end), y1: y - 5, y2: y + 5, class: "interval" }),
        );
      }
    }
    plot.append(svg("circle", { cx: x(mean), cy: y, r: 5, class: "mean" }));
    plot.append(label(x(100) + 12, y + 4, mean.toFixed(1), "start", "dim"));
  });
  return plot;
}

// Time to compute ÷ length over latency, both logarithmic. series: [{name, kind: its classes,
// values: Map(ms → share)}].
export function speed_plot(latencies_ms, series) {
  const [left, top, width, height, right] = [56, 14, 460, 260, 20];
  const [low, high] = [-3.5, 1.5];
  const x = (i) => left + (width * i) / (latencies_ms.length - 1);
  const y = (share) =>
    top + height * (1 - (Math.max(low, Math.min(high, Math.log10(share))) - low) / (high - low));
  const plot = svg("svg", {
    viewBox: `0 0 ${left + width + right} ${top + height + 46}`,
    role: "img",
    class: "plot",
    "aria-label": "Time to compute divided by length, over latency; the table has the numbers",
  });
  for (let power = Math.ceil(low); power <= Math.floor(high); ++power) {
    const at = y(10 ** power);
    plot.append(
      svg("line", {
        x1: left,
        x2: left + width,
        y1: at,
        y2: at,
        class: power === 0 ? "limit" : "grid-line",
      }),
    );
    plot.append(
      label(
        left - 8,
        at + 4,
        power === 0 ? "1" : power > 0 ? "10" : (10 ** power).toFixed(-power),
        "end",
        "dim",
      ),
    );
  }
  plot.append(label(left + width, y(1) - 5, "real time", "end", "dim"));
  latencies_ms.forEach((ms, i) =>
    plot.append(label(x(i), top + height + 18, String(ms), "middle", "dim")),
  );
  plot.append(label(left + width / 2, top + height + 38, "latency, ms", "middle", "dim"));
  for (const { name, kind, values } of series) {
    const points = latencies_ms
      .map((ms, i) => [x(i), values.get(ms)])
      .filter(([, share]) => share > 0)
      .map(([at, share]) => `${at.toFixed(1)},${y(share).toFixed(1)}`);
    const line = svg("polyline", { points: points.join(" "), class: `series ${kind}` });
    line.append(svg("title", {}, name));
    plot.append(line);
  }
  return plot;
}
