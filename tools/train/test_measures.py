"""The measures beside the loss: following the player, Fréchet distance, faults of a rendering."""

import unittest

import numpy as np
import torch

from tools.train import frechet, vggish
from tools.train.holdout_check import silent_stretches, unanswered_clicks
from tools.train.labels import Frames
from tools.train.live_metrics import following
from tools.train.recording_check import check


def frames(f0_hz, loudness_db, count=500, confidence=1.0):
    return Frames(*(np.full(count, v, np.float32) for v in (f0_hz, confidence, loudness_db)))


class Following(unittest.TestCase):
    def test_loudness_in_db_and_pitch_in_cents(self):
        a, b = frames(440.0, -20.0), frames(440.0 * 2 ** (10 / 1200), -23.0)
        b.f0_hz[:50] *= 2.0
        result = following(a, b)
        self.assertAlmostEqual(result["loudness_db"], 3.0, places=4)
        self.assertAlmostEqual(result["pitch_cents"], 10.0, delta=0.01)
        self.assertAlmostEqual(result["pitch_gross"], 0.1, places=6)


class Frechet(unittest.TestCase):
    def test_of_gaussians_is_the_formula_and_of_itself_zero(self):
        random = np.random.default_rng(0)
        a = random.standard_normal((4000, 3))
        b = 2.0 * random.standard_normal((4000, 3)) + [1.0, 0.0, 0.0]
        self.assertAlmostEqual(frechet.distance(a, a), 0.0, delta=1e-3)
        self.assertAlmostEqual(frechet.distance(a, b), 1.0 + 3 * (2.0 - 1.0) ** 2, delta=0.2)

    def test_noise_is_further_from_a_tone_than_another_tone(self):
        t = np.arange(16000 * 6) / 16000
        tones = [0.1 * np.sin(2 * np.pi * f * t * (1 + 0.1 * np.sin(t))) for f in (440.0, 450.0)]
        noise = 0.1 * np.random.default_rng(1).standard_normal(len(t))
        a, b, c = map(frechet.windows, (*tones, noise))
        self.assertEqual(a.shape[1], 24)
        self.assertLess(frechet.distance(a, b), 0.2 * frechet.distance(a, c))

    def test_vggish_takes_the_known_state_dict(self):
        net = vggish.Vggish().eval()
        shapes = {k: tuple(v.shape) for k, v in net.state_dict().items()}
        self.assertEqual(shapes["features.13.weight"], (512, 512, 3, 3))
        self.assertEqual(shapes["embeddings.0.weight"], (4096, 12288))
        self.assertEqual(shapes["embeddings.4.weight"], (128, 4096))
        with torch.no_grad():
            self.assertEqual(vggish.windows(net, np.zeros(16000)).shape, (1, 128))


class Faults(unittest.TestCase):
    def test_a_jump_that_the_recording_lacks_is_a_click(self):
        t = np.arange(16000) / 16000
        tone = (0.3 * np.sin(2 * np.pi * 300 * t)).astype(np.float32)
        broken = tone.copy()
        broken[8000:] = -broken[8020:8020 + 1].sum() + broken[8000:]
        broken[8000] += 0.8
        self.assertEqual(unanswered_clicks(tone, tone), [])
        self.assertTrue(any(abs(n - 8000) < 3 for n in unanswered_clicks(broken, tone)))
        self.assertEqual(unanswered_clicks(broken, broken), [])

    def test_a_gap_is_silence_where_the_recording_sounds(self):
        heard = np.full(500, -22.0)
        self.assertEqual(silent_stretches(frames(440.0, -20.0), heard), [])
        heard[100:200] = -90.0
        self.assertTrue(silent_stretches(frames(440.0, -20.0), heard))


class RecordingCheck(unittest.TestCase):
    def test_advice_names_what_is_wrong(self):
        audio = np.zeros(16000 * 30, np.float32)
        short = check(audio[:16000 * 4], frames(440.0, -20.0, 1000))
        self.assertFalse(short.usable)
        self.assertIn("at least 15 s", short.advice[0])
        one_note = check(audio, frames(440.0, -60.0, 7500))
        text = " ".join(one_note.advice)
        for word in ("very quiet", "span only A4 to A4", "one to three minutes"):
            self.assertIn(word, text)
        chords = frames(440.0, -20.0, 7500)
        chords.confidence[::2] = 0.1
        chords.f0_hz[:] = np.linspace(220, 880, 7500)
        self.assertIn("no single pitch is clear", " ".join(check(audio, chords).advice))
        self.assertIn("clipped", " ".join(check(np.ones_like(audio), chords).advice))


if __name__ == "__main__":
    unittest.main()
