"""Training crops: clips joined into streams, labelled by the analyzer, cut at random.

Alignment: output hop k (64 samples) ramps from frame k - 1 to frame k and must resemble the input
delayed by the analyzer's latency L: target[n] = audio[n - L].
"""

from dataclasses import dataclass

import numpy as np
import torch

from . import augment
from .audio import files_under, read_mono
from .timing import FRAME_RATE_HZ, HOP_SAMPLES, SAMPLE_RATE_HZ, VOICED_CONFIDENCE

GAP_S = 0.3  # silence between clips, so that a network also hears starts and ends
STREAM_S = 60.0
TARGET_DITHER = 3e-5  # keeps the log of digital silence in the range of real recordings


@dataclass
class Stream:
    audio: np.ndarray
    frames: object


def join_clips(clips, stream_s=STREAM_S):
    """Clips → streams of about `stream_s`, each clip after a gap, all whole hops long."""
    gap = np.zeros(int(GAP_S * SAMPLE_RATE_HZ) // HOP_SAMPLES * HOP_SAMPLES, np.float32)
    parts, length = [], 0
    for clip in clips:
        whole = np.pad(clip, (0, -len(clip) % HOP_SAMPLES))
        parts += [gap, whole]
        length += len(gap) + len(whole)
        if length >= stream_s * SAMPLE_RATE_HZ:
            yield np.concatenate([*parts, gap])
            parts, length = [], 0
    if parts:
        yield np.concatenate([*parts, gap])


def load_streams(folders, analyzer, log=print, microphone_copies=0, transposed_copies=0):
    """One analyzer pass per stream; the second time the labels come from the cache. On top, copies as
    another microphone hears them and transposed ones (augment.py), the same on every call."""
    streams = []
    for folder in folders:
        files = files_under([folder])
        for audio in join_clips(read_mono(path) for path in files):
            streams.append(Stream(audio, analyzer(audio)))
        log(f"{folder}: {len(files)} clips")
    minutes = sum(len(s.audio) for s in streams) / SAMPLE_RATE_HZ / 60.0
    log(f"{minutes:.1f} minutes in {len(streams)} streams")
    copied = with_copies(streams, analyzer, microphone_copies, transposed_copies)
    if len(copied) > len(streams):
        log(f"and {len(copied) - len(streams)} copies through other microphones or transposed")
    return copied


def with_copies(streams, analyzer, microphone_copies=0, transposed_copies=0):
    """The streams, and so many copies of each: as another microphone hears it; transposed."""
    random, copies = np.random.default_rng(0), []
    for clean in streams:
        for _ in range(microphone_copies):
            heard = augment.through_a_microphone(clean.audio, random)
            copies.append(Stream(clean.audio, analyzer(heard)))
        for _ in range(transposed_copies):
            audio = augment.transposed(clean.audio, augment.random_semitones(random))
            copies.append(Stream(audio[:len(audio) // HOP_SAMPLES * HOP_SAMPLES], None))
            copies[-1].frames = analyzer(copies[-1].audio)
    return streams + copies


@dataclass
class Batch:
    """context + 1 + hops frames of features (the last `hops` are heard) and hops · 64 samples."""

    f0_hz: torch.Tensor
    loudness_db: torch.Tensor
    target: torch.Tensor


class Crops:
    def __init__(self, streams, latency_samples, context_frames, seconds=1.0, min_voiced=0.6,
                 seed=0):
        self.streams, self.latency = streams, latency_samples
        self.context = context_frames
        self.hops = int(round(seconds * FRAME_RATE_HZ))
        self.random = np.random.default_rng(seed)
        starts = []
        for index, stream in enumerate(streams):
            for start in self._starts(stream, min_voiced):
                starts.append((index, start))
        if not starts:
            raise ValueError("no stretch of the data is voiced enough for a training crop")
        self.starts = np.array(starts)

    def _starts(self, stream, min_voiced):
        """First hops k such that hops k … k + hops - 1 are voiced enough and have a full past."""
        voiced = np.asarray(stream.frames.confidence) >= VOICED_CONFIDENCE
        count = np.concatenate([[0], np.cumsum(voiced)])
        first = max(self.context + 1, -(-self.latency // HOP_SAMPLES))
        last = min(len(voiced), len(stream.audio) // HOP_SAMPLES) - self.hops
        starts = np.arange(first, max(first, last + 1))
        return starts[count[starts + self.hops] - count[starts] >= min_voiced * self.hops]

    def crop(self, stream, start):
        """→ f0, loudness of frames start - 1 - context … start + hops - 1, and the target."""
        frames = slice(start - 1 - self.context, start + self.hops)
        begin = start * HOP_SAMPLES - self.latency
        audio = stream.audio[begin:begin + self.hops * HOP_SAMPLES]
        return stream.frames.f0_hz[frames], stream.frames.loudness_db[frames], audio

    def batch(self, size):
        picks = self.starts[self.random.integers(len(self.starts), size=size)]
        f0_hz, loudness_db, target = zip(*(self.crop(self.streams[i], k) for i, k in picks))
        return Batch(*(torch.from_numpy(np.stack(x)) for x in (f0_hz, loudness_db, target)))


@dataclass(frozen=True)
class Augmentation:
    """What a live player differs in: level, and the small unrest of any tracker. Gains within ±gain_db are equally
    likely at a power of 1, small ones the likelier the greater it is: every gain blurs what loudness tells of timbre."""

    gain_db: float = 9.0
    gain_power: float = 1.0
    loudness_noise_db: float = 0.3
    f0_noise_cents: float = 3.0

    def __call__(self, batch, random):
        """→ the batch at another gain, and the pitch as the network (not the synth) sees it. `random`: NumPy's
        generator, or a DeviceRandom where the batch is on a device."""
        size, frames = batch.f0_hz.shape
        drawn = _as_tensor(random.uniform(-1.0, 1.0, (size, 1)))
        gain_db = self.gain_db * drawn * drawn.abs() ** (self.gain_power - 1.0)
        loudness = batch.loudness_db + gain_db
        loudness += self.loudness_noise_db * _as_tensor(random.standard_normal((size, frames)))
        cents = self.f0_noise_cents * _as_tensor(random.standard_normal((size, frames)))
        dither = TARGET_DITHER * _as_tensor(random.standard_normal(batch.target.shape))
        target = batch.target * 10.0 ** (gain_db / 20.0) + dither
        return Batch(batch.f0_hz, loudness, target), batch.f0_hz * 2.0 ** (cents / 1200.0)


def _as_tensor(array):
    if torch.is_tensor(array):
        return array
    return torch.from_numpy(np.asarray(array, dtype=np.float32))
