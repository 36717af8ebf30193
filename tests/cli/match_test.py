"""sideband match, morph, explore and machine."""
import json
import unittest

import numpy as np
import soundfile

from tests.cli.support import ROOT, CliTest, read_table, sine


class Match(CliTest):
    def bell(self, name="bell.wav", f0_hz=440, rate_hz=44100):
        t = np.arange(rate_hz) / rate_hz
        sound = 0.4 * np.exp(-4 * t) * np.sin(2 * np.pi * f0_hz * t + 1.5 * np.exp(-6 * t)
                                              * np.sin(2 * np.pi * 3 * f0_hz * t))
        return self.sound(name, sound, rate_hz)

    def test_a_sound_becomes_a_voice_a_patch_and_a_rendering(self):
        self.bell()
        said = self.ok("match", "bell.wav", "-o", "bell.syx", "--seconds", 1, "--render", "out.wav")
        self.assertIn("mel-LSD", said)
        self.assertIn("BELL", self.ok("syx", "list", "bell.syx"))
        out, rate_hz = self.heard("out.wav")
        self.assertEqual((len(out), rate_hz), (16000, 16000))
        self.assertGreater(np.std(out), 1e-3)
        self.ok("match", "bell.wav", "-o", "bell.json", "--seconds", 0.5, "--law", "hybrid")
        patch = json.loads((self.folder / "bell.json").read_text())
        self.assertEqual(len(patch["dx7"]), 155)
        self.assertEqual(len(patch["patch"]["ratios"]), 6)

    def test_a_folder_gives_a_patch_for_each_sound(self):
        (self.folder / "in").mkdir()
        for name in ("a", "b"):
            self.bell(f"in/{name}.wav", 300)
        self.ok("match", "in", "-o", "out", "--seconds", 0.4)
        self.assertEqual(sorted(p.name for p in (self.folder / "out").iterdir()), ["a.syx", "b.syx"])

    def test_a_morph_goes_from_one_to_the_other(self):
        self.bell("a.wav", 300)
        self.sound("b.wav", sine(300, 1.0, 16000, 0.3), 16000)
        self.ok("morph", "a.wav", "b.wav", "-o", "way", "--steps", 3, "--seconds", 4, "--cpu")
        columns, rows = read_table((self.folder / "way/morph.csv").read_text())
        self.assertEqual(columns, ["position", "mel_lsd_a", "mel_lsd_b"])
        self.assertLess(rows[0, 1], rows[2, 1])
        self.assertLess(rows[2, 2], rows[0, 2])
        self.assertIn("MORPH 1", self.ok("syx", "list", "way/morph1.syx"))

    def test_a_map_of_patches(self):
        self.ok("explore", "-o", "map.csv", "--count", 64, "--bank", "bank.syx")
        columns, rows = read_table((self.folder / "map.csv").read_text())
        self.assertEqual(rows.shape, (64, len(columns)))
        x, y = rows[:, 1], rows[:, 2]
        self.assertLess(abs(np.corrcoef(x, y)[0, 1]), 0.05)  # two directions, not one
        self.assertGreaterEqual(np.var(x), np.var(y))
        self.assertGreater(len(set(rows[:, 3])), 3)
        self.assertEqual(self.ok("syx", "list", "bank.syx").count("algorithm"), 32)

    def test_a_voice_is_shaped_by_what_a_listener_says(self):
        self.ok("explore", "-o", "map.csv", "--count", 32, "--bank", "bank.syx")
        self.ok("taste", "bank.syx", "--voice", 5, "-o", "same.syx")
        self.ok("taste", "bank.syx", "--voice", 5, "-o", "back.syx", stdin="b\nbrighter\nundo\nundo\n")
        self.assertEqual((self.folder / "same.syx").read_bytes(), (self.folder / "back.syx").read_bytes())
        said = self.ok("taste", "bank.syx", "--voice", 5, "-o", "other.syx", "--a", "a.wav", "--b", "b.wav",
                       stdin="a\nb\nlouder\nundo\nundo\nundo\nb\ndone\n")
        self.assertIn("not 'louder'", said)
        self.assertIn("nothing left to undo", said)
        self.assertNotEqual((self.folder / "same.syx").read_bytes(), (self.folder / "other.syx").read_bytes())
        self.assertEqual(len(soundfile.read(self.folder / "a.wav")[0]), 96000)
        self.assertIn("no voice 2", self.fault("other.syx", "taste", "other.syx", "--voice", 2, "-o", "x.syx"))

    def test_traces_of_the_machines(self):
        self.ok("machine", "control", "-o", "control.csv")
        columns, rows = read_table((self.folder / "control.csv").read_text())
        changed = rows[(rows[:, 0] == 8) & (rows[:, 1] > 90)]
        error = np.abs(changed[:, 3:5] - changed[:, 2:3]).mean(0)
        self.assertLess(error[0], 0.5 * error[1])
        self.ok("machine", "optimizer", "-o", "optimizer.csv")
        columns, rows = read_table((self.folder / "optimizer.csv").read_text())
        self.assertEqual(len(rows), 15000)
        self.assertEqual(columns[2:4], ["ae_ar", "sgd"])

    def test_what_cannot_be_matched(self):
        self.sound("quiet.wav", np.zeros(16000), 16000)
        self.assertIn("silent", self.fault("quiet.wav", "match", "quiet.wav", "-o", "x.syx"))
        self.assertIn(".syx, .safetensors or .json", self.misuse("match", "quiet.wav", "-o", "x.wav"))
        self.assertIn("--law", self.misuse("match", "quiet.wav", "-o", "x.syx", "--law", "magic"))

    def test_the_recogniser_seeds_the_search_unless_told_not_to(self):
        self.bell()
        with_it = self.ok("match", "bell.wav", "-o", "a.syx", "--seconds", 0.3)
        shipped = ROOT / "models" / "recogniser.safetensors"
        self.ok("match", "bell.wav", "-o", "a.syx", "--seconds", 0.3, "--recogniser", shipped)
        self.assertIn("mel-LSD", with_it)
        (self.folder / "half.safetensors").write_bytes(shipped.read_bytes()[:200_000])
        words = ("match", "bell.wav", "-o", "a.syx", "--seconds", 0.3, "--recogniser", "half.safetensors")
        self.assertIn("truncated", self.fault("half.safetensors", *words))
        self.assertNotIn("recognised", self.ok(*words, "--no-recogniser"))
        self.ok("explore", "-o", "map.csv", "--count", 32, "--bank", "bank.syx")
        self.ok("syx", "render", "bank.syx", "-o", "voice.wav", "--note", 57, "--seconds", 2, "--rate", 16000)
        self.assertIn("recognised", self.ok("match", "voice.wav", "-o", "a.syx", "--seconds", 0.3))
        model = ROOT / "models" / "flute" / "ddx7-reduced.safetensors"
        self.assertIn("is not a recogniser", self.fault(str(model), *words[:-1], model))


if __name__ == "__main__":
    unittest.main()
