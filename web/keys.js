// The keys on the screen, played with mouse, touch or the computer's keyboard: A to ; is a row of
// white keys with the black ones above, Z and X change the octave. Everything they do is MIDI.

const kRow = "awsedftgyhujkolp;"; // from C up, by semitone
const kBlack = [1, 3, 6, 8, 10];
const kNames = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "G♯", "A", "B♭", "B"];
const kKeys = 25; // two octaves and the C above
const kTypedVelocity = 96;
const kLowestC = 24;
const kHighestC = 84;

const by_id = (id) => document.getElementById(id);
const is_black = (note) => kBlack.includes(note % 12);
const name_of = (note) => `${kNames[note % 12]}${Math.floor(note / 12) - 1}`;

export class Keys {
  #instrument;
  #lowest = 48; // C3
  #typed = new Map(); // key of the computer → note
  #pointers = new Map(); // pointer id → note
  #focused = 12;

  constructor(instrument) {
    this.#instrument = instrument;
    this.#build();
    instrument.addEventListener("midi", ({ detail: { bytes } }) => this.#show(bytes));
    by_id("octave-down").onclick = () => this.shift(-12);
    by_id("octave-up").onclick = () => this.shift(12);
    by_id("bend").oninput = ({ target }) => this.#bend(Number(target.value));
    for (const event of ["change", "pointerup", "blur"]) {
      by_id("bend").addEventListener(event, () => this.#rest_bend());
    }
    by_id("wheel").oninput = ({ target }) => instrument.midi([0xb0, 1, Number(target.value)]);
    window.addEventListener("blur", () => this.all_up());
    instrument.addEventListener("state", () => this.all_up());
  }

  is_key(key) {
    return key.length === 1 && `zx${kRow}`.includes(key);
  }

  // Whether the key was one of ours.
  key_down(key) {
    if (!this.is_key(key)) return false;
    if (key === "z" || key === "x") {
      this.shift(key === "z" ? -12 : 12);
      return true;
    }
    const note = this.#lowest + kRow.indexOf(key);
    if (!this.#typed.has(key)) {
      this.#typed.set(key, note);
      this.#on(note, kTypedVelocity);
    }
    return true;
  }

  key_up(key) {
    const note = this.#typed.get(key);
    if (note === undefined) return;
    this.#typed.delete(key);
    this.#off(note);
  }

  all_up() {
    for (const note of [...this.#typed.values(), ...this.#pointers.values()]) this.#off(note);
    this.#typed.clear();
    this.#pointers.clear();
  }

  shift(semitones) {
    const lowest = Math.min(Math.max(this.#lowest + semitones, kLowestC), kHighestC);
    if (lowest === this.#lowest) return;
    this.all_up();
    this.#lowest = lowest;
    this.#build();
  }

  #on(note, velocity) {
    this.#instrument.midi([0x90, note, velocity]);
  }

  #off(note) {
    this.#instrument.midi([0x80, note, 0]);
  }

  #bend(value) {
    const bend = Math.round(8192 + 8191 * value);
    this.#instrument.midi([0xe0, bend & 127, bend >> 7]);
  }

  // It springs back, like a wheel.
  #rest_bend() {
    by_id("bend").value = 0;
    this.#bend(0);
  }

  #build() {
    const piano = by_id("piano");
    const keys = Array.from({ length: kKeys }, (_, i) => this.#key(i));
    piano.replaceChildren(...keys);
    by_id("octave-text").textContent =
      `${name_of(this.#lowest)} to ${name_of(this.#lowest + kKeys - 1)}`;
    piano.onpointerdown = (event) => this.#pointer_down(event);
    piano.onpointermove = (event) => this.#pointer_move(event);
    piano.onpointerup = piano.onpointercancel = (event) => this.#pointer_up(event);
    piano.onkeydown = (event) => this.#piano_key(event, true);
    piano.onkeyup = (event) => this.#piano_key(event, false);
  }

  // One of them is reached by Tab, the others by the arrow keys.
  #key(i) {
    const note = this.#lowest + i;
    const key = document.createElement("button");
    key.type = "button";
    key.className = is_black(note) ? "key black" : "key white";
    key.dataset.note = note;
    key.tabIndex = i === this.#focused ? 0 : -1;
    key.setAttribute("aria-label", name_of(note));
    key.dataset.words = [note % 12 === 0 ? name_of(note) : "", kRow[i]?.toUpperCase() ?? ""]
      .filter(Boolean)
      .join("\n");
    return key;
  }

  #at({ clientX, clientY }) {
    const key = document.elementFromPoint(clientX, clientY)?.closest("#piano .key");
    if (!key) return null;
    const box = key.getBoundingClientRect();
    const depth = (clientY - box.top) / box.height; // nearer the player is louder
    return { note: Number(key.dataset.note), velocity: Math.round(50 + 77 * depth) };
  }

  #pointer_down(event) {
    const hit = this.#at(event);
    if (!hit || event.button) return;
    event.preventDefault();
    event.target.releasePointerCapture?.(event.pointerId); // a finger may slide to the next key
    this.#pointers.set(event.pointerId, hit.note);
    this.#on(hit.note, hit.velocity);
  }

  #pointer_move(event) {
    const note = this.#pointers.get(event.pointerId);
    if (note === undefined) return;
    const hit = this.#at(event);
    if (!hit || hit.note === note) return;
    this.#pointers.set(event.pointerId, hit.note);
    this.#on(hit.note, hit.velocity);
    this.#off(note);
  }

  #pointer_up(event) {
    const note = this.#pointers.get(event.pointerId);
    if (note === undefined) return;
    this.#pointers.delete(event.pointerId);
    this.#off(note);
  }

  #piano_key(event, down) {
    const i = Number(event.target.dataset.note) - this.#lowest;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowUp: 12, ArrowDown: -12 }[event.key];
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      event.stopPropagation();
      if (event.repeat) return;
      if (down) this.#on(this.#lowest + i, kTypedVelocity);
      else this.#off(this.#lowest + i);
    } else if (down && step && i + step >= 0 && i + step < kKeys) {
      event.preventDefault();
      const keys = by_id("piano").children;
      keys[i].tabIndex = -1;
      this.#focused = i + step;
      keys[this.#focused].tabIndex = 0;
      keys[this.#focused].focus();
    }
  }

  #show([status, note, velocity]) {
    const kind = status >> 4;
    if (kind !== 0x8 && kind !== 0x9) return;
    const key = document.querySelector(`#piano [data-note="${note}"]`);
    key?.classList.toggle("down", kind === 0x9 && velocity > 0);
  }
}
