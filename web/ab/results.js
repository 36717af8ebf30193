// What a listening test leaves behind: rows as webMUSHRA writes them, so that scripts for its files
// read these; CSV and JSON; and what all the results say together.
//
// results: {format: 1, test_id, session_uuid, seed, started, participant: {name: value},
//  mushra: [{trial_id, ratings: [{stimulus, score, time_ms, comment}]}],
//  abx: [{trial_id, a, b, answers: [{x, answer, time_ms}]}]}

import { Problem } from "../audio/problem.js";
import { guessing_probability, mean_interval } from "./statistics.js";

const quoted = (value) => `"${String(value ?? "").replaceAll('"', '""')}"`;
const csv = (rows) => rows.map((row) => row.map(quoted).join(",")).join("\r\n") + "\r\n";

const common = ({ test_id, session_uuid, participant }) => {
  const names = Object.keys(participant);
  return {
    names: ["session_test_id", ...names, "session_uuid", "trial_id"],
    values: (trial_id) => [
      test_id,
      ...names.map((name) => participant[name]),
      session_uuid,
      trial_id,
    ],
  };
};

// webMUSHRA's mushra.csv.
export function mushra_csv(results) {
  const { names, values } = common(results);
  const head = [...names, "rating_stimulus", "rating_score", "rating_time", "rating_comment"];
  const rows = results.mushra.flatMap(({ trial_id, ratings }) =>
    ratings.map(({ stimulus, score, time_ms, comment }) => [
      ...values(trial_id),
      stimulus,
      score,
      Math.round(time_ms),
      comment ?? "",
    ]),
  );
  return csv([head, ...rows]);
}

// webMUSHRA's paired_comparison.csv: the reference is what X was.
export function abx_csv(results) {
  const { names, values } = common(results);
  const head = [
    ...names,
    "choice_reference",
    "choice_non_reference",
    "choice_answer",
    "choice_time",
    "choice_comment",
  ];
  const rows = results.abx.flatMap(({ trial_id, a, b, answers }) =>
    answers.map(({ x, answer, time_ms }) => {
      const names_of = { a, b };
      const other = x === "a" ? "b" : "a";
      return [
        ...values(trial_id),
        names_of[x],
        names_of[other],
        answer === x ? "reference" : "non_reference",
        Math.round(time_ms),
        "",
      ];
    }),
  );
  return csv([head, ...rows]);
}

export const results_json = (results) => `${JSON.stringify(results, null, 1)}\n`;

// Reads what results_json() wrote; throws a Problem.
export function parse_results(text, name) {
  let results;
  try {
    results = JSON.parse(text);
  } catch (error) {
    throw new Problem(`“${name}” is not JSON. Choose a results file that this page wrote.`, {
      cause: error,
    });
  }
  if (results?.format !== 1 || !Array.isArray(results.mushra) || !Array.isArray(results.abx)) {
    throw new Problem(`“${name}” holds no results of this page (format 1). Choose another file.`);
  }
  return results;
}

// [{stimulus, count, mean, half}], best first, over all pages of all the results.
export function rating_summary(all_results) {
  const scores = new Map();
  for (const { mushra } of all_results) {
    for (const { ratings } of mushra) {
      for (const { stimulus, score } of ratings) {
        scores.set(stimulus, [...(scores.get(stimulus) ?? []), score]);
      }
    }
  }
  return [...scores]
    .map(([stimulus, values]) => ({ stimulus, ...mean_interval(values) }))
    .sort((one, other) => other.mean - one.mean);
}

// {right, trials, p}
export function abx_summary(answers) {
  const right = answers.filter(({ x, answer }) => x === answer).length;
  return { right, trials: answers.length, p: guessing_probability(right, answers.length) };
}
