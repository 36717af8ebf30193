// Times decoder_module.wasm (decoder_module.cc), in node and in a browser alike. Contenders take
// turns, and of each the fastest turn counts.

export const kTypes = ["F32", "F16", "I8"];
export const kShipped = { "HpN full": "I8", "HpN reduced": "F32" }; // the others are F16

// The clock of a page steps by 5 to 100 µs: every turn lasts many of those.
const kTurnMs = 5;

export async function open_module(bytes) {
  const module = await WebAssembly.compile(bytes);
  const imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    // A failed check ends the program; nothing else here needs the system.
    imports[from][name] = () => {
      if (name === "proc_exit") throw new Error("the benchmark's module gave up");
      return 0;
    };
  }
  const instance = await WebAssembly.instantiate(module, imports);
  instance.exports._initialize?.();
  return instance.exports;
}

// → [{ name, path }], paths from the project's folder.
export function models_of(wasm) {
  const memory = new Uint8Array(wasm.memory.buffer);
  const text = (start) => new TextDecoder().decode(memory.slice(start, memory.indexOf(0, start)));
  return Array.from({ length: wasm.bench_models() }, (_, index) => ({
    name: text(wasm.bench_name(index)),
    path: text(wasm.bench_path(index)),
  }));
}

// runs: name → (times) => work. → name → µs per time.
export function best_us(runs, turns, clock = () => performance.now()) {
  const best = {};
  const times = {};
  for (const [name, run] of Object.entries(runs)) {
    // Even the fastest of a few tries must last so long: one may have been interrupted.
    let count = 1;
    for (; count < 1 << 20; count *= 2) {
      let shortest = Infinity;
      for (let attempt = 0; attempt < 3; ++attempt) {
        const start = clock();
        run(count);
        shortest = Math.min(shortest, clock() - start);
      }
      if (shortest >= kTurnMs) break;
    }
    times[name] = count;
    best[name] = Infinity;
  }
  for (let turn = 0; turn < turns; ++turn) {
    for (const [name, run] of Object.entries(runs)) {
      const start = clock();
      run(times[name]);
      best[name] = Math.min(best[name], (1000 * (clock() - start)) / times[name]);
    }
  }
  return best;
}

// One decoder, of a model's file: µs per frame, and of the floor.
export function measure_decoder(wasm, file, type, turns) {
  const start = wasm.bench_file(file.byteLength);
  new Uint8Array(wasm.memory.buffer).set(new Uint8Array(file), start);
  wasm.bench_open(kTypes.indexOf(type));
  const runs = {
    stream: (times) => wasm.bench_stream(times),
    render: (times) => wasm.bench_render(times),
    xnnpack: (times) => wasm.bench_xnnpack(times),
  };
  for (let tile = 0; tile < wasm.bench_floor_tiles(); ++tile) {
    runs[`floor ${tile}`] = (times) => wasm.bench_floor_f32(tile, times);
  }
  const us = best_us(runs, turns);
  const floors = Object.keys(us).filter((name) => name.startsWith("floor"));
  return {
    stream_us: us.stream,
    render_us: us.render,
    xnnpack_us: us.xnnpack,
    floor_us: Math.min(...floors.map((name) => us[name])),
  };
}

// read: path from the project's folder → bytes.
export async function measure_all(read, turns, types) {
  const wasm = await open_module(await read("build/wasm/tests/decoder_module.wasm"));
  const rows = [];
  for (const { name, path } of models_of(wasm)) {
    const file = await read(path);
    for (const type of types ?? [kShipped[name] ?? "F16"]) {
      rows.push({ decoder: name, weights: type, ...measure_decoder(wasm, file, type, turns) });
    }
  }
  return rows;
}

// For measure_all() in a page that serve() serves with the folders `models` and `build`.
export async function fetched(path) {
  const response = await fetch(new URL(path, location.origin));
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.arrayBuffer();
}
