"""sideband syx: DX7 dumps listed, copied, played and made from a model."""
import unittest

import numpy as np

from tests.cli.support import FM_MODEL, CliTest


def dump(data, bank):
    """A dump of the data with its checksum."""
    count = len(data)
    return bytes([0xF0, 0x43, 0, 9 if bank else 0, count // 128, count % 128, *data,
                  -sum(data) & 0x7F, 0xF7])


def random_bank(seed):
    return dump(np.random.default_rng(seed).integers(0, 128, 4096).tolist(), True)


class Syx(CliTest):
    def file(self, name, data):
        (self.folder / name).write_bytes(data)
        return name

    def test_banks_are_copied_bit_for_bit(self):
        data = random_bank(1) + random_bank(2)
        self.file("in.syx", data)
        self.ok("syx", "copy", "in.syx", "-o", "out.syx")
        self.assertEqual((self.folder / "out.syx").read_bytes(), data)
        self.assertEqual(self.ok("syx", "list", "in.syx").count("algorithm"), 64)

    def test_a_wrong_checksum_is_told_kept_and_repaired(self):
        data = bytearray(random_bank(3))
        data[-2] ^= 1
        self.file("in.syx", data)
        self.assertIn("checksum is wrong", self.ok("syx", "list", "in.syx"))
        self.ok("syx", "copy", "in.syx", "-o", "same.syx")
        self.assertEqual((self.folder / "same.syx").read_bytes(), data)
        self.ok("syx", "copy", "in.syx", "-o", "good.syx", "--repair")
        said = self.ok("syx", "list", "good.syx")
        self.assertNotIn("checksum", said)
        self.assertNotIn("out of range", said)

    def test_damage_is_one_sentence(self):
        self.file("in.syx", random_bank(4)[:1000])
        self.assertIn("cut short", self.fault("in.syx", "syx", "list", "in.syx"))
        self.file("in.syx", b"RIFF....")
        self.assertIn("F0", self.fault("in.syx", "syx", "list", "in.syx"))
        self.file("in.syx", random_bank(5) + random_bank(6)[:50])
        self.assertIn("dump 2", self.fault("in.syx", "syx", "list", "in.syx"))
        self.file("in.syx", random_bank(5))
        self.assertIn("has 32 voices",
                      self.fault("in.syx", "syx", "render", "in.syx", "-o", "x.wav", "--voice", 33))

    def test_a_model_becomes_a_voice_that_sounds(self):
        said = self.ok("syx", "export", FM_MODEL, "-o", "voice.syx", "--name", "TESTED")
        self.assertIsInstance(said, str)
        self.assertIn("TESTED", self.ok("syx", "list", "voice.syx"))
        self.ok("syx", "render", "voice.syx", "-o", "out.wav", "--note", 57, "--seconds", 1,
                "--hold", 0.8, "--rate", 44100)
        out, rate_hz = self.heard("out.wav")
        self.assertEqual((len(out), rate_hz), (44100, 44100))
        self.assertGreater(np.std(out[4000:30000]), 1e-2)
        self.assertLess(np.max(np.abs(out)), 1.001)

    def test_misuse(self):
        self.assertIn("not 'play'", self.misuse("syx", "play", "x.syx"))
        self.assertIn("--note", self.misuse("syx", "render", "x.syx", "-o", "y.wav", "--note", 128))


if __name__ == "__main__":
    unittest.main()
