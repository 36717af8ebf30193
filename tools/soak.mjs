// Plays the page in Chromium for long under everything at once, and prints what it cost:
//   tools/soak [--minutes N] [--models NAME,NAME…] [--no-pictures]     (needs build/wasm and the browser tests' modules)
//
// N is 30 where it is left out. Both slots hold models as named (violin/ddx7n-reduced,flute/ddx7n-reduced), or
// else the four largest in turn; the microphone hears noise with a tone in it; each second a
// parameter or a route is edited at random, now and then a model, the slot or the tab in front changes.
// --no-pictures takes WebGL away, and with it the panels: without a GPU their pixels are made by the same
// cores that the audio thread needs.
// Underruns are the browser's own count and, as dropouts, the page's. A machine that is busy with other
// things makes some: silence as busy, played beside the instrument, tells in which seconds. Each minute
// is told.
// Exit status 1 when the engine restarted, the output stopped or the memory grew.

import { readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

import { Random } from "../tests/fuzz/damage.mjs";
import { open_browser, open_page, show_context, start_server, temporary_folder } from "../tests/web/support/browser.mjs";
import { more_than_chance, start_control } from "../tests/web/support/control.mjs";
import { write_pcm_wav } from "../tests/web/support/sound.mjs";

const kRateHz = 48000;
const kNoiseSeconds = 8;
const kMostHeapGrowth = 1.25; // of the page's heap, collected, from the first minute's end to the last

function refuse(reason) {
  console.error(`soak: ${reason}`);
  process.exit(2);
}

function read_arguments() {
  try {
    return parseArgs({
      options: {
        minutes: { type: "string", default: "30" },
        models: { type: "string" },
        "no-pictures": { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    return refuse(error.message);
  }
}

const wanted = read_arguments();
const minutes = Number(wanted.minutes);
if (!(minutes > 0)) refuse("--minutes wants a number above 0");

const endings = [];
const test = { after: (end) => endings.unshift(end) };
const random = new Random(1);

function noisy_microphone(folder) {
  const samples = Float32Array.from({ length: kNoiseSeconds * kRateHz }, (_, i) => {
    const f0_hz = 220 * 2 ** (Math.floor(i / kRateHz) / 4);
    const on = i % kRateHz < 0.8 * kRateHz;
    return 0.1 * (random.next() - 0.5) + (on ? 0.2 * Math.sin((2 * Math.PI * f0_hz * i) / kRateHz) : 0);
  });
  const file = path.join(folder, "noise.wav");
  write_pcm_wav(file, samples, kRateHz);
  return file;
}

// Their addresses on the page, two at least: one for each slot.
function choose_models(server) {
  const index = JSON.parse(readFileSync(path.join(server.folders.models, "index.json")));
  const largest = index.sort((a, b) => b.bytes - a.bytes).slice(0, 4).map(({ file }) => file);
  const files = wanted.models?.split(",").map((name) => `${name}.safetensors`) ?? largest;
  const unknown = files.find((file) => !index.some((model) => model.file === file));
  if (unknown) refuse(`there is no ${unknown} in models/`);
  return (files.length > 1 ? files : [files[0], files[0]]).map((file) => `models/${file}`);
}

async function edit(page, other, models) {
  const values = [random.next(), random.next(), random.next()];
  await page.evaluate(([which, place, value]) => {
    const params = sideband.params.filter(({ intervention }) => intervention);
    const { name, min, max } = params[Math.floor(place * params.length)];
    if (which < 0.7) sideband.set(name, min + value * (max - min));
    else if (which < 0.9) {
      const patch = sideband.patch("a");
      if (!patch) return;
      patch[6 + Math.floor(place * 36)] = value;
      sideband.set_patch("a", patch);
    } else sideband.ab(value < 0.5 ? "a" : "b");
  }, values);
  if (random.below(15) === 0)
    await page.evaluate(([slot, url]) => sideband.load(slot, url), [random.pick(["a", "b"]), random.pick(models)]);
  if (random.below(20) === 0) await (random.below(2) ? other : page).bringToFront();
}

// Either count may be told a second late.
function ours_alone(dropouts) {
  const grew = (second, whose) => (dropouts[second]?.[whose] ?? 0) > (dropouts[second - 1]?.[whose] ?? 0);
  let alone = 0;
  dropouts.forEach(([count], second) => {
    if (second === 0 || !grew(second, 0)) return;
    if (![-1, 0, 1].some((late) => grew(second + late, 1))) alone += count - dropouts[second - 1][0];
  });
  return alone;
}

async function heap_mb(session) {
  await session.send("HeapProfiler.collectGarbage");
  const { metrics } = await session.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "JSHeapUsedSize").value / 1e6;
}

function histogram(worst_ms) {
  const edges = [1, 2, 3, 5, 10, 20, Infinity];
  let from = 0;
  for (const edge of edges) {
    const count = worst_ms.filter((ms) => ms >= from && ms < edge).length;
    const share = ((100 * count) / worst_ms.length).toFixed(1);
    console.log(`  ${from.toFixed(2).padStart(6)} … ${edge.toFixed(2).padStart(8)} ms  ${String(count).padStart(6)}  ${share} %`);
    from = edge;
  }
}

async function soak() {
  const server = await start_server(test, { models: "trained" });
  const microphone = noisy_microphone(await temporary_folder(test));
  const args = wanted["no-pictures"] ? ["--disable-gpu", "--disable-software-rasterizer"] : [];
  const browser = await open_browser(test, { microphone, args });
  const page = await open_page(browser, server, { prepare: show_context, bypassCSP: true });
  const other = await page.context().newPage();
  await page.bringToFront();
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const models = choose_models(server);
  await page.evaluate(async ([a, b]) => {
    await sideband.load("a", a);
    await sideband.load("b", b);
    await sideband.start({ source: "mic" });
    window.played = window.context; // silence's comes next
  }, models);
  await start_control(page);
  const earlier = await page.evaluate(() => sideband.snapshot().dropouts);
  const worst_ms = [];
  const loads = [];
  const heaps_mb = [];
  const start_ms = Date.now();
  let frames = 0;
  let stalls = 0;
  const dropouts = []; // until each second: of the instrument, of silence
  let told = 0; // minutes
  while (Date.now() - start_ms < minutes * 60000) {
    await page.waitForTimeout(1000);
    await edit(page, other, models);
    const now = await page.evaluate(() => ({ ...sideband.snapshot(), levels: null, control: control_dropouts() }));
    dropouts.push([now.dropouts - earlier, now.control]);
    worst_ms.push(now.worst_call_ms);
    loads.push(now.load);
    stalls += now.running && now.frames === frames;
    frames = now.frames;
    const minute = Math.floor((Date.now() - start_ms) / 60000);
    if (minute > told || heaps_mb.length === 0) heaps_mb.push(await heap_mb(session));
    if (minute > told)
      console.log(
        `minute ${minute} of ${minutes}: ${now.dropouts - earlier} dropouts, ${now.control} of silence as busy beside it, ` +
          `heap ${heaps_mb.at(-1).toFixed(1)} MB`,
      );
    told = minute;
  }
  heaps_mb.push(await heap_mb(session));
  const end = await page.evaluate(() => ({
    ...sideband.snapshot(),
    levels: null,
    underruns: window.played.playbackStats?.underrunEvents ?? null,
    state: sideband.state,
    work: control_work(),
  }));
  const played_s = (Date.now() - start_ms) / 1000;
  const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length;
  const pictures = await page.evaluate(() => (sideband.panels ? "with" : "without"));
  console.log(`${played_s.toFixed(0)} s with ${models.slice(0, 2).join(" and ")}, ${pictures} pictures`);
  console.log(`machine: ${os.cpus().length} cores, load average ${os.loadavg().map((load) => load.toFixed(1)).join(" ")}`);
  console.log(`share of one core: mean ${(100 * mean).toFixed(2)} %, most in a second ${(100 * Math.max(...loads)).toFixed(2)} %`);
  console.log(`worst call of each second, a block of ${(128000 / end.sample_rate_hz).toFixed(2)} ms or a message (the worklet's clock steps by 1 ms):`);
  histogram(worst_ms);
  const [ours, of_control] = dropouts.at(-1);
  console.log(`dropouts seen by the page: ${ours}, and ${earlier} while it started and silence did not play yet`);
  console.log(`underruns the browser counts: ${end.underruns ?? "it does not count"}`);
  console.log(`dropouts of silence as busy beside it: ${of_control}; dropouts in seconds when silence had none: ${ours_alone(dropouts)}`);
  console.log(`that silence's work, always the same arithmetic, takes ${end.work.usual_ms.toFixed(2)} ms a block; at worst ${end.work.worst_ms} ms`);
  console.log(more_than_chance(ours, of_control) ? "that is more than the machine makes by chance" : "the machine interrupts both alike: that may be chance");
  console.log(`page heap after each minute, MB: ${heaps_mb.map((mb) => mb.toFixed(1)).join(" ")}`);
  const faults = page.complaints.map((text) => `complaint: ${text}`);
  if (end.state !== "running") faults.push(`it does not run any more: ${end.state}`);
  if (stalls > 2) faults.push(`no frame was heard in ${stalls} seconds`);
  if (heaps_mb.at(-1) > kMostHeapGrowth * heaps_mb[1]) faults.push("the heap grew");
  for (const fault of faults) console.log(fault);
  console.log(`${faults.length ? 0 : 1} passed, ${faults.length ? 1 : 0} failed`);
  return faults.length ? 1 : 0;
}

try {
  process.exitCode = await soak();
} finally {
  for (const end of endings) await end();
}
