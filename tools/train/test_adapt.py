"""adapt, from a recording to a file that the engine plays, in a handful of steps."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch

from tools.train.audio import read_mono, write_wav
from tools.train.export import load_model
from tools.train.reverb import FixedReverb, Reverb, revived

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = os.environ.get("SIDEBAND", str(ROOT / "build/native/sideband"))
MODEL = ROOT / "models/violin/ddx7n-reduced.safetensors"


def player(seconds=24.0):
    """A scale with vibrato and swells, a second a note."""
    t = np.arange(int(seconds * 16000)) / 16000
    notes = np.array([0, 2, 4, 5, 7, 9, 11, 12, 14, 12, 9, 5])[t.astype(int) % 12]
    f0_hz = 261.6 * 2 ** ((notes + 0.2 * np.sin(2 * np.pi * 5 * t)) / 12)
    phase = 2 * np.pi * np.cumsum(f0_hz) / 16000
    tone = sum(np.sin(h * phase) / h**1.3 for h in range(1, 9))
    return (0.08 * tone * (0.6 + 0.4 * np.sin(2 * np.pi * 0.7 * t)) * (t % 1.0 < 0.92)).astype(np.float32)


class Reviving(unittest.TestCase):
    def test_a_reverb_learns_on_where_its_file_stopped(self):
        for wet, decay in ((-6.0, 5.0), (-8.0, 2.3), (-3.0, 0.5)):
            reverb = Reverb(wet, decay, seed=2)
            back = revived(reverb.impulse().detach())
            self.assertIsInstance(back, Reverb)
            self.assertAlmostEqual(float(back.wet), wet, places=2)
            self.assertAlmostEqual(float(back.decay), decay, places=2)
        self.assertIsInstance(revived(torch.randn(16000)), FixedReverb)


@unittest.skipUnless(Path(PROGRAM).exists(), "the command line is not built")
class Adapting(unittest.TestCase):
    def run_adapt(self, *words):
        return subprocess.run([str(ROOT / "tools/train/adapt"), *map(str, words), "--analyzer", PROGRAM,
                               "--threads", "1"], capture_output=True, text=True, check=False,
                              env={**os.environ, "SIDEBAND_CACHE": str(self.folder)})

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_a_new_model_with_card_and_picture(self):
        write_wav(self.folder / "me.wav", player())
        new = self.folder / "mine.safetensors"
        done = self.run_adapt(self.folder / "me.wav", "--from", MODEL, "-o", new, "--steps", 6, "--name", "fiddle")
        self.assertEqual(done.returncode, 0, done.stderr)
        model, description = load_model(new)
        self.assertEqual(description["instrument"], "fiddle")
        self.assertIn("6 steps on the player's own", description["training"]["summary"])
        self.assertNotIn(str(self.folder), str(description))
        before, _ = load_model(MODEL)
        moved = max(float((a - b).abs().max()) for a, b in
                    zip(model.decoder.state_dict().values(), before.decoder.state_dict().values()))
        self.assertGreater(moved, 1e-5)
        self.assertIn("| after |", new.with_suffix(".md").read_text())
        self.assertGreater(new.with_suffix(".png").stat().st_size, 5000)
        played = subprocess.run([PROGRAM, "render", str(new), str(self.folder / "me.wav"), "-o",
                                 str(self.folder / "out.wav")], check=False)
        self.assertEqual(played.returncode, 0)
        self.assertGreater(np.abs(read_mono(self.folder / "out.wav")).max(), 0.01)

    def test_a_recording_that_is_not_enough_is_told_so(self):
        write_wav(self.folder / "me.wav", player(5.0))
        done = self.run_adapt(self.folder / "me.wav", "--from", MODEL, "-o", self.folder / "x.safetensors")
        self.assertEqual(done.returncode, 1)
        self.assertIn("at least 15 s are needed", done.stdout)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1)
        self.assertFalse((self.folder / "x.safetensors").exists())


if __name__ == "__main__":
    unittest.main()
