// Calls to the worker of the map and of the taste (voices_worker.js), which begins with the first one.

import { Problem } from "../audio/problem.js";

export class Voices {
  #fetch_module; // () → a promise of the compiled matcher
  #worker = null; // a promise of it
  #calls = new Map(); // id → {resolve, reject, on_progress}
  #next_id = 1;

  constructor(fetch_module) {
    this.#fetch_module = fetch_module;
  }

  // Resolves to the result, or to null where end() came before it.
  async call(name, args, on_progress = null) {
    this.#worker ??= this.#open();
    const opened = this.#worker;
    const worker = await opened.catch((error) => {
      this.#worker = null;
      throw error;
    });
    if (opened !== this.#worker) return null;
    const id = this.#next_id++;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject, on_progress });
      worker.postMessage({ id, call: name, args });
    });
  }

  // Ends the work in progress, and forgets the map and what was learnt of the listener.
  end() {
    this.#worker?.then((worker) => worker.terminate()).catch(() => {});
    this.#worker = null;
    for (const { resolve } of this.#calls.values()) resolve(null);
    this.#calls.clear();
  }

  async #open() {
    const module = await this.#fetch_module();
    const worker = new Worker(new URL("voices_worker.js", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => this.#receive(data);
    worker.onerror = (event) => {
      const text = `The explorer failed: ${event.message || "its worker could not be started"}.`;
      for (const { reject } of this.#calls.values()) reject(new Error(text));
      this.#calls.clear();
      this.end();
    };
    worker.postMessage({ module });
    return worker;
  }

  #receive({ id, progress, error, result }) {
    const call = this.#calls.get(id);
    if (!call) return;
    if (progress) return call.on_progress?.(progress);
    this.#calls.delete(id);
    if (error) call.reject(new Problem(error));
    else call.resolve(result);
  }
}
