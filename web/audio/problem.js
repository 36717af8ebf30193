// Something went wrong that a person must know: one clear sentence, and the ways on.

// What the page offers as buttons beside the sentence.
export const Way = Object.freeze({
  kRetry: "retry", // do the same again
  kClip: "clip", // play the bundled clip instead of the microphone
  kReload: "reload", // load the page afresh
});

export class Problem extends Error {
  constructor(text, { ways = [Way.kRetry], cause } = {}) {
    super(text, { cause });
    this.name = "Problem";
    this.ways = ways;
  }
}

// Wraps what was not foreseen, keeping the browser's own words; the console has the rest.
export function as_problem(error, doing) {
  if (error instanceof Problem) return error;
  console.error(error);
  const words = String(error?.message ?? error).replace(/\.$/, "");
  return new Problem(`${doing} failed: ${words}.`, { cause: error });
}
