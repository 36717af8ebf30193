"""`sideband decode` against PyTorch in float64, over networks of every kind at their full size."""

import unittest
from pathlib import Path

from tools.train import golden_decoder

PROGRAM = Path(__file__).resolve().parents[2] / "build" / "native" / "sideband"


class GoldenDecoders(unittest.TestCase):
    def test_decode_equals_pytorch(self):
        for name in [*golden_decoder.LARGE_TCN, *golden_decoder.LARGE_GRU]:
            with self.subTest(name):
                self.assertLessEqual(golden_decoder.difference(PROGRAM, name)[0],
                                     golden_decoder.TOLERANCE)

    def test_a_small_fault_is_seen(self):
        def nudge(stored):
            stored["decoder.block.1.conv1.bias"][3] += 1e-3

        self.assertGreater(golden_decoder.difference(PROGRAM, "tcn_reduced", nudge)[0],
                           golden_decoder.TOLERANCE)


if __name__ == "__main__":
    unittest.main()
