// What goes to the speakers: everything the page connects to its context's destination, together.

import { floats_of } from "./browser.mjs";

// For open_page's `prepare`: the destination's inputs are heard by window.speakers too.
export const show_speakers = (page) =>
  page.addInitScript(() => {
    const connect = AudioNode.prototype.connect;
    AudioNode.prototype.connect = function (to, ...rest) {
      if (to instanceof AudioDestinationNode) {
        if (window.speakers?.context !== this.context) window.speakers = new GainNode(this.context);
        connect.call(this, window.speakers);
      }
      return connect.call(this, to, ...rest);
    };
  });

// {samples, rate_hz} of what is heard while `act` is at work; the context exists by then.
export async function record_speakers(page, act) {
  await page.evaluate(async () => {
    const { context } = speakers;
    await context.audioWorklet.addModule("ab/recorder_processor.js");
    const node = new AudioWorkletNode(context, "sideband-recorder", { numberOfOutputs: 0 });
    window.recorder = { node, pieces: [] };
    recorder.ended = new Promise((resolve) => {
      node.port.onmessage = ({ data }) => (data === "end" ? resolve() : recorder.pieces.push(data));
    });
    speakers.connect(node);
  });
  await act();
  const [text, rate_hz] = await page.evaluate(async () => {
    recorder.node.port.postMessage("end");
    await recorder.ended;
    speakers.disconnect(recorder.node);
    const all = new Float32Array(recorder.pieces.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of recorder.pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return [as_base64(all), speakers.context.sampleRate];
  });
  return { samples: floats_of(text), rate_hz };
}
