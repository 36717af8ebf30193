"""What a run minimises: the multi-scale loss against the recording, and a teacher's share."""

import torch

from .export import load_model
from .growth import grown
from .model import build_model
from .mss import mss_loss
from .recipe import DISTILLED


class Objective:
    """A recipe's model and teacher, and the loss of one batch."""

    def __init__(self, recipe, device="cpu", model=None):
        """Takes `model` where one is given, else builds the one that the recipe describes."""
        self.recipe = recipe
        self.model = model or build_model(recipe.instrument, recipe.synth, recipe.variant,
                                          recipe.configuration, recipe.i_max, recipe.seed,
                                          recipe.weight_norm)
        if recipe.init_from:
            start_from(self.model, recipe.init_from)
        self.model.to(device)
        if recipe.reverb_rate <= 0.0:  # its gradient would only grow, and count in the norm that is clipped
            self.model.reverb.requires_grad_(False)
        self.teacher = load_model(recipe.teacher)[0].to(device) if recipe.teacher else None
        if recipe.distil not in DISTILLED:
            raise ValueError(f"distil is 'control', 'audio' or 'harmonics', not {recipe.distil!r}")
        if self.teacher is not None:
            expected = "harmonic_noise" if recipe.distil == "harmonics" else self.model.synth
            if self.teacher.synth != expected:
                raise ValueError(f"{recipe.teacher} is no {expected} model")

    @property
    def context_frames(self):
        """Frames a batch must hold before the one before its first hop."""
        teachers = self.teacher.context_frames if self.teacher is not None else 0
        return max(self.model.context_frames, teachers)

    def __call__(self, batch, seen_f0, start_cycles, log_epsilon, generator=None):
        """A Batch, its pitch as the network sees it, the phase it starts with in cycles (batch,) →
        loss against the recording, and the total to minimise."""
        r, model = self.recipe, self.model
        own = slice(self.context_frames - model.context_frames, None)
        audio, controls = model(seen_f0[:, own], batch.loudness_db[:, own], batch.f0_hz[:, own],
                                generator, start_cycles)
        loss = mss_loss(audio, batch.target, log_epsilon, r.linear_weight, r.overlap)
        total = loss
        if self.teacher is not None:
            total = r.target_weight * loss + self._teachers_share(
                batch, seen_f0, start_cycles, log_epsilon, generator, audio, controls)
        if r.calm > 0.0:
            total = total + r.calm * model.flicker(controls)
        return loss, total

    def _teachers_share(self, batch, seen_f0, start_cycles, log_epsilon, generator, audio, controls):
        """Control distillation: L1 between the controls; audio distillation: the loss of the recording
        with the teacher's rendering in its place."""
        r = self.recipe
        own = slice(self.context_frames - self.teacher.context_frames, None)
        with torch.no_grad():
            if r.distil == "control":
                wanted = self.teacher.controls(seen_f0[:, own], batch.loudness_db[:, own], pad=False)
            else:
                noise = {"noise": False} if r.distil == "harmonics" else {}
                rendered, _ = self.teacher(seen_f0[:, own], batch.loudness_db[:, own],
                                           batch.f0_hz[:, own], generator, start_cycles, **noise)
        if r.distil != "control":
            return (r.teacher_weight or 0.5) * mss_loss(audio, rendered, log_epsilon,
                                                        r.linear_weight, r.overlap)
        return (r.teacher_weight or 1.0) * self.model.distance(controls, wanted)


def start_from(model, path):
    """Takes decoder and reverb from an exported model. A plain FM model may start from FM+noise (the
    rows of the noise bands are left out), and FM+noise from plain (they start near silence). A larger
    GRU grows out of a smaller one (growth.py)."""
    source, _ = load_model(path)
    state, own = source.decoder.state_dict(), model.decoder.state_dict()
    if set(state) != set(own):
        raise ValueError(f"{path} has another decoder")
    if {n: t.shape[1:] for n, t in state.items()} != {n: t.shape[1:] for n, t in own.items()}:
        if model.synth != "harmonic_noise":
            raise ValueError(f"{path} has another decoder")
        state = grown(state, own, source.decoder.hidden, model.decoder.hidden, list(source.decoder.heads))
    for name, tensor in state.items():
        rows = min(len(tensor), len(own[name]))
        own[name][:rows] = tensor[:rows]
    model.decoder.load_state_dict(own)
    model.reverb = source.reverb
