// Gives wide models their tables before anyone loads them, in a Worker (tables_worker.js): the audio
// thread, which would fill them a step each 4 ms, and the page's own engine only copy them.

import { lacks_tables } from "./model_file.js";
import { post_with_engine } from "./models.js";

const kWorkerUrl = new URL("tables_worker.js", import.meta.url);
const kMostMs = 10000; // then the model goes without: it is loaded all the same, but slower

export class Tables {
  #engine; // {module, bytes}
  #last = Promise.resolve(); // one worker at a time: each has an engine of its own

  constructor(engine) {
    this.#engine = engine;
  }

  // Resolves to the file with its tables; to the file itself, which is kept as it is, where it takes
  // none, is refused, is no longer wanted() when its turn comes, or where no worker will do it. What is
  // wrong with a file is left to whoever loads it.
  add_to(file, wanted) {
    if (!lacks_tables(file)) return Promise.resolve(file);
    const made = this.#last.then(() => (wanted() ? this.#make(file).catch(() => file) : file));
    this.#last = made.then(() => {}); // and not the file
    return made;
  }

  async #make(file) {
    const worker = new Worker(kWorkerUrl, { type: "module" });
    let timer;
    try {
      return await new Promise((resolve, reject) => {
        timer = setTimeout(() => reject(new Error("it takes too long")), kMostMs);
        worker.onerror = (event) => {
          event.preventDefault(); // nothing is lost but time
          reject(new Error("the worker could not be started"));
        };
        worker.onmessage = ({ data }) =>
          data.file ? resolve(data.file) : reject(new Error(data.error));
        post_with_engine(worker, this.#engine, { file });
      });
    } finally {
      clearTimeout(timer);
      worker.terminate(); // with its memory of 64 MB
    }
  }
}
