"""Scores of models and of given renderings against recordings, as Markdown tables and pictures."""

import hashlib
import json
import math
from pathlib import Path

import numpy as np

from . import augment, frechet, live_metrics, metrics, vggish
from .audio import files_under, quantise_16_bit, read_mono
from .export import load_model
from .labels import Analyzer
from .plots import plot_spectrograms
from .rendering import render_with_engine, render_with_torch
from .timing import HOP_SAMPLES

SCORES_VERSION = 2  # of the remembered scores


def add_commands(commands):
    command = commands.add_parser("evaluate", help="score models on folders of recordings")
    command.add_argument("models", nargs="+", type=Path)
    command.add_argument("--data", nargs="+", required=True, help="folders or files of recordings")
    _common(command)
    command.set_defaults(run_command=evaluate)

    command = commands.add_parser("score", help="score a rendering against its recording")
    command.add_argument("reference", type=Path)
    command.add_argument("renderings", nargs="+", type=Path)
    command.add_argument("--picture", type=Path)
    command.set_defaults(run_command=score)


def _common(command):
    command.add_argument("--analyzer", default="build/native/sideband")
    command.add_argument("--with-torch", action="store_true",
                         help="render with PyTorch rather than with the engine")
    command.add_argument("--microphone", type=int, default=None, metavar="SEED",
                         help="play the recordings through another microphone and room; scored against "
                         "the clean ones")
    command.add_argument("--gain-db", type=float, default=0.0,
                         help="play the recordings this much louder; scored against them as loud")
    command.add_argument("--vggish", type=Path,
                         help="weights of VGGish: the Fréchet distance over its embedding")
    command.add_argument("--json", type=Path, help="also write the figures here")
    command.add_argument("--picture", type=Path,
                         help="spectrograms of each recording's first seconds and its renderings")
    command.add_argument("--picture-seconds", type=float, default=8.0)
    command.add_argument("--picture-rows", type=int, default=2)


def render(model, audio, analyzer, with_torch=False):
    """Muted where the recording is digitally silent: in the gaps of edited recordings the engine's
    reverb rings on, as it should, but a logarithm that meets true zeros would speak of little else."""
    if with_torch:
        out = render_with_torch(model, audio, analyzer)
    else:
        out = render_with_engine(analyzer.program, model, audio)
    return out * sounding(audio)


def sounding(audio):
    """0 in hops that are digital silence, else 1."""
    hops = np.pad(quantise_16_bit(audio), (0, -len(audio) % HOP_SAMPLES)).reshape(-1, HOP_SAMPLES)
    return np.repeat((hops != 0).any(axis=1), HOP_SAMPLES)[:len(audio)].astype(np.float32)


def scores_of(reference, audio, analyzer=None):
    """One rendering's figures, on 16-bit numbers (what a published file holds)."""
    samples = min(len(reference), len(audio))
    reference, audio = (quantise_16_bit(x[:samples]) for x in (reference, audio))
    result = {"mss": metrics.mss(reference, audio), "mel_lsd": metrics.mel_lsd(reference, audio)}
    if analyzer is not None:
        heard = analyzer(reference)
        result["near_harmonic"] = metrics.near_harmonic_error(
            reference, audio, heard, analyzer.latency_samples)
        result.update(live_metrics.following(heard, analyzer(audio)))
    return result


def model_scores(model, reference, analyzer, with_torch=False):
    """scores_of a model's rendering and its windows for the Fréchet distance, remembered by the
    contents of model, engine and recording."""
    digest = hashlib.sha256(f"{SCORES_VERSION}{analyzer.version}".encode())
    for data in (Path(model).read_bytes(), Path(analyzer.program).read_bytes(),
                 reference.tobytes(), b"torch" if with_torch else b"engine"):
        digest.update(data)
    path = analyzer.cache / f"scores-{digest.hexdigest()[:32]}.json"
    if not path.exists():
        audio = render(model, reference, analyzer, with_torch)
        figures = scores_of(reference, audio, analyzer)
        figures["windows"] = np.round(frechet.windows(audio), 4).tolist()
        path.write_text(json.dumps(figures))
    return json.loads(path.read_text())


AVERAGED = ("mss", "mel_lsd", "near_harmonic", "loudness_db", "pitch_cents", "pitch_gross")


def average(rows):
    """Weighted by length; a clip without a steady note does not count for the third figure."""
    result = {}
    for key in AVERAGED:
        known = [(r["seconds"], r[key]) for r in rows if key in r and not math.isnan(r[key])]
        total = sum(s for s, _ in known)
        result[key] = sum(s * v for s, v in known) / total if total else float("nan")
    return result


def evaluate(args):
    analyzer = Analyzer(args.analyzer)
    net = vggish.load(args.vggish) if args.vggish else None
    table, pictures = [], {}
    for model in args.models:
        for folder in args.data:
            rows, sets = [], ([], [])
            for path in files_under([folder]):
                reference = read_mono(path) * np.float32(10.0 ** (args.gain_db / 20.0))
                played = reference
                if args.microphone is not None:
                    played = augment.through_a_microphone(
                        reference, np.random.default_rng([args.microphone, len(reference)]))
                audio = render(model, played, analyzer, args.with_torch) * sounding(reference)
                rows.append({"file": path.name, "seconds": len(reference) / 16000.0,
                             **scores_of(reference, audio, analyzer)})
                for kept, sound in zip(sets, (reference, audio)):
                    kept.append(frechet.windows(sound) if net is None else vggish.windows(net, sound))
                cut = slice(0, int(args.picture_seconds * 16000))
                row = pictures.setdefault(str(path), [(path.stem, reference[cut])])
                row.append((name_of(model), audio[cut]))
            table.append({"model": name_of(model), "data": Path(folder).parent.name + "/" + Path(folder).name,
                          **average(rows), "frechet": frechet.distance(*map(np.concatenate, sets)),
                          "clips": rows})
    print(markdown(table))
    if args.json:
        args.json.write_text(json.dumps(table, indent=1) + "\n")
    if args.picture:
        plot_spectrograms(args.picture, list(pictures.values())[:args.picture_rows])


def score(args):
    reference = read_mono(args.reference)
    table, row = [], [(args.reference.stem, reference[:8 * 16000])]
    for path in args.renderings:
        audio = read_mono(path)
        table.append({"model": path.stem, "data": args.reference.stem,
                      **scores_of(reference, audio)})
        row.append((path.stem, audio[:8 * 16000]))
    print(markdown(table))
    if args.picture:
        plot_spectrograms(args.picture, [row])


def name_of(model_path):
    _, metadata = load_model(model_path)
    kind = {"fm": "DDX7", "fm_noise": "FM+noise", "harmonic_noise": "HpN"}[metadata["synth"]["type"]]
    return f"{metadata['instrument']} {kind} {metadata['variant']}"


def markdown(table):
    lines = ["| model | recordings | MSS | mel-LSD | near-harmonic | loudness dB | pitch cents | Fréchet |",
             "| --- | --- | --- | --- | --- | --- | --- | --- |"]
    for row in table:
        cells = [number(row.get(key)) for key in
                 ("mss", "mel_lsd", "near_harmonic", "loudness_db", "pitch_cents", "frechet")]
        lines.append(f"| {row['model']} | {row['data']} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def number(value, digits=2):
    return "–" if value is None or math.isnan(value) else f"{value:.{digits}f}"
