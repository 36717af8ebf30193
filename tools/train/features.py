"""Frames of features: scaling for the decoder and the ramp from frames to samples."""

import torch

from .timing import HOP_SAMPLES, LOUDNESS_FLOOR_DB


def scale_features(f0_hz, loudness_db):
    """(batch, frames) Hz and dB → (batch, 2, frames): MIDI note / 127 and dB / 80 + 1, floored at 0."""
    midi = 69.0 + 12.0 * torch.log2(f0_hz / 440.0)
    loudness = loudness_db.clamp(min=LOUDNESS_FLOOR_DB) / -LOUDNESS_FLOOR_DB + 1.0
    return torch.stack([midi / 127.0, loudness], dim=1)


def ramp_to_samples(frames, hop=HOP_SAMPLES):
    """(…, frames + 1) → (…, frames · hop): sample n of a hop is at fraction (n + 1) / hop between the
    frame before and the hop's own frame. The first frame given is the one before the first hop."""
    fraction = torch.arange(1, hop + 1, dtype=frames.dtype, device=frames.device) / hop
    before, after = frames[..., :-1, None], frames[..., 1:, None]
    return torch.addcmul(before, after - before, fraction).flatten(-2)


def with_frame_before(frames):
    """Prepends a copy of frame 0: hop 0 of a stream starts from its own frame."""
    return torch.cat([frames[..., :1], frames], dim=-1)
