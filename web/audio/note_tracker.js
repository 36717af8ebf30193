// Notes for other instruments out of the tracked pitch and loudness: one frame (4 ms) in, MIDI
// messages out. A note begins once three frames agree, ends or changes only when the sound has clearly
// left it, so that nothing flaps at a border; in between, bend follows the pitch and controller 11 the
// loudness.

const kBeginDb = -60;
const kEndDb = -66;
const kVoiced = 0.5;
const kBeginFrames = 3;
const kEndFrames = 8;
const kChangeFrames = 4;
const kLeaveSemitones = 0.7; // from the note's centre: 20 cents beyond the border
const kBendSemitones = 2; // the range synthesisers start with
const kBendStep = 82; // 2 cents
const kControlFrames = 3; // between two controller messages
const kExpression = 11;

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

// −12 dB is 127, −60 dB is 21.
const seven_bits = (loudness_db) => clamp(Math.round(127 + 2.2 * (loudness_db + 12)), 1, 127);

export class NoteTracker {
  #channel;
  #note = null;
  #candidate = null; // {note, frames}
  #away_frames = 0; // unvoiced or too quiet
  #bend = 8192;
  #expression = -1;
  #frames_since_control = 0;

  constructor(channel = 0) {
    this.#channel = channel;
  }

  get note() {
    return this.#note;
  }

  // Returns the messages of this frame: arrays of three bytes.
  take({ f0_hz, confidence, loudness_db }) {
    const out = [];
    const pitch = 69 + 12 * Math.log2(f0_hz / 440);
    const sounds =
      confidence >= kVoiced && loudness_db >= (this.#note === null ? kBeginDb : kEndDb);
    ++this.#frames_since_control;
    if (!sounds) {
      this.#candidate = null;
      if (this.#note !== null && ++this.#away_frames >= kEndFrames) this.#end(out);
      return out;
    }
    this.#away_frames = 0;
    const holds = this.#note !== null && Math.abs(pitch - this.#note) <= kLeaveSemitones;
    if (holds) {
      this.#candidate = null;
    } else {
      const note = clamp(Math.round(pitch), 0, 127);
      if (this.#candidate?.note !== note) this.#candidate = { note, frames: 0 };
      const needed = this.#note === null ? kBeginFrames : kChangeFrames;
      if (++this.#candidate.frames < needed) return out;
      this.#end(out);
      this.#begin(note, loudness_db, out);
    }
    this.#control(pitch, loudness_db, out);
    return out;
  }

  // What silences the receiver.
  stop() {
    const out = [];
    this.#end(out);
    return out;
  }

  #begin(note, loudness_db, out) {
    this.#note = note;
    this.#candidate = null;
    this.#frames_since_control = kControlFrames;
    out.push([0x90 | this.#channel, note, seven_bits(loudness_db)]);
  }

  #end(out) {
    if (this.#note !== null) out.push([0x80 | this.#channel, this.#note, 0]);
    this.#note = null;
    this.#away_frames = 0;
  }

  #control(pitch, loudness_db, out) {
    if (this.#frames_since_control < kControlFrames) return;
    const share = (pitch - this.#note) / kBendSemitones;
    const bend = clamp(Math.round(8192 + 8192 * share), 0, 16383);
    const expression = seven_bits(loudness_db);
    const bent = Math.abs(bend - this.#bend) >= kBendStep;
    const swelled = Math.abs(expression - this.#expression) >= 2;
    if (bent) out.push([0xe0 | this.#channel, bend & 127, bend >> 7]);
    if (swelled) out.push([0xb0 | this.#channel, kExpression, expression]);
    if (bent) this.#bend = bend;
    if (swelled) this.#expression = expression;
    if (bent || swelled) this.#frames_since_control = 0;
  }
}
