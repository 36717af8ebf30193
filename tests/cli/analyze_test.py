"""sideband analyze: any audio in, the exact CSV out."""
import unittest

import numpy as np

from tests.cli.support import HEADER, CliTest, read_table, sine


class Analyze(CliTest):
    def table(self, name):
        header, rows = read_table(self.ok("analyze", name, "-o", "-"))
        self.assertEqual(header, HEADER.split(","))
        return rows

    def assert_hears(self, rows, f0_hz, confident=0.9):
        late = rows[len(rows) // 2:]
        self.assertGreater(np.mean(late[:, 2] >= 0.5), confident)
        cents = 1200 * np.log2(late[:, 1] / f0_hz)
        self.assertLess(np.max(np.abs(cents)), 5)

    def test_one_row_per_hop_and_the_time_it_became_known(self):
        for rate_hz, samples in ((16000, 16000), (16000, 16063), (44100, 44100), (48000, 10000)):
            self.sound("tone.wav", sine(440, 1, rate_hz)[:samples], rate_hz)
            rows = self.table("tone.wav")
            self.assertEqual(len(rows), samples * 250 // rate_hz)
            np.testing.assert_allclose(rows[:, 0], 0.004 * np.arange(1, len(rows) + 1), atol=1e-9)

    def test_any_rate_is_heard(self):
        for rate_hz in (4000, 8000, 11025, 22050, 44100, 48000, 96000, 384000):
            self.sound("tone.wav", sine(440, 0.5, rate_hz), rate_hz)
            with self.subTest(rate_hz=rate_hz):
                self.assert_hears(self.table("tone.wav"), 440)

    def test_a_full_scale_1_khz_sine_reads_minus_3_db(self):
        self.sound("tone.wav", sine(1000, 1, 16000, amplitude=1), 16000)
        self.assertAlmostEqual(self.table("tone.wav")[-1, 3], -3.01, delta=0.1)

    def test_channels_are_averaged(self):
        tone = sine(330, 0.5, 48000)
        self.sound("mono.wav", tone / 4, 48000)
        self.sound("four.wav", np.stack([tone, 0 * tone, 0 * tone, 0 * tone], axis=1), 48000)
        one, four = self.table("mono.wav"), self.table("four.wav")
        np.testing.assert_allclose(one, four, rtol=1e-5)

    def test_other_formats_are_read(self):
        self.sound("tone.flac", sine(523.25, 0.5, 44100), 44100, subtype="PCM_24")
        self.sound("tone.aiff", sine(523.25, 0.5, 44100), 44100, subtype="PCM_16")
        self.assert_hears(self.table("tone.flac"), 523.25)
        self.assert_hears(self.table("tone.aiff"), 523.25)

    def test_a_file_and_the_standard_output_get_the_same(self):
        self.analyzed("frames.csv")
        self.assertEqual((self.folder / "frames.csv").read_text(),
                         self.ok("analyze", "tone.wav", "-o", "-"))

    def test_sounds_too_short_for_a_frame_give_the_header_alone(self):
        for samples in (0, 63):
            self.sound("short.wav", sine(440, 1, 16000)[:samples], 16000)
            self.assertEqual(self.ok("analyze", "short.wav", "-o", "-"), HEADER + "\n")

    def test_a_range_keeps_the_pitch_within_the_instrument(self):
        self.sound("low.wav", sine(110, 0.5, 48000), 48000)
        _, rows = read_table(self.ok("analyze", "low.wav", "--range", "violin", "-o", "-"))
        self.assertGreater(rows[:, 1].min(), 180)
        self.assert_hears(self.table("low.wav"), 110)

    def test_what_is_not_audio_is_refused(self):
        self.text("words.wav", "this is not a recording\n" * 100)
        self.text("empty.wav", "")
        (self.folder / "folder.wav").mkdir()
        for name in ("words.wav", "empty.wav", "folder.wav"):
            self.fault(name, "analyze", name, "-o", "-")

    def test_a_sample_that_is_not_a_number_is_refused(self):
        samples = sine(440, 0.1, 16000)
        samples[777] = np.nan
        self.sound("nan.wav", samples, 16000)
        self.assertIn("777", self.fault("nan.wav", "analyze", "nan.wav", "-o", "-"))

    def test_a_sample_absurdly_beyond_full_scale_is_refused(self):
        # Near the largest float a change of rate overflows: 4 kHz is below what the engine takes.
        samples = sine(440, 0.1, 4000)
        samples[77] = -3e38
        self.sound("damaged.wav", samples, 4000)
        fault = self.fault("damaged.wav", "analyze", "damaged.wav", "-o", "-")
        self.assertIn("sample 77 is -3e+38, where full scale is 1", fault)
        samples[77] = -9e5
        self.sound("loud.wav", samples, 4000)
        self.assertEqual(len(self.table("loud.wav")), 25)


if __name__ == "__main__":
    unittest.main()
