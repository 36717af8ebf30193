"""Bring your own instrument: a shipped model fine-tuned on minutes of the player's own recordings."""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from .audio import files_under, read_mono
from .dataset import Stream, join_clips, with_copies
from .evaluate import number, scores_of
from .export import export_model, load_model
from .labels import Analyzer
from .plots import plot_spectrograms
from .recipe import Recipe
from .recording_check import GOOD_VOICED_S, check, summary
from .rendering import render_with_engine
from .reverb import revived
from .runtime import set_up
from .timing import SAMPLE_RATE_HZ
from .trainer import Trainer

HELD_BACK, HELD_BACK_S = 0.12, (4.0, 20.0)  # of the recording, for the scores before and after
COPIES_OF_LITTLE = 6  # transposed, of a recording that has less than GOOD_VOICED_S of notes
LEARNING_RATE = {"harmonic_noise": 2.5e-3, "fm": 1e-3, "fm_noise": 1e-3}
PICTURE_S = 8.0
RESERVE = 0.85  # of the time goes into steps; the rest is labels, scores, pictures
WARM_UP_STEPS = 4


def parser():
    result = argparse.ArgumentParser(
        prog="tools/train/adapt", description="Teaches a model your instrument: one to three minutes of your playing, "
        "alone, one note at a time. Writes NEW.safetensors (drop it onto the page), NEW.md and NEW.png.")
    result.add_argument("recordings", nargs="+", type=Path, metavar="RECORDING")
    result.add_argument("--from", dest="model", required=True, type=Path, metavar="MODEL",
                        help="the model to start from, of the most similar instrument")
    result.add_argument("-o", "--output", required=True, type=Path, metavar="NEW.safetensors")
    result.add_argument("--name", default="", help="of the instrument; default: the output's name")
    result.add_argument("--minutes", type=float, default=10.0, help="at most (default 10)")
    result.add_argument("--steps", type=int, default=700, help="at most (default 700; more overfits)")
    result.add_argument("--learning-rate", type=float, help="default 2.5e-3 for harmonic + noise, 1e-3 for FM")
    result.add_argument("--transposed-copies", type=int,
                        help="of the recording, up to 4 semitones up or down: few notes are then not learnt by heart "
                        "(default 6 for less than a minute of notes, else none)")
    result.add_argument("--threads", type=int, default=2)
    result.add_argument("--hold-back", type=float, default=HELD_BACK,
                        help="share of the recording kept for the scores (default 0.12; 0: none)")
    result.add_argument("--analyzer", default="build/native/sideband")
    result.add_argument("--check-only", action="store_true", help="only look at the recording")
    return result


def main(arguments=None):
    args = parser().parse_args(arguments)
    set_up(args.threads)
    try:
        return adapt(args)
    except (FileNotFoundError, ValueError, RuntimeError) as error:
        print(f"adapt: {error}", file=sys.stderr)
        return 1


def adapt(args, log=lambda text: print(text, flush=True)):
    begin = time.monotonic()
    model, description = load_model(args.model)
    analyzer = Analyzer(args.analyzer)
    clips = [read_mono(path) for path in files_under(args.recordings)]
    whole = np.concatenate(clips)
    verdict = check(whole, analyzer(whole))
    log("recording: " + summary(verdict))
    for sentence in verdict.advice:
        log("  " + sentence)
    if not verdict.usable:
        raise ValueError("this recording is not enough to learn from; see the advice above")
    if args.check_only:
        return 0

    clips, held_back = split(clips, args.hold_back)
    streams = with_copies([Stream(audio, analyzer(audio)) for audio in join_clips(clips)], analyzer,
                          transposed_copies=copies_of(args, verdict))
    recipe = recipe_for(args, description)
    model.reverb = revived(model.reverb.impulse())
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(recipe, streams, analyzer.latency_samples, folder, log=log,
                          model=model.train())
        limit_s = RESERVE * 60.0 * args.minutes - (time.monotonic() - begin)
        fit_into(trainer, limit_s)
        trainer.run(report_every=50, save_every=10**9, until_s=limit_s)
        log(f"{trainer.step} steps in {trainer.training_s / 60.0:.1f} minutes")
    training = history(recipe, args, description, trainer, verdict)
    args.output.parent.mkdir(parents=True, exist_ok=True)
    export_model(args.output, model.eval(), recipe.instrument, description["variant"], training)
    report(args, analyzer, held_back, clips, verdict, training, log)
    return 0


def copies_of(args, verdict):
    if args.transposed_copies is not None:
        return args.transposed_copies
    return COPIES_OF_LITTLE if verdict.figures["voiced_s"] < GOOD_VOICED_S else 0


def recipe_for(args, description):
    synth = description["synth"]["type"]
    return Recipe(instrument=args.name or args.output.stem, synth=synth, variant=description["variant"],
                  steps=args.steps, learning_rate=args.learning_rate or LEARNING_RATE[synth],
                  # One player's loudness says much of the timbre: mostly small gains do not blur that.
                  log_epsilon_start=1e-7, warmup_steps=20, gain_db=12.0, gain_power=3.0)


def split(clips, share):
    """→ (clips to learn from, the end of the longest one for the scores)."""
    longest = int(np.argmax([len(clip) for clip in clips]))
    total_s = sum(map(len, clips)) / SAMPLE_RATE_HZ
    kept_s = float(np.clip(share * total_s, *HELD_BACK_S)) if share > 0.0 else 0.0
    kept = int(min(kept_s * SAMPLE_RATE_HZ, 0.3 * len(clips[longest])))
    if kept == 0:
        return clips, clips[longest][:int(HELD_BACK_S[1] * SAMPLE_RATE_HZ)]
    rest = list(clips)
    held_back, rest[longest] = rest[longest][-kept:], rest[longest][:-kept]
    return rest, held_back


def fit_into(trainer, limit_s):
    """Fewer steps where the machine is slow, so that the learning rate still comes to its end."""
    start = time.monotonic()
    for _ in range(min(WARM_UP_STEPS, trainer.recipe.steps)):
        trainer.train_step()
    per_step_s = (time.monotonic() - start) / max(1, trainer.step)
    affordable = trainer.step + int((limit_s - (time.monotonic() - start)) / per_step_s)
    if affordable < trainer.recipe.steps:
        trainer.log(f"{affordable} steps instead of {trainer.recipe.steps} fit into the time")
        trainer.recipe.steps = max(trainer.step + 1, affordable)


def history(recipe, args, description, trainer, verdict):
    """The file's account of itself; no path, only the recordings' own names."""
    before = description.get("training", {})
    base = f"{description['instrument']} {description['synth']['type']} {description['variant']}"
    return {"adapted_from": base, "steps_total": before.get("steps_total", 0) + trainer.step,
            "summary": f"{base}, then {trainer.step} steps on the player's own recordings at learning rate "
                       f"{recipe.learning_rate:g}",
            "recordings": [path.name for path in files_under(args.recordings)],
            "recording": summary(verdict), "loss": "multi-scale spectral (MSS)",
            "sources": [*before.get("sources", []), "the player's own recordings"],
            "licence": before.get("licence", "")}


def report(args, analyzer, held_back, clips, verdict, training, log):
    """Scores and spectrograms of before and after, on what was held back, and the card."""
    rows, sounds = [], [("recording", held_back)]
    for label, path in (("before", args.model), ("after", args.output)):
        audio = render_with_engine(analyzer.program, path, held_back)
        figures = scores_of(held_back, audio, analyzer)
        rows.append((label, figures))
        sounds.append((label, audio))
        log(f"{label}: MSS {figures['mss']:.2f}, mel-LSD {figures['mel_lsd']:.2f}, "
            f"near-harmonic {number(figures['near_harmonic'])}")
    cut = int(PICTURE_S * SAMPLE_RATE_HZ)
    plot_spectrograms(args.output.with_suffix(".png"), [[(n, a[:cut]) for n, a in sounds]])
    args.output.with_suffix(".md").write_text(card(args, rows, verdict, training, args.hold_back > 0.0))
    log(f"wrote {args.output}, {args.output.with_suffix('.md').name}, "
        f"{args.output.with_suffix('.png').name}")


def card(args, rows, verdict, training, held_back):
    what = "a part of the recording that was not learnt from" if held_back else "the recording itself"
    lines = [f"# {args.name or args.output.stem}", "", training["summary"][0].upper() + training["summary"][1:] + ".",
             "", f"Recording: {training['recording']}.", ""]
    lines += [f"- {sentence}" for sentence in verdict.advice] + [""] * bool(verdict.advice)
    lines += [f"Scores on {what} (lower is better):", "", "| | MSS | mel-LSD | near-harmonic |", "| --- | --- | --- | --- |"]
    lines += [f"| {label} | {f['mss']:.2f} | {f['mel_lsd']:.2f} | {number(f['near_harmonic'])} |"
              for label, f in rows]
    lines += ["", f"![Recording, before, after; 0–8 kHz]({args.output.with_suffix('.png').name})", "", "Learnt from:", ""]
    lines += [f"- {source}" for source in training["sources"]]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
