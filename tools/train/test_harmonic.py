"""The harmonic + noise parts: the bank against a float64 loop, the decoder's shape and causality."""

import math
import unittest

import numpy as np
import torch

from tools.train.gru import GruDecoder
from tools.train.harmonic import harmonic_synth, masked_distribution


class HarmonicBank(unittest.TestCase):
    def test_equals_the_float64_loop(self):
        random = np.random.default_rng(3)
        hops, harmonics = 5, 20
        amplitude, f0_hz = random.uniform(0, 1, hops + 1), random.uniform(200, 400, hops + 1)
        weights = random.uniform(0, 1, (hops + 1, harmonics))
        weights /= weights.sum(1, keepdims=True)
        expected, phase = [], 0.0
        for n in range(hops * 64):
            k, t = n // 64, (n % 64 + 1) / 64
            phase += (f0_hz[k] * (1 - t) + f0_hz[k + 1] * t) / 16000
            each = (weights[k] * amplitude[k]) * (1 - t) + (weights[k + 1] * amplitude[k + 1]) * t
            upside_down = (11, 12, 13, 15, 19)  # counted from 0
            expected.append(sum((-a if h in upside_down else a) * math.sin(2 * math.pi * phase * (h + 1))
                                for h, a in enumerate(each)))
        got = harmonic_synth(*(torch.tensor(x)[None] for x in (amplitude, weights, f0_hz)))
        self.assertLess(np.abs(got[0].numpy() - expected).max(), 1e-9)

    def test_partials_above_nyquist_are_all_but_silent(self):
        got = masked_distribution(torch.ones(1, 1, 10, dtype=torch.float64),
                                  torch.tensor([[1000.0]]))[0, 0]
        self.assertAlmostEqual(float(got.sum()), 1.0, places=12)
        self.assertLess(float(got[8] / got[0]), 1.1e-4)
        self.assertAlmostEqual(float(got[6] / got[0]), 1.0, places=12)

    def test_gradients_match_finite_differences(self):
        amplitude = torch.rand(1, 3, dtype=torch.float64, requires_grad=True)
        weights = torch.rand(1, 3, 4, dtype=torch.float64, requires_grad=True)
        f0_hz = torch.tensor([[300.0, 310.0, 320.0]])
        self.assertTrue(torch.autograd.gradcheck(
            lambda a, w: harmonic_synth(a, w, f0_hz)[:, ::16], (amplitude, weights)))


class Decoder(unittest.TestCase):
    def test_is_causal_and_names_its_tensors_as_the_format_does(self):
        torch.manual_seed(0)
        decoder = GruDecoder(16, {"amplitude": 1, "harmonic_distribution": 100, "noise_bands": 65})
        x = torch.rand(1, 2, 20)
        later = x.clone()
        later[..., 12:] += 1.0
        with torch.no_grad():
            a, b = decoder(x), decoder(later)
        self.assertEqual(a["harmonic_distribution"].shape, (1, 20, 100))
        self.assertLess((a["amplitude"][:, :12] - b["amplitude"][:, :12]).abs().max(), 1e-6)
        self.assertGreater((a["amplitude"][:, 12:] - b["amplitude"][:, 12:]).abs().max(), 1e-6)
        names = decoder.folded()
        self.assertEqual(names["decoder.gru.weight_ih"].shape, (48, 32))
        self.assertEqual(names["decoder.out.0.weight"].shape, (16, 18))
        self.assertEqual(names["decoder.in.pitch.0.weight"].shape, (16, 1))
        self.assertEqual(len(names), 3 * 12 + 4 + 6)


if __name__ == "__main__":
    unittest.main()
