"""What a live player differs in, done to whole recordings: another microphone and room in the analyzer's
ears (the target stays clean), and pitches beyond the corpus (recording and target transposed alike)."""

from fractions import Fraction

import numpy as np

from .timing import SAMPLE_RATE_HZ

TRANSPOSE_SEMITONES = 4.0  # at most, up or down
NOISE_DB = (-62.0, -38.0)  # of the recording's level
ROOM_DB, ROOM_S = (-28.0, -12.0), (0.1, 0.5)
HIGH_PASS_HZ, LOW_PASS_HZ = (40.0, 200.0), (4000.0, 12000.0)
BUMPS, BUMP_DB = 4, 5.0


def through_a_microphone(audio, random):
    """→ what the analyzer hears of `audio`: a room, a crude frequency response, noise; same level."""
    samples = len(audio)
    room = _room(random)
    size = 1 << (samples + len(room) - 1).bit_length()
    hz = np.fft.rfftfreq(size, 1.0 / SAMPLE_RATE_HZ)
    spectrum = np.fft.rfft(audio, size) * np.fft.rfft(room, size) * _response(hz, random)
    heard = np.fft.irfft(spectrum, size)[:samples]
    level = np.sqrt(np.mean(np.square(audio)))
    heard *= level / max(np.sqrt(np.mean(np.square(heard))), 1e-9)
    noise_gain = level * 10.0 ** (random.uniform(*NOISE_DB) / 20.0)
    return (heard + noise_gain * _pink(samples, random)).astype(np.float32)


def transposed(audio, semitones):
    """Resampled: the pitch moves and the tempo with it."""
    from scipy.signal import resample_poly

    ratio = Fraction(2.0 ** (-semitones / 12.0)).limit_denominator(100)
    return resample_poly(audio, ratio.numerator, ratio.denominator).astype(np.float32)


def random_semitones(random):
    """Anything but nearly nothing."""
    return random.uniform(1.0, TRANSPOSE_SEMITONES) * random.choice((-1.0, 1.0))


def _room(random):
    """The direct sound and an exponentially decaying tail, ROOM_DB below it in energy."""
    decay_s = random.uniform(*ROOM_S)  # to -60 dB
    t = np.arange(int(decay_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    tail = random.standard_normal(len(t)) * 10.0 ** (-3.0 * t / decay_s)
    tail *= 10.0 ** (random.uniform(*ROOM_DB) / 20.0) / np.sqrt(np.sum(np.square(tail)))
    tail[0] = 1.0
    return tail


def _response(hz, random):
    """Magnitude: second-order ends of the band and a few broad bumps; phase zero."""
    high, low = random.uniform(*HIGH_PASS_HZ), random.uniform(*LOW_PASS_HZ)
    result = 1.0 / np.sqrt((1.0 + (high / np.maximum(hz, 1.0)) ** 4) * (1.0 + (hz / low) ** 4))
    octaves = np.log2(np.maximum(hz, 20.0) / 1000.0)
    for _ in range(BUMPS):
        at, width = random.uniform(-3.0, 2.5), random.uniform(0.4, 1.5)
        gain_db = random.uniform(-BUMP_DB, BUMP_DB)
        result *= 10.0 ** (gain_db / 20.0 * np.exp(-((octaves - at) / width) ** 2))
    return result


def _pink(samples, random):
    spectrum = np.fft.rfft(random.standard_normal(samples))
    spectrum /= np.sqrt(np.maximum(np.fft.rfftfreq(samples, 1.0 / SAMPLE_RATE_HZ), 50.0))
    noise = np.fft.irfft(spectrum, samples)
    return noise / max(np.sqrt(np.mean(np.square(noise))), 1e-12)
