// Times decoder_module.wasm (decoder_module.cc), in node and in a browser alike. Contenders take
// turns, and of each the fastest turn counts.

export const kTypes = ["F32", "F16", "I8"];
export const kShipped = { "HpN full": "I8", "HpN reduced": "F32" }; // the others are F16

// The clock of a page steps by 5 to 100 µs: every turn lasts many of those.
const kTurnMs = 2;

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

export function names_of(wasm) {
  const memory = new Uint8Array(wasm.memory.buffer);
  return Array.from({ length: wasm.bench_architectures() }, (_, index) => {
    const start = wasm.bench_name(index);
    return new TextDecoder().decode(memory.slice(start, memory.indexOf(0, start)));
  });
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

// One decoder: µs per frame, and of the floor.
export function measure_decoder(wasm, index, type, turns) {
  wasm.bench_open(index, kTypes.indexOf(type));
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

export async function measure_all(bytes, turns, types) {
  const wasm = await open_module(bytes);
  const rows = [];
  for (const [index, decoder] of names_of(wasm).entries()) {
    for (const type of types ?? [kShipped[decoder] ?? "F16"]) {
      rows.push({ decoder, weights: type, ...measure_decoder(wasm, index, type, turns) });
    }
  }
  return rows;
}
