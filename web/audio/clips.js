// The bundled clips: something to play through the instrument without a microphone. Their sources and
// licences are in web/clips/README.md.

import { Problem } from "./problem.js";

export const kClips = Object.freeze([
  {
    name: "violin",
    title: "Violin",
    file: "violin.flac",
    credit: "University of Iowa Electronic Music Studios, free of restrictions",
    link: "https://github.com/swesterfeld/spectmorph-instruments",
  },
  {
    name: "flute",
    title: "Flute",
    file: "flute.flac",
    credit: "Ixox Flute by Xavier Hosxe, SFZ/FLAC version by kinwie, CC BY 4.0, modified",
    link: "https://creativecommons.org/licenses/by/4.0/",
  },
  {
    name: "trumpet",
    title: "Trumpet",
    file: "trumpet.flac",
    credit: "VSCO 2 Community Edition, Versilian Studios, CC0",
    link: "https://creativecommons.org/publicdomain/zero/1.0/",
  },
  {
    name: "piano",
    title: "Piano",
    file: "piano.flac",
    credit: "Splendid Grand Piano (Akai Steinway set), public domain",
    link: "https://github.com/sfzinstruments/SplendidGrandPiano",
  },
]);

const kFolder = new URL("../clips/", import.meta.url);

export function find_clip(name) {
  return kClips.find((clip) => clip.name === name) ?? null;
}

export async function fetch_clip(clip) {
  const doing = `The clip “${clip.title}” could not be downloaded`;
  let response;
  try {
    response = await fetch(new URL(clip.file, kFolder));
    if (!response.ok)
      throw new Problem(`${doing}: the server answered ${response.status}. Try again.`);
    return await response.arrayBuffer();
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(`${doing}: the server cannot be reached. Try again.`, { cause: error });
  }
}
