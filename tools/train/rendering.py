"""Recordings through a model, lined up with the input: by the engine, or by PyTorch."""

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import torch

from .audio import read_mono, write_wav
from .export import load_model
from .timing import HOP_SAMPLES, SAMPLE_RATE_HZ

SILENT_DB = -100.0  # the analyzer's answer to digital silence lies below this


def render_with_engine(program, model_path, audio):
    """`sideband render`: the very path that plays live; it takes the latency out itself."""
    with tempfile.TemporaryDirectory() as folder:
        source, result = Path(folder) / "in.wav", Path(folder) / "out.wav"
        write_wav(source, audio)
        done = subprocess.run([program, "render", str(model_path), str(source), "-o", str(result),
                               "--rate", str(SAMPLE_RATE_HZ)], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"sideband render failed: {done.stderr.strip()}")
        return _fit(read_mono(result), len(audio))


def render_with_torch(model_path, audio, analyzer):
    """The same path in PyTorch (another noise sequence, no output stage)."""
    model, _ = load_model(model_path)
    latency = analyzer.latency_samples
    padded = np.pad(audio, (0, latency + (-(len(audio) + latency)) % HOP_SAMPLES))
    frames = analyzer(padded)
    heard = torch.from_numpy(frames.loudness_db > SILENT_DB).repeat_interleave(HOP_SAMPLES)
    out = model.render(torch.from_numpy(frames.f0_hz), torch.from_numpy(frames.loudness_db))
    return _fit((out * heard).numpy()[latency:], len(audio))


def _fit(audio, samples):
    return np.pad(audio[:samples], (0, max(0, samples - len(audio))))
