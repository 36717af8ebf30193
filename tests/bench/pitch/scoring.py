"""How right, early and calm a tracker is. Track: times (s, input consumed when known), f0 (Hz), voiced."""

import dataclasses

import numpy as np

RATE = 48000


@dataclasses.dataclass
class Track:
    time_s: np.ndarray
    f0_hz: np.ndarray
    voiced: np.ndarray
    cpu_ratio: float = float("nan")


def truth_at(f0, time_s):
    index = np.round(time_s * RATE).astype(int) - 1
    inside = (index >= 0) & (index < len(f0))
    return np.where(inside, f0[np.clip(index, 0, len(f0) - 1)], np.nan)


def cents(a, b):
    with np.errstate(divide="ignore", invalid="ignore"):
        return 1200 * np.log2(a / b)


def on_grid(track, duration_s):
    """The value a listener holds at every 4 ms, whatever the tracker's hop."""
    grid = np.arange(1, int(duration_s / 0.004)) * 0.004
    index = np.searchsorted(track.time_s, grid + 1e-9, side="right") - 1
    f0 = np.where(index >= 0, track.f0_hz[np.maximum(index, 0)], 440.0)
    voiced = np.where(index >= 0, track.voiced[np.maximum(index, 0)], False)
    return grid, f0, voiced.astype(bool)


def note_starts(f0):
    """Samples where a note starts from silence or by a step of more than half a semitone."""
    voiced = np.nan_to_num(f0) > 0
    start = voiced.copy()
    start[1:] &= ~voiced[:-1]
    both = voiced[1:] & voiced[:-1]
    step = np.zeros(len(f0), bool)
    step[1:] = both & (np.abs(cents(np.where(both, f0[1:], 1), np.where(both, f0[:-1], 1))) > 50)
    found = np.flatnonzero(start | step)
    return found[np.diff(np.concatenate([[-RATE], found])) > 0.02 * RATE]


def score(f0, track, lag_s):
    """Measures of one clip; counts, so that clips can be pooled."""
    grid, estimate, voiced = on_grid(track, len(f0) / RATE)
    delivered = truth_at(f0, grid)
    out = {}
    sounding = delivered > 0
    error = np.abs(cents(estimate, np.where(sounding, delivered, 1)))
    out["sounding"] = sounding.sum()
    out["delivered"] = (sounding & (error <= 50)).sum()
    out["delivered_voiced"] = (sounding & voiced & (error <= 50)).sum()
    shifted = truth_at(f0, grid - lag_s)
    shifted = np.where(grid > lag_s, shifted, 0.0)
    sounding = shifted > 0
    silent = shifted == 0
    error = np.abs(cents(estimate, np.where(sounding, shifted, 1)))
    out["shifted"] = sounding.sum()
    out["raw50"] = (sounding & (error <= 50)).sum()
    out["raw10"] = (sounding & (error <= 10)).sum()
    both = sounding & voiced
    out["both"] = both.sum()
    out["p50"] = (both & (error <= 50)).sum()
    out["p10"] = (both & (error <= 10)).sum()
    out["octave"] = (both & (error > 50) & (np.abs(error - 1200) < 60)).sum()
    out["judged"] = (sounding | silent).sum()
    out["right"] = (both & (error <= 50)).sum() + (silent & ~voiced).sum()
    out["silent"] = silent.sum()
    out["false_alarm"] = (silent & voiced).sum()
    wrong = both & (error > 50)
    # The 40 ms after a note start are the onset's business.
    starts = note_starts(f0) / RATE
    for start in starts:
        wrong[(grid > start) & (grid < start + lag_s + 0.04)] = False
    out["bursts"] = (wrong & ~np.concatenate([[False], wrong[:-1]])).sum()
    out["minutes"] = len(f0) / RATE / 60
    onsets = []
    error = np.abs(cents(estimate, np.where(delivered > 0, delivered, 1)))
    good = (delivered > 0) & voiced & (error <= 50)
    for start, end in zip(starts, np.append(starts[1:], len(f0) / RATE)):
        hits = grid[(grid > start) & (grid < min(end, start + 0.4)) & good]
        onsets.append(hits[0] - start if len(hits) else min(end - start, 0.4))
    out["onsets"] = onsets
    return out


def best_lag(items):
    """items: (f0, track) pairs. The shift that makes most frames right within 50 and 10 cents, over all clips."""
    prepared = []
    for f0, track in items:
        grid, estimate, _ = on_grid(track, len(f0) / RATE)
        prepared.append((grid, np.log2(estimate), np.log2(np.where(f0 > 0, f0, np.nan))))
    lags = np.arange(0, 40.1, 0.5) / 1000
    fits = np.zeros(len(lags))
    for grid, estimate, truth in prepared:
        for i, lag_s in enumerate(lags):
            index = np.round((grid - lag_s) * RATE).astype(int) - 1
            error = 1200 * np.abs(estimate - truth[np.maximum(index, 0)])
            sounding = ~np.isnan(error)
            if sounding.any():
                fits[i] += np.mean(error[sounding] <= 50) + np.mean(error[sounding] <= 10)
    return lags[int(np.argmax(fits))]


def pooled(scores):
    total = {key: sum(s[key] for s in scores) for key in scores[0] if key != "onsets"}
    onsets = np.array([o for s in scores for o in s["onsets"]]) * 1000
    def percent(a, b):
        return 100 * total[a] / total[b] if total[b] else float("nan")
    return {
        "as delivered": percent("delivered", "sounding"),
        "delivered voiced": percent("delivered_voiced", "sounding"),
        "P50": percent("raw50", "shifted"),
        "P10": percent("raw10", "shifted"),
        "P50 voiced": percent("p50", "both"),
        "P10 voiced": percent("p10", "both"),
        "octave": percent("octave", "both"),
        "recall": percent("both", "shifted"),
        "accuracy": percent("right", "judged"),
        "false alarm": percent("false_alarm", "silent"),
        "onset 50": np.median(onsets) if len(onsets) else float("nan"),
        "onset 95": np.percentile(onsets, 95) if len(onsets) else float("nan"),
        "bursts/min": total["bursts"] / total["minutes"],
    }
