"""The training loop: Adam on the multi-scale loss, checkpoints that resume, a log and a plot."""

import csv
import dataclasses
import json
import math
import time
from pathlib import Path

import numpy as np
import torch

from .averaging import WeightAverage
from .dataset import Augmentation, Batch, Crops
from .export import export_model
from .objective import Objective
from .plots import plot_losses
from .reverb import Reverb


class Trainer:
    def __init__(self, recipe, streams, latency_samples, folder, device="cpu", log=print, model=None):
        """Trains `model` where one is given, else the one that the recipe describes."""
        self.recipe, self.folder, self.device, self.log = recipe, Path(folder), device, log
        self.folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(recipe.seed)
        self.objective = Objective(recipe, device, model)
        self.model = self.objective.model
        self.crops = Crops(streams, latency_samples, self.objective.context_frames, recipe.seconds,
                           seed=recipe.seed)
        self.augment = Augmentation(recipe.gain_db, recipe.gain_power)
        self.optimiser = self._optimiser()
        self.average = WeightAverage(self.model, recipe.average_share)
        self.step = 0
        self.history = []  # (step, loss, learning rate, gradient norm)
        self.training_s = 0.0

    def _optimiser(self):
        return torch.optim.Adam(parameter_groups(self.model, self.recipe), lr=self.recipe.learning_rate)

    def learning_rate(self):
        return self.recipe.learning_rate_at(self.step, self.step / self.recipe.steps)

    def log_epsilon(self):
        return self.recipe.log_epsilon_at(self.step / self.recipe.steps)

    def train_step(self):
        r = self.recipe
        batch, seen_f0 = self.augment(self.crops.batch(r.batch), self.crops.random)
        batch = Batch(*(getattr(batch, f.name).to(self.device) for f in dataclasses.fields(Batch)))
        seen_f0 = seen_f0.to(self.device)
        start_cycles = torch.from_numpy(self.crops.random.uniform(0, 1000, r.batch)).to(self.device)
        loss, total = self.objective(batch, seen_f0, start_cycles, self.log_epsilon())
        rate = self.learning_rate()
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["factor"]
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), r.clip_norm)
        if torch.isfinite(norm):  # one bad crop must not poison Adam's memory
            self.optimiser.step()
        self.step += 1
        self.average.update(self.step / r.steps)
        self.history.append((self.step, float(loss), rate, float(norm)))

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
                 "average": self.average.state_dict(),
                 "step": self.step, "history": self.history, "training_s": self.training_s,
                 "random": self.crops.random.bit_generator.state,
                 "torch_random": torch.get_rng_state()}
        partial = self.folder / "checkpoint.partial"
        torch.save(state, partial)
        partial.replace(self.folder / "checkpoint.pt")
        write_records(self.folder, self.recipe, self.history)
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
        self.average.load_state_dict(state["average"])
        self.step, self.history = state["step"], state["history"]
        self.training_s = state["training_s"]
        self.crops.random.bit_generator.state = state["random"]
        torch.set_rng_state(state["torch_random"].cpu())
        return True

    def export(self, path, **notes):
        with self.average.in_place():
            export_run(path, self.model, self.recipe, self.step, self.training_s, **notes)


def parameter_groups(model, recipe):
    """The reverb's two numbers learn at a multiple of the decoder's rate, or not at all."""
    groups = [{"params": list(model.decoder.parameters()), "factor": 1.0}]
    reverb = [p for p in model.reverb.parameters() if p.requires_grad]
    if reverb:
        groups.append({"params": reverb, "factor": recipe.reverb_rate})
    return groups


def write_records(folder, recipe, history):
    """recipe.json, and log.csv of rows (step, loss, learning rate, gradient norm)."""
    (folder / "recipe.json").write_text(json.dumps(dataclasses.asdict(recipe), indent=1) + "\n")
    with open(folder / "log.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["step", "loss", "learning_rate", "gradient_norm"])
        writer.writerows(history)


def export_run(path, model, recipe, steps_done, training_s, **notes):
    training = {"recipe": dataclasses.asdict(recipe), "steps_done": steps_done,
                "minutes": round(training_s / 60.0, 1), **notes}
    export_model(path, model, recipe.instrument, recipe.variant, training)


def _reverb_text(model):
    if not isinstance(model.reverb, Reverb):
        return ""
    return f"wet {float(model.reverb.wet):.2f} decay {float(model.reverb.decay):.2f} "
