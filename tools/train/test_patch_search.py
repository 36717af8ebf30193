"""The search for patches against fm.py's sound; what a fit tells apart; what may be drawn."""

import unittest

import numpy as np
import torch

from .configurations import CONFIGURATIONS, I_MAX_DDX7, FmConfiguration
from .fm import fm_synth
from .patch_search import OPERATORS, Partials, changed_patch, random_patch, spectrum_db, steady_partials
from .dataset import Stream
from .labels import Frames
from .timing import HOP_SAMPLES


class PatchSearchTest(unittest.TestCase):
    def test_a_static_spectrum_is_that_of_the_synth(self):
        patch, hops, f0_hz = CONFIGURATIONS["two_stacks"], 250, 250.0
        levels = torch.tensor([[1.5, 0.7, 0.4, 0.9, 1.1, 0.3]])
        sound = fm_synth(levels[:, :, None].expand(1, OPERATORS, hops + 1), torch.full((1, hops + 1), f0_hz), patch, I_MAX_DDX7)
        frames = Frames(f0_hz=np.full(hops, f0_hz), loudness_db=np.zeros(hops), confidence=np.ones(hops))
        partials = steady_partials([Stream(sound[0].numpy(), frames)], 0, 4, np.random.default_rng(0))
        measured = Partials(partials)
        count = int((partials[0] > 0).sum())
        computed = spectrum_db(patch, levels)[0, :count]
        audible = computed > -60.0
        self.assertGreater(int(audible.sum()), 8)
        self.assertLess(float((measured.db[0, :count] - computed)[audible].abs().max()), 0.05)

    def test_a_patch_fits_what_it_sounds_like_better_than_one_that_lacks_the_even_partials(self):
        torch.manual_seed(0)
        stack = ((6, 5), (5, 4), (4, 3), (3, 2), (2, 1))
        all_partials, odd_partials = FmConfiguration((1,) * 6, stack, (1,)), FmConfiguration((1, *(2,) * 5), stack, (1,))
        target = Partials(np.power(10.0, spectrum_db(all_partials, 2.0 * torch.rand(12, OPERATORS)).numpy() / 20.0))
        self.assertLess(target.fit(all_partials, I_MAX_DDX7).score + 5.0, target.fit(odd_partials, I_MAX_DDX7).score)

    def test_every_operator_of_a_drawn_patch_is_heard(self):
        random = np.random.default_rng(1)
        patch = random_patch(random)
        for _ in range(300):
            reached = set(patch.carriers)
            for source, target in sorted(patch.routing):
                self.assertGreater(source, target)
                if target in reached:
                    reached.add(source)
            self.assertEqual(reached, set(range(1, OPERATORS + 1)), patch)
            patch = changed_patch(patch, random) if random.random() < 0.9 else random_patch(random)


if __name__ == "__main__":
    unittest.main()
