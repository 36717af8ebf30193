// The phrase that everything on the page is made from: a bundled clip, a file, or a recording from
// the microphone, as one channel at 16 kHz, the rate of the papers.

import { close_microphone, open_microphone } from "../audio/capture.js";
import { fetch_clip, find_clip } from "../audio/clips.js";
import { decode_audio } from "../audio/graph.js";
import { Problem } from "../audio/problem.js";
import { wav_bytes } from "../audio/wav.js";

export const kRateHz = 16000;
export const kShortestSeconds = 0.5;
export const kLongestSeconds = 60;

const kLongestHandoverMs = 1000;
const kRecorderUrl = new URL("recorder_processor.js", import.meta.url);

// Decodes to one channel at a rate. `name` is for the sentences.
export async function decode(bytes, name, rate_hz = kRateHz) {
  const context = new OfflineAudioContext(1, 1, rate_hz);
  const sound = await decode_audio(context, bytes, `“${name}”`);
  const out = new Float32Array(sound.length);
  for (let channel = 0; channel < sound.numberOfChannels; ++channel) {
    const samples = sound.getChannelData(channel);
    for (let i = 0; i < out.length; ++i) out[i] += samples[i] / sound.numberOfChannels;
  }
  return out;
}

function checked(samples, name) {
  const seconds = samples.length / kRateHz;
  if (seconds < kShortestSeconds) {
    throw new Problem(
      `“${name}” lasts ${seconds.toFixed(2)} s; at least ${kShortestSeconds} s are needed. Choose a longer sound.`,
    );
  }
  if (!samples.some((sample) => Math.abs(sample) > 1e-4)) {
    throw new Problem(`“${name}” is silent. Choose another sound.`);
  }
  const most = kLongestSeconds * kRateHz;
  const cut = samples.length > most;
  return { name, samples: cut ? samples.slice(0, most) : samples, cut };
}

// Each resolves to {name, samples, cut}.

export async function phrase_of_clip(name) {
  const clip = find_clip(name);
  return checked(await decode(await fetch_clip(clip), clip.title), `${clip.title} clip`);
}

export async function phrase_of_file(file) {
  return checked(await decode(await file.arrayBuffer(), file.name), file.name);
}

// Resolves once the recorder has handed over what it had begun.
function last_piece(node) {
  return new Promise((resolve) => {
    node.port.addEventListener("message", ({ data }) => data === "end" && resolve());
    node.port.postMessage("end");
    setTimeout(resolve, kLongestHandoverMs); // the browser has taken the sound away
  });
}

// A recording in progress; finish() resolves to the phrase.
export async function start_recording() {
  const stream = await open_microphone();
  const context = new AudioContext();
  const pieces = [];
  let node;
  try {
    await context.audioWorklet.addModule(kRecorderUrl);
    node = new AudioWorkletNode(context, "sideband-recorder", { numberOfOutputs: 0 });
    node.port.onmessage = ({ data }) => data !== "end" && pieces.push(data);
    new MediaStreamAudioSourceNode(context, { mediaStream: stream }).connect(node);
    await context.resume();
  } catch (error) {
    close_microphone(stream);
    await context.close();
    throw error;
  }
  return {
    seconds: () => pieces.reduce((sum, piece) => sum + piece.length, 0) / context.sampleRate,
    finish: async () => {
      await last_piece(node);
      close_microphone(stream);
      const samples = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
      let at = 0;
      for (const piece of pieces) {
        samples.set(piece, at);
        at += piece.length;
      }
      const rate_hz = context.sampleRate;
      await context.close();
      // The browser's decoder changes the rate.
      const name = "Your recording";
      return checked(await decode(wav_bytes([samples], rate_hz).buffer, name), name);
    },
  };
}
