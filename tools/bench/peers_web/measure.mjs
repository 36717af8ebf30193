// onnxruntime-web and our module in the same page of the same browser, one after the other, as JSON:
// node tools/bench/peers_web/measure.mjs ONNX_FOLDER TURNS

import path from "node:path";
import { fileURLToPath } from "node:url";

import { in_chromium } from "../../../tests/bench/wasm_bench.mjs";

const kHere = path.dirname(fileURLToPath(import.meta.url));
const [folder, turns] = process.argv.slice(2);

const rows = await in_chromium(
  {
    peers: kHere,
    onnx: path.resolve(folder),
    ort: path.join(kHere, "node_modules/onnxruntime-web/dist"),
  },
  (page) =>
    page.evaluate(
      async ([count]) => {
        const at = (name) => new URL(name, location.origin).href;
        const { measure_onnx } = await import(at("/peers/onnx.mjs"));
        const { fetched, measure_all } = await import(at("/bench/decoder_module.mjs"));
        return {
          ours_f32: await measure_all(fetched, count, ["F32"]),
          ours: await measure_all(fetched, count),
          onnxruntime: await measure_onnx(at("/onnx"), at("/ort"), count),
        };
      },
      [Number(turns)],
    ),
);
console.log(JSON.stringify(rows));
