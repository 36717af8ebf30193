// Streams the ONNX decoders frame by frame with onnxruntime-web, in a page; one thread.

export async function measure_onnx(folder, runtime, turns) {
  const ort = await import(`${runtime}/ort.wasm.min.mjs`);
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = `${runtime}/`;
  const index = await (await fetch(`${folder}/index.json`)).json();
  const rows = [];
  for (const { decoder, file, states } of index) {
    const session = await ort.InferenceSession.create(`${folder}/${file}`, {
      executionProviders: ["wasm"],
      graphOptimizationLevel: "all",
    });
    const x = new ort.Tensor("float32", new Float32Array(2), [1, 2]);
    const feeds = { x };
    for (const [name, shape] of Object.entries(states)) {
      feeds[name] = new ort.Tensor("float32", new Float32Array(shape[0] * shape[1]), shape);
    }
    let frame = 0;
    const run = async (times) => {
      for (let n = 0; n < times; ++n, ++frame) {
        x.data.set([0.5 + 0.1 * Math.sin(0.1 * frame), 0.6]);
        const result = await session.run(feeds);
        for (const name of Object.keys(states)) feeds[name] = result[`new_${name}`];
      }
    };
    const kFrames = 20;
    await run(kFrames);
    let best = Infinity;
    for (let turn = 0; turn < turns; ++turn) {
      const start = performance.now();
      await run(kFrames);
      best = Math.min(best, (1000 * (performance.now() - start)) / kFrames);
    }
    rows.push({ decoder, stream_us: best });
    await session.release();
  }
  return rows;
}
