"""python3 -m tools.train recogniser --run RUN: makes the examples, trains, scores, exports; stops and resumes."""

import json
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from . import recogniser_data
from .recogniser import Recogniser, export, load, losses, write_golden
from .recogniser_card import card
from .recogniser_data import FIRST_SEED, HELD_OUT_SEED, Examples
from .recogniser_scores import scores

EXAMPLES_A_FILE = 4000
FIRST_FILES, STEPS_A_FILE = 16, 150  # examples are made along the way: learning need not wait for the last


class Training:
    def __init__(self, args):
        self.args = args
        torch.manual_seed(1)
        self.model = Recogniser()
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=args.rate, weight_decay=1e-3)
        self.step, self.spent_s = 0, 0.0
        self.checkpoint = args.run / "checkpoint.pt"
        if self.checkpoint.exists():
            state = torch.load(self.checkpoint)
            self.model.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step, self.spent_s = state["step"], state["spent_s"]
            print(f"goes on at step {self.step}", flush=True)

    def save(self):
        part = self.checkpoint.with_suffix(".part")
        torch.save({"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(),
                    "step": self.step, "spent_s": self.spent_s}, part)
        part.rename(self.checkpoint)

    def learn(self, examples):
        """One step, out of one of the files: a batch of voices, and fewer sounds for the key's end, which costs more."""
        args, done = self.args, self.spent_s / (60.0 * self.args.minutes)
        for group in self.optimizer.param_groups:
            group["lr"] = args.rate * min(1.0, (self.step + 1) / 200.0) * 0.5 * (1.0 + np.cos(np.pi * min(done, 1.0)))
        examples = examples[torch.randint(len(examples), (1,))]
        drawn = torch.randint(len(examples), (args.batch,))
        parts = losses(self.model, Examples(*(tensor[drawn] for tensor in examples.to_list())))
        few = drawn[:args.batch // 8]
        parts["up"] = functional.cross_entropy(self.model.up(examples.bands[few]), examples.up[few])
        loss = sum(parts.values())
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
        self.optimizer.step()
        self.step += 1
        return float(loss.detach())

    def files(self):
        """How many files of examples this step draws from."""
        return min(FIRST_FILES + self.step // STEPS_A_FILE, -(-self.args.examples // EXAMPLES_A_FILE))

    def run(self, held_out):
        limit_s, shown_s, saved_s, mean = 60.0 * self.args.minutes, self.spent_s, self.spent_s, None
        examples = []
        start_s = time.monotonic() - self.spent_s
        while self.spent_s < limit_s:
            if len(examples) < self.files():
                first = FIRST_SEED + len(examples) * EXAMPLES_A_FILE
                examples.append(recogniser_data.make(self.args.analyzer, self.args.run, first, EXAMPLES_A_FILE))
            else:
                loss = self.learn(examples)
                mean = loss if mean is None else 0.98 * mean + 0.02 * loss
            self.spent_s = time.monotonic() - start_s
            if mean is not None and self.spent_s - shown_s > self.args.report_s:
                shown_s = self.spent_s
                print(f"{self.spent_s / 60.0:.1f} of {self.args.minutes:g} minutes, step {self.step}, "
                      f"{len(examples) * EXAMPLES_A_FILE} examples: loss {mean:.3f}, "
                      f"held out {self.held_out_loss(held_out)}", flush=True)
            if self.spent_s - saved_s > 60.0:
                saved_s = self.spent_s
                self.save()
        self.save()

    @torch.no_grad()
    def held_out_loss(self, held_out):
        parts = losses(self.model, held_out)
        parts["up"] = functional.cross_entropy(self.model.up(held_out.bands[:500]), held_out.up[:500])
        return {name: round(float(value), 3) for name, value in parts.items()}


def train(args):
    args.run.mkdir(parents=True, exist_ok=True)
    held_out = recogniser_data.make(args.analyzer, args.run, HELD_OUT_SEED, EXAMPLES_A_FILE)
    training = Training(args)
    training.run(held_out)
    facts = {"examples": training.files() * EXAMPLES_A_FILE, "steps": training.step, "minutes": round(training.spent_s / 60.0, 1),
             "licence": "Apache-2.0", "data": "random voices played by this engine (sideband examples)",
             **scores(training.model, held_out)}
    export(args.output, training.model, facts)
    parameters = sum(p.numel() for p in training.model.parameters()) // 1000
    args.output.with_suffix(".md").write_text(card(facts, args.output.stat().st_size // 1000, parameters))
    write_golden(args.golden, load(args.output))
    print(json.dumps(facts, indent=2))


def add_commands(commands):
    command = commands.add_parser("recogniser", help="train what seeds sideband match")
    command.add_argument("--run", type=Path, default=Path("runs/recogniser"), help="folder of this run; resumes there")
    command.add_argument("-o", "--output", type=Path, default=Path("models/recogniser.safetensors"))
    command.add_argument("--golden", type=Path, default=Path("tests/golden/match/recogniser.csv"),
                         help="what the unit test compares with")
    command.add_argument("--analyzer", default="build/native/sideband")
    command.add_argument("--examples", type=int, default=160_000)
    command.add_argument("--minutes", type=float, default=31.0, help="in all, the making of examples included")
    command.add_argument("--batch", type=int, default=256)
    command.add_argument("--rate", type=float, default=1.5e-3)
    command.add_argument("--report-s", type=float, default=30.0)
    command.set_defaults(run_command=train)
