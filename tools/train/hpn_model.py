"""Harmonic + noise as a whole model: GRU → amplitude, harmonics, noise bands → reverb."""

import torch

from . import noise as noise_branch
from .features import scale_features, with_frame_before
from .gru import GruDecoder
from .harmonic import HARMONICS, harmonic_synth, masked_distribution
from .reverb import Reverb

HIDDEN = {"full": 512, "reduced": 16}
HEADS = {"amplitude": 1, "harmonic_distribution": HARMONICS,
         "noise_bands": noise_branch.NOISE_BANDS}


class HarmonicNoiseModel(torch.nn.Module):
    synth, has_noise = "harmonic_noise", True
    context_frames = 64  # a recurrent network has no receptive field; it is warmed up this long

    def __init__(self, hidden=16, reverb_seed=0):
        super().__init__()
        self.decoder = GruDecoder(hidden, HEADS)
        self.reverb = Reverb(seed=reverb_seed)
        with torch.no_grad():
            self.decoder.head["noise_bands"].bias.fill_(-5.0)

    def controls(self, f0_hz, loudness_db, pad=True):
        """Features (batch, frames) → amplitude (batch, frames), distribution, noise bands."""
        raw = self.decoder(scale_features(f0_hz, loudness_db).float())
        raw = {name: noise_branch.exp_sigmoid(x) for name, x in raw.items()}
        distribution = masked_distribution(raw["harmonic_distribution"], f0_hz)
        found = raw["amplitude"][..., 0], distribution, raw["noise_bands"]
        return found if pad else tuple(x[:, self.context_frames:] for x in found)

    def dry_audio(self, controls, f0_hz, generator=None, start_cycles=None, noise=True):
        amplitude, distribution, bands = controls
        if not noise:
            return harmonic_synth(amplitude, distribution, f0_hz, start_cycles)
        source = noise_branch.uniform_noise(bands.shape[0], bands.shape[1] - 1, generator,
                                            bands.device)
        return (harmonic_synth(amplitude, distribution, f0_hz, start_cycles)
                + noise_branch.filtered_noise(bands[:, 1:], source))

    def forward(self, f0_hz, loudness_db, f0_synth_hz=None, generator=None, start_cycles=None,
                noise=True):
        """As FmModel.forward: context + 1 + hops frames → audio, controls."""
        controls = self.controls(f0_hz, loudness_db, pad=False)
        played = (f0_hz if f0_synth_hz is None else f0_synth_hz)[:, self.context_frames:]
        return self.reverb(self.dry_audio(controls, played, generator, start_cycles,
                                         noise)), controls

    def flicker(self, controls):
        """Mean second difference of amplitude and of the distribution's sum, from frame to frame."""
        amplitude, distribution, _ = controls
        return (torch.diff(amplitude, n=2, dim=1).abs().mean()
                + HARMONICS * torch.diff(distribution, n=2, dim=1).abs().mean())

    def distance(self, controls, others):
        """Σ of L1 between scaled controls; the distribution counts by its sum, not by its mean."""
        pairs = zip(controls, others, (1.0, float(HARMONICS), 1.0))
        return sum(factor * (own - other).abs().mean() for own, other, factor in pairs)

    @torch.no_grad()
    def render(self, f0_hz, loudness_db, seed=1):
        f0_hz, loudness_db = f0_hz[None], loudness_db[None]
        controls = tuple(torch.cat([x[:, :1], x], dim=1) for x in self.controls(f0_hz, loudness_db))
        generator = torch.Generator(device=f0_hz.device).manual_seed(seed)
        return self.reverb(self.dry_audio(controls, with_frame_before(f0_hz), generator))[0]
