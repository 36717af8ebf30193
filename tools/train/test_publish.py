"""Publishing keeps the sound, tells the history and names no path; the index lists what is there."""

import json
import tempfile
import types
import unittest
from pathlib import Path

import numpy as np

from tools.train.audio import write_wav
from tools.train.cards import default_before, index, models_under, rows_before, speed_before
from tools.train.dataset import Stream
from tools.train.export import load_model
from tools.train.labels import Frames
from tools.train.loudness_range import describe, loudness_range_db
from tools.train.narrow import widened
from tools.train.publish import publish
from tools.train.recipe import Recipe
from tools.train.trainer import Trainer
from tools.train.weights_file import read_safetensors


class Publishing(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def trained(self, name, **changes):
        t = np.arange(3 * 16000) / 16000
        audio = (0.1 * np.sin(2 * np.pi * 220 * t)).astype(np.float32)
        frames = Frames(*(np.full(750, v, np.float32) for v in (220.0, 1.0, -23.0)))
        recipe = Recipe(instrument="flute", variant="reduced", steps=2, batch=1, seconds=0.2, **changes)
        trainer = Trainer(recipe, [Stream(audio, frames)], 64, self.folder / name, log=lambda t: None)
        trainer.run()
        return self.folder / name

    def test_narrow_weights_and_names(self):
        first = self.trained("first", synth="fm")
        second = self.trained("second", synth="fm", init_from=str(first / "model.safetensors"),
                              teacher=str(first / "model.safetensors"), distil="audio")
        args = types.SimpleNamespace(models=self.folder / "models", weights="i8", suffix="2pi",
                                     data=None)
        publish(second, args)
        path = self.folder / "models" / "flute" / "ddx7-reduced-ad-2pi.safetensors"
        tensors, _ = read_safetensors(path)
        exact, _ = read_safetensors(second / "model.safetensors")
        self.assertEqual(tensors["decoder.block.1.conv1.weight"].dtype, np.int8)
        for name, array in widened(tensors).items():
            step = np.abs(exact[name]).max() / 127.0
            self.assertLessEqual(np.abs(array - exact[name]).max(), 0.51 * step, name)
        back, _ = load_model(path)
        self.assertEqual(back.tcn.hidden, 64)

    def test_history_weights_and_index(self):
        first = self.trained("first", synth="fm_noise")
        second = self.trained("second", synth="fm", init_from=str(first / "model.safetensors"))
        args = types.SimpleNamespace(models=self.folder / "models", weights="f32", suffix="",
                                     data=None)
        for run in (first, second):
            publish(run, args)

        path = self.folder / "models" / "flute" / "ddx7-reduced.safetensors"
        tensors, metadata = read_safetensors(path)
        training = json.loads(metadata["sideband"])["training"]
        self.assertEqual(training["steps_total"], 4)
        self.assertEqual([s["synth"] for s in training["stages"]], ["fm_noise", "fm"])
        self.assertIn("Philharmonia Orchestra sound samples, CC BY-SA 3.0",
                      " ".join(training["sources"]))
        self.assertNotIn(str(self.folder), metadata["sideband"])
        for name, array in read_safetensors(second / "model.safetensors")[0].items():
            self.assertTrue(np.array_equal(array, tensors[name]), name)

        rows = index(models_under(self.folder / "models"), {"flute": "ddx7n-reduced"},
                     self.folder / "models")
        self.assertEqual({row["file"] for row in rows},
                         {"flute/ddx7-reduced.safetensors", "flute/ddx7n-reduced.safetensors"})
        self.assertEqual([row["default"] for row in rows], [True, False])
        self.assertEqual([row["bytes"] for row in rows if row["synth"] == "fm"],
                         [path.stat().st_size])

    def test_rows_of_other_instruments_stay(self):
        readme, listed = self.folder / "README.md", self.folder / "index.json"
        readme.write_text("| **`flute/hpn`** | 9 | F32 | 1 k | 1 k | 146 | x |\n| `flute/ddx7` | 9 | F16 | 2 k | 2 k | 90 | y |\n"
                          "| `violin/hpn` | 9 | F32 | 1 k | 1 k | 21 | z |\n| flute, long | 1 |\n")
        self.assertEqual([row[-3] for row in rows_before(readme, "`flute/")], ["x", "y"])
        self.assertEqual(rows_before(readme, "flute, long |"), ["| flute, long | 1 |"])
        self.assertEqual(speed_before(readme, "flute/hpn"), 146.0)
        self.assertEqual(speed_before(readme, "violin/hpn"), 21.0)
        self.assertIsNone(speed_before(readme, "violin/new"))
        listed.write_text(json.dumps([{"instrument": "flute", "file": "flute/ddx7.safetensors", "default": False},
                                      {"instrument": "flute", "file": "flute/hpn.safetensors", "default": True}]))
        self.assertEqual(default_before(listed, "flute"), "hpn")
        self.assertIsNone(default_before(listed, "violin"))

    def test_the_loudness_range_is_added_and_the_weights_stay(self):
        run = self.trained("run", synth="fm")
        args = types.SimpleNamespace(models=self.folder / "models", weights="f16", suffix="", data=None)
        publish(run, args)
        path = self.folder / "models" / "flute" / "ddx7-reduced.safetensors"
        before, described = read_safetensors(path)

        class Labels:  # loudness in frame order, the first tenth unvoiced
            def __call__(self, audio):
                loudness_db = np.linspace(-70, -20, 1000, dtype=np.float32)
                confidence = (np.arange(1000) >= 100).astype(np.float32)
                return Frames(np.full(1000, 440, np.float32), confidence, loudness_db)

        data = self.folder / "data"
        write_wav(data_file(data), np.zeros(16000, np.float32))
        range_db = loudness_range_db("flute", data, Labels())
        self.assertEqual(range_db, [-62.7, -22.2])
        self.assertIsNone(loudness_range_db("violin", data, Labels()))
        self.assertTrue(describe(path, range_db))
        self.assertFalse(describe(path, range_db))
        after, metadata = read_safetensors(path)
        description = json.loads(metadata["sideband"])
        self.assertEqual(description.pop("loudness_range_db"), range_db)
        self.assertEqual(description, json.loads(described["sideband"]))
        for name, array in before.items():
            np.testing.assert_array_equal(after[name], array)
        load_model(path)


def data_file(data):
    folder = data / "train" / "flute"
    folder.mkdir(parents=True)
    return folder / "note.wav"


if __name__ == "__main__":
    unittest.main()
