"""A run's model → models/<instrument>/<name>.safetensors, with how it came about in its metadata."""

import json
import tempfile
from pathlib import Path

import numpy as np

from .audio import files_under, read_mono
from .export import load_model
from .labels import Analyzer
from .loudness_range import loudness_range_db
from .narrow import narrowed, widened, worth_narrowing
from .rendering import render_with_engine
from .rounding import moments_heard
from .sources import LICENCE, SOURCES
from .weights_file import read_safetensors, write_safetensors

SYNTH_NAMES = {"fm": "ddx7", "fm_noise": "ddx7n", "harmonic_noise": "hpn"}
SYNTH_WORDS = {"fm": "plain FM", "fm_noise": "FM with noise", "harmonic_noise": "harmonics and noise"}
LARGE = 3_000_000  # parameters; above, 8 bits a weight
INAUDIBLE_DB = -60.0  # what narrow weights may change, of the 32-bit rendering
CHECK_S = 20.0
HEARD_FILES, HEARD_S = 12, 15.0  # of the training's recordings, for 8-bit rounding


def add_commands(commands):
    command = commands.add_parser("publish", help="put a run's model into models/")
    command.add_argument("runs", nargs="+", type=Path)
    command.add_argument("--models", type=Path, default=Path("models"))
    command.add_argument("--weights", default="auto", choices=("auto", "f32", "f16", "i8"),
                         help="auto: the narrowest that changes the sound by less than -60 dB")
    command.add_argument("--suffix", default="", help="appended to the variant, e.g. imax-2pi, 4y")
    command.add_argument("--data", type=Path, help="root with train and holdout: for the loudness range, and to measure narrow weights")
    command.add_argument("--program", default="build/native/sideband")
    command.set_defaults(run_command=publish_all)


def publish_all(args):
    for run in args.runs:
        publish(run, args)


def publish(run, args):
    arrays, metadata = read_safetensors(run / "model.safetensors")
    arrays = widened(arrays)
    description = json.loads(metadata["sideband"])
    instrument = description["instrument"]
    stages = stages_of(run)
    description["variant"] = variant_of(description["variant"], stages[-1], args.suffix)
    description["training"] = {
        "steps_total": sum(stage["steps"] for stage in stages),
        "summary": summary_of(stages), "stages": stages, "loss": "multi-scale spectral (MSS)",
        "sources": SOURCES.get(instrument, []), "licence": LICENCE}
    range_db = loudness_range_db(instrument, args.data, Analyzer(args.program)) if args.data else None
    if range_db:
        description["loudness_range_db"] = range_db
    name = f"{SYNTH_NAMES[description['synth']['type']]}-{description['variant']}"
    path = args.models / instrument / f"{name}.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    kinds = kinds_to_try(arrays, args)
    heard = heard_in_training(run, instrument, args) if args.data and "i8" in kinds else None
    kind, changes_db = choose_weights(kinds, arrays, description, heard, args)
    description["training"]["weights"] = kind
    if changes_db is not None:
        description["training"]["weights_change_sound_by_db"] = round(changes_db, 1)
    write_model(path, narrowed(arrays, kind, heard), description)
    print(f"{run} → {path} ({kind}{'' if changes_db is None else f', {changes_db:.1f} dB'}): "
          f"{description['training']['summary']}")


def write_model(path, arrays, description):
    write_safetensors(path, arrays, {"sideband": json.dumps(description, ensure_ascii=False)})


def variant_of(variant, stage, suffix):
    """"reduced" → "reduced-cd" where the last stage had a teacher; a suffix given by hand after it."""
    if stage["teacher"]:
        variant += {"control": "-cd", "audio": "-ad", "harmonics": ""}[stage["distil"]]
    return f"{variant}-{suffix}" if suffix else variant


def kinds_to_try(arrays, args):
    """The narrowest first; the last one is taken whatever it does."""
    nothing_to_narrow = not any(worth_narrowing(array) for array in arrays.values())
    if args.weights == "f32" or nothing_to_narrow or (args.weights == "auto" and args.data is None):
        return ["f32"]
    if args.weights != "auto":
        return [args.weights]
    large = sum(array.size for array in arrays.values()) > LARGE
    return ["i8", "f16", "f32"] if large else ["f16", "f32"]


def choose_weights(kinds, arrays, description, heard, args):
    """→ kind, how much it changes the sound in dB, or None where that was not measured."""
    reference = check_recording(args.data, description["instrument"]) if args.data else None
    for kind in kinds:
        if kind == "f32" or reference is None:
            return kind, None
        changes_db = difference_db(arrays, description, (kind, heard), reference, args.program)
        if changes_db < INAUDIBLE_DB or kind == kinds[-1]:
            return kind, changes_db
        print(f"{kind} weights change the sound by {changes_db:.1f} dB: too much")
    raise AssertionError("the last kind is always taken")


def heard_in_training(run, instrument, args):
    """Second moments of what each matrix is multiplied with (rounding.py), over some of the training's recordings."""
    files = files_under([args.data / "train" / instrument])
    frames = map(Analyzer(args.program), (read_mono(file)[:int(HEARD_S * 16000)] for file in
                                         files[::max(1, len(files) // HEARD_FILES)][:HEARD_FILES]))
    model, _ = load_model(run / "model.safetensors")
    return moments_heard(model.decoder, ((found.f0_hz, found.loudness_db) for found in frames))


def check_recording(data, instrument):
    files = files_under([data / "holdout" / instrument])
    return max((read_mono(f) for f in files), key=len)[:int(CHECK_S * 16000)]


def difference_db(arrays, description, way, recording, program):
    """Energy of (narrow rendering - 32-bit rendering) against the latter's, same noise in both."""
    with tempfile.TemporaryDirectory() as folder:
        sounds = []
        for kind, heard in (("f32", None), way):
            path = Path(folder) / f"{kind}.safetensors"
            write_model(path, narrowed(arrays, kind, heard), description)
            sounds.append(render_with_engine(program, path, recording).astype(np.float64))
    wide, narrow = sounds
    return float(10.0 * np.log10(np.square(narrow - wide).sum() / np.square(wide).sum() + 1e-20))


STAGE_KEYS = ("synth", "variant", "configuration", "learning_rate", "batch", "seconds", "gain_db", "gain_power",
              "log_epsilon_start", "linear_weight", "microphone_copies", "transposed_copies", "calm", "average_share", "seed")


def stages_of(run):
    """The run and those its weights started from, first one first; no path of this machine."""
    _, metadata = read_safetensors(run / "model.safetensors")
    training = json.loads(metadata["sideband"])["training"]
    if "stages" in training:  # a shipped model stands in for its run (`restore`)
        return training["stages"]
    recipe = json.loads((run / "recipe.json").read_text())
    stage = {key: recipe[key] for key in STAGE_KEYS if key in recipe}
    stage["steps"], stage["minutes"] = training["steps_done"], training["minutes"]
    stage["teacher"] = _kind_of(_beside(run, recipe["teacher"])) if recipe["teacher"] else ""
    stage["distil"] = recipe.get("distil", "control") if recipe["teacher"] else ""
    before = stages_of(_beside(run, recipe["init_from"]).parent) if recipe["init_from"] else []
    return [*before, stage]


def summary_of(stages):
    parts = []
    for before, stage in zip([None, *stages], stages):
        kind = SYNTH_WORDS[stage["synth"]]
        if stage["variant"] != (before or stages[-1])["variant"]:
            kind += f" ({stage['variant']})"
        if stage.get("configuration"):
            kind += f" on the patch {stage['configuration']}"
        part = f"{stage['steps']} steps of {kind} at learning rate {stage['learning_rate']:g}"
        if stage["teacher"]:
            what = {"control": "controls", "audio": "sound", "harmonics": "harmonics"}[stage["distil"]]
            part += f", also following the {what} of {stage['teacher']}"
        if stage.get("linear_weight", 1.0) != 1.0:
            part += f", the loss's linear half weighing {stage['linear_weight']:g}"
        if (stage.get("gain_db", 9.0), stage.get("gain_power", 1.0)) != (9.0, 1.0):
            part += f", gains up to ±{stage['gain_db']:g} dB" + (" but mostly small" if stage.get("gain_power", 1.0) > 1.0 else "")
        if stage.get("average_share"):
            part += f", weights averaged over the last {100 * stage['average_share']:g} %"
        parts.append(part)
    audio = f"{stages[-1]['batch']} × {stages[-1]['seconds']:g} s of audio a step"
    return "; then ".join(parts) + f" ({audio})"


def _kind_of(path):
    description = json.loads(read_safetensors(path)[1]["sideband"])
    return f"the {SYNTH_NAMES[description['synth']['type']]}-{description['variant']} model"


def _beside(run, path):
    """Another run's model, wherever the folder of runs lies now."""
    path = Path(path)
    return path if path.exists() else run.parent / path.parent.name / path.name
