// What leaves the page: recordings, renderings of a file, the sound as a file or a link, notes by
// MIDI. Everything is made here and saved by the browser.

import { kLongestRecordingSeconds } from "./audio/recorder.js";
import { wav_bytes } from "./audio/wav.js";
import { link_of, parse_state, read_state, write_state } from "./saving.js";

const kTimerIntervalMs = 100;
const kRenderRateHz = 48000;

const by_id = (id) => document.getElementById(id);

export function save_file(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

// Such as "sideband 2025-03-09 17.05.12".
function dated_name() {
  const two = (number) => String(number).padStart(2, "0");
  const now = new Date();
  const date = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("-");
  return `sideband ${date} ${[now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join(".")}`;
}

const minutes = (seconds) =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

export class Outputs {
  #instrument;
  #status;
  #midi;
  #rendering = null; // AbortController

  constructor(instrument, { status, midi, quietly }) {
    this.#instrument = instrument;
    this.#status = status;
    this.#midi = midi;
    by_id("record").onclick = () => quietly(this.toggle_recording());
    by_id("render").onclick = () => by_id("render-file").click();
    by_id("render-file").onchange = ({ target }) => {
      if (target.files[0]) quietly(this.render(target.files[0]));
      target.value = "";
    };
    by_id("render-cancel").onclick = () => this.#rendering?.abort();
    by_id("save").onclick = () => this.save();
    by_id("open").onclick = () => by_id("open-file").click();
    by_id("open-file").onchange = ({ target }) => {
      if (target.files[0]) quietly(this.open(target.files[0]));
      target.value = "";
    };
    by_id("save-syx").onclick = () => this.save_dx7();
    by_id("share").onclick = () => this.share();
    by_id("midi-connect").onclick = () => quietly(this.connect_midi());
    by_id("midi-out").onchange = ({ target }) => midi.choose_output(target.value);
    midi.addEventListener("ports", () => this.#show_ports());
    instrument.addEventListener("recording", () => this.#show_recording());
    instrument.addEventListener("state", () => this.#show_recording());
    this.#show_recording();
  }

  async toggle_recording() {
    const instrument = this.#instrument;
    if (instrument.recording) return instrument.end_recording();
    const file = await instrument.start_recording();
    save_file(file, `${dated_name()}.wav`);
    const megabytes = (file.size / 1e6).toFixed(1);
    this.#status.show("playing", `The recording was saved as a WAV file of ${megabytes} MB.`);
  }

  #timer = null;
  #show_recording() {
    const { recording, running } = this.#instrument;
    by_id("record").disabled = !running;
    by_id("record").setAttribute("aria-pressed", recording);
    by_id("record").title = running
      ? `Records what is heard as a WAV file, up to ${kLongestRecordingSeconds / 60} minutes (R)`
      : "Start first, then record";
    const show = () =>
      (by_id("record-time").textContent = this.#instrument.recording
        ? minutes(this.#instrument.recorded_seconds)
        : "Record");
    show();
    clearInterval(this.#timer);
    if (recording) this.#timer = setInterval(show, kTimerIntervalMs);
  }

  // A sound file, through the present sound, as a file.
  async render(file) {
    this.#rendering?.abort();
    const abort = new AbortController();
    this.#rendering = abort;
    const progress = by_id("render-progress");
    progress.value = 0;
    by_id("rendering").hidden = false;
    this.#status.show("busy", `Rendering ${file.name}…`);
    try {
      const samples = await this.#instrument.render(file, {
        rate: kRenderRateHz,
        signal: abort.signal,
        on_progress: (share) => (progress.value = share),
      });
      const name = file.name.replace(/\.[^.]*$/, "");
      save_file(
        new Blob([wav_bytes([samples], kRenderRateHz)], { type: "audio/wav" }),
        `${name} (sideband).wav`,
      );
      this.#status.show("ready", `${file.name} was rendered and saved.`);
    } catch (error) {
      if (!abort.signal.aborted) {
        this.#status.show("problem", error.message);
        throw error;
      }
      if (this.#rendering === abort) this.#status.show("ready", "The rendering was cancelled.");
    } finally {
      if (this.#rendering === abort) {
        this.#rendering = null;
        by_id("rendering").hidden = true;
      }
    }
  }

  save() {
    const text = `${JSON.stringify(read_state(this.#instrument), null, 1)}\n`;
    save_file(new Blob([text], { type: "application/json" }), `${dated_name()}.json`);
  }

  // As a DX7 holds it, with what it cannot hold told.
  save_dx7() {
    const list = by_id("roundings");
    try {
      const { dump, roundings, left_out } = this.#instrument.dx7_voice();
      save_file(new Blob([dump], { type: "application/octet-stream" }), `${dated_name()}.syx`);
      const number = (value) => String(Number(value.toPrecision(4)));
      const sentences = roundings.map(
        ({ what, op, wanted, became }) =>
          `${op ? `operator ${op}: ` : ""}${what} ${number(wanted)} became ${number(became)}`,
      );
      list.replaceChildren(
        ...[...sentences, ...left_out].map((text) => {
          const item = document.createElement("li");
          item.textContent = text;
          return item;
        }),
      );
      by_id("rounded").hidden = false;
      by_id("rounded-count").textContent =
        `DX7: ${roundings.length} rounded, ${left_out.length} left out`;
      this.#status.show("ready", "The DX7 voice was saved; what it could not hold is listed below.");
    } catch (error) {
      this.#status.show("problem", error.message);
    }
  }

  async open(file) {
    try {
      const state = parse_state(await file.text());
      const warnings = await write_state(this.#instrument, state);
      const words = [`${file.name} was opened.`, ...warnings].join(" ");
      this.#status.show(warnings.length ? "warning" : "ready", words);
    } catch (error) {
      this.#status.show("problem", error.message);
      throw error;
    }
  }

  async share() {
    const link = link_of(read_state(this.#instrument));
    const shown = by_id("share-link");
    shown.value = link;
    try {
      await navigator.clipboard.writeText(link);
      this.#status.show("ready", "The link is in the clipboard; it holds the whole sound.");
    } catch {
      shown.hidden = false;
      shown.select();
      this.#status.show("ready", "Copy the link below; it holds the whole sound.");
    }
    return link;
  }

  async connect_midi() {
    try {
      await this.#midi.connect();
    } catch (error) {
      this.#status.show("problem", error.message);
      return;
    }
    const names = this.#midi.inputs;
    this.#status.show(
      "ready",
      names.length
        ? `MIDI: ${names.join(", ")} plays the keys.`
        : "MIDI is on. Plug a keyboard in, and it plays the keys.",
    );
  }

  #show_ports() {
    const choose = by_id("midi-out");
    const chosen = choose.value;
    choose.replaceChildren(
      new Option("no MIDI out", ""),
      ...this.#midi.outputs.map(({ id, name }) => new Option(`notes to ${name}`, id)),
    );
    choose.value = chosen;
    if (choose.selectedIndex < 0) choose.value = "";
    choose.hidden = false;
    by_id("midi-connect").hidden = true;
  }
}
