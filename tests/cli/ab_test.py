"""sideband ab: the same figures as the training's own, files that are what `render` makes, a report
that shows them all."""
import csv
import re
import shutil
import sys
import unittest

import numpy as np
import soundfile

from tests.cli.support import FM_MODEL, NOISE_MODEL, ROOT, CliTest

sys.path.insert(0, str(ROOT))
from tools.train import metrics  # noqa: E402  (torch: as the training's tests)

RATE_HZ = 16000


def phrase(seconds=1.5, f0_hz=330.0):
    n = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    tone = sum(np.sin(2 * np.pi * f0_hz * k * n) / k for k in range(1, 7))
    noise = np.random.default_rng(1).standard_normal(len(n))
    return (0.15 * tone * np.sin(np.pi * n / seconds) + 0.001 * noise).astype(np.float32)


class Ab(CliTest):
    def wav(self, name, samples, rate_hz=RATE_HZ):
        soundfile.write(self.folder / name, samples, rate_hz, "FLOAT")
        return name

    def scores(self):
        with open(self.folder / "out/scores.csv", newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def heard(self, wav):
        samples, rate_hz = soundfile.read(self.folder / "out" / wav, dtype="float32")
        self.assertEqual(rate_hz, RATE_HZ)
        return samples

    def test_scores_are_those_of_the_training_and_sounds_those_of_render(self):
        self.wav("in.wav", phrase())
        self.ok("ab", "--models", FM_MODEL, NOISE_MODEL, "--inputs", "in.wav", "-o", "out")
        rows = self.scores()
        self.assertEqual([row["kind"] for row in rows], ["reference", "anchor", "model", "model"])
        reference = self.heard(rows[0]["wav"])
        np.testing.assert_array_equal(reference, phrase())
        for row in rows[1:]:
            samples = self.heard(row["wav"])
            self.assertAlmostEqual(float(row["mss"]), metrics.mss(reference, samples), delta=5e-3)
            self.assertAlmostEqual(float(row["mel_lsd_db"]), metrics.mel_lsd(reference, samples),
                                   delta=5e-3)
        for model, row in ((FM_MODEL, rows[2]), (NOISE_MODEL, rows[3])):
            self.ok("render", model, "in.wav", "-o", "one.wav")
            rendered, _ = soundfile.read(self.folder / "one.wav", dtype="float32")
            error = np.std(rendered - self.heard(row["wav"])) / np.std(rendered)
            self.assertLess(20 * np.log10(error), -80)
            self.assertEqual(int(row["bytes"]), model.stat().st_size)
            said = self.ok("info", model)
            self.assertIn(row["parameters"], re.sub(r"[ ,'_]", "", said))

    def test_tables_sound_as_the_networks_they_stand_for(self):
        # `render` streams and looks up what `ab`, in batches, computes (core/inference/input_tables.h).
        for instrument in ("flute", "trumpet", "violin", "piano"):
            model = ROOT / f"models/{instrument}/hpn-full.safetensors"
            samples, rate_hz = soundfile.read(ROOT / f"web/clips/{instrument}.flac", dtype="float32")
            self.wav("in.wav", samples[:6 * rate_hz], rate_hz)
            self.ok("ab", "--models", model, "--inputs", "in.wav", "-o", "out")
            computed, _ = soundfile.read(self.folder / "out" / self.scores()[2]["wav"], dtype="float32")
            self.ok("render", model, "in.wav", "-o", "one.wav")
            looked_up, _ = soundfile.read(self.folder / "one.wav", dtype="float32")
            difference_db = 20 * np.log10(np.std(looked_up - computed) / np.std(computed))
            print(f"{instrument}: tables differ by {difference_db:.1f} dB")
            self.assertLess(difference_db, -80)
            shutil.rmtree(self.folder / "out")

    def test_the_report_shows_every_file_and_every_file_is_there(self):
        self.wav("one & two.wav", phrase(1.0))
        models = self.folder / "models" / "violin"
        models.mkdir(parents=True)
        for model in (FM_MODEL, NOISE_MODEL):
            shutil.copy(model, models / model.name.replace(".model", ""))
        self.ok("ab", "--models", "models", "--inputs", "one & two.wav", "-o", "out")
        html = (self.folder / "out/index.html").read_text(encoding="utf-8")
        self.assertIn("one &amp; two", html)
        addresses = re.findall(r'src="([^"]+)"', html)
        self.assertEqual(len(addresses), 2 + 3 * 3)
        for address in addresses:
            file = self.folder / "out" / address.replace("%20", " ").replace("%26", "&")
            self.assertTrue(file.is_file(), file)
            if file.suffix == ".png":
                self.assertEqual(file.read_bytes()[:8], b"\x89PNG\r\n\x1a\n")
        self.assertEqual(len(self.scores()), 4)

    def test_matched_sounds_are_equally_loud(self):
        self.wav("in.wav", phrase())
        self.ok("ab", "--matched", "--models", FM_MODEL, "--inputs", "in.wav", "-o", "out")
        rows = self.scores()
        wav = [self.wav(f"again{i}.wav", self.heard(row["wav"])) for i, row in enumerate(rows)]
        self.ok("ab", "--models", FM_MODEL, "--inputs", *wav, "-o", "out")
        loudness = [float(row["loudness_lufs"]) for row in self.scores()
                    if row["kind"] == "reference"]
        self.assertEqual(len(loudness), 3)
        self.assertLess(max(loudness) - min(loudness), 0.1)

    def test_an_input_named_after_an_instrument_meets_its_models_alone(self):
        self.wav("nobody.wav", phrase(0.5))
        self.ok("ab", "--models", FM_MODEL, "--inputs", "nobody.wav", "-o", "out")
        instrument = self.scores()[2]["title"].split(",")[0]
        self.wav(f"{instrument}-1.wav", phrase(0.5))
        self.ok("ab", "--models", FM_MODEL, "--inputs", f"{instrument}-1.wav", "-o", "out")
        self.assertEqual(len(self.scores()), 3)

    def test_what_cannot_be_compared_is_refused(self):
        self.wav("in.wav", phrase(0.5))
        self.wav("blink.wav", phrase(0.05))
        run = ("ab", "--models", FM_MODEL, "-o", "out", "--inputs")
        self.assertIn("too short", self.fault("blink.wav", *run, "blink.wav"))
        self.assertIn("another input", self.fault("./in.wav", *run, "in.wav", "./in.wav"))
        (self.folder / "empty").mkdir()
        self.assertIn("no .safetensors", self.fault("empty", "ab", "--models", "empty", "--inputs",
                                                    "in.wav", "-o", "out"))
        self.assertIn("--models is missing", self.misuse("ab", "--inputs", "in.wav", "-o", "out"))
        self.assertIn("--inputs is missing", self.misuse("ab", "--models", FM_MODEL, "-o", "out"))


if __name__ == "__main__":
    unittest.main()
