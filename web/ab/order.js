// Random orders for blind tests. A test's seed comes from the browser's cryptographic generator and is
// told only with the results; whoever knows it can repeat the order.

export function new_seed() {
  return crypto.getRandomValues(new Uint32Array(4));
}

export const seed_text = (seed) =>
  [...seed].map((word) => word.toString(16).padStart(8, "0")).join("");

// A stream of random numbers (xoshiro128**, Blackman and Vigna 2018) from four words of seed.
export function random_source(seed) {
  const state = Uint32Array.from(seed);
  if (!state.some(Boolean)) state[0] = 1;
  const rotate = (x, k) => (x << k) | (x >>> (32 - k));
  const next = () => {
    const result = Math.imul(rotate(Math.imul(state[1], 5), 7), 9) >>> 0;
    const shifted = state[1] << 9;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate(state[3], 11);
    return result;
  };
  for (let i = 0; i < 16; ++i) next();
  return {
    // An integer in 0 … count − 1, each as likely as the others.
    below(count) {
      const limit = 2 ** 32 - (2 ** 32 % count);
      let value = next();
      while (value >= limit) value = next();
      return value % count;
    },
    // True or false, each as likely, whatever came before.
    toss() {
      return this.below(2) === 1;
    },
    // 0 … count − 1 in random order.
    order(count) {
      const order = Array.from({ length: count }, (_, i) => i);
      for (let i = count - 1; i > 0; --i) {
        const k = this.below(i + 1);
        [order[i], order[k]] = [order[k], order[i]];
      }
      return order;
    },
  };
}
