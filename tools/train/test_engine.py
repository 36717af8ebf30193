"""PyTorch's twin and the engine must agree: decode and synth on the same frames, render in time."""

import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch

from tools.train.audio import read_mono
from tools.train.export import export_model
from tools.train.features import with_frame_before
from tools.train.labels import Analyzer
from tools.train.model import build_model
from tools.train.rendering import render_with_engine, render_with_torch

PROGRAM = Path(__file__).resolve().parents[2] / "build" / "native" / "sideband"


def lively_model(synth, variant="reduced"):
    """Random weights, made large enough for the levels to move."""
    torch.manual_seed(11)
    model = build_model("violin", synth, variant)
    with torch.no_grad():
        for block in model.tcn.block:
            block.conv1.weight *= 2.0
            block.conv2.weight *= 2.0
        model.tcn.block[-1].skip.bias[:model.operators] -= 2.5  # quiet: far from the limiter
    return model.eval()


@unittest.skipUnless(PROGRAM.exists(), "build/native/sideband is not built")
class Engine(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        random = np.random.default_rng(5)
        self.f0_hz = (300 * 2 ** np.cumsum(random.normal(0, 0.01, 300))).astype(np.float32)
        self.loudness_db = (-30 + np.cumsum(random.normal(0, 0.5, 300))).astype(np.float32)
        rows = [f"{0.004 * (k + 1):.6f},{f:.9g},1,{level:.9g}"
                for k, (f, level) in enumerate(zip(self.f0_hz, self.loudness_db))]
        text = "\n".join(["time_s,f0_hz,confidence,loudness_db", *rows]) + "\n"
        (self.folder / "frames.csv").write_text(text)

    def run_program(self, *words):
        done = subprocess.run([str(PROGRAM), *map(str, words)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_controls_and_dry_sound_agree(self):
        for synth, variant in (("fm", "full"), ("fm_noise", "reduced")):
            model = lively_model(synth, variant)
            path, frames = self.folder / "m.safetensors", self.folder / "frames.csv"
            controls, wav = self.folder / "controls.csv", self.folder / "out.wav"
            export_model(path, model, "violin", variant, {})
            f0_hz, loudness = (torch.from_numpy(x)[None] for x in (self.f0_hz, self.loudness_db))
            with torch.no_grad():
                levels, bands = model.controls(f0_hz, loudness)
                dry = model.dry_audio(with_frame_before(levels), None, with_frame_before(f0_hz))[0]

            self.run_program("decode", path, frames, "-o", controls)
            table = np.loadtxt(controls, delimiter=",", skiprows=1)
            expected = levels[0].T if bands is None else torch.cat([levels[0].T, bands[0]], dim=1)
            self.assertLess(np.abs(table[:, -expected.shape[1]:] - expected.numpy()).max(), 1e-5)

            self.run_program("synth", path, frames, controls, "-o", wav, "--dry", "--no-noise")
            got = read_mono(wav)[:len(dry)]
            self.assertLess(np.abs(got - dry[:len(got)].numpy()).max(), 1e-4)

    def test_a_rendered_file_lines_up(self):
        t = np.arange(24000) / 16000
        tone = sum(np.sin(2 * np.pi * 330 * h * t) / h**1.5 for h in range(1, 8))
        audio = (0.05 * tone * (0.6 + 0.4 * np.sin(2 * np.pi * 5 * t))).astype(np.float32)
        path = self.folder / "m.safetensors"
        export_model(path, lively_model("fm"), "violin", "reduced", {})
        analyzer = Analyzer(PROGRAM, self.folder)
        engine = render_with_engine(analyzer.program, path, audio)
        twin = render_with_torch(path, audio, analyzer)
        middle = slice(8000, 20000)
        moved = {n: float(np.square(np.roll(engine, n)[middle] - twin[middle]).mean())
                 for n in range(-80, 81)}
        self.assertEqual(min(moved, key=moved.get), 0)
        self.assertLess(moved[0], 1e-3 * float(np.square(twin[middle]).mean()))


if __name__ == "__main__":
    unittest.main()
