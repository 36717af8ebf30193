"""ARM Linux, 64 and 32 bits, under qemu-user: the whole path sounds as on this machine."""
import tempfile
import unittest

from tests.embedded import firmware
from tests.embedded.firmware import ROOT

TARGETS = {"linux-arm64": ["qemu-aarch64"], "linux-armhf": ["qemu-arm", "-cpu", "max"]}
NAMES = ("violin_f32", "violin_i8", "noisy_f32", "hpn_f32", "hpn_f16")
NEAR_DB = -80


class Sound(unittest.TestCase):
    def test_it_sounds_as_on_this_machine(self):
        with tempfile.TemporaryDirectory() as folder:
            firmware.write_input(folder)
            for name in NAMES:
                reference = firmware.run_host(name, folder)
                self.assertGreater((reference ** 2).mean(), 1e-6)
                for target, emulator in TARGETS.items():
                    with self.subTest(name, target=target):
                        output = firmware.run_host(name, folder, ROOT / "build" / target / "embedded", emulator)
                        self.assertEqual(len(output), len(reference))
                        difference_db = firmware.difference_db(output, reference)
                        print(f"{name} on {target}: {difference_db:.0f} dB")
                        self.assertLess(difference_db, NEAR_DB)


if __name__ == "__main__":
    unittest.main()
