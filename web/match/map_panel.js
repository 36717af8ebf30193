// "Explore": a map of random patches, made in a worker. The nearest one is heard quietly as the pointer or
// the arrow keys move; a click or Enter puts it into the slot that is heard.

import { MapView } from "./map_view.js";

const kSoundRateHz = 16000;

export class MapPanel {
  #instrument;
  #voices;
  #placed;
  #parts;
  #view;
  #turn = 0; // the latest map that was asked for, or cancelled
  #seed = 1;
  #wanted = -1; // the patch to be heard next
  #rendering = false;

  // `parts` are the section's elements by their data-match; `quietly` tells what goes wrong.
  constructor(instrument, { voices, placed, parts, quietly }) {
    this.#instrument = instrument;
    this.#voices = voices;
    this.#placed = placed;
    this.#parts = parts;
    this.#view = new MapView(parts.map);
    const { map } = parts;
    parts.explore.onclick = () => quietly(this.explore());
    parts.explore_cancel.onclick = () => this.cancel();
    parts.take_place.onclick = () => quietly(this.take());
    const point_at = ({ offsetX, offsetY }) => this.#select(this.#view.nearest(offsetX, offsetY), quietly);
    map.onpointermove = point_at;
    map.onpointerdown = point_at;
    map.onclick = (event) => {
      if (event.pointerType !== "touch") quietly(this.take()); // a finger hears first, and has the button
    };
    map.onkeydown = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key.startsWith("Arrow")) this.#select(this.#view.next(event.key), quietly);
      else if (event.key === "Enter") quietly(this.take());
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
  }

  // Resolves when the map is there, or was cancelled.
  async explore() {
    const turn = ++this.#turn;
    const count = Number(this.#parts.count.value);
    const { explore_progress } = this.#parts;
    this.#show_busy(true);
    this.#parts.map_box.hidden = true;
    this.#say(`Making a map of ${count} patches…`);
    try {
      const places = await this.#voices.call("explore", { count, seed: this.#seed++ }, ({ found }) => {
        explore_progress.value = found / count;
      });
      if (turn !== this.#turn || !places) return;
      this.#parts.map_box.hidden = false;
      this.#view.show(places);
      this.#say(`${this.#view.points.length} patches, in eight clusters of like sounds.`);
    } finally {
      if (turn === this.#turn) this.#show_busy(false);
    }
  }

  cancel() {
    ++this.#turn;
    this.#voices.end();
    this.#show_busy(false);
    this.#parts.map_box.hidden = true;
    this.#say("The map was cancelled.");
  }

  // Puts the selected patch in place.
  async take() {
    const index = this.#view.selected;
    if (index < 0) return;
    const voice = await this.#voices.call("take_place", { index });
    if (!voice) return;
    const name = `map ${index}`;
    const slot = await this.#placed.put({ ...voice, name });
    this.#view.taken = index;
    this.#view.draw();
    this.#say(`Patch ${index} plays in ${slot.toUpperCase()} now, by keys or microphone.`);
  }

  #select(index, quietly) {
    if (index < 0 || index === this.#view.selected) return;
    this.#view.selected = index;
    this.#view.draw();
    const { cluster, algorithm } = this.#view.points[index];
    this.#say(`Patch ${index}: cluster ${cluster + 1}, algorithm ${algorithm}.`);
    this.#wanted = index;
    if (!this.#rendering) quietly(this.#hear());
  }

  // The latest one wanted, however fast the pointer flies.
  async #hear() {
    this.#rendering = true;
    try {
      while (this.#wanted >= 0) {
        const index = this.#wanted;
        this.#wanted = -1;
        const samples = await this.#voices.call("map_sound", { index });
        if (samples) this.#instrument.audition(samples, kSoundRateHz).catch(() => {});
      }
    } finally {
      this.#rendering = false;
    }
  }

  #say(text) {
    this.#parts.explore_status.textContent = text;
  }

  #show_busy(busy) {
    this.#parts.explore_cancel.hidden = !busy;
    this.#parts.explore_progress.hidden = !busy;
    this.#parts.explore_progress.value = 0;
    this.#parts.explore.disabled = busy;
  }
}
