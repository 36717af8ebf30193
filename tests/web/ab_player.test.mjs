// The transport of the A/B page, by what comes out of it: a change of sound loses nothing, takes 20 ms,
// and in blind tests does not tell what it leads to.

import assert from "node:assert/strict";
import { test } from "node:test";

import { open_ab } from "./support/ab.mjs";
import { floats_of, open_browser, start_server } from "./support/browser.mjs";

// Plays sounds through a player of its own and records what it puts out, sample for sample.
async function record_player(page, body) {
  return page
    .evaluate(async (source) => {
      const { Player } = await import("/ab/player.js");
      const player = new Player(16000);
      const tap = `registerProcessor("tap", class extends AudioWorkletProcessor {
      process(inputs, outputs) {
        const input = inputs[0][0] ?? new Float32Array(128);
        this.port.postMessage(input.slice());
        return true;
      }
    });`;
      const start = async (sounds, options) => {
        await player.load(sounds, options);
        await player.context.audioWorklet.addModule(
          `data:text/javascript,${encodeURIComponent(tap)}`,
        );
        const node = new AudioWorkletNode(player.context, "tap");
        const pieces = [];
        node.port.onmessage = ({ data }) => pieces.push(data);
        player.node.connect(node);
        node.connect(player.context.destination);
        return () => Float32Array.from(pieces.flatMap((piece) => [...piece]));
      };
      const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
      const work = new Function("player", "start", "wait", `return (async () => { ${source} })()`);
      const result = await work(player, start, wait);
      await player.close();
      return as_base64(result);
    }, body)
    .then(floats_of);
}

async function open_bare(test) {
  const server = await start_server(test, { models: "trained" });
  const browser = await open_browser(test);
  // The tap is a data: URL, which the page's own rules forbid; the player is the page's.
  return open_ab(browser, server, { until: null, bypassCSP: true });
}

test("changing cells loses no sample and repeats none", async (test) => {
  const page = await open_bare(test);
  // Every sound is the same ramp: whatever is heard, sample n + 1 must follow sample n.
  const played = await record_player(
    page,
    `const length = 16000 * 4;
     const ramp = Float32Array.from({ length }, (_, n) => (n - length / 2) / length);
     const sound = { samples: ramp, loudness_lufs: -200, peak: 0.5 };
     const take = await start([sound, sound, sound]);
     await player.play();
     for (let i = 0; i < 24; ++i) { await wait(20 + 7 * i); player.choose((i + 1) % 3); }
     await wait(100);
     return take();`,
  );
  const step = 1 / (16000 * 4);
  const begin = played.findIndex((sample) => sample !== 0) + 200; // past the fade in
  let worst = 0;
  for (let n = begin + 1; n < played.length; ++n) {
    worst = Math.max(worst, Math.abs(played[n] - played[n - 1] - step));
  }
  test.diagnostic(`${played.length - begin} samples over 24 changes; largest deviation ${worst}`);
  assert.ok(played.length - begin > 16000, "too little was recorded");
  assert.ok(worst < step / 50, `a step is off by ${worst / step} samples`);
});

test("a change takes 20 ms, and in blind tests it looks the same whatever it leads to", async (test) => {
  const page = await open_bare(test);
  const play = (style, second) =>
    record_player(
      page,
      `const flat = (value) => ({ samples: new Float32Array(48000).fill(value), loudness_lufs: -200, peak: 0.5 });
       const take = await start([flat(0.5), flat(${second})], { style: "${style}" });
       await player.play();
       await wait(150);
       player.choose(1);
       await wait(150);
       return take();`,
    );
  const crossfade = await play("crossfade", -0.5);
  const between = crossfade.filter((sample) => Math.abs(sample) < 0.499 && sample !== 0);
  const falling = [];
  for (let n = 1; n < crossfade.length; ++n) {
    if (crossfade[n] < crossfade[n - 1] - 1e-5) falling.push(n);
  }
  assert.ok(between.length > 0);
  assert.ok(Math.abs(falling.length - 320) <= 2, `${falling.length} samples`);
  for (let i = 1; i < falling.length; ++i) assert.equal(falling[i], falling[i - 1] + 1);
  // To an equal sound and to a different one of the same size: the same envelope.
  const shape = (samples) => {
    const first = samples.findIndex(
      (sample, n) => n > 300 && sample < 0.4999 && samples[n - 1] >= 0.4999,
    );
    return samples.slice(first, first + 330).map(Math.abs);
  };
  const same = shape(await play("dip", 0.5));
  const other = shape(await play("dip", -0.5));
  assert.ok(same.length > 300);
  for (let n = 0; n < same.length; ++n)
    assert.ok(Math.abs(same[n] - other[n]) < 1e-6, `sample ${n}`);
  assert.ok(Math.min(...same) < 0.01);
});
