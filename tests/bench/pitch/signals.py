"""Test sounds with exact pitch truth, made at 48 kHz from a fixed seed.

Every category is a function of a random generator that returns a Clip. `f0` is the true pitch of every
sample in Hz, 0 where nothing sounds, NaN where the sound is neither here nor there (release tails, echo
of a note in a room) and is not judged.
"""

import dataclasses

import numpy as np
from scipy import signal

RATE = 48000


@dataclasses.dataclass
class Clip:
    audio: np.ndarray
    f0: np.ndarray
    host_rate_hz: int = RATE  # what the trackers hear it at


def midi(note):
    return 440.0 * 2.0 ** ((np.asarray(note, float) - 69) / 12)


def seconds(s):
    return int(round(s * RATE))


def slope(exponent, count=40):
    """Harmonic amplitudes 1 / k^exponent."""
    return 1.0 / np.arange(1, count + 1) ** exponent


def formant_gain(freq, formants):
    gain = 0.02 * np.ones_like(freq)
    for centre, width, level in formants:
        gain += level / (1 + ((freq - centre) / (width / 2)) ** 2)
    return gain


def harmonics(f0, amps, formants=None, rng=None):
    """Sum of harmonics of f0 (array, Hz), faded out towards Nyquist; amps: per-harmonic, (K,) or (K, n)."""
    phase = 2 * np.pi * np.cumsum(f0) / RATE
    out = np.zeros(len(f0))
    start = rng.uniform(0, 2 * np.pi, len(amps)) if rng is not None else np.zeros(len(amps))
    for k, amp in enumerate(amps, 1):
        freq = k * f0
        if freq.min() > 20000:
            break
        gain = amp * np.clip((20000 - freq) / 2000, 0, 1)
        if formants is not None:
            gain = gain * formant_gain(freq, formants)
        out += gain * np.sin(k * phase + start[k - 1])
    return out


def envelope(length, attack, release, sustain=None):
    """Raised-cosine attack and release (seconds) over `length` samples of note; release follows."""
    a, r = seconds(attack), seconds(release)
    env = np.ones(length + r)
    a = min(a, length)
    env[:a] = 0.5 - 0.5 * np.cos(np.pi * (np.arange(a) + 0.5) / a)
    env[length:] = 0.5 + 0.5 * np.cos(np.pi * (np.arange(r) + 0.5) / r)
    if sustain is not None:
        env *= sustain(np.arange(len(env)) / RATE)
    return env


class Line:
    """Notes laid one after the other."""

    def __init__(self, duration, lead=0.3):
        self.audio = np.zeros(seconds(duration))
        self.f0 = np.zeros(len(self.audio))
        self.at = seconds(lead)

    def fits(self, length_s):
        return self.at + seconds(length_s) + seconds(0.25) < len(self.audio)

    def note(self, f0, length_s, amps, attack=0.015, release=0.03, gap=0.0, level=0.2, sustain=None, rng=None,
             formants=None, noise=0.0, floor_db=-40.0):
        """f0: Hz, or function of seconds (array) giving Hz."""
        length = seconds(length_s)
        env = envelope(length, attack, release, sustain)
        t = np.arange(len(env)) / RATE
        pitch = f0(t) if callable(f0) else np.full(len(env), float(f0))
        tone = harmonics(pitch, amps, formants, rng)
        tone /= np.sqrt(np.mean(tone**2)) + 1e-12
        if noise and rng is not None:
            tone = tone + noise * signal.lfilter(*signal.butter(2, [800 / 24000, 6000 / 24000], "band"),
                                                 rng.standard_normal(len(tone)))
        tone *= env * level
        end = min(self.at + len(tone), len(self.audio))
        n = end - self.at
        self.audio[self.at:end] += tone[:n]
        sounding = env[:n] > 10 ** (floor_db / 20)
        truth = np.where(sounding, pitch[:n], np.nan)
        truth[min(length, n):] = np.nan
        self.f0[self.at:end] = np.where(sounding | (np.arange(n) >= length), truth, self.f0[self.at:end])
        self.at += length + seconds(gap)
        if gap > release:
            self.f0[self.at - seconds(gap) + seconds(release):self.at] = 0

    def clip(self):
        return Clip(self.audio, self.f0)


def add_noise(clip, rng, snr_db, colour=0.0):
    noise = rng.standard_normal(len(clip.audio))
    if colour:
        spectrum = np.fft.rfft(noise)
        freq = np.fft.rfftfreq(len(noise), 1 / RATE)
        spectrum *= 1 / np.maximum(freq, 20) ** (colour / 2)
        noise = np.fft.irfft(spectrum, len(noise))
    voiced = np.nan_to_num(clip.f0) > 0
    power = np.mean(clip.audio[voiced] ** 2)
    noise *= np.sqrt(power / np.mean(noise**2)) * 10 ** (-snr_db / 20)
    return Clip(clip.audio + noise, clip.f0)


def add_room(clip, rng, t60, direct_to_reverb_db):
    """Direct sound plus early reflections and an exponentially decaying diffuse tail."""
    n = seconds(t60 * 1.1)
    t = np.arange(n) / RATE
    tail = rng.standard_normal(n) * 10 ** (-3 * t / t60)
    tail[:seconds(0.004)] = 0
    tail = signal.lfilter(*signal.butter(1, 5000 / 24000), tail)
    for _ in range(6):
        tail[seconds(rng.uniform(0.004, 0.03))] += rng.uniform(-1, 1) * 0.3 * np.sqrt(np.sum(tail**2))
    tail *= 10 ** (-direct_to_reverb_db / 20) / np.sqrt(np.sum(tail**2))
    wet = signal.fftconvolve(clip.audio, tail)[:len(clip.audio)]
    audio = clip.audio + wet
    # The echo of a note is not judged while it is within 45 dB of the loudest 50 ms.
    level = np.sqrt(signal.fftconvolve(audio**2, np.ones(seconds(0.02)) / seconds(0.02))[:len(audio)].clip(1e-20))
    f0 = np.where((clip.f0 == 0) & (level > level.max() * 10 ** (-45 / 20)) & (np.arange(len(audio)) > seconds(0.3)),
                  np.nan, clip.f0)
    return Clip(audio, f0)


def hum(rng, n, mains, level):
    t = np.arange(n) / RATE
    out = np.zeros(n)
    for k, a in ((1, 1.0), (2, 0.5), (3, 0.6), (4, 0.2), (5, 0.35), (7, 0.2), (9, 0.1)):
        out += a * rng.uniform(0.5, 1.2) * np.sin(2 * np.pi * mains * k * t + rng.uniform(0, 6.28))
    return out * level / np.sqrt(np.mean(out**2))


def melody(rng, duration, low, high, amps, length=(0.25, 0.5), gap=(0.0, 0.15), **note):
    line = Line(duration)
    while True:
        length_s = rng.uniform(*length)
        if not line.fits(length_s):
            return line.clip()
        line.note(midi(rng.integers(low, high + 1) + rng.uniform(-0.3, 0.3)), length_s, amps,
                  gap=max(0, rng.uniform(*gap)), rng=rng, **note)


def vibrato(note, cents, rate_hz, phase=0.0):
    return lambda t: midi(note + cents / 100 * np.sin(2 * np.pi * rate_hz * t + phase))


FEMALE = [(800, 120, 1), (1200, 140, 0.5), (2900, 200, 0.25), (3900, 300, 0.1)]
MALE = [(600, 100, 1), (1050, 120, 0.5), (2400, 200, 0.25), (2800, 200, 0.2)]
BRIGHT, MELLOW, FLUTE = slope(0.7), slope(1.5), slope(2.5, 8)
ODD = np.where(np.arange(1, 41) % 2 == 1, slope(1.0), slope(1.0) * 0.05)
D = 5.0


def glide_slow(r):
    line = Line(D)
    low, high = r.uniform(45, 55), r.uniform(75, 90)
    line.note(lambda t: midi(low + (high - low) * 0.5 * (1 - np.cos(2 * np.pi * t / 4.2))), 4.2, slope(r.uniform(0.8, 1.6)), rng=r)
    return line.clip()


def glide_fast(r):
    line = Line(D)
    notes = r.integers(52, 80, 12)
    def pitch(t):
        pos = t / 0.38
        i = np.minimum(pos.astype(int), 10)
        x = np.clip((pos - i - 0.6) / 0.4, 0, 1)
        return midi(notes[i] + (notes[i + 1] - notes[i]) * 0.5 * (1 - np.cos(np.pi * x)))
    line.note(pitch, 4.2, slope(1.2), rng=r)
    return line.clip()


def vibrato_line(r, cents, low, high):
    line = Line(D)
    while line.fits(0.9):
        line.note(vibrato(r.uniform(low, high), cents * r.uniform(0.7, 1.2), r.uniform(5, 7), r.uniform(0, 6)), 0.85,
                  slope(r.uniform(0.7, 1.5)), gap=0.1, rng=r)
    return line.clip()


def missing_fundamental(r):
    amps = slope(0.5, 12)
    amps[0] = 0
    if r.uniform() < 0.5:
        amps[1] = 0
    return melody(r, D, 45, 72, amps)


def octave_jumps(r):
    line = Line(D)
    base, up = r.uniform(50, 64), False
    while line.fits(0.3):
        line.note(midi(base + (12 if up else 0)), 0.28, slope(1.2), rng=r, release=0.01, attack=0.008)
        up = not up
    return line.clip()


def decays(r):
    line = Line(D)
    while line.fits(1.0):
        rate = r.uniform(25, 45)
        line.note(midi(r.uniform(48, 80)), 0.95, slope(1.3), attack=0.004, release=0.02, gap=0.08,
                  sustain=lambda t: 10 ** (-rate * t / 20), rng=r, level=0.4)
    return line.clip()


def strong_second(r):
    amps = slope(1.5, 10)
    amps[1] *= r.uniform(4, 9)
    return melody(r, D, 48, 76, amps)


def strong_third(r):
    amps = slope(1.5, 10)
    amps[2] *= r.uniform(6, 12)
    return melody(r, D, 48, 72, amps)


def singing(r, low, high, formants):
    line = Line(D)
    while line.fits(0.7):
        note = r.uniform(low, high)
        depth, rate, scoop = r.uniform(0.2, 0.6), r.uniform(5, 6.5), r.uniform(0, 1.5)
        fs = [(c * r.uniform(0.8, 1.25), w, a) for c, w, a in formants]
        line.note(lambda t: midi(note - scoop * np.exp(-t / 0.04) + depth * np.clip((t - 0.2) / 0.2, 0, 1) * np.sin(2 * np.pi * rate * t)),
                  0.65, slope(1.0, 60), attack=0.05, release=0.06, gap=r.choice([0.0, 0.12]), formants=fs, rng=r, noise=0.01)
    return line.clip()


def hum_alone(r):
    audio = hum(r, seconds(D), r.choice([50, 60]), 10 ** (r.uniform(-60, -38) / 20))
    audio += r.standard_normal(len(audio)) * 10 ** (-70 / 20)
    return Clip(audio, np.zeros(len(audio)))


def hum_under(r):
    clip = melody(r, D, 50, 80, slope(1.2), gap=(0.1, 0.3))
    return Clip(clip.audio + hum(r, len(clip.audio), r.choice([50, 60]), 10 ** (r.uniform(-52, -40) / 20)), clip.f0)


def clicks(r, n, rate):
    out = np.zeros(n)
    for _ in range(int(rate * n / RATE)):
        at, length = r.integers(0, n - seconds(0.03)), seconds(0.02)
        t = np.arange(length) / RATE
        burst = r.standard_normal(length) * np.exp(-t / r.uniform(0.0005, 0.003))
        burst += r.uniform(0, 1.5) * np.sin(2 * np.pi * r.uniform(300, 3000) * t) * np.exp(-t / r.uniform(0.001, 0.004))
        out[at:at + length] += burst * 10 ** (r.uniform(-40, -18) / 20)
    return out


def breath(r, n, level):
    centre = r.uniform(700, 3000)
    noise = signal.lfilter(*signal.butter(1, [centre * 0.5 / 24000, min(centre * 1.8, 20000) / 24000], "band"), r.standard_normal(n))
    slow = np.interp(np.arange(n), np.linspace(0, n, 12), r.uniform(0.2, 1, 12))
    noise *= slow
    return noise * level / np.sqrt(np.mean(noise**2))


def pluck(r, low, high, length=(0.35, 0.9)):
    line = Line(D)
    while line.fits(1.0):
        f = float(midi(r.uniform(low, high)))
        length_s = r.uniform(*length)
        n = seconds(length_s)
        t = np.arange(n + seconds(0.03)) / RATE
        position = r.uniform(0.1, 0.3)
        b = r.uniform(0, 1.0e-4)
        tone = np.zeros(len(t))
        for k in range(1, 40):
            fk = k * f * np.sqrt(1 + b * k * k)
            if fk > 18000:
                break
            tone += np.sin(np.pi * k * position) / k * np.sin(2 * np.pi * fk * t + r.uniform(0, 1)) * np.exp(-t * (1.2 + 0.35 * k) * 1.5)
        tone += 0.15 * r.standard_normal(len(t)) * np.exp(-t / 0.003)
        env = np.ones(len(t))
        env[n:] = np.linspace(1, 0, len(t) - n)
        env[:48] = np.linspace(0, 1, 48)
        end = line.at + len(t)
        line.audio[line.at:end] += 0.3 * tone * env
        line.f0[line.at:line.at + n] = f
        line.f0[line.at + n:end] = np.nan
        line.at += n + (seconds(r.choice([0.0, 0.1])))
    return line.clip()


def brass(r):
    line = Line(D)
    while line.fits(0.5):
        length_s = r.uniform(0.2, 0.5)
        n = seconds(length_s + 0.04)
        t = np.arange(n) / RATE
        swell = np.clip(t / 0.06, 0, 1) * np.exp(-t * 0.8)
        amps = np.array([np.exp(-(k - 1) * (0.15 + 0.7 * (1 - swell))) for k in range(1, 25)])
        line.note(float(midi(r.uniform(54, 80))), length_s, amps, attack=0.02, release=0.04, gap=r.choice([0, 0.12]), rng=r, noise=0.01)
    return line.clip()


def flute(r):
    return melody(r, D, 60, 93, FLUTE, attack=0.04, release=0.05, noise=0.05)


def bowed(r):
    line = Line(D)
    while line.fits(0.5):
        line.note(vibrato(r.uniform(55, 90), r.uniform(0, 25), r.uniform(5, 6.5)), r.uniform(0.2, 0.6), slope(0.9), attack=0.03,
                  release=0.05, gap=r.choice([0, 0, 0.1]), rng=r, noise=0.03, formants=[(500, 300, 1), (1100, 400, 0.8), (2500, 900, 0.7)])
    return line.clip()


def quiet(make):
    def wrapped(r):
        clip = make(r)
        return Clip(clip.audio * 10 ** (r.uniform(-25, -12) / 20), clip.f0)
    return wrapped


def runs(r, amps=slope(1.2), low=58, high=84):
    line = Line(D)
    note, step = r.integers(low, high), 2
    length = r.uniform(0.07, 0.11)
    while line.fits(length):
        line.note(midi(note), length, amps, attack=0.006, release=0.012, rng=r)
        note += step * r.integers(1, 3)
        if note > high or note < low:
            step = -step
            note = min(max(note, low), high)
    return line.clip()


def with_clicks(r):
    clip = melody(r, D, 58, 84, slope(1.6), gap=(0.05, 0.2))
    return Clip(clip.audio + clicks(r, len(clip.audio), 6), clip.f0)


def nothing(audio):
    return Clip(audio, np.zeros(len(audio)))


CATEGORIES = {
    "glide slow": glide_slow,
    "glide fast": glide_fast,
    "vibrato": lambda r: vibrato_line(r, 35, 55, 85),
    "vibrato wide": lambda r: vibrato_line(r, 100, 55, 80),
    "missing fundamental": missing_fundamental,
    "octave jumps": octave_jumps,
    "decays": decays,
    "noise 30 dB": lambda r: add_noise(melody(r, D, 48, 84, slope(1.2)), r, 30),
    "noise 20 dB": lambda r: add_noise(melody(r, D, 48, 84, slope(1.2)), r, 20),
    "noise 10 dB": lambda r: add_noise(melody(r, D, 48, 84, slope(1.2)), r, 10),
    "pink noise 10 dB": lambda r: add_noise(melody(r, D, 48, 84, slope(1.2)), r, 10, 1.0),
    "room": lambda r: add_room(melody(r, D, 52, 84, slope(1.2)), r, 0.4, 9),
    "large room": lambda r: add_room(melody(r, D, 52, 84, slope(1.2)), r, 1.2, 8),
    "hum alone": hum_alone,
    "hum under notes": hum_under,
    "male singing": lambda r: singing(r, 41, 60, MALE),
    "female singing": lambda r: singing(r, 57, 80, FEMALE),
    "strong 2nd harmonic": strong_second,
    "strong 3rd harmonic": strong_third,
    "low notes": lambda r: melody(r, D, 36, 48, slope(r.uniform(0.6, 1.5))),
    "low short notes": lambda r: melody(r, D, 36, 50, slope(1.0), length=(0.12, 0.2)),
    "high notes": lambda r: melody(r, D, 84, 95, slope(1.5), length=(0.15, 0.4)),
    "fast runs": runs,
    "fast runs in a room": lambda r: add_room(runs(r), r, 0.5, 9),
    "key clicks alone": lambda r: nothing(clicks(r, seconds(D), 5)),
    "notes with clicks": with_clicks,
    "breath alone": lambda r: nothing(breath(r, seconds(D), 10 ** (r.uniform(-50, -28) / 20))),
    "breathy flute": lambda r: (lambda c: Clip(c.audio + breath(r, len(c.audio), 0.02), c.f0))(flute(r)),
    "silence": lambda r: nothing(np.zeros(seconds(D))),
    "noise alone": lambda r: nothing(r.standard_normal(seconds(D)) * 10 ** (r.uniform(-60, -25) / 20)),
    "plucked guitar": lambda r: pluck(r, 40, 76),
    "plucked bass": lambda r: pluck(r, 33, 52),
    "flute": flute,
    "bowed": bowed,
    "brass": brass,
    "clarinet": lambda r: melody(r, D, 50, 80, ODD, attack=0.02),
    "sines": lambda r: melody(r, D, 40, 94, np.array([1.0]), attack=0.01),
    "bright pulses": lambda r: melody(r, D, 48, 84, slope(0.0)),
    "staccato": lambda r: melody(r, D, 52, 84, slope(1.2), length=(0.06, 0.1), gap=(0.08, 0.15), attack=0.005, release=0.015),
    "soft attacks": lambda r: melody(r, D, 52, 80, slope(1.4), length=(0.4, 0.7), attack=0.15, release=0.1, gap=(0.1, 0.2)),
    "quiet playing": quiet(bowed),
}


def clips(repeats=2, seed=1, categories=None):
    """Yields (category, index, Clip)."""
    for number, (name, make) in enumerate((categories or CATEGORIES).items()):
        for repeat in range(repeats):
            yield name, repeat, make(np.random.default_rng([seed, number, repeat]))
