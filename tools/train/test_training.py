"""From labels to an exported file: alignment, streaming, resume, export."""

import json
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch

from tools.train.dataset import Augmentation, Crops, Stream, join_clips
from tools.train.export import export_model, load_model
from tools.train.labels import Frames, parse_frames, parse_latency
from tools.train.model import build_model
from tools.train.tcn import Tcn
from tools.train.objective import start_from
from tools.train.recipe import Recipe
from tools.train.trainer import Trainer
from tools.train.weights_file import read_safetensors, write_safetensors


def made_stream(seconds=6.0, latency=100):
    """A stream whose features name their own frame: frame k has f0 100 + k / 10 Hz."""
    samples = int(seconds * 16000) // 64 * 64
    hops = samples // 64
    audio = np.arange(samples, dtype=np.float32)  # sample n holds n
    frames = Frames((100 + np.arange(hops) / 10).astype(np.float32), np.ones(hops, np.float32),
                    np.full(hops, -30.0, np.float32))
    return Stream(audio, frames)


class Alignment(unittest.TestCase):
    def test_target_is_the_input_delayed_by_the_latency(self):
        latency, context = 100, 28
        crops = Crops([made_stream()], latency, context, seconds=1.0)
        f0_hz, _, target = crops.crop(crops.streams[0], 200)
        self.assertEqual(len(f0_hz), context + 1 + 250)
        self.assertEqual(len(target), 250 * 64)
        # Output hop 200 ramps to frame 200, and its sample n resembles input sample 64·200 + n - L.
        self.assertAlmostEqual(f0_hz[context + 1], 100 + 200 / 10, places=4)
        self.assertEqual(target[0], 64 * 200 - latency)

    def test_crop_is_what_the_stream_renders(self):
        """A crop with its context gives the samples that streaming from frame 0 gives there."""
        torch.manual_seed(3)
        model = build_model("flute", "fm", "reduced").double()
        hops, start = 120, 60
        f0_hz = 300 + 50 * torch.rand(hops, dtype=torch.float64)
        loudness = -30 + 10 * torch.rand(hops, dtype=torch.float64)
        context = model.tcn.context_frames
        with torch.no_grad():
            whole_levels, _ = _double_controls(model, f0_hz[None], loudness[None], True)
            part = slice(start - 1 - context, hops)
            levels, _ = _double_controls(model, f0_hz[None, part], loudness[None, part], False)
        self.assertLess((levels - whole_levels[..., start - 1:]).abs().max(), 1e-12)

    def test_streams_are_whole_hops_with_silence_between(self):
        (stream,) = join_clips([np.ones(1000, np.float32), np.ones(500, np.float32)])
        self.assertEqual(len(stream) % 64, 0)
        self.assertEqual(float(stream.sum()), 1500.0)
        self.assertEqual(stream[0], 0.0)


def _double_controls(model, f0_hz, loudness_db, pad):
    from tools.train.features import scale_features

    raw = model.tcn(scale_features(f0_hz, loudness_db), pad)
    return model.i_max * torch.sigmoid(raw[:, :model.operators]), None


class Streaming(unittest.TestCase):
    def test_tcn_is_causal_and_its_context_is_exact(self):
        torch.manual_seed(0)
        tcn = Tcn(outputs=3, hidden=8, blocks=3, weight_norm=True).double()
        x = torch.randn(1, 2, 80, dtype=torch.float64)
        whole = tcn(x)
        later = x.clone()
        later[..., 50:] += 1.0
        self.assertTrue(torch.equal(tcn(later)[..., :50], whole[..., :50]))
        valid = tcn(x, pad=False)
        self.assertEqual(valid.shape[-1], 80 - tcn.context_frames)
        self.assertLess((valid - whole[..., tcn.context_frames:]).abs().max(), 1e-12)

    def test_full_variant_has_the_published_receptive_field(self):
        self.assertEqual(Tcn(6).context_frames + 1, 125)


class Labels(unittest.TestCase):
    def test_table_and_latency_are_parsed_and_checked(self):
        head = "time_s,f0_hz,confidence,loudness_db\n"
        frames = parse_frames(head + "0.004,440,0.9,-20\n0.008,441,0.8,-21\n")
        self.assertEqual(frames.f0_hz.tolist(), [440.0, 441.0])
        with self.assertRaises(ValueError):
            parse_frames(head + "0.0,440,0.9,-20\n0.004,441,0.8,-21\n")
        self.assertEqual(parse_latency("analyzer_latency   183 samples at 16000 Hz, 11 ms"), 183)
        with self.assertRaises(ValueError):
            parse_latency("nothing to see")


class Files(unittest.TestCase):
    def test_safetensors_round_trip(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "x.safetensors"
            tensors = {"a": np.arange(6, dtype=np.float32).reshape(2, 3),
                       "b": np.ones(5, np.float16), "c": np.arange(-3, 3, dtype=np.int8)}
            write_safetensors(path, tensors, {"k": "v"})
            back, metadata = read_safetensors(path)
            self.assertEqual(metadata, {"k": "v"})
            for name, array in tensors.items():
                self.assertEqual(back[name].dtype, array.dtype)
                self.assertTrue(np.array_equal(back[name], array))

    def test_an_exported_model_sounds_the_same(self):
        torch.manual_seed(4)
        with tempfile.TemporaryDirectory() as folder:
            for synth, outputs, tensors in (("fm", 6, 18), ("fm_noise", 71, 18),
                                            ("harmonic_noise", None, 46)):
                model = build_model("violin", synth, "reduced", weight_norm=True)
                path = Path(folder) / "m.safetensors"
                export_model(path, model, "violin", "reduced", {"steps": 0})
                back, metadata = load_model(path)
                self.assertEqual(metadata["synth"]["type"], synth)
                self.assertEqual(metadata["decoder"].get("outputs"), outputs)
                f0_hz, loudness = torch.full((50,), 440.0), torch.full((50,), -20.0)
                difference = model.render(f0_hz, loudness) - back.render(f0_hz, loudness)
                self.assertLess(difference.abs().max(), 1e-5)
                names = set(read_safetensors(path)[0])
                self.assertIn("reverb.impulse", names)
                self.assertEqual(len(names), tensors + 1)


class TrainingRun(unittest.TestCase):
    def test_loss_falls_resume_continues_and_plain_starts_from_noise(self):
        t = np.arange(4 * 16000) / 16000
        audio = (0.1 * np.sin(2 * np.pi * 220 * t)).astype(np.float32)
        frames = Frames(*(np.full(1000, v, np.float32) for v in (220.0, 1.0, -23.0)))
        recipe = Recipe(instrument="flute", synth="fm_noise", variant="reduced", steps=12, batch=2,
                        seconds=0.25, warmup_steps=1, learning_rate=5e-3)
        with tempfile.TemporaryDirectory() as folder:
            def trainer(**changes):
                return Trainer(Recipe(**{**recipe.__dict__, **changes}), [Stream(audio, frames)],
                               64, Path(folder) / "run", log=lambda text: None)

            first = trainer()
            first.run(until_s=60)
            losses = [h[1] for h in first.history]
            self.assertLess(np.mean(losses[-3:]), np.mean(losses[:3]))

            second = trainer(steps=14)
            self.assertTrue(second.resume())
            self.assertEqual(second.step, 12)
            second.run()
            self.assertEqual(second.history[-1][0], 14)

            plain = trainer(synth="fm", init_from=f"{folder}/run/model.safetensors")
            self.assertEqual(plain.model.tcn.outputs, 6)
            self.assertTrue(torch.equal(plain.model.tcn.block[-1].conv2.weight,
                                        second.model.tcn.block[-1].conv2.weight[:6]))
            metadata = json.loads(read_safetensors(f"{folder}/run/model.safetensors")[1]["sideband"])
            self.assertEqual(metadata["training"]["steps_done"], 14)

    def test_harmonic_noise_trains_too(self):
        t = np.arange(4 * 16000) / 16000
        audio = (0.1 * np.sin(2 * np.pi * 220 * t)).astype(np.float32)
        frames = Frames(*(np.full(1000, v, np.float32) for v in (220.0, 1.0, -23.0)))
        recipe = Recipe(instrument="flute", synth="harmonic_noise", variant="reduced", steps=8,
                        batch=2, seconds=0.25, warmup_steps=1, learning_rate=1e-2)
        with tempfile.TemporaryDirectory() as folder:
            trainer = Trainer(recipe, [Stream(audio, frames)], 64, folder, log=lambda text: None)
            trainer.run()
            losses = [h[1] for h in trainer.history]
            self.assertLess(np.mean(losses[-2:]), np.mean(losses[:2]))
            back, _ = load_model(Path(folder) / "model.safetensors")
            self.assertEqual(back.render(torch.full((9,), 220.0), torch.full((9,), -20.0)).shape,
                             (576,))

    def test_gain_moves_target_and_loudness_together(self):
        crops = Crops([made_stream()], 0, 28, seconds=0.2)
        batch = crops.batch(3)
        moved, _ = Augmentation(gain_db=9.0, loudness_noise_db=0.0)(batch, crops.random)
        gain_db = (moved.loudness_db - batch.loudness_db)[:, 0]
        ratio = moved.target[:, 100] / batch.target[:, 100]
        self.assertLess((20 * torch.log10(ratio) - gain_db).abs().max(), 1e-3)

    def test_a_gain_to_a_power_is_mostly_small_and_goes_as_far(self):
        crops = Crops([made_stream()], 0, 28, seconds=0.2)
        batch = crops.batch(2000)
        moved, _ = Augmentation(gain_db=12.0, gain_power=3.0, loudness_noise_db=0.0)(batch, crops.random)
        gain_db = (moved.loudness_db - batch.loudness_db)[:, 0].abs()
        self.assertAlmostEqual(float(gain_db.median()), 12.0 * 0.5**3, delta=0.3)
        self.assertGreater(float(gain_db.max()), 11.0)
        self.assertLessEqual(float(gain_db.max()), 12.001)


if __name__ == "__main__":
    unittest.main()
