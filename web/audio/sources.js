// What can be played: a microphone, the sound of a tab or the system, a clip, a file, or keys. Each
// opens into {node, close(), …}; keys have no node, the engine makes their frames itself.

import { close_microphone, microphone_settings, open_microphone, open_tab } from "./capture.js";
import { fetch_clip, find_clip, kClips } from "./clips.js";
import { Player } from "./player.js";
import { Problem } from "./problem.js";

export const kSources = ["mic", "clip", "file", "keys", "tab"];

// Throws unless there is such a source, with this file and clip.
export function check_source(source, { file, clip }) {
  if (!kSources.includes(source)) {
    throw new TypeError(`"${source}" is not a source; use ${kSources.join(", ")} or a File`);
  }
  if (source === "file" && !file) {
    throw new Problem("No file has been chosen yet. Choose or drop a sound file first.");
  }
  if (!find_clip(clip)) {
    const names = kClips.map(({ name }) => name).join(", ");
    throw new TypeError(`"${clip}" is not a clip; there are ${names}`);
  }
}

// `on_gone` is called when a microphone is unplugged or a shared tab closes, `on_ended` at the end of
// a sound that does not loop.
export async function open_source(source, graph, options) {
  switch (source) {
    case "keys":
      return { node: null, keys: true, close() {} };
    case "mic":
      return live(graph, await open_microphone(options.device_id), options, true);
    case "tab":
      return live(graph, await open_tab(), options, false);
    case "clip":
      return player(graph, await fetch_clip(find_clip(options.clip)), options);
    default:
      return player(graph, await options.file.arrayBuffer(), options);
  }
}

function live(graph, stream, { on_gone }, is_microphone) {
  const track = stream.getAudioTracks()[0];
  track.onended = on_gone;
  const close = () => {
    track.onended = null;
    close_microphone(stream);
  };
  try {
    const node = new MediaStreamAudioSourceNode(graph.context, { mediaStream: stream });
    const microphone = is_microphone ? microphone_settings(stream) : null;
    return { node, close, microphone };
  } catch (error) {
    close();
    throw error;
  }
}

async function player(graph, bytes, { loop, on_ended }) {
  const player = new Player(graph.context, await graph.decode(bytes), { loop, on_ended });
  return { node: player.node, player, close: () => player.close() };
}
