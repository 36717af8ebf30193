// Plays one of several sounds of equal length, all at the same place, and changes between them
// without losing or repeating a sample. Runs in the audio worklet.
//
// page → processor   {type: "sounds", sounds: [Float32Array]}   in the context's rate, equal length
//                    {type: "choose", index}      which one is heard
//                    {type: "play"}, {type: "pause"}, {type: "seek", frame}
//                    {type: "loop", begin, end}   frames; the whole sound at first
//                    {type: "style", style}       "crossfade" or "dip"
// processor → page   {type: "place", frame, playing}   20 times a second, and on every change
//
// "crossfade": linear over 20 ms, weights that add up to 1, so that equal sounds pass unchanged.
// "dip": 10 ms down and 10 ms up. For blind tests: the change itself is the same whatever it
// leads to, while a crossfade between equal sounds would give away that they are.

const kCrossfadeSeconds = 0.02;
const kDipSeconds = 0.01;
const kEdgeSeconds = 0.005; // of start, pause and the ends of the loop
const kReportSeconds = 0.05;

class PlayerProcessor extends AudioWorkletProcessor {
  #sounds = [];
  #weights = new Float32Array(0);
  #length = 0;
  #place = 0;
  #begin = 0;
  #end = 0;
  #chosen = 0; // what was asked for
  #heard = 0; // what a dip still plays
  #dip = 1;
  #dips = false;
  #playing = false;
  #edge = 0; // 0…1, fades start and pause
  #resume_at = -1; // where a pause began
  #next_report = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => this.#receive(data);
  }

  #receive(message) {
    switch (message.type) {
      case "sounds":
        this.#sounds = message.sounds;
        this.#length = this.#sounds[0]?.length ?? 0;
        this.#weights = new Float32Array(this.#sounds.length);
        this.#weights[0] = 1;
        this.#chosen = this.#heard = 0;
        this.#place = this.#begin = 0;
        this.#end = this.#length;
        this.#playing = false;
        this.#edge = 0;
        this.#resume_at = -1;
        break;
      case "choose":
        this.#chosen = message.index;
        if (this.#edge === 0) this.#settle();
        break;
      case "play":
        if (this.#resume_at >= 0) this.#place = this.#resume_at;
        if (this.#place >= this.#end) this.#place = this.#begin;
        this.#resume_at = -1;
        this.#playing = this.#length > 0;
        break;
      case "pause":
        if (this.#playing) this.#resume_at = this.#place;
        this.#playing = false;
        break;
      case "seek":
        this.#place = Math.max(0, Math.min(this.#length, message.frame));
        if (this.#resume_at >= 0) this.#resume_at = this.#place;
        break;
      case "loop":
        this.#begin = message.begin;
        this.#end = message.end;
        break;
      case "style":
        this.#dips = message.style === "dip";
        break;
    }
    if (message.type !== "sounds") this.#report(); // their place follows
  }

  // At once, where nothing sounds.
  #settle() {
    this.#weights.fill(0);
    if (this.#weights.length) this.#weights[this.#chosen] = 1;
    this.#heard = this.#chosen;
    this.#dip = 1;
  }

  process(_, outputs) {
    const output = outputs[0][0];
    const step = 1 / (kEdgeSeconds * sampleRate);
    for (let i = 0; i < output.length; ++i) {
      if (this.#playing) this.#edge = Math.min(1, this.#edge + step);
      else if (this.#edge > 0) this.#edge = Math.max(0, this.#edge - step);
      if (this.#edge === 0) {
        output.fill(0, i);
        if (!this.#playing && this.#resume_at >= 0) this.#place = this.#resume_at;
        this.#settle();
        break;
      }
      if (this.#place >= this.#end) this.#place = this.#begin;
      const value = this.#dips ? this.#dipped() : this.#crossfaded();
      output[i] = value * this.#edge * this.#edge_of_loop();
      this.#place += 1;
    }
    if (currentTime >= this.#next_report && this.#playing) this.#report();
    return true;
  }

  #crossfaded() {
    const weights = this.#weights;
    const step = 1 / (kCrossfadeSeconds * sampleRate);
    let value = 0;
    let sum = 0;
    for (let k = 0; k < weights.length; ++k) {
      if (k === this.#chosen) weights[k] = Math.min(1, weights[k] + step);
      else if (weights[k] > 0) weights[k] = Math.max(0, weights[k] - step);
      if (weights[k] === 0) continue;
      value += weights[k] * this.#sounds[k][this.#place];
      sum += weights[k];
    }
    return sum > 0 ? value / sum : 0;
  }

  #dipped() {
    const step = 1 / (kDipSeconds * sampleRate);
    if (this.#heard !== this.#chosen) {
      this.#dip -= step;
      if (this.#dip <= 0) {
        this.#dip = 0;
        this.#heard = this.#chosen;
      }
    } else if (this.#dip < 1) {
      this.#dip = Math.min(1, this.#dip + step);
    }
    return this.#dip * this.#sounds[this.#heard][this.#place];
  }

  // A loop that is a part of the sound has ends of its own to soften.
  #edge_of_loop() {
    const frames = kEdgeSeconds * sampleRate;
    const from = this.#begin > 0 ? (this.#place - this.#begin + 1) / frames : 1;
    const to = this.#end < this.#length ? (this.#end - this.#place) / frames : 1;
    return Math.max(0, Math.min(1, from, to));
  }

  #report() {
    this.#next_report = currentTime + kReportSeconds;
    const frame = this.#playing || this.#resume_at < 0 ? this.#place : this.#resume_at;
    this.port.postMessage({ type: "place", frame, playing: this.#playing });
  }
}

registerProcessor("sideband-player", PlayerProcessor);
