"""The multi-scale spectral loss, with its gradient written out (three FFTs a scale, no graph).

Σ over FFT sizes 64…2048 (75 % overlap, periodic Hann, magnitude / sqrt(size)) of
mean |S - Ŝ| + mean |log(S + ε) - log(Ŝ + ε)|.
"""

from functools import lru_cache

import torch
import torch.nn.functional as F

SIZES = (2048, 1024, 512, 256, 128, 64)
LOG_EPSILON = 1e-7


def frames_of(audio, size, center):
    if center:
        audio = F.pad(audio[:, None], (size // 2, size // 2), mode="reflect")[:, 0]
    return audio.unfold(-1, size, size // 4)


def magnitudes(audio, size, center=True):
    """(batch, samples) → (batch, frames, size / 2 + 1), as torch.stft(normalized=True) has it."""
    window = torch.hann_window(size, dtype=audio.dtype, device=audio.device)
    return torch.fft.rfft(frames_of(audio, size, center) * window).abs() / size**0.5


def mss(reference, audio, log_epsilon=LOG_EPSILON, center=True):
    """The figure that is reported; plain and differentiable, and the yardstick of MssLoss."""
    total = 0.0
    for size in SIZES:
        s, e = magnitudes(reference, size, center), magnitudes(audio, size, center)
        total = total + (s - e).abs().mean()
        total = total + (torch.log(s + log_epsilon) - torch.log(e + log_epsilon)).abs().mean()
    return total


class _MssWithGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, audio, reference, log_epsilon, linear_weight, overlap):
        total = audio.new_zeros(())
        gradient = torch.zeros_like(audio)
        for size in SIZES:
            value, piece = _one_scale(audio, reference, size, log_epsilon, linear_weight,
                                      overlap)
            total += value
            gradient[:, :piece.shape[1]] += piece
        ctx.save_for_backward(gradient)
        return total

    @staticmethod
    def backward(ctx, upstream):
        (gradient,) = ctx.saved_tensors
        return upstream * gradient, None, None, None, None


@lru_cache(maxsize=2 * len(SIZES))
def _window(size, dtype, device):
    return torch.hann_window(size, dtype=dtype, device=device) * size**-0.5


def _one_scale(audio, reference, size, log_epsilon, linear_weight, overlap):
    hop = size // overlap
    window = _window(size, audio.dtype, audio.device)
    spectrum = torch.fft.rfft(audio.unfold(-1, size, hop) * window)
    s = torch.fft.rfft(reference.unfold(-1, size, hop) * window).abs()
    e = spectrum.abs()
    linear = e - s
    safe = e + log_epsilon
    log = torch.log(s.add_(log_epsilon).reciprocal_().mul_(safe))
    value = (linear_weight * linear.abs().sum() + log.abs().sum()) / e.numel()

    # dL/dE, then dL/d(spectrum) = dL/dE · spectrum / E; irfft with halved inner bins is the
    # transpose of rfft.
    slope = log.sign_().div_(safe).add_(linear.sign_(), alpha=linear_weight)
    slope.div_(e.clamp_(min=1e-12)).div_(e.numel())
    slope[..., 1:-1] *= 0.5
    frames = torch.fft.irfft(spectrum.mul_(slope), size, norm="forward").mul_(window)
    batch, number, _ = frames.shape
    parts = frames.view(batch, number, overlap, hop)
    gradient = frames.new_zeros(batch, number + overlap - 1, hop)
    for part in range(overlap):
        gradient[:, part:part + number] += parts[:, :, part]
    return value, gradient.view(batch, -1)


def mss_loss(audio, reference, log_epsilon=LOG_EPSILON, linear_weight=1.0, overlap=4):
    """Training loss on crops: frames that lie wholly inside (no reflected edges). `overlap` 2 (50 %)
    costs half as much as the published 75 % and teaches the same."""
    return _MssWithGradient.apply(audio, reference, log_epsilon, linear_weight, overlap)
