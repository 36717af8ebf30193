"""The FM configurations and the default patch of each instrument, as data.

Operator 1 is the first ratio. An edge (a, b) means "a modulates b"; carriers go to the output.
"""

import math
from dataclasses import dataclass

I_MAX_DDX7 = 0.32 * 2.0 * math.pi  # the reference code's max_ol, in radians


@dataclass(frozen=True)
class FmConfiguration:
    ratios: tuple
    routing: tuple
    carriers: tuple

    @property
    def operators(self):
        return len(self.ratios)


CONFIGURATIONS = {
    # DX7 "STRINGS 1": 6>5>4>3, 2>1
    "strings": FmConfiguration((1, 1, 1, 1, 3, 14), ((6, 5), (5, 4), (4, 3), (2, 1)), (1, 3)),
    # DX7 "FLUTE 1": 6>5>1, 4>3>1, 2>1
    "flute": FmConfiguration(
        (1, 1, 1, 2, 2, 1.5), ((6, 5), (5, 1), (4, 3), (3, 1), (2, 1)), (1,)),
    # DX7 "BRASS 3": 6>5>4>1, 3>1, 2>1
    "brass": FmConfiguration(
        (1, 1, 1, 1, 3.2, 8.5), ((6, 5), (5, 4), (4, 1), (3, 1), (2, 1)), (1,)),
    # "Distilling": 3>2>1, 6>4, 6>5
    "piano": FmConfiguration(
        (1, 1, 3, 1, 1.58, 1), ((3, 2), (2, 1), (6, 4), (6, 5)), (1, 4, 5)),
    # Our own, for the trumpet with noise: 3>2>1 and 6>5>4, whose static spectra come nearer to a trumpet's
    # than any of the DX7's patches above do.
    "two_stacks": FmConfiguration(
        (1, 1, 1, 2, 1, 3), ((3, 2), (2, 1), (6, 5), (5, 4)), (1, 4)),
    # Our own, for flute, violin and piano with noise: found by the first form of patch_search.py, in which a carrier's
    # level went to 1 radian instead of i_max; it scores them too.
    "breath": FmConfiguration(
        (1, 2, 1, 1, 1, 1), ((6, 3), (5, 4), (4, 2), (3, 2), (2, 1)), (1, 4)),
    "bowed": FmConfiguration(
        (1, 2, 1, 2, 2, 1), ((6, 5), (6, 1), (5, 3), (4, 1), (3, 2), (2, 1)), (1, 4)),
    "struck": FmConfiguration(
        (1, 2, 1, 1, 2, 2), ((6, 5), (5, 2), (3, 2), (2, 1)), (1, 4, 5)),
    # The ablations of DDX7's Table 2.
    "4y_brass": FmConfiguration((1, 1, 1, 3.2), ((4, 3), (3, 1), (2, 1)), (1,)),
    "4y_flute": FmConfiguration((1, 1, 1, 2), ((4, 3), (3, 1), (2, 1)), (1,)),
    "4x1": FmConfiguration((1, 1, 3, 14), ((4, 3), (3, 2), (2, 1)), (1,)),
    "2x2": FmConfiguration((1, 1, 1, 1), ((4, 3), (2, 1)), (1, 3)),
    "2": FmConfiguration((1, 1), ((2, 1),), (1,)),
}

# Instrument → (configuration, i_max in radians): the best of DDX7's Table 1 for each.
INSTRUMENT_PATCH = {
    "violin": ("strings", I_MAX_DDX7),
    "flute": ("flute", I_MAX_DDX7),
    "trumpet": ("brass", 2.0 * math.pi),
    "piano": ("piano", I_MAX_DDX7),
}

# Size of the decoder: (blocks, hidden channels).
VARIANTS = {"full": (5, 128), "reduced": (3, 64)}
