"""The mean of a run's last weights: which steps it takes, that training does not notice, that it resumes."""

import json
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch

from tools.train.averaging import WeightAverage
from tools.train.corpus import write_corpus
from tools.train.dataset import Stream
from tools.train.export import tensors_of
from tools.train.fleet import train_fleet
from tools.train.labels import Frames
from tools.train.recipe import Recipe
from tools.train.test_fleet import made_corpus
from tools.train.trainer import Trainer
from tools.train.weights_file import read_safetensors


def tone():
    t = np.arange(4 * 16000) / 16000
    frames = Frames(*(np.full(1000, v, np.float32) for v in (220.0, 1.0, -23.0)))
    return Stream((0.1 * np.sin(2 * np.pi * 220 * t)).astype(np.float32), frames)


def decoder_of(tensors):
    return {name: np.array(array) for name, array in tensors.items() if name.startswith("decoder")}


class Averaging(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def trainer(self, name, **changes):
        recipe = Recipe(**{"instrument": "flute", "synth": "fm", "variant": "reduced", "steps": 6, "batch": 2,
                           "seconds": 0.2, "warmup_steps": 1, "learning_rate": 5e-3, "average_share": 0.5, **changes})
        return Trainer(recipe, [tone()], 64, self.folder / name, log=lambda text: None)

    def test_the_mean_is_that_of_the_steps_it_is_said_to_be(self):
        layer = torch.nn.Linear(2, 1)
        average = WeightAverage(layer, 0.3)
        seen = []
        for step in range(1, 11):
            with torch.no_grad():
                layer.weight.fill_(float(step**2))
            average.update(step / 10)
            with average.in_place():
                seen.append(float(layer.weight[0, 0]))
            self.assertEqual(float(layer.weight[0, 0]), step**2)
        self.assertEqual(seen[:7], [float(step**2) for step in range(1, 8)])
        np.testing.assert_allclose(seen[7:], [64.0, (64 + 81) / 2, (64 + 81 + 100) / 3], rtol=1e-6)

    def test_the_exported_model_is_the_mean_and_the_steps_are_as_without(self):
        averaged, plain = self.trainer("averaged"), self.trainer("plain", average_share=0.0)
        steps = []
        for _ in range(6):
            averaged.train_step()
            plain.train_step()
            steps.append(decoder_of(tensors_of(plain.model)))
        averaged.save()
        plain.save()
        mean, _ = read_safetensors(self.folder / "averaged" / "model.safetensors")
        last, _ = read_safetensors(self.folder / "plain" / "model.safetensors")
        for name, array in decoder_of(tensors_of(averaged.model)).items():
            np.testing.assert_array_equal(array, steps[-1][name])
            np.testing.assert_array_equal(last[name], steps[-1][name])
            np.testing.assert_allclose(mean[name], np.mean([s[name] for s in steps[3:]], axis=0), atol=1e-6)
        name = "decoder.block.0.conv1.weight"
        self.assertGreater(np.abs(mean[name] - last[name]).max(), 1e-4)

    def test_a_stopped_run_ends_as_one_that_was_not(self):
        whole = self.trainer("whole")
        whole.run()
        stopped = self.trainer("stopped")
        for _ in range(5):
            stopped.train_step()
        stopped.save()
        goes_on = self.trainer("stopped")
        self.assertTrue(goes_on.resume())
        self.assertEqual(goes_on.average.number, 2)
        goes_on.run()
        ends = [read_safetensors(self.folder / name / "model.safetensors")[0] for name in ("whole", "stopped")]
        for name, array in ends[0].items():
            np.testing.assert_allclose(array, ends[1][name], atol=1e-6)

    def test_runs_side_by_side_average_too(self):
        run = {"instrument": "flute", "variant": "reduced", "synth": "fm", "batch": 2, "seconds": 0.4, "steps": 4,
               "learning_rate": 5e-3, "warmup_steps": 1}
        table = {"data": {}, "models": {}, "runs": {"last": run, "mean": {**run, "average_share": 0.5}}}
        write_corpus(self.folder / "flute.npz", made_corpus())
        (self.folder / "recipes.json").write_text(json.dumps(table))
        args = SimpleNamespace(corpus=[f"flute={self.folder / 'flute.npz'}"], only=["last", "mean"], minutes=None,
                               runs=self.folder / "runs", recipes=self.folder / "recipes.json", device="cpu")
        train_fleet(args)
        last, mean = (read_safetensors(self.folder / "runs" / name / "model.safetensors")[0] for name in ("last", "mean"))
        name = "decoder.block.0.conv1.weight"
        self.assertGreater(np.abs(mean[name] - last[name]).max(), 1e-4)


if __name__ == "__main__":
    unittest.main()
