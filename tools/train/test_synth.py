"""The differentiable synth against plain float64 loops, and its gradients."""

import math
import unittest

import numpy as np
import torch

from tools.train import fm, noise, reverb
from tools.train.configurations import CONFIGURATIONS, FmConfiguration
from tools.train.features import ramp_to_samples, scale_features


def fm_loop(levels, f0_hz, c, i_max):
    """One sample at a time, phases wrapped per operator. levels: (operators, hops + 1)."""
    hops = len(f0_hz) - 1
    phase = [0.0] * c.operators
    out = np.zeros(hops * 64)
    for n in range(hops * 64):
        hop, fraction = n // 64, (n % 64 + 1) / 64
        f0 = f0_hz[hop] + (f0_hz[hop + 1] - f0_hz[hop]) * fraction
        y = [0.0] * (c.operators + 1)
        for op in range(c.operators, 0, -1):
            phase[op - 1] = (phase[op - 1] + f0 * c.ratios[op - 1] / 16000.0) % 1.0
            level = levels[op - 1][hop] + (levels[op - 1][hop + 1] - levels[op - 1][hop]) * fraction
            bent = 2 * math.pi * phase[op - 1] + sum(y[a] for a, b in c.routing if b == op)
            y[op] = level * math.sin(bent)
            if op in c.carriers:
                out[n] += y[op] / i_max
    return out


class FmSynth(unittest.TestCase):
    def test_equals_the_float64_loop_in_every_configuration(self):
        random = np.random.default_rng(1)
        f0_hz = 200.0 * 2 ** random.uniform(0, 1, 9)
        for name, c in CONFIGURATIONS.items():
            levels = random.uniform(0, 2.0, (c.operators, 9))
            got = fm.fm_synth(torch.tensor(levels)[None], torch.tensor(f0_hz)[None], c, 2.0)
            worst = np.abs(got[0].numpy() - fm_loop(levels, f0_hz, c, 2.0)).max()
            self.assertLess(worst, 1e-9, name)

    def test_one_carrier_alone_is_a_sine(self):
        levels = torch.zeros(1, 6, 26)
        levels[:, 0] = 2.0
        audio = fm.fm_synth(levels, torch.full((1, 26), 440.0), CONFIGURATIONS["flute"], 2.0)[0]
        n = np.arange(1, 1601)
        self.assertLess(np.abs(audio.numpy() - np.sin(2 * np.pi * 440 * n / 16000)).max(), 1e-5)

    def test_non_integer_ratio_stays_in_phase_for_minutes(self):
        hops = 250 * 240
        c = FmConfiguration((1.5,), (), (1,))
        audio = fm.fm_synth(torch.ones(1, 1, hops + 1), torch.full((1, hops + 1), 333.3), c, 1.0)
        n = np.arange(hops * 64 - 1000, hops * 64) + 1
        exact = np.sin(2 * np.pi * (n * (float(np.float32(333.3)) * 1.5 / 16000.0) % 1.0))
        self.assertLess(np.abs(audio[0, -1000:].numpy() - exact).max(), 1e-4)

    def test_gradients_match_finite_differences_and_reach_every_level(self):
        for name in ("strings", "flute"):
            c = CONFIGURATIONS[name]
            levels = (torch.rand(1, 6, 4, dtype=torch.float64) + 0.2).requires_grad_()
            f0_hz = torch.tensor([[220.0, 230.0, 240.0, 250.0]])
            weight = torch.randn(192, dtype=torch.float64)
            torch.autograd.gradcheck(
                lambda x, c=c: (fm.fm_synth(x, f0_hz, c, 2.0)[0] * weight).sum(), levels)
            (fm.fm_synth(levels, f0_hz, c, 2.0)[0] * weight).sum().backward()
            self.assertTrue((levels.grad.abs() > 0).all(), name)


class Ramps(unittest.TestCase):
    def test_sample_n_is_at_fraction_n_plus_1_of_64(self):
        ramp = ramp_to_samples(torch.tensor([0.0, 64.0, 0.0]))
        self.assertEqual(ramp[:64].tolist(), [float(n) for n in range(1, 65)])
        self.assertEqual(ramp[64:].tolist(), [64.0 - n for n in range(1, 65)])

    def test_feature_scaling(self):
        got = scale_features(torch.tensor([[440.0, 880.0]]), torch.tensor([[0.0, -120.0]]))
        self.assertTrue(torch.allclose(got, torch.tensor([[[69 / 127, 81 / 127], [1.0, 0.0]]])))


class Noise(unittest.TestCase):
    def test_equals_direct_convolution_per_hop(self):
        random = np.random.default_rng(2)
        bands = random.uniform(0, 1, (5, 65))
        source = random.uniform(-1, 1, (5, 64))
        expected = np.zeros(5 * 64 + 191)
        for k in range(5):
            spectrum = np.concatenate([bands[k], bands[k][-2:0:-1]])
            impulse = np.array([np.mean(spectrum * np.cos(2 * np.pi * np.arange(128) * m / 128))
                                for m in range(-64, 64)])
            impulse *= 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(128) / 128)
            expected[k * 64:k * 64 + 191] += np.convolve(source[k], impulse)
        got = noise.filtered_noise(torch.tensor(bands)[None], torch.tensor(source)[None])[0]
        self.assertLess(np.abs(got.numpy() - expected[:320]).max(), 1e-12)

    def test_flat_bands_only_delay_by_64_samples(self):
        source = noise.uniform_noise(1, 4, torch.Generator().manual_seed(3))
        got = noise.filtered_noise(torch.ones(1, 4, 65), source).flatten()
        self.assertLess((got[64:] - source.flatten()[:-64]).abs().max(), 1e-5)
        self.assertLess(got[:64].abs().max(), 1e-5)


class ReverbTest(unittest.TestCase):
    def test_starts_dry_and_learns_wet_and_decay(self):
        room = reverb.Reverb()
        impulse = room.impulse()
        self.assertEqual(float(impulse[0]), 1.0)
        self.assertLess(float(impulse[1:].square().sum()), 0.02)
        audio = torch.randn(1, 3200)
        room(audio).square().sum().backward()
        self.assertNotEqual(float(room.wet.grad), 0.0)
        self.assertNotEqual(float(room.decay.grad), 0.0)

    def test_convolution_is_linear_not_circular(self):
        audio, impulse = torch.randn(1, 500, dtype=torch.float64), torch.randn(700, dtype=torch.float64)
        expected = np.convolve(audio[0].numpy(), impulse.numpy())[:500]
        self.assertLess(np.abs(reverb.convolve(audio, impulse)[0].numpy() - expected).max(), 1e-9)


if __name__ == "__main__":
    unittest.main()
