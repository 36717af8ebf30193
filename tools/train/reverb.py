"""The learnable reverb: one second of decaying noise behind the direct sound."""

import math

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


class FixedReverb(torch.nn.Module):
    """A reverb read back from a file: only its impulse is known."""

    def __init__(self, impulse):
        super().__init__()
        self.register_buffer("fixed", impulse)

    def impulse(self):
        return self.fixed

    def forward(self, audio):
        return convolve(audio, self.fixed)


SEEDS_TRIED, SAME = 8, 1e-3


def revived(impulse):
    """The learnable Reverb that an exported impulse came from: its noise is one of a few known ones, and
    then the logarithm of their ratio is a line, whose two numbers are wet and decay. A FixedReverb where
    nothing fits."""
    for seed in range(SEEDS_TRIED):
        reverb = Reverb(seed=seed, samples=len(impulse))
        usable = (impulse.abs() > 1e-9) & (reverb.noise.abs() > 1e-2)
        usable[0] = False
        if int(usable.sum()) < 100:
            continue
        ratio = (impulse[usable] / reverb.noise[usable]).double()
        if (ratio <= 0.0).any():
            continue
        time_s = reverb.time_s[usable].double()
        columns = torch.stack([torch.ones_like(time_s), time_s], dim=1)
        start, slope = torch.linalg.lstsq(columns, ratio.log()[:, None]).solution[:, 0].tolist()
        wet, rate = min(max(math.exp(start), 1e-9), 1.0 - 1e-9), max(-slope / 500.0, 1e-6)
        with torch.no_grad():
            reverb.wet.fill_(math.log(wet / (1.0 - wet)))
            reverb.decay.fill_(-math.log(math.expm1(rate)) if rate < 30.0 else -rate)
        if float((reverb.impulse() - impulse)[1:].norm()) < SAME * float(impulse[1:].norm()):
            return reverb
    return FixedReverb(impulse)


def convolve(audio, impulse):
    """Causal linear convolution along the last axis, cut to the length of `audio`."""
    samples = audio.shape[-1]
    size = 1 << (samples + min(samples, impulse.shape[0]) - 2).bit_length()
    spectrum = torch.fft.rfft(audio, size) * torch.fft.rfft(impulse[:samples], size)
    return torch.fft.irfft(spectrum, size)[..., :samples]
