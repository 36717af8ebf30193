"""Does a model play the whole holdout as it should? Looks for what scores forgive: numbers that are none,
clicks, silence where the recording sounds, and another loudness than the player's."""

import sys
from pathlib import Path

import numpy as np

from .audio import files_under, read_mono
from .cards import TIERS, models_under
from .labels import Analyzer
from .rendering import render_with_engine
from .timing import HOP_SAMPLES, SAMPLE_RATE_HZ, VOICED_CONFIDENCE

# A click is a jump between neighbouring samples far beyond those around it, where the recording has none.
CLICK_CONTEXT_S, CLICK_RATIO, CLICK_LEAST = 0.02, 12.0, 0.02
SOUNDS_DB, SILENT_BELOW_DB, SILENT_S = -45.0, 35.0, 0.15
GAINS_DB = (0.0, -12.0, 12.0)
LOUDNESS_ERROR_DB = 6.0  # median, of an input at another gain


def clicks(audio):
    """Sample numbers of jumps more than CLICK_RATIO times the root mean square of the jumps around."""
    jumps = np.abs(np.diff(audio.astype(np.float64)))
    width = int(CLICK_CONTEXT_S * SAMPLE_RATE_HZ)
    total = np.concatenate([[0.0], np.cumsum(np.square(jumps))])
    at = np.arange(len(jumps))
    low, high = np.maximum(at - width, 0), np.minimum(at + width + 1, len(jumps))
    around = (total[high] - total[low] - np.square(jumps)) / np.maximum(high - low - 1, 1)
    return np.flatnonzero((jumps > CLICK_LEAST) & (jumps > CLICK_RATIO * np.sqrt(np.maximum(around, 0.0))))


def unanswered_clicks(audio, reference):
    """Clicks of the rendering that the recording does not have within 20 ms."""
    own, theirs = clicks(audio), clicks(reference)
    reach = int(CLICK_CONTEXT_S * SAMPLE_RATE_HZ)
    return [n for n in own if not np.any(np.abs(theirs - n) <= reach)]


def silent_stretches(reference_frames, audio_db):
    """Seconds at which the recording has sounded for SILENT_S and the rendering has not."""
    count = min(len(reference_frames), len(audio_db))
    sounds = ((reference_frames.loudness_db[:count] > SOUNDS_DB)
              & (reference_frames.confidence[:count] >= VOICED_CONFIDENCE))
    silent = sounds & (audio_db[:count] < reference_frames.loudness_db[:count] - SILENT_BELOW_DB)
    length = int(SILENT_S * SAMPLE_RATE_HZ / HOP_SAMPLES)
    runs = np.convolve(silent, np.ones(length), mode="valid") if count >= length else np.zeros(0)
    starts = np.flatnonzero(runs >= length)
    return sorted({round(float(n) * HOP_SAMPLES / SAMPLE_RATE_HZ, 1) for n in starts})


def faults(model, reference, analyzer, gain_db=0.0):
    """Sentences, none where all is well."""
    given = (reference * 10.0 ** (gain_db / 20.0)).astype(np.float32)
    audio = render_with_engine(analyzer.program, model, given)
    if not np.isfinite(audio).all():
        return ["not a number in the output"]
    found = [f"a click at {n / SAMPLE_RATE_HZ:.3f} s" for n in unanswered_clicks(audio, given)]
    frames, heard = analyzer(given), analyzer(audio)
    found += [f"silent at {t} s" for t in silent_stretches(frames, heard.loudness_db)]
    count = min(len(frames), len(heard))
    audible = ((frames.confidence[:count] >= VOICED_CONFIDENCE)
               & (frames.loudness_db[:count] > SOUNDS_DB + min(gain_db, 0.0)))
    if audible.any():
        error_db = float(np.median((heard.loudness_db[:count] - frames.loudness_db[:count])[audible]))
        if abs(error_db) > LOUDNESS_ERROR_DB:
            found.append(f"{error_db:+.1f} dB off the player's loudness")
    return found


def add_commands(commands):
    command = commands.add_parser("check", help="render the holdout with every model, looking for faults")
    command.add_argument("--models", type=Path, default=Path("models"))
    command.add_argument("--only", nargs="*", default=[], help="names like violin/ddx7-full")
    command.add_argument("--data", type=Path, required=True, help="root with holdout, holdout_sa")
    command.add_argument("--analyzer", default="build/native/sideband")
    command.add_argument("--gains-db", nargs="+", type=float, default=GAINS_DB)
    command.set_defaults(run_command=check_all)


def check_all(args):
    analyzer, bad = Analyzer(args.analyzer), 0
    for instrument, paths in models_under(args.models).items():
        files = [f for folder in TIERS.values() if (args.data / folder / instrument).is_dir()
                 for f in files_under([args.data / folder / instrument])]
        for name, path in paths.items():
            if args.only and f"{instrument}/{name}" not in args.only:
                continue
            found = [f"{file.name} at {gain:+.0f} dB: {fault}" for file in files for gain in args.gains_db
                     for fault in faults(path, read_mono(file), analyzer, gain)]
            bad += bool(found)
            print(f"{instrument}/{name}: " + (f"{len(found)} faults" if found else "good"), flush=True)
            for line in found[:8]:
                print("  " + line)
            if len(found) > 8:
                print(f"  and {len(found) - 8} more")
    print(f"{bad} models with faults" if bad else "every model plays the whole holdout", file=sys.stderr)
    return 1 if bad else 0
