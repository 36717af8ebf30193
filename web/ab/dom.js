// Small helpers for building elements.

// element("button", {class: "quiet", onclick}, "Play", child): properties starting with "on" are
// listeners, "data"/"aria" keys with a dash are attributes.
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && !name.includes("-") && typeof value !== "string") node[name] = value;
    else node.setAttribute(name === "className" ? "class" : name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// A table of figures: `heads` for the columns, rows {texts: [name, figure, …], kind: a class}.
export function number_table(heads, rows, properties = {}) {
  const cells = ([name, ...figures]) => [
    element("th", { scope: "row" }, name),
    ...figures.map((text) => element("td", {}, text)),
  ];
  return element(
    "table",
    { class: "numbers", ...properties },
    element(
      "thead",
      {},
      element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text))),
    ),
    element(
      "tbody",
      {},
      ...rows.map(({ texts, kind }) => element("tr", { class: kind }, ...cells(texts))),
    ),
  );
}

export const by_id = (id) => document.getElementById(id);

// Offers bytes or a text as a download; the address of the data is gone right after.
export function download(name, type, content) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

export const time_text = (seconds) =>
  `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, "0")}`;

// 412 k, 4.5 M
export function short_count(value) {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} M`;
  return value >= 1e4 ? `${Math.round(value / 1e3)} k` : String(value);
}

export function short_bytes(value) {
  return value >= 1e6 ? `${(value / 1e6).toFixed(1)} MB` : `${Math.round(value / 1e3)} kB`;
}
