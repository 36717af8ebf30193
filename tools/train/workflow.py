"""The recipe of every model (recipes.json) as runs that depend on each other; the Snakefile's brain.

A run is one `train` command; runs start from others (`init_from`) or follow them (`teacher`), by name. A
model is a published run. What is already in models/ is not trained again unless asked for.
"""

import dataclasses
import json
import shutil
from pathlib import Path

from .recipe import Recipe

RECIPES = Path(__file__).with_name("recipes.json")
OTHER_RUNS = ("init_from", "teacher")
NAMES = {"ddx7": "fm", "ddx7n": "fm_noise", "hpn": "harmonic_noise"}
# Seconds a step of 8 × 1 s on one core of 2023: (synth, variant) → measured; a teacher adds its forward pass.
STEP_S = {("fm", "full"): 0.105, ("fm", "reduced"): 0.045, ("fm_noise", "full"): 0.12,
          ("fm_noise", "reduced"): 0.058, ("harmonic_noise", "full"): 1.6,
          ("harmonic_noise", "reduced"): 0.1}
TEACHER_SHARE = 0.4


class Workflow:
    def __init__(self, recipes=RECIPES):
        table = json.loads(Path(recipes).read_text())
        self.data, self.models, self.runs = table["data"], table["models"], table["runs"]
        self.seeds = table.get("seeds", [])

    def recipe(self, run):
        """The Recipe without the paths of other runs."""
        entry = {k: v for k, v in self.runs[run].items() if k not in OTHER_RUNS}
        return Recipe(**entry)

    def needs(self, run):
        """The runs that must be finished before this one starts."""
        return [self.runs[run][key] for key in OTHER_RUNS if key in self.runs[run]]

    def chain(self, run, trained=lambda run: False):
        """The run and all that it needs, each after what it needs; what is trained ends the chain."""
        if trained(run):
            return []
        found = []
        for other in self.needs(run):
            found += [r for r in self.chain(other, trained) if r not in found]
        return [*found, run]

    def options(self, run, folder="runs"):
        """The options of `train` for this run."""
        words = []
        defaults = Recipe()
        for field in dataclasses.fields(Recipe):
            if field.name not in self.runs[run]:
                continue
            value = self.runs[run][field.name]
            if field.name in OTHER_RUNS:
                value = f"{folder}/{value}/model.safetensors"
            if value == getattr(defaults, field.name):
                continue
            words.append("--" + field.name.replace("_", "-"))
            if field.type is not bool:
                words.append(str(value))
        return words

    def missing(self, models_folder="models", everything=False):
        """Models without a file."""
        return [name for name in self.models
                if everything or not (Path(models_folder) / f"{name}.safetensors").exists()]

    def minutes(self, run):
        recipe = self.recipe(run)
        step_s = STEP_S[recipe.synth, recipe.variant] * recipe.batch * recipe.seconds / 8.0
        if "teacher" in self.runs[run]:
            step_s += TEACHER_SHARE * STEP_S[recipe.synth, "full"] * recipe.batch * recipe.seconds / 8.0
        return recipe.steps * step_s / 60.0


def add_commands(commands):
    command = commands.add_parser("plan", help="which models are missing, and what training them takes")
    command.add_argument("--models", type=Path, default=Path("models"))
    command.add_argument("--runs", type=Path, default=Path("runs"))
    command.add_argument("--everything", action="store_true", help="as if models/ were empty")
    command.set_defaults(run_command=print_plan)
    command = commands.add_parser("restore", help="put shipped models where the runs that made them would be")
    command.add_argument("--models", type=Path, default=Path("models"))
    command.add_argument("--runs", type=Path, default=Path("runs"))
    command.set_defaults(run_command=restore)


def restore(args):
    """A shipped model stands in for its run (weights as narrow as they ship), so that what starts from it or
    follows it needs no training of what is there already. Runs that exist stay as they are."""
    for name, model in Workflow().models.items():
        shipped, run = args.models / f"{name}.safetensors", args.runs / model["run"] / "model.safetensors"
        if shipped.exists() and not run.exists():
            run.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(shipped, run)
            print(f"{shipped} → {run}")


def print_plan(args):
    workflow, total, counted = Workflow(), 0.0, set()
    missing = workflow.missing(args.models, args.everything)
    for name in missing:
        chain = [r for r in workflow.chain(workflow.models[name]["run"],
                                           lambda r: (args.runs / r / "model.safetensors").exists())
                 if r not in counted]
        counted.update(chain)
        minutes = sum(map(workflow.minutes, chain))
        total += minutes
        print(f"{name}: {minutes:.0f} min ({', '.join(chain) or 'trained, only to be published'})")
    print(f"{len(missing)} of {len(workflow.models)} models missing; about {total:.0f} minutes on one core")
