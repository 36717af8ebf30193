"""What the recogniser learns from: random DX7-like voices (tests/bench/match/targets.py), played and heard by
`sideband examples`, file by file and kept in the run's folder, so that a run that was stopped goes on with them.

Seeds from 1 000 000 on are for training, those from 900 000 for looking how it does; the benchmark has those
below 1000.
"""
import subprocess
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import torch

from tests.bench.match.targets import random_voice

FIRST_SEED, HELD_OUT_SEED = 1_000_000, 900_000
KEYS, BANDS, FRAMES, LEVELS = 3, 24, 247, 6 * 208
LOWEST_KEY, HIGHEST_KEY = 24, 96
ROW_BYTES, EXAMPLE_BYTES = 162, 2 + FRAMES * BANDS + KEYS * LEVELS + 2
ALGORITHMS, FEEDBACKS, OPERATORS = 32, 8, 6
WHOLE, SEMITONES = 16, 72  # classes of ratios: ½, 1, 2 … 15, and all others by the semitone from ½
RATIOS = WHOLE + SEMITONES
HOP_S = 64 / 16000
RATE_HZ, BAND_HOP, BAND_FRAME = 16000, 128, 512
LIKELY_MISTAKES = (-24, -19, -12, -12, -7, -5, 5, 7, 12, 12, 19, 24)

# Edges "modulator modulated" and the feedback of algorithms 1 … 32, as in core/synth/fm/algorithms.h.
ROUTINGS = """21 65 54 43/66 21 65 54 43/22 32 21 65 54/66 32 21 65 54/46 21 43 65/66 21 43 65/56
21 43 53 65/66 21 43 53 65/44 21 43 53 65/22 32 21 54 64/33 32 21 54 64/66 21 43 53 63/22 21 43 53 63/66
21 43 54 64/66 21 43 54 64/22 21 31 51 43 65/66 21 31 51 43 65/22 21 31 41 54 65/33 32 21 64 65/66
31 32 54 64/33 31 32 64 65/33 21 63 64 65/66 32 64 65/66 63 64 65/66 64 65/66 32 54 64/66 32 54 64/33
21 54 43/55 43 65/66 54 43/55 65/66 /66"""


def routings():
    """For each algorithm its set of edges, the feedback as another kind of edge."""
    edges, found = set(), []
    for word in ROUTINGS.split():
        edge, _, feedback = word.partition("/")
        if edge:
            edges.add((int(edge[0]) - 1, int(edge[1]) - 1, "edge"))
        if feedback:
            found.append(edges | {(int(feedback[0]) - 1, int(feedback[1]) - 1, "feedback")})
            edges = set()
    return found


def symmetries():
    """For each algorithm the orders of its operators that are the same routing, as an array."""
    return [np.array([order for order in permutations(range(OPERATORS))
                      if {(order[a], order[b], kind) for a, b, kind in edges} == edges])
            for edges in routings()]


SYMMETRIES = symmetries()


def ratio_class(coarse, fine):
    ratio = (coarse or 0.5) * (1.0 + fine / 100.0)
    nearest = round(ratio)
    if ratio == 0.5 or (abs(ratio - nearest) < 1e-9 and 1 <= nearest < WHOLE):
        return 0 if ratio == 0.5 else nearest
    return WHOLE + min(max(int(np.floor(12.0 * np.log2(ratio / 0.5) + 1e-9)), 0), SEMITONES - 1)


def labels_of(voice):
    """Algorithm, feedback, and the ratio classes of operators 1 … 6; of the orders that are the same routing
    that whose ratios, from operator 6 down, come first."""
    algorithm, feedback = voice[134], voice[135]
    ratios = np.array([ratio_class(*voice[21 * (5 - op) + 18:21 * (5 - op) + 20]) for op in range(OPERATORS)])
    same = ratios[SYMMETRIES[algorithm]]
    first = np.lexsort([same[:, op] for op in range(OPERATORS)])[0]
    return [algorithm, feedback, *same[first]]


@dataclass
class Examples:
    bands: torch.Tensor  # (examples, frames, bands) uint8
    up: torch.Tensor  # the frame in which the key goes up; FRAMES: in none
    combs: torch.Tensor  # (examples, keys, levels) uint8, the first key being the right one
    keys: torch.Tensor  # (examples, keys) uint8
    labels: torch.Tensor  # (examples, 8) uint8: algorithm, feedback, six ratio classes
    up_by_rule: torch.Tensor  # as a frame, by core/match/key_up.h, for comparison

    def __len__(self):
        return len(self.up)

    def to_list(self):
        return [self.bands, self.up, self.combs, self.keys, self.labels, self.up_by_rule]


def rows_of(first_seed, count):
    """Rows for `sideband examples`, hops at which the keys go up, keys, labels."""
    rng = np.random.default_rng(first_seed)
    rows, ups, keys, labels = [], [], [], []
    for seed in range(first_seed, first_seed + count):
        voice, key = random_voice(seed)
        up = int(rng.integers(75, 480)) if rng.random() < 0.88 else 560
        taken = min(max(up + int(rng.integers(-3, 4)), 1), 500)
        if rng.random() < 0.15:
            taken = int(rng.integers(50, 501))
        others = [key + int(rng.choice(LIKELY_MISTAKES)), int(rng.integers(LOWEST_KEY, HIGHEST_KEY + 1))]
        others = [other if other != key and LOWEST_KEY <= other <= HIGHEST_KEY else key + 1 for other in others]
        rows.append(bytes([*voice[:155], key, *others, up % 256, up // 256, taken % 256, taken // 256]))
        ups.append(up)
        keys.append([key, *others])
        labels.append(labels_of(voice))
    return b"".join(rows), np.array(ups), np.array(keys, np.uint8), np.array(labels, np.uint8)


def make(program, folder, first_seed, count):
    """Examples first_seed … first_seed + count − 1, from the folder if they are there."""
    path = folder / f"examples-{first_seed}-{count}.npz"
    if not path.exists():
        rows, ups, keys, labels = rows_of(first_seed, count)
        row_path, out_path = folder / "rows.bin", folder / "heard.bin"
        row_path.write_bytes(rows)
        subprocess.run([str(program), "examples", str(row_path), "-o", str(out_path)], check=True)
        heard = np.fromfile(out_path, np.uint8).reshape(count, EXAMPLE_BYTES)
        row_path.unlink()
        out_path.unlink()
        onset = heard[:, 0].astype(int) + 256 * heard[:, 1].astype(int)
        seconds = (ups - onset) * HOP_S
        frame = np.round((seconds * RATE_HZ - BAND_FRAME / 2) / BAND_HOP).astype(int)
        frame = np.where((frame < 0) | (frame >= FRAMES), FRAMES, frame)
        part = path.with_suffix(".part.npz")
        np.savez(part, heard=heard, frame=frame.astype(np.int16), keys=keys, labels=labels)
        part.rename(path)
    with np.load(path) as data:
        heard = torch.from_numpy(data["heard"])
        split = 2 + FRAMES * BANDS
        rule_hops = heard[:, -2].long() + 256 * heard[:, -1].long()
        return Examples(heard[:, 2:split].reshape(-1, FRAMES, BANDS),
                        torch.from_numpy(data["frame"].astype(np.int64)),
                        heard[:, split:split + KEYS * LEVELS].reshape(-1, KEYS, LEVELS),
                        torch.from_numpy(data["keys"]), torch.from_numpy(data["labels"]),
                        (rule_hops * HOP_S * RATE_HZ - BAND_FRAME / 2) / BAND_HOP)
