// The plain-HTML "Listening" section: what is played, calibration to player and room, and the scale.
// The switches are live parameters; what they do now is shown beside them.

import { Trace, kTraceFloats } from "./audio/messages.js";

const kRanges = ["Auto", "Violin", "Flute", "Trumpet", "Female voice", "Male voice", "Guitar", "Bass"];
const kMeasureFrames = 750; // Calibration::kMeasureFrames: 3 s of notes, silence not counted
const kVoicedConfidence = 0.5;
const kPatience_s = 20;

const kTonics = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];
const kShown = { glide_ms: (ms) => `${ms.toFixed(0)} ms`, vibrato: (scale) => `× ${scale.toFixed(1)}` };

const signed = (value, digits) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(digits);

// Measures three seconds of playing; resolves to {loudness_shift_db, gate_db} when what was found is
// in effect. `on_progress` gets 0…1.
export function calibrate(instrument, on_progress = () => {}) {
  if (!instrument.running) {
    return Promise.reject(new Error("Nothing is heard yet. Start first, then calibrate."));
  }
  return new Promise((resolve, reject) => {
    let notes = 0;
    let frames = 0;
    const end = (settle, value) => {
      instrument.removeEventListener("traces", listen);
      settle(value);
    };
    const listen = ({ detail }) => {
      frames += detail.count;
      for (let i = 0; i < detail.count; ++i) {
        notes += detail.traces[i * kTraceFloats + Trace.kConfidence] >= kVoicedConfidence;
      }
      on_progress(Math.min(1, notes / kMeasureFrames));
      if (notes >= kMeasureFrames) {
        const { loudness_shift_db, gate_in_effect_db } = instrument.snapshot();
        end(resolve, { loudness_shift_db, gate_db: gate_in_effect_db });
      } else if (frames > kPatience_s * 250) {
        instrument.set("calibrate", 0);
        end(reject, new Error("Too few notes were heard. Play softly and loudly for three seconds."));
      }
    };
    instrument.set("calibrate", 0);
    instrument.set("calibrate", 1);
    instrument.addEventListener("traces", listen);
  });
}

export function make_listening(instrument, root) {
  const find = (name) => root.querySelector(`[data-listening="${name}"]`);
  const range = find("range");
  kRanges.forEach((name, index) => range.add(new Option(name, index)));
  range.addEventListener("change", () => instrument.set("pitch_range", Number(range.value)));

  const result = find("result");
  const bar = find("progress");
  const button = find("calibrate");
  button.addEventListener("click", async () => {
    button.disabled = true;
    bar.hidden = false;
    result.textContent = "Play your softest and your loudest notes for three seconds.";
    try {
      await calibrate(instrument, (share) => (bar.value = share));
      result.textContent = "Done: your range now covers the model's.";
    } catch (error) {
      result.textContent = error.message;
    }
    button.disabled = false;
    bar.hidden = true;
  });
  find("forget").addEventListener("click", () => {
    instrument.set("calibrate", 0);
    result.textContent = "Loudness is taken as played.";
  });

  find("scala").addEventListener("change", async ({ target }) => {
    const [file] = target.files;
    if (!file) return;
    try {
      instrument.scala(await file.text());
      find("scala_text").textContent = `Notes are drawn to ${file.name}.`;
    } catch (error) {
      find("scala_text").textContent = error.message;
    }
  });

  const shaping = [...root.querySelectorAll("[data-param]")];
  const tonic = shaping.find((input) => input.dataset.param === "tonic");
  kTonics.forEach((name, index) => tonic.add(new Option(name, index)));
  for (const input of shaping) {
    input.addEventListener("input", () => {
      if (input.value !== "") instrument.set(input.dataset.param, Number(input.value));
    });
  }

  const switches = ["auto_loudness", "auto_octave", "auto_gate", "ignore_talk"];
  for (const name of switches) {
    find(name).addEventListener("change", (event) => instrument.set(name, event.target.checked ? 1 : 0));
  }
  const guard = find("howl_guard");
  guard.checked = instrument.howl_guard;
  guard.addEventListener("change", () => (instrument.howl_guard = guard.checked));
  const follow = () => {
    range.value = String(instrument.get("pitch_range"));
    for (const input of shaping) {
      const { param } = input.dataset;
      const value = instrument.get(param);
      if (input !== document.activeElement) input.value = String(value);
      const shown = root.querySelector(`[data-shown="${param}"]`);
      if (shown) shown.textContent = kShown[param](value);
    }
    for (const name of switches) find(name).checked = instrument.get(name) >= 0.5;
  };
  instrument.addEventListener("param", follow);
  follow();

  setInterval(() => {
    if (!root.open || !instrument.running) return;
    const now = instrument.snapshot();
    find("shown_loudness").textContent = `${signed(now.loudness_shift_db, 1)} dB`;
    find("shown_octave").textContent = `${signed(now.octave_shift, 0)} octaves`;
    find("shown_talk").textContent = now.talk ? "talk is heard" : "";
    find("shown_gate").textContent = `opens at ${now.gate_in_effect_db.toFixed(0)} dB`;
  }, 250);
}
