"""A second set of test sounds, made by other means than the first, so that what was tuned on one meets the other.

Same contract as signals.py: each category takes a random generator and returns a Clip with exact truth.
Voices are glottal pulses through resonators, strings are Karplus and Strong's, and inputs come as real ones
do: quiet, clipped, offset, at other host rates.
"""

import numpy as np
from scipy import signal

import signals
from signals import (D, RATE, Clip, Line, add_noise, add_room, breath, clicks, envelope, hum, melody, midi, nothing,
                     runs, seconds, slope)
from speech import VOWELS, glottal, resonate, talk


def shaped_note(line, tone, pitch, length, env, level, gap):
    tone = tone / (np.sqrt(np.mean(tone**2)) + 1e-12) * env * level
    end = min(line.at + len(tone), len(line.audio))
    n = end - line.at
    line.audio[line.at:end] += tone[:n]
    line.f0[line.at:end] = np.nan
    sounding = (env[:n] > 0.01) & (np.arange(n) < length)
    line.f0[line.at:end][sounding] = pitch[:n][sounding]
    line.at += length + seconds(gap)
    if gap > 0 and len(env) - length < seconds(gap):
        line.f0[end:line.at] = 0


def vowel_song(r, low, high, scale, vowels="ieaou", vibrato=0.35):
    line = Line(D)
    while line.fits(0.75):
        note, depth, rate = r.uniform(low, high), r.uniform(0, vibrato), r.uniform(4.8, 6.5)
        length = seconds(r.uniform(0.3, 0.7))
        env = envelope(length, r.uniform(0.02, 0.07), 0.05)
        t = np.arange(len(env)) / RATE
        pitch = midi(note - r.uniform(0, 1) * np.exp(-t / 0.03) + depth * np.clip((t - 0.15) / 0.2, 0, 1) * np.sin(2 * np.pi * rate * t))
        source = glottal(pitch, r) + 0.004 * r.standard_normal(len(t))
        vowel = VOWELS[r.choice(list(vowels))]
        first = max(vowel[0] * scale, pitch.min() * 0.98) / scale  # singers open the first formant to the note
        shaped_note(line, resonate(source, (first, *vowel[1:]), scale), pitch, length, env, 0.15, r.choice([0.0, 0.1]))
    return line.clip()


def karplus(f0, length, r, brightness, decay):
    """A plucked string whose loop has a lowpass, an allpass of the fraction, and a little stiffness."""
    period = RATE / f0
    stiffness = r.uniform(0, 0.25)
    total = period - 0.5 - (1 - stiffness) / (1 + stiffness)
    whole = int(total - 0.2)
    fraction = total - whole
    c = (1 - fraction) / (1 + fraction)
    loss = 10 ** (-3 * period / RATE / decay)
    pluck = signal.lfilter([1 - brightness], [1, -brightness], r.standard_normal(whole))
    pluck -= np.roll(pluck, int(whole * r.uniform(0.1, 0.3)))
    excitation = np.zeros(length)
    excitation[:whole] = pluck - pluck.mean()
    # y[n] = x[n] + loss · lowpass · allpass(fraction) · allpass(stiffness) · z^-whole · y[n]
    num = loss * np.convolve(np.convolve([0.5, 0.5], [c, 1]), [stiffness, 1])
    den = np.convolve([1, c], [1, stiffness])
    a = np.zeros(whole + len(num))
    a[:3] = den
    a[whole:] -= num
    return signal.lfilter(den, a, excitation)


def strings(r, low, high, decay):
    line = Line(D)
    while line.fits(1.0):
        f0 = float(midi(r.integers(low, high) + r.uniform(-0.2, 0.2)))
        length = seconds(r.uniform(0.25, 0.8))
        env = np.ones(length + seconds(0.03))
        env[length:] = np.linspace(1, 0, len(env) - length)
        env[:24] = np.linspace(0, 1, 24)
        tone = karplus(f0, len(env), r, r.uniform(0.3, 0.8), decay)
        # Stiffness makes a string's partials sharp; what is heard as its pitch is that of the lowest.
        spectrum = np.abs(np.fft.rfft(tone * np.hanning(len(tone)), 1 << 19))
        freq = np.fft.rfftfreq(1 << 19, 1 / RATE)
        near = np.abs(freq / f0 - 1) < 0.02
        f0 = freq[near][np.argmax(spectrum[near])]
        shaped_note(line, tone, np.full(len(tone), f0), length, env, 0.15, r.choice([0.0, 0.12]))
    return line.clip()


def swells(r):
    """Brass from piano to forte and back: the spectrum opens with the loudness."""
    line = Line(D)
    while line.fits(1.3):
        length = seconds(r.uniform(0.7, 1.2))
        env = envelope(length, 0.04, 0.05)
        t = np.arange(len(env)) / RATE
        swell = np.sin(np.pi * np.clip(t / (length / RATE), 0, 1)) ** 2
        note = r.uniform(48, 77)
        pitch = midi(note + 0.25 * swell - 0.4 * np.exp(-t / 0.025))
        phase = 2 * np.pi * np.cumsum(pitch) / RATE
        tone = sum(np.exp(-(k - 1) * (0.9 - 0.75 * swell)) * np.sin(k * phase + r.uniform(0, 6)) * (k * pitch < 18000)
                   for k in range(1, 30))
        tone *= 10 ** ((-20 + 20 * swell) / 20)
        shaped_note(line, tone, pitch, length, env, 0.2, r.choice([0.0, 0.15]))
    return line.clip()


def timbre(r):
    """Any spectrum an instrument may have: a slope, an even/odd balance and a bump."""
    k = np.arange(1, 31)
    amps = slope(r.uniform(0.6, 1.8), 30) * np.where(k % 2 == 0, r.uniform(0.3, 2), 1)
    return amps * (1 + r.uniform(0, 4) * np.exp(-((k - r.uniform(2, 6)) / 1.5) ** 2))


def octaves(r):
    line = Line(D)
    note, amps = r.uniform(50, 62), timbre(r)
    while line.fits(0.4):
        line.note(float(midi(note)), r.uniform(0.15, 0.35), amps, attack=0.008, release=0.012, gap=r.choice([0.0, 0.0, 0.05]), rng=r)
        note += 12 * (r.choice([-1, 1]) if 50 <= note <= 78 else (1 if note < 50 else -1))
    return line.clip()


def repetitions(r):
    line = Line(D)
    while line.fits(1.0):
        note, amps, length = r.uniform(50, 86), timbre(r), r.uniform(0.09, 0.16)
        for _ in range(6):
            if line.fits(length):
                line.note(float(midi(note)), length, amps, attack=0.006, release=0.015, gap=r.choice([0.0, 0.02]), rng=r)
    return line.clip()


def legato_60ms(r):
    line = Line(D)
    amps, note, step = timbre(r), r.integers(57, 80), 1
    while line.fits(0.06):
        line.note(midi(note), 0.06, amps, attack=0.005, release=0.008, rng=r)
        note += step * r.integers(1, 3)
        if not 55 <= note <= 86:
            step = -step
            note = min(max(note, 55), 86)
    return line.clip()


def continuous(r, note_of, attack=0.03, amps=None):
    """One unbroken tone whose pitch is note_of(t), t in seconds."""
    line = Line(D)
    length = len(line.audio) - line.at - seconds(0.3)
    env = envelope(length, attack, 0.05)
    pitch = midi(note_of(np.arange(len(env)) / RATE))
    tone = signals.harmonics(pitch, timbre(r) if amps is None else amps, rng=r)
    shaped_note(line, tone, pitch, length, env, 0.15, 0.0)
    return line.clip()


def unjudged_slides(clip, slowest=4):
    """Leaves out what is neither note while one slides into the next by `slowest` octaves a second or more."""
    speed = np.abs(np.diff(np.log2(np.maximum(np.nan_to_num(clip.f0), 1)), prepend=0)) * RATE
    return Clip(clip.audio, np.where((clip.f0 > 0) & (speed > slowest), np.nan, clip.f0))


def stairs(r, slide_s, low=50, high=84, hold=(0.2, 0.45)):
    """Notes that slide into one another within slide_s."""
    times, notes = [0.0], [r.uniform(low, high)]
    while times[-1] < D:
        times += [times[-1] + r.uniform(*hold)]
        notes += [notes[-1]]
        times += [times[-1] + r.uniform(*slide_s)]
        notes += [float(np.clip(notes[-1] + r.choice([-1, 1]) * r.uniform(1, 9), low, high))]
    return lambda t: np.interp(t, times, notes)


def trill(r):
    low, width, rate = r.uniform(58, 84), r.choice([1, 2]), r.uniform(6, 10)
    return lambda t: low + width * (0.5 + 0.5 * np.clip(8 * np.sin(2 * np.pi * rate * t), -1, 1))


def tremolo(r):
    clip = unjudged_slides(continuous(r, stairs(r, (0.005, 0.01))))
    t = np.arange(len(clip.audio)) / RATE
    return Clip(clip.audio * (1 - r.uniform(0.4, 0.8) * (0.5 + 0.5 * np.sin(2 * np.pi * r.uniform(4, 9) * t))), clip.f0)


def fm_notes(r):
    """Two-operator FM with an index that falls, as electric pianos and reeds have."""
    line = Line(D)
    while line.fits(0.8):
        f0, ratio, index = float(midi(r.uniform(48, 84))), r.choice([1, 1, 2, 3]), r.uniform(0.5, 4)
        length = seconds(r.uniform(0.2, 0.7))
        env = envelope(length, r.choice([0.003, 0.03]), 0.04)
        t = np.arange(len(env)) / RATE
        env = env * np.exp(-t * r.uniform(0, 3))
        tone = np.sin(2 * np.pi * f0 * t + index * np.exp(-t * 3) * np.sin(2 * np.pi * ratio * f0 * t))
        shaped_note(line, tone, np.full(len(t), f0), length, env, 0.2, r.choice([0.0, 0.1]))
    return line.clip()


def piano(r):
    """Three strings a cent apart per note, stiff, with a hammer."""
    line = Line(D)
    while line.fits(1.0):
        note = r.uniform(40, 88)
        f0 = float(midi(note))
        length = seconds(r.uniform(0.25, 0.7))
        t = np.arange(length + seconds(0.05)) / RATE
        b = 10 ** (-4.3 + (note - 40) / 48 * 1.3)
        tone = 0.05 * r.standard_normal(len(t)) * np.exp(-t / 0.004)
        for detune in r.uniform(-0.6, 0.6, 3):
            for k in range(1, 25):
                partial = k * f0 * 2 ** (detune / 1200) * np.sqrt((1 + b * k * k) / (1 + b))
                if partial < 16000:
                    tone += k ** -r.uniform(0.9, 1.4) * np.exp(-t * (1.5 + 0.25 * k) * (f0 / 260) ** 0.5) * np.sin(2 * np.pi * partial * t + r.uniform(0, 6))
        env = np.ones(len(t))
        env[length:] = np.linspace(1, 0, len(t) - length) ** 2
        env[:72] = np.linspace(0, 1, 72)
        shaped_note(line, tone, np.full(len(t), f0), length, env, 0.15, r.choice([0.0, 0.15]))
    return line.clip()


def at_level(clip, dbfs):
    """RMS of what sounds at dbfs."""
    rms = np.sqrt(np.mean(clip.audio[np.nan_to_num(clip.f0) > 0] ** 2))
    return Clip(clip.audio * 10 ** (dbfs / 20) / rms, clip.f0)


def mixed(r):
    return melody(r, D, 50, 82, timbre(r), attack=r.uniform(0.004, 0.05))


def hum_and(r, make, dbfs):
    clip = make(r)
    return Clip(clip.audio + hum(r, len(clip.audio), r.choice([50, 60]), 10 ** (dbfs / 20)), clip.f0)


def buzz(r):
    """A dimmer: harmonics of twice the mains up to several kHz."""
    t = np.arange(seconds(D)) / RATE
    mains = r.choice([50, 60]) * (1 + r.uniform(-2e-3, 2e-3))
    tone = sum(k**-0.7 * np.sin(2 * np.pi * 2 * mains * k * t + r.uniform(0, 6)) for k in range(1, 30))
    return nothing(tone / np.std(tone) * 10 ** (r.uniform(-55, -42) / 20))


def clipped(r):
    clip = mixed(r)
    loud = clip.audio / np.abs(clip.audio).max() * r.uniform(2, 5)
    return Clip(np.clip(loud, -1, 1), clip.f0)


def breaths(r):
    """In and out, with a whistle of the nose that never settles."""
    audio = breath(r, seconds(D), 1.0)
    t = np.arange(len(audio)) / RATE
    return nothing(audio * np.clip(np.sin(2 * np.pi * 0.4 * t), 0, 1) * 10 ** (r.uniform(-50, -30) / 20))


def keys_of_a_clarinet(r):
    """Pads that close: a thump of the tube's resonance, 15 to 40 ms long."""
    audio = np.zeros(seconds(D))
    for at in np.cumsum(r.uniform(0.1, 0.4, 30)):
        n = seconds(0.12)
        begin = seconds(at)
        if begin + n > len(audio):
            break
        t = np.arange(n) / RATE
        tone = sum(r.uniform(0, 1) * np.sin(2 * np.pi * f * t + r.uniform(0, 6)) * np.exp(-t / r.uniform(0.004, 0.012))
                   for f in r.uniform(120, 2500, 4))
        tone += 0.4 * r.standard_normal(n) * np.exp(-t / 0.002)
        audio[begin:begin + n] += tone * 10 ** (r.uniform(-45, -24) / 20)
    return nothing(audio + 1e-4 * r.standard_normal(len(audio)))


def whistle(r):
    clip = continuous(r, stairs(r, (0.03, 0.1), 84, 98), amps=np.array([1, 0.02]))
    return Clip(clip.audio + breath(r, len(clip.audio), 0.004), clip.f0)


def host_rate(rate_hz):
    def make(r):
        clip = mixed(r)
        clip.host_rate_hz = rate_hz
        return clip
    return make


def room_of(t60, direct_db, low=50, high=82):
    return lambda r: add_room(melody(r, D, low, high, timbre(r)), r, t60, direct_db)


CATEGORIES = {
    "man, vowels": lambda r: vowel_song(r, 41, 62, 1.0),
    "woman, vowels": lambda r: vowel_song(r, 56, 77, 1.17),
    "soprano": lambda r: vowel_song(r, 69, 84, 1.2, "aeo", 0.6),
    "child": lambda r: vowel_song(r, 60, 76, 1.35, vibrato=0.1),
    "guitar string": lambda r: strings(r, 40, 76, 3.0),
    "bass string": lambda r: strings(r, 28 + 5, 50, 4.0),
    "ukulele string": lambda r: strings(r, 60, 84, 1.0),
    "piano": piano,
    "electric piano": fm_notes,
    "brass swells": swells,
    "any timbre": mixed,
    "65 to 130 Hz": lambda r: melody(r, D, 36, 48, timbre(r), attack=0.01),
    "dull 65 to 130 Hz": lambda r: melody(r, D, 36, 48, slope(r.uniform(2, 3)), attack=0.01),
    "octaves": octaves,
    "second harmonic +20 dB": lambda r: melody(r, D, 45, 76, slope(1.2, 12) * np.where(np.arange(1, 13) == 2, 20, 1)),
    "even harmonics weak": lambda r: melody(r, D, 45, 80, slope(1.0, 20) * np.where(np.arange(1, 21) % 2 == 0, 0.05, 1)),
    "fundamental -40 dB": lambda r: melody(r, D, 45, 70, slope(0.8, 12) * np.where(np.arange(1, 13) == 1, 0.01, 1)),
    "harmonics 3 to 6": lambda r: melody(r, D, 45, 64, np.array([0, 0, 1, 0.8, 0.9, 0.7])),
    "repetitions": repetitions,
    "legato 60 ms": legato_60ms,
    "portamento": lambda r: continuous(r, stairs(r, (0.08, 0.3))),
    "slurs": lambda r: unjudged_slides(continuous(r, stairs(r, (0.01, 0.03)))),
    "trill": lambda r: continuous(r, trill(r)),
    "tremolo": tremolo,
    "above 2 kHz": lambda r: melody(r, D, 96, 102, slope(1.5), length=(0.15, 0.4)),
    "whistle": whistle,
    "hum -45 under notes": lambda r: hum_and(r, mixed, -45),
    "hum -35 under notes": lambda r: hum_and(r, mixed, -35),
    "hum -35 alone": lambda r: hum_and(r, lambda r: nothing(1e-4 * r.standard_normal(seconds(D))), -35),
    "buzz alone": buzz,
    "at -40 dBFS": lambda r: at_level(mixed(r), -40),
    "at -50 dBFS": lambda r: at_level(mixed(r), -50),
    "at -50 dBFS, 20 dB SNR": lambda r: at_level(add_noise(mixed(r), r, 20), -50),
    "DC offset": lambda r: (lambda c: Clip(c.audio + r.uniform(-0.3, 0.3), c.f0))(mixed(r)),
    "clipped": clipped,
    "22.05 kHz": host_rate(22050),
    "44.1 kHz": host_rate(44100),
    "96 kHz": host_rate(96000),
    "any timbre, 10 dB white": lambda r: add_noise(mixed(r), r, 10),
    "any timbre, 10 dB pink": lambda r: add_noise(mixed(r), r, 10, 1.0),
    "man, 10 dB pink": lambda r: add_noise(vowel_song(r, 41, 62, 1.0), r, 10, 1.0),
    "small room": room_of(0.3, 10),
    "chamber": room_of(0.8, 9),
    "long hall": room_of(2.2, 8),
    "man in a room": lambda r: add_room(vowel_song(r, 41, 62, 1.0), r, 0.5, 9),
    "staccato in a room": lambda r: add_room(melody(r, D, 55, 84, timbre(r), length=(0.06, 0.12), gap=(0.1, 0.2), attack=0.005, release=0.015), r, 0.5, 9),
    "key clicks": lambda r: nothing(clicks(r, seconds(D), 8)),
    "key thumps": keys_of_a_clarinet,
    "breaths": breaths,
    "talk": lambda r: nothing(talk(r, D)),
}
