#!/usr/bin/env python3
"""Pitch benchmark: `sideband analyze` and other trackers on the same generated clips, one table.

    tests/bench/pitch/run.py [--sideband build/native/sideband] [--set first|second|both] [--repeats 2] [--seed 1 [2 …]] [--categories]

Needs numpy, scipy and soundfile. `tools/setup bench` installs what ours is compared with: aubio (Debian) and pitchy (npm).
"""

import argparse
import os
import pathlib
import sys
import tempfile

import numpy as np
import scipy.signal

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import scoring
import signals
import trackers
import variations

SETS = {"first": signals.CATEGORIES, "second": variations.CATEGORIES}
OTHERS = {
    "aubio yinfast 1024": lambda: trackers.aubio("yinfast", 1024),
    "aubio yinfft 2048": lambda: trackers.aubio("yinfft", 2048, threshold=-1),
    "pitchy 1024": lambda: trackers.pitchy(1024),
}


def field(program, folder):
    found = {"sideband": trackers.sideband(program, folder)}
    for name, make in OTHERS.items():
        try:
            found[name] = make()
        except ImportError as error:
            print(f"{name} is left out: {error}; tools/setup bench installs it.", file=sys.stderr)
    return found


def at_host_rate(clip):
    audio = clip.audio
    if clip.host_rate_hz != signals.RATE:
        audio = scipy.signal.resample_poly(audio, clip.host_rate_hz, signals.RATE)
    return audio.astype(np.float32)


def print_row(name, row, lag_s=None, cpu=None):
    tail = "" if lag_s is None else f"{lag_s * 1000:9.1f} {cpu:9.4f}"
    print(f"{name:24s}" + " ".join(f"{value:9.1f}" for value in row.values()) + " " + tail, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sideband", default="build/native/sideband")
    parser.add_argument("--set", choices=[*SETS, "both"], default="both")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--seed", type=int, nargs="+", default=[1], help="several: their clips together")
    parser.add_argument("--categories", action="store_true", help="one more row per category")
    parser.add_argument("--alone", action="store_true", help="sideband only")
    options = parser.parse_args()

    names, clips = [], []
    for categories in SETS.values() if options.set == "both" else [SETS[options.set]]:
        for seed in options.seed:
            for name, _, clip in signals.clips(options.repeats, seed, categories):
                names.append(name)
                clips.append((at_host_rate(clip), clip.f0, clip.host_rate_hz))
    with tempfile.TemporaryDirectory() as folder:
        found = field(options.sideband, pathlib.Path(folder))
        for number, (tracker_name, tracker) in enumerate(found.items()):
            if number and options.alone:
                break
            items = [(f0, tracker(audio, rate_hz)) for audio, f0, rate_hz in clips]
            lag_s = scoring.best_lag([item for item in items if np.nanmax(item[0]) > 0])
            scores = [scoring.score(f0, track, lag_s) for f0, track in items]
            row = scoring.pooled(scores)
            if number == 0:
                print(f"{'':24s}" + " ".join(f"{key[:9]:>9s}" for key in [*row, "lag ms", "CPU s/s"]))
            print_row(tracker_name, row, lag_s, np.mean([track.cpu_ratio for _, track in items]))
            for category in dict.fromkeys(names) if options.categories else []:
                print_row("  " + category, scoring.pooled(
                    [s for s, name in zip(scores, names) if name == category]))


if __name__ == "__main__":
    main()
