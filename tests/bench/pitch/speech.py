"""Synthetic talk: syllables of vowels that glide into one another, fricatives, stops and pauses on a melody of speech."""

import numpy as np
from scipy import signal

RATE = 48000

# First three formants of a man's vowels (Hz): Peterson and Barney, "Control methods used in a study of the vowels", 1952.
VOWELS = {"i": (270, 2290, 3010), "e": (530, 1840, 2480), "a": (730, 1090, 2440), "o": (570, 840, 2410), "u": (300, 870, 2240)}


def glottal(f0, r, jitter=0.003, shimmer=0.03, open_share=0.6):
    """Rosenberg's pulse train, differentiated, along f0 (Hz per sample)."""
    drift = signal.lfilter([0.02], [1, -0.98], r.standard_normal(len(f0)))
    phase = np.cumsum(f0 * (1 + jitter * drift)) / RATE
    cycle = np.floor(phase).astype(int)
    x = phase - cycle
    rise, fall = open_share * 0.67, open_share * 0.33
    pulse = np.where(x < rise, 0.5 * (1 - np.cos(np.pi * x / rise)),
                     np.where(x < rise + fall, np.cos(0.5 * np.pi * (x - rise) / fall), 0.0))
    loud = 1 + shimmer * r.standard_normal(cycle.max() + 2)
    return np.diff(pulse * loud[cycle], prepend=0.0)


def resonate(source, formants, scale=1.0):
    """Formant resonators in cascade, bandwidths of 50 Hz and 6 % of the centre; two fixed ones above."""
    out = source
    for centre in (*formants, 3500, 4500):
        a = resonator(centre * scale)
        out = signal.lfilter([sum(a)], a, out)
    return out


def resonator(centre):
    centre = min(centre, 0.45 * RATE)
    radius = np.exp(-np.pi * (50 + 0.06 * centre) / RATE)
    return [1, -2 * radius * np.cos(2 * np.pi * centre / RATE), radius**2]


def resonate_moving(source, tracks):
    """tracks: formant frequencies per sample, one row each; coefficients change every millisecond."""
    out = source
    step = RATE // 1000
    for track in tracks:
        state = np.zeros(2)
        parts = []
        for at in range(0, len(out), step):
            a = resonator(track[at])
            part, state = signal.lfilter([sum(a)], a, out[at:at + step], zi=state)
            parts.append(part)
        out = np.concatenate(parts)
    return out


def phrase(r, length_s, scale, base_hz):
    """One breath of speech, its pitch falling, with an accent every few syllables."""
    n = int(length_s * RATE)
    t = np.arange(n) / RATE
    starts = np.cumsum(np.concatenate([[0], r.uniform(0.13, 0.28, int(length_s / 0.13))]))
    starts = starts[starts < length_s - 0.1]
    semitones = 3 - 5 * t / length_s
    loud = np.zeros(n)
    voiced = np.zeros(n)
    hiss = np.zeros(n)
    anchors = []
    for begin, end in zip(starts, np.append(starts[1:], length_s)):
        vowel = np.array(VOWELS[r.choice(list(VOWELS))], float)
        consonant = r.choice(["stop", "fricative", "nasal", "none"])
        closed = {"stop": 0.05, "fricative": 0.07, "nasal": 0.05, "none": 0.01}[consonant]
        closed = min(closed, 0.4 * (end - begin))
        anchors += [(begin + closed * 0.5, vowel * r.uniform(0.75, 1.1, 3)), (0.5 * (begin + closed + end), vowel)]
        # Within a syllable the pitch of recorded speakers moves by one to four semitones, more on an accent.
        moved = r.uniform(1, 4) * r.choice([-1, 1]) if r.uniform() < 0.6 else r.uniform(3, 7)
        semitones = semitones + moved * np.exp(-((t - begin - r.uniform(0.05, 0.15)) / r.uniform(0.05, 0.09)) ** 2)
        inside = (t >= begin + closed) & (t < end)
        x = (t[inside] - begin - closed) / max(end - begin - closed, 1e-3)
        loud[inside] = r.uniform(0.4, 1) * np.sin(np.pi * np.clip(x, 0.02, 0.98)) ** 0.4
        voiced[inside] = 1
        shut = (t >= begin) & (t < begin + closed)
        if consonant == "nasal":
            loud[shut], voiced[shut] = 0.25, 1
        elif consonant == "fricative":
            hiss[shut] = r.uniform(0.03, 0.12)
        elif consonant == "stop":
            hiss[(t >= begin + closed - 0.012) & (t < begin + closed)] = r.uniform(0.05, 0.2)
    smooth = np.hanning(int(0.014 * RATE))
    smooth /= smooth.sum()
    gain = signal.fftconvolve(loud * voiced, smooth, "same").clip(0)
    f0 = base_hz * 2 ** (semitones / 12)
    times = [at for at, _ in anchors]
    tracks = [np.interp(t, times, [formants[i] * scale for _, formants in anchors]) for i in range(3)]
    voice = resonate_moving(glottal(f0, r, jitter=0.008, shimmer=0.06) + 0.003 * r.standard_normal(n), tracks)
    voice /= np.std(voice) + 1e-12
    noise = signal.lfilter(*signal.butter(2, [2500 / 24000, 9000 / 24000], "band"), r.standard_normal(n))
    return voice * gain + 4 * noise * signal.fftconvolve(hiss, smooth, "same").clip(0)


def talk(r, duration_s):
    """A man, woman or child who talks, with pauses; RMS of the phrases about −26 dBFS."""
    out = np.zeros(int(duration_s * RATE))
    scale, base_hz = [(1.0, r.uniform(85, 140)), (1.17, r.uniform(165, 230)), (1.35, r.uniform(230, 300))][r.integers(3)]
    at = 0.2
    while at < duration_s - 0.8:
        length_s = min(r.uniform(0.8, 2.2), duration_s - at - 0.1)
        spoken = phrase(r, length_s, scale, base_hz)
        begin = int(at * RATE)
        out[begin:begin + len(spoken)] += 0.06 * spoken
        at += length_s + r.uniform(0.15, 0.5)
    return out
