// The list of models (models/index.json) and their files, with a sentence for every way a download
// can fail.

import { metadata_of } from "./model_file.js";
import { Problem, Way } from "./problem.js";

const kSynthWords = { fm: "FM", fm_noise: "FM + noise", harmonic_noise: "Harmonics + noise" };

// [{instrument, synth, variant, file, bytes, default, url, title}], in the order of the index.
export async function fetch_model_list(index_url) {
  const response = await download(index_url, "The list of models");
  let entries;
  try {
    entries = await response.json();
  } catch (error) {
    throw new Problem("The list of models arrived damaged. Try again.", { cause: error });
  }
  if (!Array.isArray(entries) || !entries.length) {
    throw new Problem(
      "The list of models is empty; this copy of the page lacks its models/ folder.",
    );
  }
  return entries.map((entry) => ({
    ...entry,
    url: new URL(entry.file, index_url).href,
    title: `${kSynthWords[entry.synth] ?? entry.synth}, ${entry.variant}`,
  }));
}

export const capitalised = (text) => text.charAt(0).toUpperCase() + text.slice(1);

// What a person calls a model: "Violin, FM + noise, full".
export function model_name(model) {
  return model.instrument ? `${capitalised(model.instrument)}, ${model.title}` : model.title;
}

// The reduced model that plays what `model` does; undefined where there is none, or it is that one.
export function reduced_sibling(models, model) {
  return models.find(
    (other) =>
      other !== model &&
      other.variant === "reduced" &&
      other.instrument === model.instrument &&
      other.synth === model.synth,
  );
}

// A model that is not in the list: its file name is all that is known before it is fetched.
export function model_of_url(url, base) {
  const href = new URL(url, base).href;
  const title = decodeURIComponent(new URL(href).pathname.split("/").pop() || href);
  return { instrument: "", synth: "", variant: "", file: url, bytes: null, url: href, title };
}

// A model from the player's own disk.
export async function model_of_file(file) {
  const data = await file.arrayBuffer();
  return named_by_itself({ instrument: "", url: `file:${file.name}`, title: file.name, data });
}

// Takes the names from the file's own metadata (DESIGN: model file), where it can be read; whether the
// file is sound is for the engine to say.
export function named_by_itself(model) {
  try {
    const { instrument, variant, synth } = metadata_of(model.data);
    const title = `${kSynthWords[synth.type] ?? synth.type}, ${variant}`;
    return { ...model, instrument, variant, synth: synth.type, title };
  } catch {
    return model;
  }
}

// Resolves to the file as an ArrayBuffer. Looks at what can be told without reading the model; the
// engine checks the rest.
export async function fetch_model(model) {
  const name = `The model “${model_name(model)}”`;
  const response = await download(model.url, name);
  let bytes;
  try {
    bytes = await response.arrayBuffer();
  } catch (error) {
    throw cut(name, error);
  }
  if (model.bytes && bytes.byteLength < model.bytes) throw cut(name);
  if (/^text\/html/.test(response.headers.get("Content-Type") ?? "")) {
    throw new Problem(
      `${name} is not there: the server sent a web page instead. Try again, or choose another model.`,
    );
  }
  return bytes;
}

export function refused_model(model, sentence) {
  return new Problem(
    `The model “${model_name(model)}” cannot be used: ${sentence.replace(/\.$/, "")}. Choose another model, or try again.`,
  );
}

async function download(url, name) {
  let response;
  try {
    response = await fetch(url);
  } catch (error) {
    throw new Problem(`${name} could not be downloaded: the server cannot be reached. Try again.`, {
      cause: error,
    });
  }
  if (!response.ok) {
    throw new Problem(
      `${name} could not be downloaded: the server answered ${response.status}. Try again, or choose another model.`,
    );
  }
  return response;
}

function cut(name, cause) {
  return new Problem(`${name} arrived only in part: the connection broke off. Try again.`, {
    cause,
  });
}

// The engine module: compiled, with its bytes for browsers that cannot hand a module to the worklet.
export async function fetch_engine(url) {
  const on = { ways: [Way.kReload] };
  if (typeof WebAssembly !== "object") {
    throw new Problem(
      "This browser cannot run WebAssembly, which the synthesiser is made of. Use a current Firefox, Chrome, Edge or Safari.",
      on,
    );
  }
  const response = await download(url, "The synthesiser");
  const bytes = await response.arrayBuffer().catch((error) => {
    throw cut("The synthesiser", error);
  });
  try {
    return { module: await WebAssembly.compile(bytes), bytes };
  } catch (error) {
    if (is_wasm(bytes)) {
      throw new Problem(
        "This browser's WebAssembly lacks SIMD, which the synthesiser needs. Use a current Firefox, Chrome, Edge or Safari.",
        { ...on, cause: error },
      );
    }
    throw new Problem("The synthesiser arrived damaged. Reload the page.", { ...on, cause: error });
  }
}

// Posts a message with this engine, its module or else its bytes, to a Worker.
export function post_with_engine(worker, engine, message) {
  try {
    worker.postMessage({ ...message, module: engine.module, bytes: null });
  } catch (error) {
    if (error.name !== "DataCloneError") throw error;
    worker.postMessage({ ...message, module: null, bytes: engine.bytes });
  }
}

function is_wasm(bytes) {
  const magic = new Uint8Array(bytes, 0, Math.min(4, bytes.byteLength));
  return String.fromCharCode(...magic) === "\0asm";
}
