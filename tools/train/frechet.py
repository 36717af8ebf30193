"""Fréchet distance between two sets of sounds over an embedding of this project's own, "mel-cepstrum 24".

A window of 0.96 s (steps of 0.48 s) becomes 24 numbers: the means over its frames of the first 16 cosine
coefficients of 64 log-mel bands in dB, and the standard deviations of the first 8; each divided by a
fixed scale of about its spread over music. It is not VGGish: distances compare our models with each
other and with the papers' renderings scored here, not with figures printed elsewhere.
"""

import numpy as np

from . import metrics

WINDOW_S, STEP_S = 0.96, 0.48
MEANS, DEVIATIONS = 16, 8
SCALE_DB = 10.0


def windows(audio):
    """→ (windows, 24)."""
    from scipy.fft import dct

    mel = metrics.mel_db(audio).numpy()  # (bands, frames)
    cepstrum = dct(mel, axis=0, norm="ortho")[:MEANS] / SCALE_DB
    rate = 16000.0 / metrics.MEL_HOP
    length, step = int(WINDOW_S * rate), int(STEP_S * rate)
    starts = range(0, max(1, cepstrum.shape[1] - length + 1), step)
    return np.array([np.concatenate([cepstrum[:, s:s + length].mean(axis=1),
                                     cepstrum[:DEVIATIONS, s:s + length].std(axis=1)])
                     for s in starts])


def distance(a, b):
    """|μa - μb|² + tr(Σa + Σb - 2 (Σa Σb)^½)."""
    a, b = np.asarray(a), np.asarray(b)
    covariances = [np.cov(x, rowvar=False) + 1e-6 * np.eye(x.shape[1]) for x in (a, b)]
    # tr (Σa Σb)^½ is the sum of the roots of the product's eigenvalues, which are real and positive.
    root = np.sqrt(np.maximum(np.linalg.eigvals(covariances[0] @ covariances[1]).real, 0.0)).sum()
    gap = a.mean(axis=0) - b.mean(axis=0)
    return float(gap @ gap + np.trace(covariances[0]) + np.trace(covariances[1]) - 2.0 * root)
