#!/usr/bin/env python3
"""Pitch benchmark: `sideband analyze` and aubio on the same generated clips, one table.

    tests/bench/pitch/run.py [--sideband build/native/sideband] [--repeats 2] [--seed 1] [--categories]

Needs numpy, scipy and soundfile; aubio's Python module where the comparison is wanted.
"""

import argparse
import csv
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

import numpy as np
import soundfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import scoring
import signals
import trackers


def sideband_tracker(program, folder):
    def run(audio):
        wav, frames = folder / "clip.wav", folder / "frames.csv"
        soundfile.write(wav, audio, scoring.RATE, subtype="FLOAT")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([program, "analyze", wav, "-o", frames], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        with open(frames, newline="") as file:
            rows = list(csv.DictReader(file))
        column = lambda name: np.array([float(row[name]) for row in rows])
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return scoring.Track(column("time_s"), column("f0_hz"), column("confidence") >= 0.5,
                             cpu / (len(audio) / scoring.RATE))

    return run


def print_row(name, row, lag_s=None, cpu=None):
    tail = "" if lag_s is None else f"{lag_s * 1000:9.1f} {cpu:9.4f}"
    print(f"{name:22s}" + " ".join(f"{value:9.1f}" for value in row.values()) + " " + tail, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sideband", default="build/native/sideband")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--categories", action="store_true", help="one more row per category for sideband")
    options = parser.parse_args()

    clips = [(name, clip.audio.astype(np.float32), clip.f0)
             for name, _, clip in signals.clips(options.repeats, options.seed)]
    with tempfile.TemporaryDirectory() as folder:
        field = {"sideband": sideband_tracker(options.sideband, pathlib.Path(folder))}
        try:
            field["aubio yinfast 1024"] = trackers.aubio_tracker("yinfast", 1024)
            field["aubio yinfft 2048"] = trackers.aubio_tracker("yinfft", 2048, threshold=-1)
        except ImportError:
            print("aubio's Python module is missing: no comparison.", file=sys.stderr)
        for number, (name, tracker) in enumerate(field.items()):
            items = [(f0, tracker(audio)) for _, audio, f0 in clips]
            lag_s = scoring.best_lag([item for item in items if np.nanmax(item[0]) > 0])
            scores = [scoring.score(f0, track, lag_s) for f0, track in items]
            row = scoring.pooled(scores)
            if number == 0:
                print(f"{'':22s}" + " ".join(f"{key[:9]:>9s}" for key in [*row, "lag ms", "CPU s/s"]))
            print_row(name, row, lag_s, np.mean([track.cpu_ratio for _, track in items]))
            if number == 0 and options.categories:
                for category in dict.fromkeys(name for name, _, _ in clips):
                    print_row("  " + category, scoring.pooled(
                        [s for s, (other, _, _) in zip(scores, clips) if other == category]))


if __name__ == "__main__":
    main()
