// Random damage to texts, repeatable from a seed.

const kTokens = [
  "null", "true", "-1", "0", "1e999", "-1e-320", "NaN", '""', "{}", "[]", "[[", '"__proto__"', "\\u0000", "\u0000",
  "\ud800", "�", "=", "&", "%", "%zz", "+", "#", "state=", "constructor", "toString", "9".repeat(400), "é", "a".repeat(3000),
];
const kValues = [
  null, true, false, 0, -1, 1.5, 1e308, -1e-320, 2 ** 53, "", "a", "9".repeat(100), "__proto__", "constructor", [], {}, [[]],
  [null], { length: 3 }, { a: { a: {} } },
];

// Mulberry32: small, and good enough to choose what to damage.
export class Random {
  #state;
  constructor(seed) {
    this.#state = seed >>> 0;
  }
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  below(end) {
    return Math.floor(this.next() * end);
  }
  pick(list) {
    return list[this.below(list.length)];
  }
  // Any 32-bit float, the ugly ones often.
  float() {
    const ugly = [0, -0, 1, -1, 1e-42, 3e38, -3e38, Infinity, -Infinity, NaN];
    if (this.below(2)) return this.pick(ugly);
    return new Float32Array(new Uint32Array([this.next() * 4294967296]).buffer)[0];
  }
}

export function damaged_text(random, seeds) {
  let text = random.pick(seeds);
  for (let edits = random.below(7); edits > 0; --edits) {
    const at = random.below(text.length + 1);
    const length = random.below(random.below(4) ? 6 : 60);
    const kept = [text.slice(0, at), text.slice(at + length)];
    text = [
      () => kept.join(""),
      () => kept.join(random.pick(kTokens)),
      () => kept.join(String.fromCharCode(random.below(0x250))),
      () => text.slice(0, at) + text.slice(Math.max(0, at - length)),
      () => text + random.pick(seeds).slice(at),
    ][random.below(5)]();
  }
  return text;
}

// Replaces, removes, copies or adds parts, so that the text stays JSON.
export function damaged_json(random, seeds) {
  const root = { all: JSON.parse(random.pick(seeds)) };
  for (let edits = 1 + random.below(4); edits > 0; --edits) {
    let parent = root;
    let key = "all";
    while (typeof parent[key] === "object" && parent[key] !== null && random.below(4)) {
      const keys = Object.keys(parent[key]);
      if (!keys.length) break;
      parent = parent[key];
      key = random.pick(keys);
    }
    if (random.below(4)) parent[key] = structuredClone(random.pick(kValues));
    else if (random.below(2) && parent !== root) delete parent[key];
    else parent[random.pick(["models", "edits", "params", "a", "b", "slot", "clip", "pages", "x"])] = parent[key];
  }
  try {
    return JSON.stringify(root.all) ?? "undefined";
  } catch {
    return "{}"; // a part came to contain itself
  }
}
