"""The recogniser's labels, its examples from the engine, and a run that stops and goes on."""

import argparse
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch

from tests.bench.match.targets import random_voice
from tools.train import recogniser_data
from tools.train.recogniser import Recogniser, export, load, losses
from tools.train.recogniser_scores import found, scores
from tools.train.recogniser_training import Training

PROGRAM = Path(__file__).resolve().parents[2] / "build" / "native" / "sideband"


class Labels(unittest.TestCase):
    def test_ratios_are_told_whole_or_by_the_semitone(self):
        self.assertEqual([recogniser_data.ratio_class(c, f) for c, f in ((0, 0), (1, 0), (15, 0), (2, 50))],
                         [0, 1, 15, 3])
        self.assertEqual(recogniser_data.ratio_class(1, 50), 16 + 19)  # 1.5 is 19 semitones above ½
        self.assertEqual(recogniser_data.ratio_class(31, 99), recogniser_data.RATIOS - 1)

    def test_operators_that_may_change_places_have_one_order(self):
        orders = recogniser_data.SYMMETRIES
        self.assertEqual(len(orders), 32)
        self.assertEqual(len(orders[31]), 120)  # six alone, one of them with feedback
        self.assertEqual(len(orders[0]), 1)
        voice, _ = random_voice(1_000_000)
        voice[134] = 31
        swapped = voice[:126]
        swapped[21:42], swapped[42:63] = voice[42:63], voice[21:42]  # operators 5 and 4
        self.assertEqual(recogniser_data.labels_of(voice), recogniser_data.labels_of(swapped + voice[126:]))

    def test_what_is_found_counts_each_ratio_as_often_as_it_is_there(self):
        ratio = torch.tensor([[1, 1, 2, 3, 4, 5]])
        draws = [torch.tensor([[1, 7, 7, 7, 7, 7]]), torch.tensor([[5, 1, 1, 1, 2, 9]])]
        self.assertAlmostEqual(float(found(draws, ratio)), 4 / 6)


@unittest.skipUnless(PROGRAM.exists(), "build/native/sideband is not built")
class Learning(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.examples = recogniser_data.make(PROGRAM, self.folder, recogniser_data.FIRST_SEED, 64)

    def test_examples_are_what_was_played(self):
        examples = self.examples
        self.assertEqual(tuple(examples.bands.shape), (64, recogniser_data.FRAMES, recogniser_data.BANDS))
        self.assertEqual(int(examples.bands.max()), 240)
        self.assertLessEqual(int(examples.combs.max()), 240)
        # After the key the bands fall: by its label, not before.
        heard = [i for i in range(64) if 20 < examples.up[i] < recogniser_data.FRAMES - 20]
        fall = np.mean([float(examples.bands[i, examples.up[i] + 8].float().mean() -
                              examples.bands[i, examples.up[i] - 8].float().mean()) for i in heard])
        self.assertLess(fall, -10)
        again = recogniser_data.make(PROGRAM, self.folder, recogniser_data.FIRST_SEED, 64)
        self.assertTrue(torch.equal(again.combs, examples.combs))

    def test_a_run_learns_and_goes_on_where_it_stopped(self):
        args = argparse.Namespace(run=self.folder, rate=2e-2, minutes=60.0, batch=32)
        training = Training(args)
        with torch.no_grad():
            before = float(sum(losses(training.model, self.examples).values()))
        for _ in range(40):
            training.learn([self.examples])
        with torch.no_grad():
            after = float(sum(losses(training.model, self.examples).values()))
        self.assertLess(after, 0.9 * before)
        training.save()
        again = Training(args)
        self.assertEqual(again.step, 40)
        self.assertTrue(torch.equal(again.model.head.weight, training.model.head.weight))

    def test_a_file_holds_the_network(self):
        model = Recogniser()
        path = self.folder / "recogniser.safetensors"
        export(path, model, {})
        self.assertLess(path.stat().st_size, 500_000)
        again = load(path)
        with torch.no_grad():
            apart = (model.up(self.examples.bands[:4]) - again.up(self.examples.bands[:4])).abs().max()
        self.assertLess(float(apart), 1e-3)
        self.assertGreater(scores(again, self.examples)["ratio_most_common"], 0)


if __name__ == "__main__":
    unittest.main()
