"""Labels from the analyzer that also runs live: `sideband analyze`, cached by content.

Row k of the analyzer's table is known once 64 · (k + 1) samples at 16 kHz are consumed, and
describes the sound `latency_samples` before that moment.
"""

import hashlib
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .audio import write_wav
from .timing import HOP_SAMPLES, SAMPLE_RATE_HZ


@dataclass
class Frames:
    f0_hz: np.ndarray
    confidence: np.ndarray
    loudness_db: np.ndarray

    def __len__(self):
        return len(self.f0_hz)


class Analyzer:
    """The `sideband` program, asked for labels and for its latency."""

    def __init__(self, program="build/native/sideband", cache=None):
        self.program = str(Path(program).resolve())
        if not Path(self.program).exists():
            raise FileNotFoundError(f"{program} does not exist: build the native preset first")
        root = os.environ.get("SIDEBAND_CACHE") or Path.home() / ".cache" / "sideband"
        self.cache = Path(cache or Path(root) / "labels")
        self.cache.mkdir(parents=True, exist_ok=True)
        self._version = None
        self._latency_samples = None

    @property
    def version(self):
        """Hash of what the analyzer answers to a test signal: a rebuild that leaves the analyzer's
        behaviour alone keeps the cache, a change of behaviour empties it."""
        if self._version is None:
            answer = self._run(_probe_signal())
            self._version = hashlib.sha256(answer.encode()).hexdigest()[:16]
        return self._version

    @property
    def latency_samples(self):
        """At 16 kHz; from the `sideband info` that is given no model."""
        if self._latency_samples is None:
            text = subprocess.run([self.program, "info"], check=True, capture_output=True,
                                  text=True).stdout
            self._latency_samples = parse_latency(text)
        return self._latency_samples

    def __call__(self, audio):
        """16 kHz audio → Frames, one per whole hop."""
        digest = hashlib.sha256(np.ascontiguousarray(audio, dtype=np.float32).tobytes())
        path = self.cache / f"{self.version}-{digest.hexdigest()[:32]}.npz"
        if not path.exists():
            frames = parse_frames(self._run(audio))
            with tempfile.NamedTemporaryFile(dir=self.cache, suffix=".npz", delete=False) as file:
                np.savez(file, f0_hz=frames.f0_hz, confidence=frames.confidence,
                         loudness_db=frames.loudness_db)
            os.replace(file.name, path)
        with np.load(path) as stored:
            return Frames(stored["f0_hz"], stored["confidence"], stored["loudness_db"])

    def _run(self, audio):
        with tempfile.TemporaryDirectory() as folder:
            wav = Path(folder) / "in.wav"
            write_wav(wav, audio)
            done = subprocess.run([self.program, "analyze", str(wav), "-o", "-"],
                                  capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"sideband analyze failed: {done.stderr.strip()}")
        return done.stdout


def parse_frames(text):
    lines = text.strip().splitlines()
    names = [name.strip() for name in lines[0].split(",")]
    if names != ["time_s", "f0_hz", "confidence", "loudness_db"]:
        raise ValueError(f"unexpected columns in the analyzer's table: {lines[0]}")
    table = np.array([line.split(",") for line in lines[1:]], dtype=np.float64).reshape(-1, 4)
    expected_s = HOP_SAMPLES * (np.arange(len(table)) + 1) / SAMPLE_RATE_HZ
    if np.abs(table[:, 0] - expected_s).max(initial=0.0) > 1e-4:
        raise ValueError("the analyzer's rows are not one per 4 ms hop from the start")
    f0_hz, confidence, loudness_db = (column.astype(np.float32) for column in table[:, 1:].T)
    return Frames(f0_hz, confidence, loudness_db)


def parse_latency(text):
    """The first "latency … N samples" of `sideband info`, N counted at 16 kHz."""
    found = re.search(r"latency\D*?(?:[\d.]+\s*ms\D*?)?(\d+)\s*samples", text, re.IGNORECASE)
    if not found:
        raise ValueError(f"no latency in samples in the answer of sideband info: {text!r}")
    return int(found.group(1))


def _probe_signal():
    """Two seconds that exercise the tracker: a glide with harmonics, a gap, and noise."""
    t = np.arange(2 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    f0_hz = 110.0 * 2.0 ** (2.0 * t)
    phase = 2.0 * np.pi * np.cumsum(f0_hz) / SAMPLE_RATE_HZ
    tone = sum(np.sin(h * phase) / h**1.5 for h in range(1, 6)) * 0.1
    tone *= (np.abs(t - 1.0) > 0.1) * (0.2 + t / 2.0)
    noise = np.random.default_rng(7).standard_normal(len(t)) * 0.002
    return (tone + noise).astype(np.float32)
