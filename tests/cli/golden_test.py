"""tools/golden sees what it is there to see, and keeps nothing without a reason."""
import importlib.machinery
import importlib.util
import subprocess
import types
import unittest

import numpy as np

from tests.cli.support import ROOT

loader = importlib.machinery.SourceFileLoader("golden", str(ROOT / "tools/golden"))
golden = importlib.util.module_from_spec(importlib.util.spec_from_loader("golden", loader))
loader.exec_module(golden)


def rendering(seed=1):
    random = np.random.default_rng(seed)
    features = np.stack([np.full(250, 440.0), np.full(250, 0.9), np.full(250, -20.0)], axis=1)
    return types.SimpleNamespace(features=features, controls=random.uniform(0, 1, (32, 6)),
                                 sound=0.1 * random.standard_normal(16000))


class Golden(unittest.TestCase):
    def change(self, **changed):
        now = rendering()
        for name, change in changed.items():
            change(getattr(now, name))
        return golden.changes(now, rendering())[1]

    def test_a_change_of_each_kind_is_seen(self):
        def add(amount, column=slice(None)):
            def change(array):
                array[:, column] += amount
            return change
        self.assertTrue(self.change())
        self.assertFalse(self.change(features=add(440 * (2 ** (2 / 1200) - 1), 0)), "two cents")
        self.assertFalse(self.change(features=add(0.02, 1)))
        self.assertFalse(self.change(features=add(0.1, 2)))
        self.assertFalse(self.change(controls=add(0.001)))
        noise = 0.1 * 10 ** (-55 / 20) * np.random.default_rng(2).standard_normal(16000)

        def disturb(sound):
            sound += noise
        self.assertFalse(self.change(sound=disturb), "-55 dB")

    def test_nothing_is_kept_without_a_reason(self):
        done = subprocess.run([ROOT / "tools/golden", "record"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("--because", done.stderr)

    def test_a_model_that_is_not_there(self):
        done = subprocess.run([ROOT / "tools/golden", "check", "kazoo/ddx7-full"], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("there is no model kazoo/ddx7-full", done.stderr)


if __name__ == "__main__":
    unittest.main()
