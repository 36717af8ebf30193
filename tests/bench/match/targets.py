"""Random legal DX7-like voices for matching, as .syx files; the same for the same seed.

What is DX7-like: one of the 32 algorithms; ratios mostly whole (four fifths of the operators), the
others with a random fine; carriers' levels 82-99 and modulators' 50-85; feedback 0-6; envelopes that
rise in under half a second, fall to somewhere and end in silence; detune within ±3; keys from C2 to
C5; no LFO, no keyboard or velocity scaling, no pitch envelope.
"""
import numpy as np

CARRIERS = ("13 13 14 14 135 135 13 13 13 14 14 13 13 13 13 1 1 1 145 124 1245 1345 1245 12345 12345 "
            "124 124 136 1235 1236 12345 123456").split()
COARSE = [0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14]


def random_voice(seed):
    """The 155 bytes of a voice, and the key it is played at."""
    rng = np.random.default_rng(seed)
    algorithm = int(rng.integers(0, 32))
    data = []
    for number in range(6, 0, -1):
        carrier = str(number) in CARRIERS[algorithm]
        rates = [int(rng.integers(55, 100)), int(rng.integers(20, 75)), int(rng.integers(10, 55)),
                 int(rng.integers(40, 75))]
        levels = [int(rng.integers(90, 100)), int(rng.integers(60, 100)), int(rng.integers(0, 96)), 0]
        fine = int(rng.integers(0, 100)) if rng.random() < 0.2 else 0
        level = int(rng.integers(82, 100) if carrier else rng.integers(50, 86))
        data += [*rates, *levels, 39, 0, 0, 0, 0, 0, 0, 0, level, 0, int(rng.choice(COARSE)), fine,
                 int(rng.integers(4, 11))]
    data += [99, 99, 99, 99, 50, 50, 50, 50, algorithm, int(rng.integers(0, 7)), 1,
             35, 0, 0, 0, 1, 0, 3, 24, *f"RANDOM{seed:4d}".encode()]
    return data, int(rng.integers(36, 73))


def dump(data):
    return bytes([0xF0, 0x43, 0, 0, 1, 27, *data, -sum(data) & 0x7F, 0xF7])
