"""The weights that a run exports: their mean over its last steps, because small batches make the steps wander
around a minimum. It costs nothing to play."""

from contextlib import contextmanager

import torch


class WeightAverage:
    def __init__(self, model, share):
        """`share` 0…1 of the run, at its end, is averaged; 0 leaves the last step's weights."""
        self.parameters, self.share = list(model.parameters()), share
        self.mean, self.number = [torch.zeros_like(p) for p in self.parameters], 0

    @torch.no_grad()
    def update(self, progress):
        """After a step; `progress` goes from 0 to 1 over the run."""
        if progress <= 1.0 - self.share:
            return
        self.number += 1
        for mean, parameter in zip(self.mean, self.parameters):
            mean.lerp_(parameter, 1.0 / self.number)

    @contextmanager
    def in_place(self):
        """Inside, the model has the weights to export; after it, its own again."""
        kept = [p.detach().clone() for p in self.parameters]
        self._set(self.mean if self.number else kept)
        try:
            yield
        finally:
            self._set(kept)

    def state_dict(self):
        return {"number": self.number, "mean": self.mean}

    def load_state_dict(self, state):
        self.number = state["number"]
        for mean, stored in zip(self.mean, state["mean"]):
            mean.copy_(stored)

    @torch.no_grad()
    def _set(self, values):
        for parameter, value in zip(self.parameters, values):
            parameter.copy_(value)
