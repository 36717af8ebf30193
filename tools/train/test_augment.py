"""What augmentation changes, and what it leaves alone."""

import unittest

import numpy as np

from tools.train import augment


def note(f0_hz=440.0, seconds=2.0):
    t = np.arange(int(seconds * 16000)) / 16000
    return (0.1 * sum(np.sin(2 * np.pi * f0_hz * h * t) / h for h in range(1, 6))).astype(np.float32)


class Microphone(unittest.TestCase):
    def test_level_and_onset_stay_and_noise_is_where_the_player_pauses(self):
        audio = np.concatenate([np.zeros(16000, np.float32), note()])
        for seed in range(4):
            heard = augment.through_a_microphone(audio, np.random.default_rng(seed))
            self.assertEqual(len(heard), len(audio))
            self.assertAlmostEqual(float(np.square(heard).mean() / np.square(audio).mean()), 1.0, delta=0.05)
            pause_db = 10 * np.log10(np.square(heard[:15000]).mean() / np.square(audio[16000:]).mean())
            self.assertTrue(-66.0 < pause_db < -36.0, pause_db)
            self.assertGreater(np.abs(heard - audio)[16000:].max(), 1e-3)


class Transposition(unittest.TestCase):
    def test_pitch_moves_by_the_semitones(self):
        for semitones in (-4.0, 3.0):
            moved = augment.transposed(note(), semitones)
            spectrum = np.abs(np.fft.rfft(moved * np.hanning(len(moved))))
            f0_hz = np.argmax(spectrum) * 16000 / len(moved)
            self.assertAlmostEqual(12 * np.log2(f0_hz / 440.0), semitones, delta=0.1)


if __name__ == "__main__":
    unittest.main()
