"""A whole model: TCN → controls → FM (and noise) → reverb."""

import torch

from . import noise as noise_branch
from .configurations import CONFIGURATIONS, INSTRUMENT_PATCH, VARIANTS
from .features import scale_features, with_frame_before
from .fm import fm_synth
from .hpn_model import HIDDEN, HarmonicNoiseModel
from .reverb import Reverb
from .tcn import Tcn

NOISE_BIAS_START = -5.0  # bands start near -60 dB


class FmModel(torch.nn.Module):
    """synth "fm": 6 levels; "fm_noise": 6 levels and 65 noise bands from the same network."""

    def __init__(self, configuration, i_max, synth="fm_noise", hidden=128, blocks=5, reverb_seed=0,
                 weight_norm=False):
        super().__init__()
        self.configuration = CONFIGURATIONS[configuration]
        self.i_max, self.synth = float(i_max), synth
        self.has_noise = synth == "fm_noise"
        self.operators = self.configuration.operators
        outputs = self.operators + (noise_branch.NOISE_BANDS if self.has_noise else 0)
        self.tcn = Tcn(outputs, hidden, blocks, weight_norm=weight_norm)
        self.reverb = Reverb(seed=reverb_seed)
        if self.has_noise:
            for layer in (self.tcn.block[-1].conv2, self.tcn.block[-1].skip):
                with torch.no_grad():
                    layer.bias[self.operators:] = NOISE_BIAS_START / 2

    @property
    def decoder(self):
        return self.tcn

    @property
    def context_frames(self):
        return self.tcn.context_frames

    def controls(self, f0_hz, loudness_db, pad=True):
        """Features (batch, frames) → levels (batch, operators, frames) in 0…i_max and noise bands
        (batch, frames, 65) or None."""
        raw = self.tcn(scale_features(f0_hz, loudness_db).float(), pad)
        levels = self.i_max * torch.sigmoid(raw[:, :self.operators])
        if not self.has_noise:
            return levels, None
        return levels, noise_branch.exp_sigmoid(raw[:, self.operators:]).transpose(1, 2)

    def dry_audio(self, levels, bands, f0_hz, generator=None, start_cycles=None):
        """Controls of hops + 1 frames (the first is the one before hop 0) → audio of the hops."""
        audio = fm_synth(levels, f0_hz, self.configuration, self.i_max, start_cycles)
        if bands is None:
            return audio
        source = noise_branch.uniform_noise(bands.shape[0], bands.shape[1] - 1, generator,
                                            bands.device)
        return audio + noise_branch.filtered_noise(bands[:, 1:], source)

    def forward(self, f0_hz, loudness_db, f0_synth_hz=None, generator=None, start_cycles=None):
        """A training crop: context_frames + 1 + hops frames of features → hops · 64 samples, controls.
        `f0_synth_hz` is the pitch the synth plays, where the decoder is shown a perturbed one."""
        levels, bands = self.controls(f0_hz, loudness_db, pad=False)
        played = (f0_hz if f0_synth_hz is None else f0_synth_hz)[:, self.tcn.context_frames:]
        dry = self.dry_audio(levels, bands, played, generator, start_cycles)
        return self.reverb(dry), (levels, bands)

    def flicker(self, controls):
        """Mean second difference of the levels, 0…1, from frame to frame."""
        return torch.diff(controls[0], n=2, dim=-1).abs().mean() / self.i_max

    def distance(self, controls, others):
        """Σ of L1 between scaled controls (levels in 0…1, bands), for distillation."""
        total = (controls[0] - others[0]).abs().mean() / self.i_max
        if controls[1] is not None and others[1] is not None:
            total = total + (controls[1] - others[1]).abs().mean()
        return total

    @torch.no_grad()
    def render(self, f0_hz, loudness_db, seed=1):
        """A whole stream from its first frame: (frames,) → (frames · 64,), as the live synth does."""
        f0_hz, loudness_db = f0_hz[None], loudness_db[None]
        levels, bands = self.controls(f0_hz, loudness_db)
        levels = with_frame_before(levels)
        if bands is not None:
            bands = torch.cat([bands[:, :1], bands], dim=1)
        generator = torch.Generator(device=f0_hz.device).manual_seed(seed)
        return self.reverb(self.dry_audio(levels, bands, with_frame_before(f0_hz), generator))[0]


def build_model(instrument, synth, variant, configuration=None, i_max=None, reverb_seed=0,
                weight_norm=False):
    if synth == "harmonic_noise":
        return HarmonicNoiseModel(HIDDEN[variant], reverb_seed)
    default_configuration, default_i_max = INSTRUMENT_PATCH[instrument]
    blocks, hidden = VARIANTS[variant]
    return FmModel(configuration or default_configuration, i_max or default_i_max, synth, hidden,
                   blocks, reverb_seed, weight_norm)
