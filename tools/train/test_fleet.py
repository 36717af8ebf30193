"""Training away from the recordings: the packed corpus, crops drawn on a device, runs side by side."""

import json
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch

from tools.train.corpus import Corpus, read_corpus, write_corpus
from tools.train.dataset import Augmentation, Crops, Stream
from tools.train.device_crops import DeviceCorpus, DeviceCrops, DeviceRandom
from tools.train.export import load_model
from tools.train.fleet import train_fleet
from tools.train.labels import Frames
from tools.train.workflow import RECIPES


def made_corpus(hops=(700, 900), latency=112):
    """Streams whose features name their own frame and whose samples name their own number, over all."""
    streams, first = [], 0
    for count in hops:
        frames = np.arange(first, first + count, dtype=np.float32)
        audio = np.arange(first * 64, (first + count) * 64) % 20011 / 32768.0
        streams.append(Stream(audio.astype(np.float32), Frames(100 + frames, np.ones(count, np.float32), -frames / 100)))
        first += count
    return Corpus(streams, latency)


class Packed(unittest.TestCase):
    def test_comes_back_as_it_was(self):
        corpus = made_corpus()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "corpus.npz"
            write_corpus(path, corpus)
            back = read_corpus(path)
        self.assertEqual(back.latency_samples, corpus.latency_samples)
        for one, other in zip(corpus.streams, back.streams, strict=True):
            np.testing.assert_array_equal(one.audio, other.audio)
            for name in ("f0_hz", "confidence", "loudness_db"):
                np.testing.assert_array_equal(getattr(one.frames, name), getattr(other.frames, name))


class OnTheDevice(unittest.TestCase):
    def test_crops_are_those_of_the_host(self):
        corpus = made_corpus()
        random = DeviceRandom("cpu", 5)
        on_device = DeviceCrops(DeviceCorpus(corpus, "cpu"), 28, 0.5, random)
        on_host = Crops(corpus.streams, corpus.latency_samples, 28, 0.5)
        batch = on_device.batch(16)
        first = np.array([0, len(corpus.streams[0].frames)])
        for row in range(16):
            frame = int(batch.f0_hz[row, 0]) - 100 + 1 + 28  # the crop's first hop, over all streams
            stream = int(frame >= first[1])
            f0_hz, loudness_db, target = on_host.crop(corpus.streams[stream], frame - first[stream])
            np.testing.assert_array_equal(batch.f0_hz[row], f0_hz)
            np.testing.assert_array_equal(batch.loudness_db[row], loudness_db)
            np.testing.assert_array_equal(batch.target[row], target)

    def test_draws_differ_from_step_to_step_and_repeat_with_the_seed(self):
        corpus = DeviceCorpus(made_corpus(), "cpu")
        crops = [DeviceCrops(corpus, 28, 0.5, DeviceRandom("cpu", seed)) for seed in (1, 1, 2)]
        one, same, other = (c.batch(8).f0_hz for c in crops)
        self.assertTrue(torch.equal(one, same))
        self.assertFalse(torch.equal(one, other))
        self.assertFalse(torch.equal(one, crops[0].batch(8).f0_hz))

    def test_augmentation_takes_either_kind_of_draw(self):
        batch = DeviceCrops(DeviceCorpus(made_corpus(), "cpu"), 28, 0.5, DeviceRandom("cpu", 5)).batch(64)
        for random in (np.random.default_rng(1), DeviceRandom("cpu", 1)):
            louder, seen = Augmentation(gain_db=9.0)(batch, random)
            gain_db = (louder.loudness_db - batch.loudness_db).mean(dim=1)
            self.assertLess(float(gain_db.abs().max()), 9.2)
            self.assertGreater(float(gain_db.std()), 4.0)
            cents = 1200 * torch.log2(seen / batch.f0_hz)
            self.assertAlmostEqual(float(cents.std()), 3.0, delta=0.2)


class SideBySide(unittest.TestCase):
    def test_a_run_waits_for_what_it_starts_from(self):
        small = {"instrument": "flute", "variant": "reduced", "batch": 2, "seconds": 0.4}
        table = {"data": {}, "models": {}, "runs": {
            "noise": {**small, "steps": 3},
            "harmonics": {**small, "synth": "harmonic_noise", "steps": 2},
            "plain": {**small, "synth": "fm", "steps": 2, "reverb_rate": 0.0, "init_from": "noise"},
            "follower": {**small, "synth": "fm", "steps": 2, "reverb_rate": 0.0, "teacher": "plain"}}}
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            write_corpus(folder / "flute.npz", made_corpus())
            (folder / "recipes.json").write_text(json.dumps(table))
            args = SimpleNamespace(corpus=[f"flute={folder / 'flute.npz'}"], only=["follower", "harmonics"],
                                   runs=folder / "runs", recipes=folder / "recipes.json", minutes=None, device="cpu")
            self.assertEqual(train_fleet(args), 0)
            impulses = {}
            for run, steps in (("noise", 3), ("plain", 2), ("follower", 2), ("harmonics", 2)):
                model, metadata = load_model(folder / "runs" / run / "model.safetensors")
                impulses[run] = model.reverb.impulse()
                self.assertEqual(metadata["training"]["steps_done"], steps)
                self.assertEqual(json.loads((folder / "runs" / run / "recipe.json").read_text())["steps"], steps)
            # A reverb that does not learn is the one it started from.
            self.assertTrue(torch.equal(impulses["noise"], impulses["plain"]))

    def test_the_shipped_recipes_name_known_runs(self):
        table = json.loads(RECIPES.read_text())
        for name, run in table["runs"].items():
            for key in ("init_from", "teacher"):
                self.assertIn(run.get(key, name), table["runs"])


if __name__ == "__main__":
    unittest.main()
