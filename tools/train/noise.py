"""Filtered noise: 65 band magnitudes per frame shape the noise of that frame's hop.

Per hop: zero-phase impulse response (irfft to 128 taps), rotated so that its centre is tap 64 (a
delay of 64 samples makes it causal), Hann window of 128, convolved with the hop's 64 samples of
uniform noise in [-1, 1]; the hops' results (191 samples) are added where they overlap.
"""

import math

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


def filtered_noise(bands, noise):
    """bands (batch, hops, 65), noise (batch, hops, 64) → (batch, hops · 64); the tail is dropped."""
    batch, hops, _ = bands.shape
    impulse = torch.fft.irfft(bands + 0j, TAPS)
    impulse = torch.roll(impulse, TAPS // 2, dims=-1)
    impulse = impulse * torch.hann_window(TAPS, dtype=bands.dtype, device=bands.device)
    spectrum = torch.fft.rfft(impulse, FFT) * torch.fft.rfft(noise, FFT)
    shaped = torch.fft.irfft(spectrum, FFT)[..., :3 * HOP_SAMPLES]
    out = shaped.new_zeros(batch, hops + 2, HOP_SAMPLES)
    for part in range(3):
        piece = shaped[..., part * HOP_SAMPLES:(part + 1) * HOP_SAMPLES]
        out = out + torch.nn.functional.pad(piece, (0, 0, part, 2 - part))
    return out[:, :hops].flatten(1)
