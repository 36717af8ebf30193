// A worklet that does nothing, beside the instrument: what interrupts it as well is not our fault.
// The page needs bypassCSP; window.control_dropouts() then tells how often it was interrupted.
export const start_control = (page) =>
  page.evaluate(async () => {
    const context = new AudioContext();
    const code = `import { GapMeter } from "${location.origin}/audio/gap_meter.js";
      registerProcessor("control", class extends AudioWorkletProcessor {
        meter = new GapMeter();
        process() {
          const before = this.meter.gaps;
          this.meter.tick(Date.now());
          if (this.meter.gaps > before) this.port.postMessage(this.meter.gaps);
          return true;
        }
      });`;
    const module = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    await context.audioWorklet.addModule(module);
    const node = new AudioWorkletNode(context, "control");
    node.connect(context.destination);
    let gaps = 0;
    node.port.onmessage = ({ data }) => (gaps = data);
    window.control_dropouts = () => Math.max(gaps, context.playbackStats?.underrunEvents ?? 0);
  });
