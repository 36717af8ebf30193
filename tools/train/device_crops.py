"""Training crops drawn on the device: the corpus lies there whole, and a step needs nothing from the host."""

import numpy as np
import torch

from .dataset import Batch, Crops
from .timing import HOP_SAMPLES


class DeviceRandom:
    """NumPy's names for the draws that crops and augmentation make, as tensors on the device."""

    def __init__(self, device, seed):
        self.device = torch.device(device)
        self.generator = torch.Generator(self.device).manual_seed(seed)

    def integers(self, high, size):
        return torch.randint(high, (size,), generator=self.generator, device=self.device)

    def uniform(self, low, high, size, dtype=torch.float32):
        unit = torch.rand(size, generator=self.generator, device=self.device, dtype=dtype)
        return low + (high - low) * unit

    def standard_normal(self, size):
        return torch.randn(tuple(size), generator=self.generator, device=self.device)


class DeviceCorpus:
    """Streams end to end: frame k of all belongs to samples 64 k … 64 k + 63 of all."""

    def __init__(self, corpus, device):
        def joined(arrays):
            return torch.from_numpy(np.concatenate(arrays)).to(device)

        self.corpus = corpus
        self.f0_hz = joined([s.frames.f0_hz for s in corpus.streams])
        self.loudness_db = joined([s.frames.loudness_db for s in corpus.streams])
        self.audio = joined([s.audio for s in corpus.streams])
        self.first = np.concatenate([[0], np.cumsum([len(s.frames) for s in corpus.streams])])


class DeviceCrops:
    """The crops of dataset.Crops, `batch` of them at a time."""

    def __init__(self, corpus, context_frames, seconds, random):
        """corpus: a DeviceCorpus."""
        crops = Crops(corpus.corpus.streams, corpus.corpus.latency_samples, context_frames, seconds)
        self.corpus, self.random = corpus, random
        starts = corpus.first[crops.starts[:, 0]] + crops.starts[:, 1]
        self.starts = torch.from_numpy(starts).to(random.device)
        self.frames = torch.arange(-1 - crops.context, crops.hops, device=random.device)
        self.samples = torch.arange(crops.hops * HOP_SAMPLES, device=random.device) - crops.latency

    def batch(self, size):
        start = self.starts[self.random.integers(len(self.starts), size)][:, None]
        frames = start + self.frames
        return Batch(self.corpus.f0_hz[frames], self.corpus.loudness_db[frames],
                     self.corpus.audio[start * HOP_SAMPLES + self.samples])
