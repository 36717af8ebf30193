// The figures of the listening tests: the exact binomial test of ABX, and means with their 95 %
// intervals.

// ln Γ by Lanczos' approximation (g = 7, nine terms; Numerical Recipes, 3rd ed., section 6.1).
const kLanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
  -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
  1.5056327351493116e-7,
];

export function log_gamma(x) {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - log_gamma(1 - x);
  const z = x - 1;
  let sum = kLanczos[0];
  for (let i = 1; i < kLanczos.length; ++i) sum += kLanczos[i] / (z + i);
  const t = z + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

// Probability of `right` or more right answers out of `trials` by guessing alone: exact, one-sided.
export function guessing_probability(right, trials) {
  let sum = 0;
  let term = 1; // trials over k, from k = trials downwards
  for (let k = trials; k >= right; --k) {
    sum += term;
    term = (term * k) / (trials - k + 1);
  }
  return sum / 2 ** trials;
}

// Regularised incomplete beta function by its continued fraction (Lentz).
function incomplete_beta(a, b, x) {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incomplete_beta(b, a, 1 - x);
  const front = Math.exp(
    log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * Math.log(x) + b * Math.log(1 - x),
  );
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m < 200; ++m) {
    for (const term of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 / (1 + term * d);
      c = 1 + term / c;
      value *= c * d;
    }
    if (Math.abs(c * d - 1) < 1e-14) break;
  }
  return (front * value) / a;
}

// The t that a Student variable exceeds in size with probability 1 − confidence.
export function student_quantile(confidence, degrees) {
  const beyond = (t) => incomplete_beta(degrees / 2, 0.5, degrees / (degrees + t * t));
  let [low, high] = [0, 1e4];
  for (let i = 0; i < 100; ++i) {
    const middle = (low + high) / 2;
    if (beyond(middle) > 1 - confidence) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

// {count, mean, half}: the 95 % interval is mean ± half; null where one value says nothing of it.
export function mean_interval(values) {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count < 2) return { count, mean, half: null };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  const half = student_quantile(0.95, count - 1) * Math.sqrt(variance / count);
  return { count, mean, half };
}
