// Loads a model once, in a Worker, so that the audio thread need not fill its tables: a wide network's
// take longer than all else of it (core/inference/input_tables.h).
//
// In: {module, bytes, file: ArrayBuffer}. Out: {file: ArrayBuffer}, the file with its tables, or as it
// was where the engine makes none; or {error: sentence}.

import { Engine } from "./engine.js";
import { with_tables } from "./model_file.js";

const kRateHz = 16000; // no table depends on it

self.onmessage = ({ data: { module, bytes, file } }) => {
  try {
    const engine = new Engine(module ?? new WebAssembly.Module(bytes));
    engine.prepare(kRateHz);
    engine.load_now(0, file);
    const tables = engine.tables(0);
    const made = tables.length ? with_tables(file, tables) : file;
    self.postMessage({ file: made }, [made]);
  } catch (error) {
    self.postMessage({ error: String(error?.message ?? error) });
  }
};
