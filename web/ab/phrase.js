// What everything is made from, as chosen at the top of the page: the phrase (a clip, a file, a
// recording) and whose models play it.

import { kClips } from "../audio/clips.js";
import { capitalised } from "../audio/models.js";
import { instruments_of } from "./cells.js";
import { by_id, time_text } from "./dom.js";
import {
  kLongestSeconds,
  kRateHz,
  phrase_of_clip,
  phrase_of_file,
  start_recording,
} from "./sources.js";

const kTickMs = 200;

export class PhraseSetup {
  #announce;
  #on_change;
  #turn = 0;
  #waiting = null; // how to get a phrase that nobody has needed yet
  #needed = true;
  #recording = null;
  phrase = null; // {name, samples, cut}

  // on_change() resolves when the page has taken another phrase or instrument.
  constructor({ models, announce, on_change }) {
    this.#announce = announce;
    this.#on_change = on_change;
    by_id("instrument").replaceChildren(
      ...instruments_of(models).map((name) => new Option(capitalised(name), name)),
    );
    by_id("instrument").onchange = () => on_change();
    by_id("clip").replaceChildren(
      ...kClips.map(({ name, title }) => new Option(`${title} clip`, name)),
    );
    by_id("clip").onchange = () => this.take_clip(by_id("clip").value);
    by_id("choose-file").onclick = () => by_id("file").click();
    by_id("file").onchange = ({ target }) => {
      const [file] = target.files;
      target.value = "";
      if (file) this.take_file(file);
    };
    by_id("record").onclick = () => this.#record();
    for (const control of document.querySelectorAll(".setup select, .setup button"))
      control.disabled = false;
  }

  get instrument() {
    return by_id("instrument").value;
  }

  // Null for the first of the list, and for the instrument that the clip is of.
  start(clip, instrument) {
    const names = kClips.map(({ name }) => name);
    const chosen = names.includes(clip) ? clip : names[0];
    by_id("clip").value = chosen;
    return this.take_clip(chosen, instrument);
  }

  take_clip(name, instrument = null) {
    const select = by_id("instrument");
    const wanted = instrument ?? name;
    if ([...select.options].some(({ value }) => value === wanted)) select.value = wanted;
    return this.#take(() => phrase_of_clip(name));
  }

  take_file(file) {
    return this.#take(() => phrase_of_file(file));
  }

  // Whether what is looked at is made from the phrase; until then it is not even fetched.
  set needed(needed) {
    this.#needed = needed;
    if (this.#waiting && needed) this.#take(this.#waiting);
  }

  async #take(fetch_phrase) {
    const turn = ++this.#turn;
    this.#waiting = fetch_phrase;
    if (!this.#needed) return;
    this.#waiting = null;
    try {
      this.#announce.busy("Reading the phrase…");
      const phrase = await fetch_phrase();
      if (turn !== this.#turn) return;
      this.phrase = phrase;
      const { name, samples, cut } = phrase;
      by_id("phrase").textContent =
        `${name}, ${(samples.length / kRateHz).toFixed(1)} s${cut ? `, cut to the first ${kLongestSeconds} s` : ""}`;
      await this.#on_change();
    } catch (error) {
      if (turn === this.#turn) this.#announce.problem(error);
    }
  }

  async #record() {
    const button = by_id("record");
    if (this.#recording) {
      const recording = this.#recording;
      this.#recording = null;
      button.textContent = "Record";
      return this.#take(() => recording.finish());
    }
    button.disabled = true;
    try {
      this.#announce.busy("Opening the microphone… the browser may ask you to allow it.");
      const recording = await start_recording();
      this.#recording = recording;
      button.textContent = "Stop";
      const tick = () => {
        if (this.#recording !== recording) return;
        const seconds = recording.seconds();
        this.#announce.busy(
          `Recording, ${time_text(seconds)}. Press Stop when you have played your phrase.`,
        );
        if (seconds >= kLongestSeconds) this.#record();
        else setTimeout(tick, kTickMs);
      };
      tick();
    } catch (error) {
      this.#announce.problem(error);
    } finally {
      button.disabled = false;
    }
  }
}
