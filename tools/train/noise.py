"""Filtered noise: 65 band magnitudes per frame shape the noise of that frame's hop.

Per hop: zero-phase impulse response (irfft to 128 taps), rotated so that its centre is tap 64 (a
delay of 64 samples makes it causal), Hann window of 128, convolved with the hop's 64 samples of
uniform noise in [-1, 1]; the hops' results (191 samples) are added where they overlap.
"""

import math
from functools import lru_cache

import torch

from .timing import HOP_SAMPLES

NOISE_BANDS = 65
TAPS = 2 * (NOISE_BANDS - 1)
FFT = 256  # at least 64 + 128 - 1, so that the convolution is linear


def exp_sigmoid(x):
    return 2.0 * torch.sigmoid(x).pow(math.log(10.0)) + 1e-7


def uniform_noise(batch, hops, generator=None, device="cpu"):
    noise = torch.rand(batch, hops, HOP_SAMPLES, generator=generator, device=device)
    return noise * 2.0 - 1.0


def impulse_responses(bands):
    """(…, 65) magnitudes → (…, 128) taps."""
    impulse = torch.roll(torch.fft.irfft(bands + 0j, TAPS), TAPS // 2, dims=-1)
    return impulse * torch.hann_window(TAPS, dtype=bands.dtype, device=bands.device)


@lru_cache(maxsize=4)
def _response_matrix(dtype, device):
    """Real 65 × 129: bands → spectrum of their impulse response, advanced by its delay of 64 samples
    (the response is symmetric about tap 64, so nothing imaginary is left), and that delay."""
    impulse = impulse_responses(torch.eye(NOISE_BANDS, dtype=torch.float64))
    turn = 2.0 * math.pi * (TAPS // 2) / FFT * torch.arange(FFT // 2 + 1, dtype=torch.float64)
    delay = torch.polar(torch.ones_like(turn), -turn)
    matrix = (torch.fft.rfft(impulse, FFT) * delay.conj()).real
    return matrix.to(device, dtype), delay.to(device, torch.promote_types(dtype, torch.complex32))


def filtered_noise(bands, noise):
    """bands (batch, hops, 65), noise (batch, hops, 64) → (batch, hops · 64); the tail is dropped.

    All that depends on the bands alone is one matrix product, which spares training four FFTs."""
    batch, hops, _ = bands.shape
    matrix, delay = _response_matrix(bands.dtype, bands.device)
    spectrum = (bands @ matrix) * (torch.fft.rfft(noise, FFT) * delay)
    first, second, third = torch.fft.irfft(spectrum, FFT)[..., :3 * HOP_SAMPLES].split(
        HOP_SAMPLES, dim=-1)
    pad = torch.nn.functional.pad
    out = first + pad(second, (0, 0, 1, 0))[:, :hops] + pad(third, (0, 0, 2, 0))[:, :hops]
    return out.flatten(1)
