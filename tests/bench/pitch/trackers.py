"""Pitch trackers behind one function: audio (float32), its rate → Track. Each hears 4 ms more per value."""

import csv
import pathlib
import resource
import subprocess
import time

import numpy as np
import soundfile

from scoring import Track

HOP_S = 0.004
HERE = pathlib.Path(__file__).parent


def sideband(program, folder):
    def run(audio, rate_hz):
        wav, frames = folder / "clip.wav", folder / "frames.csv"
        soundfile.write(wav, audio, rate_hz, subtype="FLOAT")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([program, "analyze", wav, "-o", frames], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        with open(frames, newline="") as file:
            rows = list(csv.DictReader(file))
        column = lambda name: np.array([float(row[name]) for row in rows])
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Track(column("time_s"), column("f0_hz"), column("confidence") >= 0.5, cpu / (len(audio) / rate_hz))

    return run


def held(f0, plausible):
    """What a listener goes on hearing where a tracker says nothing."""
    out = f0.copy()
    last = 440.0
    for i, value in enumerate(f0):
        last = value if plausible[i] else last
        out[i] = last
    return out


def aubio(method, window, threshold=0.5):
    """threshold: least confidence of a voiced frame; negative where the method's own decision is better."""
    import aubio

    def run(audio, rate_hz):
        hop = round(HOP_S * rate_hz)
        detector = aubio.pitch(method, window, hop, rate_hz)
        detector.set_unit("Hz")
        detector.set_silence(-70)
        f0, confidence = [], []
        begin = time.process_time()
        for at in range(0, len(audio) - hop + 1, hop):
            f0.append(float(detector(audio[at:at + hop])[0]))
            confidence.append(detector.get_confidence())
        cpu = time.process_time() - begin
        f0, confidence = np.array(f0), np.array(confidence)
        plausible = (f0 > 45) & (f0 < 2200)
        time_s = (np.arange(len(f0)) + 1) * hop / rate_hz
        return Track(time_s, held(f0, plausible), plausible & (confidence >= threshold), cpu / (len(audio) / rate_hz))

    return run


def pitchy(window, clarity=0.9):
    """McLeod's method, in JavaScript (npm). clarity: the least of a voiced frame."""
    if not (HERE / "node_modules" / "pitchy").is_dir():
        raise ImportError("pitchy")

    def run(audio, rate_hz):
        hop = round(HOP_S * rate_hz)
        lines = subprocess.run(["node", HERE / "pitchy.mjs", str(rate_hz), str(window), str(hop)],
                               input=audio.tobytes(), stdout=subprocess.PIPE, check=True).stdout.decode().split("\n")
        values = np.array([line.split() for line in lines[:-2]], float)
        f0 = values[:, 0]
        plausible = (f0 > 45) & (f0 < 4000) & (np.sqrt(np.mean(audio**2)) > 0)
        voiced = plausible & (values[:, 1] >= clarity)
        time_s = (np.arange(len(f0)) + 1) * hop / rate_hz
        return Track(time_s, held(f0, voiced), voiced, float(lines[-2]) / (len(audio) / rate_hz))

    return run
