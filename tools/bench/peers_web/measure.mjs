// onnxruntime-web and our module in the same page of the same browser, one after the other, as JSON:
// node tools/bench/peers_web/measure.mjs ONNX_FOLDER TURNS

import path from "node:path";
import { fileURLToPath } from "node:url";

import { in_chromium } from "../../../tests/bench/wasm_bench.mjs";

const kHere = path.dirname(fileURLToPath(import.meta.url));
const kRoot = path.resolve(kHere, "../../..");
const [folder, turns] = process.argv.slice(2);

const rows = await in_chromium(
  {
    modules: path.join(kRoot, "build/wasm/tests"),
    peers: kHere,
    onnx: path.resolve(folder),
    ort: path.join(kHere, "node_modules/onnxruntime-web/dist"),
  },
  (page) =>
    page.evaluate(
      async ([count]) => {
        const at = (name) => new URL(name, location.origin).href;
        const { measure_onnx } = await import(at("/peers/onnx.mjs"));
        const { measure_all } = await import(at("/bench/decoder_module.mjs"));
        const module = await (await fetch("/modules/decoder_module.wasm")).arrayBuffer();
        return {
          ours_f32: await measure_all(module, count, ["F32"]),
          ours: await measure_all(module, count),
          onnxruntime: await measure_onnx(at("/onnx"), at("/ort"), count),
        };
      },
      [Number(turns)],
    ),
);
console.log(JSON.stringify(rows));
