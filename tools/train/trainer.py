"""The training loop: Adam on the multi-scale loss, checkpoints that resume, a log and a plot."""

import csv
import dataclasses
import json
import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from .dataset import Augmentation, Batch, Crops
from .export import export_model, load_model
from .growth import grown
from .model import build_model
from .mss import mss_loss
from .plots import plot_losses
from .reverb import Reverb


@dataclass
class Recipe:
    instrument: str = "violin"
    synth: str = "fm_noise"  # or "fm", "harmonic_noise"
    variant: str = "full"  # or "reduced"
    configuration: str = ""  # empty: the instrument's own patch
    i_max: float = 0.0  # 0: the instrument's own
    steps: int = 4000
    batch: int = 8
    seconds: float = 1.0
    learning_rate: float = 1e-3
    final_rate: float = 0.05  # of the learning rate, reached along a cosine
    warmup_steps: int = 50
    reverb_rate: float = 5.0  # × the learning rate; 0 freezes the reverb
    clip_norm: float = 2.0
    gain_db: float = 9.0
    microphone_copies: int = 0  # of the data, as other microphones and rooms hear it
    transposed_copies: int = 0  # of the data, up to 4 semitones up or down
    log_epsilon_start: float = 1e-5  # annealed to 1e-7 over the first half
    log_epsilon_end: float = 1e-7
    linear_weight: float = 1.0
    overlap: int = 2  # of the loss's windows: 2 is 50 %, 4 the published 75 %
    init_from: str = ""  # a .safetensors whose decoder and reverb are the start
    teacher: str = ""  # a .safetensors of the same synth that the student also follows
    distil: str = "control"  # what of the teacher: "control" (+CD), "audio" (+AD), or "harmonics":
    # what a harmonic + noise teacher sounds like without its noise, for FM that need not imitate a floor
    target_weight: float = 0.5  # of the recording's share of the loss, where there is a teacher
    teacher_weight: float = 0.0  # 0: the published weights, 1 for controls and 0.5 for audio
    calm: float = 0.0  # weight of the levels' flicker: the loss of plain FM rewards it, the ear does not
    seed: int = 0
    weight_norm: bool = False


class Trainer:
    def __init__(self, recipe, streams, latency_samples, folder, device="cpu", log=print, model=None):
        """Trains `model` where one is given, else the one that the recipe describes."""
        self.recipe, self.folder, self.device, self.log = recipe, Path(folder), device, log
        self.folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(recipe.seed)
        self.model = model or build_model(recipe.instrument, recipe.synth, recipe.variant,
                                          recipe.configuration, recipe.i_max, recipe.seed,
                                          recipe.weight_norm)
        if recipe.init_from:
            start_from(self.model, recipe.init_from)
        self.model.to(device)
        self.teacher = load_model(recipe.teacher)[0].to(device) if recipe.teacher else None
        if recipe.distil not in ("control", "audio", "harmonics"):
            raise ValueError(f"distil is 'control', 'audio' or 'harmonics', not {recipe.distil!r}")
        if self.teacher is not None:
            expected = "harmonic_noise" if recipe.distil == "harmonics" else self.model.synth
            if self.teacher.synth != expected:
                raise ValueError(f"{recipe.teacher} is no {expected} model")
        context = self.model.context_frames
        if self.teacher is not None:
            context = max(context, self.teacher.context_frames)
        self.extra_context = context - self.model.context_frames
        self.crops = Crops(streams, latency_samples, context, recipe.seconds, seed=recipe.seed)
        self.augment = Augmentation(recipe.gain_db)
        self.optimiser = self._optimiser()
        self.step = 0
        self.history = []  # (step, loss, learning rate, gradient norm)
        self.training_s = 0.0

    def _optimiser(self):
        groups = [{"params": list(self.model.decoder.parameters()), "factor": 1.0}]
        reverb = [p for p in self.model.reverb.parameters()]
        if self.recipe.reverb_rate > 0 and reverb:
            groups.append({"params": reverb, "factor": self.recipe.reverb_rate})
        return torch.optim.Adam(groups, lr=self.recipe.learning_rate)

    def learning_rate(self):
        r = self.recipe
        fraction = min(1.0, self.step / r.steps)
        decay = r.final_rate + (1.0 - r.final_rate) * 0.5 * (1.0 + math.cos(math.pi * fraction))
        return r.learning_rate * decay * min(1.0, (self.step + 1) / r.warmup_steps)

    def log_epsilon(self):
        start, end = math.log(self.recipe.log_epsilon_start), math.log(self.recipe.log_epsilon_end)
        fraction = min(1.0, 2.0 * self.step / self.recipe.steps)
        return math.exp(start + (end - start) * fraction)

    def train_step(self):
        r = self.recipe
        batch, seen_f0 = self.augment(self.crops.batch(r.batch), self.crops.random)
        batch = Batch(*(getattr(batch, f.name).to(self.device) for f in dataclasses.fields(Batch)))
        seen_f0 = seen_f0.to(self.device)
        start_cycles = torch.from_numpy(self.crops.random.uniform(0, 1000, r.batch)).to(self.device)
        own = slice(self.extra_context, None)
        audio, controls = self.model(seen_f0[:, own], batch.loudness_db[:, own],
                                     batch.f0_hz[:, own], start_cycles=start_cycles)
        loss = mss_loss(audio, batch.target, self.log_epsilon(), r.linear_weight,
                        r.overlap)
        total = loss
        if self.teacher is not None:
            total = r.target_weight * loss + self._teachers_share(batch, seen_f0, start_cycles,
                                                                  audio, controls)
        if r.calm > 0.0:
            total = total + r.calm * self.model.flicker(controls)
        rate = self.learning_rate()
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["factor"]
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), r.clip_norm)
        if torch.isfinite(norm):  # one bad crop must not poison Adam's memory
            self.optimiser.step()
        self.step += 1
        self.history.append((self.step, float(loss), rate, float(norm)))

    def _teachers_share(self, batch, seen_f0, start_cycles, audio, controls):
        """Control distillation: L1 between the controls; audio distillation: the loss of the recording
        with the teacher's rendering in its place."""
        r = self.recipe
        own = slice(self.model.context_frames + self.extra_context - self.teacher.context_frames,
                    None)
        with torch.no_grad():
            if r.distil == "control":
                wanted = self.teacher.controls(seen_f0[:, own], batch.loudness_db[:, own], pad=False)
            else:
                noise = {"noise": False} if r.distil == "harmonics" else {}
                rendered, _ = self.teacher(seen_f0[:, own], batch.loudness_db[:, own],
                                           batch.f0_hz[:, own], start_cycles=start_cycles, **noise)
        if r.distil != "control":
            return (r.teacher_weight or 0.5) * mss_loss(audio, rendered, self.log_epsilon(),
                                                        r.linear_weight, r.overlap)
        return (r.teacher_weight or 1.0) * self.model.distance(controls, wanted)

    def run(self, report_every=100, save_every=500, until_s=math.inf):
        r, begin = self.recipe, time.monotonic()
        before_s, first = self.training_s, self.step
        while self.step < r.steps and time.monotonic() - begin < until_s:
            self.train_step()
            self.training_s = before_s + time.monotonic() - begin
            if self.step % report_every == 0 or self.step == r.steps:
                recent = np.mean([h[1] for h in self.history[-report_every:]])
                per_step = (self.training_s - before_s) / (self.step - first)
                self.log(f"step {self.step}/{r.steps} loss {recent:.3f} "
                         f"{per_step * 1e3:.0f} ms/step {_reverb_text(self.model)}"
                         f"ETA {(r.steps - self.step) * per_step / 60:.1f} min")
            if self.step % save_every == 0 or self.step == r.steps:
                self.save()

    def save(self):
        state = {"model": self.model.state_dict(), "optimiser": self.optimiser.state_dict(),
                 "step": self.step, "history": self.history, "training_s": self.training_s,
                 "random": self.crops.random.bit_generator.state,
                 "torch_random": torch.get_rng_state()}
        partial = self.folder / "checkpoint.partial"
        torch.save(state, partial)
        partial.replace(self.folder / "checkpoint.pt")
        (self.folder / "recipe.json").write_text(
            json.dumps(dataclasses.asdict(self.recipe), indent=1) + "\n")
        with open(self.folder / "log.csv", "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["step", "loss", "learning_rate", "gradient_norm"])
            writer.writerows(self.history)
        plot_losses(self.folder / "loss.png", self.history, self.folder.name)
        self.export(self.folder / "model.safetensors")

    def resume(self):
        """Continues from the folder's checkpoint; False where there is none."""
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return False
        state = torch.load(path, map_location=self.device)
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.history = state["step"], state["history"]
        self.training_s = state["training_s"]
        self.crops.random.bit_generator.state = state["random"]
        torch.set_rng_state(state["torch_random"].cpu())
        return True

    def export(self, path, **notes):
        training = {"recipe": dataclasses.asdict(self.recipe), "steps_done": self.step,
                    "minutes": round(self.training_s / 60.0, 1), **notes}
        export_model(path, self.model, self.recipe.instrument, self.recipe.variant, training)


def _reverb_text(model):
    if not isinstance(model.reverb, Reverb):
        return ""
    return f"wet {float(model.reverb.wet):.2f} decay {float(model.reverb.decay):.2f} "


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
