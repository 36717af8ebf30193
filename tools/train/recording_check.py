"""Is a recording fit to learn an instrument from? Measurements, and advice in sentences."""

from dataclasses import dataclass, field

import numpy as np

from .timing import FRAME_RATE_HZ, VOICED_CONFIDENCE

LEAST_VOICED_S, GOOD_VOICED_S, MOST_S = 15.0, 60.0, 600.0
CLIPPED_LEVEL, CLIPPED_SHARE = 0.995, 1e-4
QUIET_DB, NOISY_DB = -45.0, 30.0
MONOPHONIC_SHARE = 0.7  # of the loud frames that have one clear pitch
NARROW_SEMITONES, LOWEST_HZ, HIGHEST_HZ = 7.0, 50.0, 2000.0
LOUD_BELOW_TOP_DB = 25.0
NAMES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")


@dataclass
class Verdict:
    usable: bool = True
    figures: dict = field(default_factory=dict)
    advice: list = field(default_factory=list)


def note_name(f0_hz):
    midi = int(round(69.0 + 12.0 * np.log2(f0_hz / 440.0)))
    return f"{NAMES[midi % 12]}{midi // 12 - 1}"


def check(audio, frames):
    """16 kHz audio and the analyzer's frames of it → Verdict."""
    verdict = Verdict()
    say, figures = verdict.advice.append, verdict.figures
    voiced = frames.confidence >= VOICED_CONFIDENCE
    figures["seconds"] = len(audio) / 16000.0
    figures["voiced_s"] = float(voiced.sum() / FRAME_RATE_HZ)
    figures["peak"] = float(np.abs(audio).max(initial=0.0))
    if figures["voiced_s"] < LEAST_VOICED_S:
        verdict.usable = False
        say(f"Only {figures['voiced_s']:.0f} s have a clear pitch; at least {LEAST_VOICED_S:.0f} s are needed, "
            "one to three minutes are good. Record more, one note at a time, close to the microphone.")
        return verdict
    if figures["voiced_s"] < GOOD_VOICED_S:
        say(f"{figures['voiced_s']:.0f} s of notes: enough to try; one to three minutes with soft and loud, low and "
            "high notes sound better.")
    if figures["seconds"] > MOST_S:
        say("More than ten minutes: this much deserves a training from scratch (tools/train/README.md).")

    top_db = float(np.percentile(frames.loudness_db[voiced], 95))
    floor_db = float(np.percentile(np.maximum(frames.loudness_db, -90.0), 3))
    figures["loudness_db"], figures["floor_db"] = top_db, floor_db
    if np.mean(np.abs(audio) >= CLIPPED_LEVEL) > CLIPPED_SHARE:
        say("The recording is clipped: its loudest peaks are cut off, and the model will learn that sound. Record again "
            "with less gain.")
    if top_db < QUIET_DB:
        say(f"The recording is very quiet ({top_db:.0f} dB): record with more gain or closer to the microphone.")
    if top_db - floor_db < NOISY_DB:
        say(f"Between the notes it is only {top_db - floor_db:.0f} dB quieter than in them: background noise or a "
            "reverberant room, which the model will learn as part of the instrument (ignore this if there are no pauses).")

    loud = frames.loudness_db > top_db - LOUD_BELOW_TOP_DB
    figures["one_pitch_share"] = float(voiced[loud].mean())
    if figures["one_pitch_share"] < MONOPHONIC_SHARE:
        say(f"In {100 * (1 - figures['one_pitch_share']):.0f} % of what is heard no single pitch is clear: chords, other "
            "players, strong reverb or percussion. One voice alone is needed.")

    low, high = np.percentile(frames.f0_hz[voiced], (2, 98))
    figures["lowest_hz"], figures["highest_hz"] = float(low), float(high)
    if 12.0 * np.log2(high / low) < NARROW_SEMITONES:
        say(f"The notes span only {note_name(low)} to {note_name(high)}; outside them the model will guess. Play the range "
            "that you want to use.")
    if low < 1.05 * LOWEST_HZ or high > 0.95 * HIGHEST_HZ:
        say(f"Some notes are at the edge of what the analyzer tracks ({LOWEST_HZ:.0f}–{HIGHEST_HZ:.0f} Hz).")
    return verdict


def summary(verdict):
    f = verdict.figures
    text = f"{f['seconds']:.0f} s, {f['voiced_s']:.0f} s of them with a clear pitch"
    if "lowest_hz" in f:
        text += (f"; {note_name(f['lowest_hz'])} to {note_name(f['highest_hz'])}; loudness {f['loudness_db']:.0f} dB, "
                 f"quietest {f['floor_db']:.0f} dB, peak {f['peak']:.2f}")
    return text
