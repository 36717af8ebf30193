"""The differentiable harmonic bank: up to 100 partials of f0, amplitudes ramping from frame to frame."""

import math

import torch

from .fm import cycles_of
from .timing import HOP_SAMPLES, SAMPLE_RATE_HZ

HARMONICS = 100


def masked_distribution(distribution, f0_hz):
    """(batch, frames, harmonics) after exp_sigmoid → sum 1, partials above Nyquist × 1e-4."""
    number = torch.arange(1, distribution.shape[-1] + 1, device=f0_hz.device)
    below = (f0_hz[..., None] * number < SAMPLE_RATE_HZ / 2).to(distribution.dtype)
    masked = distribution * (below + 1e-4)
    return masked / masked.sum(dim=-1, keepdim=True)


def partial_signs(count, like):
    """Those of core/synth/harmonic_noise/harmonic_bank.h: eight partials in phase, then the Rudin-Shapiro
    sequence. → (count,), on the device of `like`, where a recorded step may not copy to."""
    number = torch.arange(count, device=like.device)
    pairs = number & (number >> 1)  # neighbouring ones of its binary digits
    odd = sum((pairs >> bit) & 1 for bit in range(max(1, count.bit_length()))) % 2
    return torch.where((number >= 8) & (odd == 1), -1.0, 1.0).to(like.dtype)


def harmonic_synth(amplitude, distribution, f0_hz, start_cycles=None):
    """amplitude (batch, hops + 1), distribution (batch, hops + 1, harmonics; sum 1), f0 (batch,
    hops + 1), the first of each being the frame before hop 0 → (batch, hops · 64).

    A ramp between two frames is a weighted sum of two matrix products with the same sines, which
    need no gradient: the partials are never ramped one by one."""
    batch, frames, harmonics = distribution.shape
    hops = frames - 1
    heard = _partials_below_nyquist(f0_hz, harmonics)
    weights = amplitude[..., None] * distribution[..., :heard] * partial_signs(heard, distribution)
    with torch.no_grad():
        turns = cycles_of(f0_hz, start_cycles).frac().to(weights.dtype) * (2.0 * math.pi)
        number = torch.arange(1, heard + 1, dtype=turns.dtype, device=turns.device)
        sines = (turns.view(batch * hops, 1, HOP_SAMPLES) * number[:, None]).sin_()
    ends = torch.stack([weights[:, :-1], weights[:, 1:]], dim=2).view(batch * hops, 2, heard)
    before, after = torch.bmm(ends, sines).unbind(1)
    fraction = torch.arange(1, HOP_SAMPLES + 1, dtype=weights.dtype,
                            device=weights.device) / HOP_SAMPLES
    return torch.lerp(before, after, fraction.expand_as(before)).view(batch, -1)


def _partials_below_nyquist(f0_hz, harmonics):
    """How many partials any frame sounds; the others' weights are 1e-4 of nothing. A GPU computes all of
    them sooner than the host could ask for the lowest pitch."""
    if f0_hz.is_cuda:
        return harmonics
    lowest_hz = max(float(f0_hz.min()), 1.0)
    return max(1, min(harmonics, math.ceil(0.5 * SAMPLE_RATE_HZ / lowest_hz)))
