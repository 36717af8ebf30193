"""A run's model → models/<instrument>/<name>.safetensors, with how it came about in its metadata."""

import json
from pathlib import Path

import numpy as np

from .cards import SOURCES
from .weights_file import read_safetensors, write_safetensors

SYNTH_NAMES = {"fm": "ddx7", "fm_noise": "ddx7n", "harmonic_noise": "hpn"}
LICENCE = "Apache-2.0; learnt from recordings under the terms listed under sources"


def add_commands(commands):
    command = commands.add_parser("publish", help="put a run's model into models/")
    command.add_argument("runs", nargs="+", type=Path)
    command.add_argument("--models", type=Path, default=Path("models"))
    command.add_argument("--half", action="store_true", help="store 16-bit floats")
    command.set_defaults(run_command=publish_all)


def publish_all(args):
    for run in args.runs:
        publish(run, args)


def publish(run, args):
    tensors, metadata = read_safetensors(run / "model.safetensors")
    description = json.loads(metadata["sideband"])
    instrument = description["instrument"]
    stages = stages_of(run)
    description["training"] = {
        "steps_total": sum(stage["steps"] for stage in stages),
        "summary": summary_of(stages), "stages": stages, "loss": "multi-scale spectral (MSS)",
        "sources": SOURCES.get(instrument, []), "licence": LICENCE}
    if args.half:
        tensors = {name: array.astype(np.float16) for name, array in tensors.items()}
    name = f"{SYNTH_NAMES[description['synth']['type']]}-{description['variant']}"
    path = args.models / instrument / f"{name}.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_safetensors(path, tensors, {"sideband": json.dumps(description, ensure_ascii=False)})
    print(f"{run} → {path}: {description['training']['summary']}")


def stages_of(run):
    """The run and those its weights started from, first one first; no path of this machine."""
    recipe = json.loads((run / "recipe.json").read_text())
    _, metadata = read_safetensors(run / "model.safetensors")
    training = json.loads(metadata["sideband"])["training"]
    stage = {key: recipe[key] for key in ("synth", "variant", "learning_rate", "batch", "seconds",
                                          "gain_db", "log_epsilon_start", "seed")}
    stage["steps"], stage["minutes"] = training["steps_done"], training["minutes"]
    stage["teacher"] = _kind_of(recipe["teacher"]) if recipe["teacher"] else ""
    before = stages_of(Path(recipe["init_from"]).parent) if recipe["init_from"] else []
    return [*before, stage]


def summary_of(stages):
    parts = []
    for stage in stages:
        kind = {"fm": "plain FM", "fm_noise": "FM with noise", "harmonic_noise": "harmonics and noise"}[stage["synth"]]
        part = f"{stage['steps']} steps of {kind} at learning rate {stage['learning_rate']:g}"
        if stage["teacher"]:
            part += f", also following the controls of {stage['teacher']}"
        parts.append(part)
    audio = f"{stages[-1]['batch']} × {stages[-1]['seconds']:g} s of audio a step"
    return "; then ".join(parts) + f" ({audio})"


def _kind_of(path):
    description = json.loads(read_safetensors(path)[1]["sideband"])
    return f"the {SYNTH_NAMES[description['synth']['type']]}-{description['variant']} model"
