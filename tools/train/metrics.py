"""How far a rendering is from its reference: MSS, mel-LSD, and the error near the harmonics."""

from functools import lru_cache

import numpy as np
import torch

from . import mss as mss_module
from .timing import HOP_SAMPLES, SAMPLE_RATE_HZ, VOICED_CONFIDENCE

MEL_BANDS, MEL_FFT, MEL_HOP = 64, 1024, 256
MEL_LOWEST_HZ, MEL_FLOOR = 30.0, 1e-6
HARMONIC_FFT, HARMONIC_HOP, HARMONIC_WIDTH_HZ = 2048, 512, 16.0
STEADY_S, STEADY_SEMITONES, STEADY_DB = 0.048, 0.5, 8.0


def mss(reference, audio):
    """Multi-scale spectral distance over the whole clip (loss of the DDX7 paper)."""
    return float(mss_module.mss(_row(reference), _row(audio)))


def mel_lsd(reference, audio):
    """Root-mean-square difference in dB over the mel bands, averaged over the frames."""
    difference = mel_db(reference) - mel_db(audio)
    return float(difference.square().mean(0).sqrt().mean())


def near_harmonic_error(reference, audio, frames, latency_samples):
    """Mean |log S - log Ŝ| (nepers) in the bins within 16 Hz of a harmonic, over frames in which the
    note is steady; nan where there are none. `frames` are the analyzer's for the reference."""
    centers = np.arange(HARMONIC_FFT // 2, len(reference) - HARMONIC_FFT // 2, HARMONIC_HOP)
    reach = int(STEADY_S * SAMPLE_RATE_HZ / HOP_SAMPLES / 2)
    bins_hz = np.arange(HARMONIC_FFT // 2 + 1) * SAMPLE_RATE_HZ / HARMONIC_FFT
    window = np.hanning(HARMONIC_FFT + 1)[:-1] / HARMONIC_FFT**0.5
    total, count = 0.0, 0
    for center in centers:
        at = (center + latency_samples) // HOP_SAMPLES
        part = slice(max(0, at - reach), at + reach + 1)
        f0_hz, loudness = frames.f0_hz[part], frames.loudness_db[part]
        if (len(f0_hz) == 0 or frames.confidence[part].min() < VOICED_CONFIDENCE
                or 12.0 * np.log2(f0_hz.max() / f0_hz.min()) > STEADY_SEMITONES
                or loudness.max() - loudness.min() > STEADY_DB):
            continue
        mid_hz = float(np.median(f0_hz))
        harmonic = np.round(bins_hz / mid_hz)
        near = (harmonic >= 1) & (np.abs(bins_hz - harmonic * mid_hz) <= HARMONIC_WIDTH_HZ)
        cut = slice(center - HARMONIC_FFT // 2, center + HARMONIC_FFT // 2)
        s, e = (np.abs(np.fft.rfft(x[cut] * window))[near] for x in (reference, audio))
        total += np.abs(np.log(s + 1e-7) - np.log(e + 1e-7)).sum()
        count += int(near.sum())
    return total / count if count else float("nan")


def _row(audio):
    return torch.as_tensor(np.asarray(audio, dtype=np.float32))[None]


def mel_db(audio):
    """(bands, frames) in dB."""
    power = mss_module.magnitudes(_row(audio), MEL_FFT)[0].square() * MEL_FFT
    if MEL_HOP != MEL_FFT // 4:
        raise AssertionError("magnitudes() steps by a quarter of the window")
    return 10.0 * torch.log10(_mel_weights() @ power.T + MEL_FLOOR)


@lru_cache(maxsize=1)
def _mel_weights():
    """Triangles, evenly spaced on the HTK mel scale from 30 Hz to Nyquist, peak 1."""
    nyquist_hz = SAMPLE_RATE_HZ / 2
    mel = np.linspace(*(2595.0 * np.log10(1.0 + f / 700.0) for f in (MEL_LOWEST_HZ, nyquist_hz)),
                      MEL_BANDS + 2)
    edges_hz = 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
    bins_hz = np.linspace(0.0, nyquist_hz, MEL_FFT // 2 + 1)
    low, peak, high = (edges_hz[i:i + MEL_BANDS, None] for i in range(3))
    rising, falling = (bins_hz - low) / (peak - low), (high - bins_hz) / (high - peak)
    return torch.tensor(np.maximum(0.0, np.minimum(rising, falling)), dtype=torch.float32)
