"""Audio files as 16 kHz mono float32."""

import math
from pathlib import Path

import numpy as np

from .timing import SAMPLE_RATE_HZ

EXTENSIONS = {".wav", ".flac", ".ogg", ".aif", ".aiff"}


def read_mono(path, rate_hz=SAMPLE_RATE_HZ):
    import soundfile  # a machine that trains from a packed corpus need not have it

    audio, source_rate_hz = soundfile.read(str(path), dtype="float32", always_2d=True)
    audio = audio.mean(axis=1)
    if source_rate_hz != rate_hz:
        from scipy.signal import resample_poly

        common = math.gcd(source_rate_hz, rate_hz)
        audio = resample_poly(audio, rate_hz // common, source_rate_hz // common)
    return np.ascontiguousarray(audio, dtype=np.float32)


def write_wav(path, audio, rate_hz=SAMPLE_RATE_HZ, subtype="FLOAT"):
    import soundfile

    soundfile.write(str(path), np.asarray(audio, dtype=np.float32), rate_hz, subtype=subtype)


def quantise_16_bit(audio):
    """What a 16-bit file would hold: scores are only comparable on the same number format."""
    steps = np.clip(np.round(np.asarray(audio, dtype=np.float64) * 32768.0), -32768, 32767)
    return (steps / 32768.0).astype(np.float32)


def files_under(folders):
    found = []
    for folder in folders:
        folder = Path(folder)
        if folder.is_file():
            found.append(folder)
        else:
            found += sorted(p for p in folder.rglob("*") if p.suffix.lower() in EXTENSIONS)
    if not found:
        raise FileNotFoundError(f"no audio files under {', '.join(map(str, folders))}")
    return found
