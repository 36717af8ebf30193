"""The losses against straightforward references."""

import unittest

import numpy as np
import torch

from tools.train import metrics, mss
from tools.train.labels import Frames


def plain_mss(x, y):
    """As the DDX7 paper writes it, with torch.stft."""
    total = 0.0
    for size in (2048, 1024, 512, 256, 128, 64):
        s, e = (torch.stft(a, size, size // 4, size, torch.hann_window(size, dtype=a.dtype), True,
                           normalized=True, return_complex=True).abs() for a in (x, y))
        total += (s - e).abs().mean() + (torch.log(s + 1e-7) - torch.log(e + 1e-7)).abs().mean()
    return float(total)


class Mss(unittest.TestCase):
    def test_equals_the_plain_definition(self):
        x, y = torch.randn(1, 8000, dtype=torch.float64), torch.randn(1, 8000, dtype=torch.float64)
        self.assertAlmostEqual(float(mss.mss(x, y)), plain_mss(x, y), places=9)

    def test_two_white_noises_score_about_4_point_24(self):
        torch.manual_seed(0)
        x, y = torch.randn(2, 1, 64000) * 0.01  # the linear term is then 0.4 % of it
        self.assertAlmostEqual(metrics.mss(x[0], y[0]), 4.24, delta=0.08)
        self.assertAlmostEqual(metrics.mel_lsd(x[0], y[0]), 3.2, delta=0.4)

    def test_hand_written_gradient_equals_autograd(self):
        torch.manual_seed(1)
        x = torch.randn(2, 6000, dtype=torch.float64)
        for epsilon in (1e-7, 1e-3):
            start = torch.randn(2, 6000, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
            hand, auto = start.clone().requires_grad_(), start.clone().requires_grad_()
            a = mss.mss_loss(hand, x, epsilon)
            b = mss.mss(x, auto, epsilon, center=False)
            self.assertAlmostEqual(float(a), float(b), places=9)
            a.backward()
            b.backward()
            self.assertLess((hand.grad - auto.grad).abs().max(), 1e-9 * auto.grad.abs().max() + 1e-12)

    def test_gradient_is_finite_on_silence(self):
        y = torch.zeros(1, 4096, requires_grad=True)
        mss.mss_loss(y, torch.randn(1, 4096)).backward()
        self.assertTrue(torch.isfinite(y.grad).all())


class NearHarmonic(unittest.TestCase):
    def setUp(self):
        t = np.arange(16000) / 16000.0
        self.note = sum(np.sin(2 * np.pi * 440 * h * t) / h for h in range(1, 6)) * 0.1
        hops = 250
        self.frames = Frames(np.full(hops, 440.0), np.ones(hops), np.full(hops, -20.0))

    def test_a_level_change_is_read_in_nepers(self):
        quiet = self.note * np.exp(-0.5) + 0.0
        noise = np.random.default_rng(0).standard_normal(16000) * 1e-3
        got = metrics.near_harmonic_error(self.note + noise, quiet + noise * np.exp(-0.5),
                                          self.frames, 0)
        self.assertAlmostEqual(got, 0.5, delta=0.02)

    def test_unsteady_frames_do_not_count(self):
        self.frames.f0_hz[::2] = 500.0
        self.assertTrue(np.isnan(metrics.near_harmonic_error(self.note, self.note, self.frames, 0)))


if __name__ == "__main__":
    unittest.main()
