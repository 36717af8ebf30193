"""The learnable reverb: one second of decaying noise behind the direct sound."""

import torch

from .timing import SAMPLE_RATE_HZ


class Reverb(torch.nn.Module):
    """impulse = noise · exp(-softplus(-decay) · 500 · t) · sigmoid(wet), sample 0 forced to 1.

    The published start (wet 0) is 23 dB louder than the direct sound and hardly moves from there:
    start at -6 and give both numbers 5 × the learning rate."""

    def __init__(self, wet=-6.0, decay=5.0, seed=0, samples=SAMPLE_RATE_HZ):
        super().__init__()
        noise = torch.rand(samples, generator=torch.Generator().manual_seed(seed)) * 2.0 - 1.0
        self.register_buffer("noise", noise)
        self.register_buffer("time_s", torch.arange(samples) / SAMPLE_RATE_HZ)
        self.wet = torch.nn.Parameter(torch.tensor(float(wet)))
        self.decay = torch.nn.Parameter(torch.tensor(float(decay)))

    def impulse(self):
        rate = torch.nn.functional.softplus(-self.decay) * 500.0
        impulse = self.noise * torch.exp(-rate * self.time_s) * torch.sigmoid(self.wet)
        return torch.cat([torch.ones_like(impulse[:1]), impulse[1:]])

    def forward(self, audio):
        return convolve(audio, self.impulse())


def convolve(audio, impulse):
    """Causal linear convolution along the last axis, cut to the length of `audio`."""
    samples = audio.shape[-1]
    size = 1 << (samples + min(samples, impulse.shape[0]) - 2).bit_length()
    spectrum = torch.fft.rfft(audio, size) * torch.fft.rfft(impulse[:samples], size)
    return torch.fft.irfft(spectrum, size)[..., :samples]
