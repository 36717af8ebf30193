// A worklet that plays silence beside the instrument and is as busy: what interrupts it as well is not
// our fault. Where both are interrupted now and then, which one it hits is chance.
// The page needs bypassCSP; window.control_dropouts() then tells how often it was interrupted, and
// control_work() how long its work, always the same, takes: {usual_ms, worst_ms}.

import { guessing_probability } from "../../../web/ab/statistics.js";

const kChance = 0.005; // more dropouts than silence has by less chance than this are our fault

// share: of a core, that the work takes; what the page says the instrument takes unless given. A
// worklet has no fine clock, so that the page tells how much work that is.
export const start_control = (page, share = null) =>
  page.evaluate(async (given) => {
    const work = "let x = 1; for (let i = 0; i < turns; ++i) x = x * 0.9999999 + 1e-9; return x;";
    const timed = new Function("turns", work);
    const kTimedTurns = 2e6;
    timed(kTimedTurns); // compiled
    let least_ms = Infinity;
    for (let run = 0; run < 5; ++run) {
      const start_ms = performance.now();
      timed(kTimedTurns);
      least_ms = Math.min(least_ms, performance.now() - start_ms);
    }
    const context = new AudioContext();
    const block_ms = (128 / context.sampleRate) * 1000;
    const share_taken = given ?? sideband.snapshot().load;
    const turns = Math.round((share_taken * block_ms * kTimedTurns) / least_ms);
    const code = `import { GapMeter } from "${location.origin}/audio/gap_meter.js";
      const work = (turns) => { ${work} };
      registerProcessor("control", class extends AudioWorkletProcessor {
        meter = new GapMeter();
        worst_ms = 0;
        process() {
          const { worst_ms } = this;
          const { gaps } = this.meter;
          const start_ms = Date.now();
          this.kept = work(${turns});
          const end_ms = Date.now();
          this.worst_ms = Math.max(worst_ms, end_ms - start_ms);
          this.meter.tick(end_ms);
          if (this.meter.gaps > gaps || this.worst_ms > worst_ms)
            this.port.postMessage({ gaps: this.meter.gaps, worst_ms: this.worst_ms });
          return true;
        }
      });`;
    const module = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    await context.audioWorklet.addModule(module);
    const node = new AudioWorkletNode(context, "control");
    node.connect(context.destination);
    let told = { gaps: 0, worst_ms: 0 };
    node.port.onmessage = ({ data }) => (told = data);
    window.control_dropouts = () => Math.max(told.gaps, context.playbackStats?.underrunEvents ?? 0);
    window.control_work = () => ({ usual_ms: share_taken * block_ms, worst_ms: told.worst_ms });
  }, share);

// Whether so many dropouts beside so many of the control's are more than chance makes of a machine that
// interrupts both alike.
export const more_than_chance = (dropouts, of_control) =>
  guessing_probability(dropouts, dropouts + of_control) < kChance;
