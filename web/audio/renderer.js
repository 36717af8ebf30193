// The page's side of the render worker: recordings through models, faster than they last.

import { Problem, Way } from "./problem.js";

const kWorkerUrl = new URL("render_worker.js", import.meta.url);

export class Renderer {
  #worker = null;
  #module;
  #jobs = new Map(); // id → {resolve, reject, on_progress}
  #next_id = 1;
  #sent_input = null; // what the worker has

  // `module`: render.wasm, compiled.
  constructor(module) {
    this.#module = module;
  }

  // Resolves to the worker's result (render_worker.js); `job` is the message without its id. Its input
  // must not change afterwards: while the same one is asked for, it is neither sent nor analysed again.
  run(job, on_progress = null) {
    this.#worker ??= this.#start();
    const id = this.#next_id++;
    const input = job.input === this.#sent_input ? null : job.input;
    this.#sent_input = job.input;
    return new Promise((resolve, reject) => {
      this.#jobs.set(id, { resolve, reject, on_progress });
      this.#worker.postMessage({ ...job, input, id });
    });
  }

  // Gives up everything that is not finished.
  cancel() {
    this.#end(new DOMException("superseded", "AbortError"));
  }

  #start() {
    const worker = new Worker(kWorkerUrl, { type: "module" });
    worker.onmessage = ({ data }) => this.#receive(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#end(
        new Problem(
          "This browser cannot run the renderer in the background. Use a current Firefox, Chrome, Edge or Safari.",
          { ways: [Way.kReload] },
        ),
      );
    };
    worker.postMessage({ module: this.#module });
    return worker;
  }

  #receive({ id, progress, result, error }) {
    const job = this.#jobs.get(id);
    if (!job) return;
    if (progress !== undefined) {
      job.on_progress?.(progress);
      return;
    }
    this.#jobs.delete(id);
    if (error !== undefined) job.reject(new Error(error));
    else job.resolve(result);
  }

  #end(reason) {
    this.#worker?.terminate();
    this.#worker = null;
    this.#sent_input = null;
    for (const { reject } of this.#jobs.values()) reject(reason);
    this.#jobs.clear();
  }
}
