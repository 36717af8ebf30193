"""python3 -m tools.train <train | labels | pack | fleet | plan | evaluate | score | check | patches | publish | loudness-range | cards | recogniser> …: see README.md."""

import argparse
import dataclasses
import sys
from pathlib import Path

import torch

from . import cards, corpus, evaluate, fleet, holdout_check, loudness_range, patch_search, publish, recogniser_training, workflow
from .dataset import load_streams
from .labels import Analyzer
from .runtime import set_up
from .recipe import Recipe
from .trainer import Trainer


def add_recipe_options(parser):
    for field in dataclasses.fields(Recipe):
        option = "--" + field.name.replace("_", "-")
        if field.type is bool:
            parser.add_argument(option, action="store_true")
        else:
            parser.add_argument(option, type=field.type, default=field.default,
                                help=f"default {field.default!r}")


def train(args):
    recipe = Recipe(**{f.name: getattr(args, f.name) for f in dataclasses.fields(Recipe)})
    analyzer = Analyzer(args.analyzer)
    streams = load_streams(args.data, analyzer, log, recipe.microphone_copies,
                           recipe.transposed_copies)
    trainer = Trainer(recipe, streams, analyzer.latency_samples, args.run, args.device, log)
    if args.resume and trainer.resume():
        log(f"resumed at step {trainer.step}")
    log(f"{len(trainer.crops.starts)} crop positions, latency {analyzer.latency_samples} samples")
    trainer.run(until_s=args.minutes * 60.0)
    trainer.save()


def log(text):
    print(text, flush=True)


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python3 -m tools.train", description=__doc__)
    parser.add_argument("--threads", type=int, default=0, help="PyTorch's threads; 0: its choice")
    commands = parser.add_subparsers(dest="command", required=True)

    command = commands.add_parser("train", help="train a model; writes runs/<name>/")
    command.add_argument("--data", nargs="+", required=True, help="folders of audio")
    command.add_argument("--run", type=Path, required=True, help="folder of this run")
    command.add_argument("--analyzer", default="build/native/sideband")
    command.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    command.add_argument("--resume", action="store_true")
    command.add_argument("--minutes", type=float, default=1e9, help="stop (resumable) after this")
    add_recipe_options(command)
    command.set_defaults(run_command=train)

    command = commands.add_parser("labels", help="label recordings ahead of training")
    command.add_argument("--data", nargs="+", required=True, help="folders of audio")
    command.add_argument("--analyzer", default="build/native/sideband")
    command.set_defaults(run_command=lambda args: load_streams(args.data, Analyzer(args.analyzer), log) and 0)

    corpus.add_commands(commands)
    fleet.add_commands(commands)
    evaluate.add_commands(commands)
    holdout_check.add_commands(commands)
    workflow.add_commands(commands)
    patch_search.add_commands(commands)
    publish.add_commands(commands)
    loudness_range.add_commands(commands)
    cards.add_commands(commands)
    recogniser_training.add_commands(commands)
    args = parser.parse_args(arguments)
    set_up(args.threads)
    return args.run_command(args)


if __name__ == "__main__":
    sys.exit(main())
