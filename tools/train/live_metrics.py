"""How faithfully a rendering follows the player: loudness and pitch, both as the analyzer hears them."""

import numpy as np

from .timing import VOICED_CONFIDENCE

GROSS_CENTS = 50.0
AUDIBLE_DB = -60.0  # of the recording's loudness; below, nobody compares levels


def following(reference_frames, rendered_frames):
    """→ mean |loudness difference| in dB over audible frames, mean |pitch difference| in cents over
    frames voiced in both, and the share of those off by more than 50 cents (which the mean leaves out)."""
    count = min(len(reference_frames), len(rendered_frames))
    a, b = ({k: getattr(f, k)[:count] for k in ("f0_hz", "confidence", "loudness_db")}
            for f in (reference_frames, rendered_frames))
    result = {"loudness_db": float("nan"), "pitch_cents": float("nan"), "pitch_gross": float("nan")}
    audible = (a["confidence"] >= VOICED_CONFIDENCE) & (a["loudness_db"] > AUDIBLE_DB)
    if audible.any():
        floor = np.maximum(b["loudness_db"], -80.0)
        result["loudness_db"] = float(np.abs(floor - a["loudness_db"])[audible].mean())
    both = audible & (b["confidence"] >= VOICED_CONFIDENCE)
    if both.any():
        cents = np.abs(1200.0 * np.log2(b["f0_hz"][both] / a["f0_hz"][both]))
        near = cents <= GROSS_CENTS
        result["pitch_gross"] = float(1.0 - near.mean())
        if near.any():
            result["pitch_cents"] = float(cents[near].mean())
    return result
