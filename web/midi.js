// Web MIDI: every keyboard that is plugged in plays the keys; what the tracker hears goes out to a
// chosen port. Ports may come and go.

import { NoteTracker } from "./audio/note_tracker.js";
import { Trace, kTraceFloats } from "./audio/messages.js";
import { Problem } from "./audio/problem.js";

const kAllNotesOff = [0xb0, 123, 0];

export class Midi extends EventTarget {
  #instrument;
  #access = null;
  #tracker = new NoteTracker();
  #output = null;

  constructor(instrument) {
    super();
    this.#instrument = instrument;
    instrument.addEventListener("traces", ({ detail }) => this.#send_notes(detail));
    instrument.addEventListener("state", () => {
      if (!instrument.running) this.#send_all(this.#tracker.stop());
    });
  }

  get connected() {
    return this.#access !== null;
  }

  // Asks the browser, within a user's gesture; throws a Problem.
  async connect() {
    if (this.#access) return;
    if (!navigator.requestMIDIAccess) {
      throw new Problem(
        "This browser has no Web MIDI. Use Chrome, Edge or Firefox, or play the keys on the screen.",
        { ways: [] },
      );
    }
    try {
      this.#access = await navigator.requestMIDIAccess();
    } catch (error) {
      throw new Problem(
        "The browser was not allowed to use MIDI. Allow it beside the address bar, then try again.",
        { ways: [], cause: error },
      );
    }
    this.#access.onstatechange = () => this.#look();
    this.#look();
  }

  #look() {
    for (const input of this.#access.inputs.values()) {
      input.onmidimessage = (message) => this.take(message);
    }
    if (this.#output?.state === "disconnected") this.#output = null;
    this.dispatchEvent(new Event("ports"));
  }

  // A MIDIMessageEvent, or anything with its `data`.
  take({ data }) {
    if (data?.length && data[0] < 0xf0) this.#instrument.midi(data);
  }

  get inputs() {
    return this.#access ? [...this.#access.inputs.values()].map(({ name }) => name) : [];
  }

  // [{id, name}]
  get outputs() {
    const ports = this.#access ? [...this.#access.outputs.values()] : [];
    return ports.map(({ id, name }) => ({ id, name }));
  }

  // Anything with send(bytes), or null for none.
  set output(port) {
    this.#send_all([...this.#tracker.stop(), kAllNotesOff]);
    this.#output = port;
  }

  choose_output(id) {
    this.output = this.#access?.outputs.get(id) ?? null;
  }

  #send_notes({ traces, count }) {
    if (!this.#output) return;
    for (let i = 0; i < count; ++i) {
      const at = i * kTraceFloats;
      this.#send_all(
        this.#tracker.take({
          f0_hz: traces[at + Trace.kPlayedF0],
          confidence: traces[at + Trace.kConfidence],
          loudness_db: traces[at + Trace.kLoudness],
        }),
      );
    }
  }

  #send_all(messages) {
    for (const message of messages) this.#output?.send(message);
  }
}
