"""Which FM patch suits an instrument: structures and ratios, by how near their static spectra come to its recordings'.

A patch bounds what a network can say with it. Steady frames of the recordings become tables of partials in dB; for a patch the
levels of its six operators are fitted to each of them by gradient from several random starts. What remains, in dB a partial, is
counted from the best start (what the patch can say) and in the mean of all (what a gradient finds); half and half is its score.
Ratios are whole numbers: only then has a patch partials at the multiples of f0 and nowhere else.
The search draws random patches, then changes the best ones. What is heard in time (envelopes, noise) has no part in it: the
patches that come out are candidates for a short training.
"""

import math
import time
from dataclasses import dataclass

import numpy as np
import torch

from .configurations import CONFIGURATIONS, I_MAX_DDX7, FmConfiguration
from .dataset import load_streams
from .labels import Analyzer
from .timing import HOP_SAMPLES, SAMPLE_RATE_HZ, VOICED_CONFIDENCE

OPERATORS = 6
PARTIALS = 40
HIGHEST_HZ = 7800.0
WINDOW = 2048
STEADY_FRAMES = 20  # before and after
STEADY_CENTS = 35.0
QUIETEST_PEAK = 0.01
FLOOR = 1e-4  # of a frame's amplitude: −80 dB
HEARD_DB = -60.0  # partials below count a tenth
PERIOD_SAMPLES = 128  # of the fundamental, in which a patch is computed
STARTS = 3
RATIOS, RATIO_SHARES = range(1, 9), (0.4, 0.2, 0.15, 0.08, 0.07, 0.05, 0.03, 0.02)
RANDOM_PATCHES = 25  # before the best are changed


def add_commands(commands):
    command = commands.add_parser("patches", help="search an FM patch for an instrument: structures and ratios")
    command.add_argument("--data", nargs="+", required=True, help="folders of audio")
    command.add_argument("--analyzer", default="build/native/sideband")
    command.add_argument("--minutes", type=float, default=4.0)
    command.add_argument("--frames", type=int, default=64, help="steady frames to fit (default 64)")
    command.add_argument("--i-max", type=float, default=I_MAX_DDX7, help="radians")
    command.add_argument("--seed", type=int, default=0)
    command.set_defaults(run_command=search_patches)


@dataclass(frozen=True)
class Fit:
    configuration: FmConfiguration
    best_db: float  # a partial, from the best of the starts
    mean_db: float  # in the mean of all starts

    @property
    def score(self):
        return (self.best_db + self.mean_db) / 2

    def __str__(self):
        patch = self.configuration
        edges = " ".join(f"{source}>{target}" for source, target in patch.routing)
        return (f"{self.best_db:5.2f} {self.mean_db:5.2f} dB a partial   ratios {' '.join(map(str, patch.ratios))}"
                f"   {edges}   heard {' '.join(map(str, patch.carriers))}")


def search_patches(args):
    random = np.random.default_rng(args.seed)
    analyzer = Analyzer(args.analyzer)
    streams = load_streams(args.data, analyzer)
    target = Partials(steady_partials(streams, analyzer.latency_samples, args.frames, random))
    print(f"{len(target.db)} steady frames; best start, mean of {STARTS}:")
    fits = {}

    def fit(patch):
        if patch not in fits:
            fits[patch] = target.fit(patch, args.i_max)
        return fits[patch]

    for name, patch in CONFIGURATIONS.items():
        if patch.operators == OPERATORS:
            whole = FmConfiguration(tuple(map(round, patch.ratios)), patch.routing, patch.carriers)
            print(f"{fit(whole)}   ({name}{'' if whole.ratios == patch.ratios else ', its ratios rounded'})", flush=True)
    end = time.monotonic() + 60.0 * args.minutes
    for _ in range(RANDOM_PATCHES):
        fit(random_patch(random))
    best = math.inf
    while time.monotonic() < end:
        ranked = sorted(fits.values(), key=lambda one: one.score)
        if ranked[0].score < best:
            best = ranked[0].score
            print(f"{ranked[0]}   ({len(fits)} tried)", flush=True)
        parent = ranked[min(int(random.exponential(4)), len(ranked) - 1)]
        fit(changed_patch(parent.configuration, random))
    print("The best:")
    for one in sorted(fits.values(), key=lambda one: one.score)[:8]:
        print(one)
    return 0


def steady_partials(streams, latency_samples, count, random):
    """(frames, PARTIALS) amplitudes at the multiples of f0 in frames whose pitch rests; 0 above HIGHEST_HZ."""
    places = [(index, k) for index, stream in enumerate(streams)
              for k in range(STEADY_FRAMES, len(stream.frames.f0_hz) - STEADY_FRAMES)]
    window, n, rows = np.hanning(WINDOW), np.arange(WINDOW), []
    for place in random.permutation(len(places)):
        index, k = places[place]
        frames, around = streams[index].frames, slice(k - STEADY_FRAMES, k + STEADY_FRAMES)
        f0_hz = frames.f0_hz[k]
        center = HOP_SAMPLES * (k + 1) - latency_samples
        samples = streams[index].audio[max(0, center - WINDOW // 2):center + WINDOW // 2]
        if (len(samples) < WINDOW or np.abs(samples).max() < QUIETEST_PEAK
                or frames.confidence[around].min() < VOICED_CONFIDENCE
                or 1200.0 * np.abs(np.log2(frames.f0_hz[around] / f0_hz)).max() > STEADY_CENTS):
            continue
        partials = min(int(HIGHEST_HZ / f0_hz), PARTIALS)
        turns = np.outer(np.arange(1, partials + 1), n) * (f0_hz / SAMPLE_RATE_HZ)
        rows.append(np.zeros(PARTIALS))
        rows[-1][:partials] = 2.0 * np.abs(np.exp(-2j * np.pi * turns) @ (window * samples)) / window.sum()
        if len(rows) == count:
            break
    if not rows:
        raise ValueError("no note in these recordings rests long enough")
    return np.array(rows)


class Partials:
    """Steady frames as dB below their own level, and how near a patch comes to them."""

    def __init__(self, amplitudes):
        level = np.sqrt(np.square(amplitudes).sum(1, keepdims=True))
        self.db = torch.tensor(20.0 * np.log10(amplitudes / level + FLOOR), dtype=torch.float32)
        counts = np.where(self.db.numpy() > HEARD_DB, 1.0, 0.1) * (amplitudes > 0)
        self.weight = torch.tensor(counts / counts.sum(1, keepdims=True), dtype=torch.float32)

    def fit(self, patch, i_max, steps=120, learning_rate=0.12):
        """The same random starts for every patch, so that patches compare."""
        wanted, weight = self.db.repeat(STARTS, 1), self.weight.repeat(STARTS, 1)
        start = torch.randn(len(wanted), patch.operators, generator=torch.Generator().manual_seed(1))
        logits = (1.5 * start - 1.5).requires_grad_()
        optimizer = torch.optim.Adam([logits], lr=learning_rate)
        for _ in range(steps):
            db = spectrum_db(patch, i_max * torch.sigmoid(logits))
            error = ((db - wanted).abs() * weight).sum(1)
            optimizer.zero_grad()
            error.sum().backward()
            optimizer.step()
        by_start = error.detach().view(STARTS, -1)
        return Fit(patch, float(by_start.min(0).values.mean()), float(by_start.mean()))


def spectrum_db(patch, levels):
    """levels (frames, operators) in radians → (frames, PARTIALS) dB below the whole, as fm.py sounds at a constant pitch."""
    phase = torch.arange(PERIOD_SAMPLES) * (2.0 * math.pi / PERIOD_SAMPLES)
    outputs = {}
    for operator in range(patch.operators, 0, -1):
        argument = patch.ratios[operator - 1] * phase
        for source, target in patch.routing:
            if target == operator:
                argument = argument + outputs[source]
        outputs[operator] = levels[:, operator - 1:operator] * torch.sin(argument)
    spectrum = torch.fft.rfft(sum(outputs[carrier] for carrier in patch.carriers))[:, 1:PARTIALS + 1]
    power = spectrum.real.square() + spectrum.imag.square() + 1e-12
    return 20.0 * torch.log10((power / power.sum(1, keepdim=True)).sqrt() + FLOOR)


def random_patch(random):
    others = random.choice(np.arange(2, OPERATORS + 1), size=random.choice([0, 1, 2], p=[0.3, 0.5, 0.2]), replace=False)
    carriers = {1, *map(int, others)}
    edges = {(source, _lower(source, random)) for source in range(2, OPERATORS + 1)
             if source not in carriers or random.random() < 0.15}
    return _patch([_ratio(random) for _ in range(OPERATORS)], edges, carriers, random)


def changed_patch(patch, random):
    """One or two of: another ratio, an edge that leads elsewhere, one operator more or less heard, an edge more."""
    ratios, edges, carriers = list(patch.ratios), set(patch.routing), set(patch.carriers)
    for _ in range(random.choice([1, 2])):
        kind = random.random()
        if kind < 0.55:
            ratios[random.integers(OPERATORS)] = _ratio(random)
        elif kind < 0.85 and edges:
            source, target = sorted(edges)[random.integers(len(edges))]
            edges -= {(source, target)}
            edges |= {(source, _lower(source, random))}
        elif kind < 0.93:
            operator = int(random.integers(2, OPERATORS + 1))
            carriers ^= {operator}
            edges = {edge for edge in edges if edge[0] != operator or operator not in carriers}
        else:
            source = int(random.integers(2, OPERATORS + 1))
            edges |= {(source, _lower(source, random))}
    return _patch(ratios, edges, carriers, random)


def _patch(ratios, edges, carriers, random):
    """Whoever is not heard modulates somebody who is numbered lower, so all reach a carrier."""
    sources = {source for source, _ in edges}
    lost = [operator for operator in range(2, OPERATORS + 1) if operator not in carriers | sources]
    edges = edges | {(operator, _lower(operator, random)) for operator in lost}
    return FmConfiguration(tuple(ratios), tuple(sorted(edges, reverse=True)), tuple(sorted(carriers)))


def _ratio(random):
    return int(random.choice(RATIOS, p=RATIO_SHARES))


def _lower(source, random):
    return int(random.integers(1, source))
