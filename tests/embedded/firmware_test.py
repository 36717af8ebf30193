"""The Cortex-M7 firmware under QEMU: what it takes, what it sounds like, and what must not be in it."""
import json
import re
import subprocess
import tempfile
import unittest

from tests.embedded import firmware
from tests.embedded.firmware import FIRMWARE, KEPT, STAGES

WORSE = 1.05  # counts are exact: nothing but a change of code or compiler moves them
LIMIT = 90e6  # instructions for a second of sound
FLASH_BYTES = 256 * 1024
RAM_BYTES = 192 * 1024
NEAR_DB = -80
HEAP = re.compile(r" (_?malloc(_r)?|_?free(_r)?|_?realloc(_r)?|_sbrk(_r)?|operator new.*)$")


class Firmware(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.plugin = firmware.build_plugin(cls.folder.name)
        firmware.write_input(cls.folder.name)
        cls.results = {}
        for name in firmware.firmwares():
            elf = FIRMWARE / f"firmware_{name}.elf"
            cls.results[name] = firmware.run(elf, cls.folder.name, cls.plugin)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_there_are_firmwares(self):
        self.assertLessEqual({"violin_i8", "violin_f16", "violin_f32", "noisy_i8", "noisy_f32", "hpn_f16", "hpn_f32"},
                             set(self.results))

    def test_instructions(self):
        reference = json.loads(KEPT.read_text(encoding="utf-8"))
        for name, (_, _, counts) in self.results.items():
            self.assertEqual(set(counts), set(STAGES))
            whole = sum(counts.values())
            with self.subTest(name):
                self.assertLessEqual(whole, reference[name]["whole"] * 1e6 * WORSE)
                for stage, count in counts.items():
                    self.assertLessEqual(count, reference[name][stage] * 1e6 * WORSE + 5e4, stage)

    def test_what_ships_is_within_the_limit(self):
        for name in ("violin_i8", "noisy_i8", "hpn_f16"):
            self.assertLessEqual(sum(self.results[name][2].values()), LIMIT, name)

    def test_memory(self):
        for name in self.results:
            flash, ram = firmware.sizes(FIRMWARE / f"firmware_{name}.elf")
            with self.subTest(name):
                self.assertLessEqual(ram, RAM_BYTES)
                if name not in ("violin_f32", "noisy_f32"):  # large weights, there to be compared
                    self.assertLessEqual(flash, FLASH_BYTES)

    def test_the_stack_has_room(self):
        for name, (printed, _, _) in self.results.items():
            self.assertLess(firmware.stack_bytes(printed), 12 * 1024, name)

    def test_there_is_no_heap(self):
        for name in self.results:
            text = subprocess.run(["arm-none-eabi-nm", "-C", FIRMWARE / f"firmware_{name}.elf"],
                                  check=True, stdout=subprocess.PIPE, text=True).stdout
            self.assertEqual([line for line in text.splitlines() if HEAP.search(line)], [], name)

    def test_it_sounds_as_on_this_machine(self):
        for name, (_, output, _) in self.results.items():
            reference = firmware.run_host(name, self.folder.name)
            with self.subTest(name):
                self.assertEqual(len(output), len(reference))
                self.assertGreater((reference ** 2).mean(), 1e-6)
                self.assertLess(firmware.difference_db(output, reference), NEAR_DB)


if __name__ == "__main__":
    unittest.main()
