"""The differentiable FM synth: phase modulation with the routing given as data, no feedback."""

import math

import torch

from .features import ramp_to_samples
from .timing import SAMPLE_RATE_HZ


def cycles_of(f0_frames_hz, start_cycles=None):
    """Cycles of the fundamental at every sample, float64 and unwrapped, so that r · cycles mod 1 is
    right for any ratio r. `f0_frames_hz` (batch, hops + 1) starts with the frame before the first hop."""
    f0_hz = ramp_to_samples(f0_frames_hz.double())
    cycles = torch.cumsum(f0_hz / SAMPLE_RATE_HZ, dim=-1)
    return cycles if start_cycles is None else cycles + start_cycles.double()[:, None]


def fm_synth(levels, f0_frames_hz, configuration, i_max, start_cycles=None):
    """levels (batch, operators, hops + 1) in 0…i_max, f0 (batch, hops + 1) → audio (batch, hops · 64).

    An operator's output is level · sin(phase + Σ modulators' outputs): a modulator's level is its
    index in radians. A carrier's contribution is divided by i_max, so that i_max is full scale."""
    cycles = cycles_of(f0_frames_hz, start_cycles)
    level = ramp_to_samples(levels).unbind(1)
    modulators = {}
    for source, target in configuration.routing:
        if source <= target:
            raise ValueError("training supports edges from a higher to a lower operator only")
        modulators.setdefault(target, []).append(source)

    phases, outputs, audio = {}, {}, None
    for operator in range(configuration.operators, 0, -1):
        ratio = configuration.ratios[operator - 1]
        if ratio not in phases:
            phases[ratio] = ((cycles * ratio).frac() * (2.0 * math.pi)).to(levels.dtype)
        phase = phases[ratio]
        for source in modulators.get(operator, ()):
            phase = phase + outputs[source]
        outputs[operator] = level[operator - 1] * torch.sin(phase)
        if operator in configuration.carriers:
            audio = outputs[operator] if audio is None else audio + outputs[operator]
    return audio / i_max
