"""Model cards: the scores of everything under models/, its README files, pictures and index.json."""

import json
import math
from pathlib import Path

import numpy as np

from . import frechet
from .audio import files_under, read_mono
from .card_text import ADAPTED_TITLE, SEEDS_TITLE, card_text, overview, overview_rows
from .evaluate import average, model_scores, name_of, render, scores_of
from .labels import Analyzer
from .model_facts import description_of, facts
from .plots import plot_spectrograms
from .workflow import Workflow

FIRST = ("hpn-full", "ddx7n-full", "ddx7-full", "hpn-reduced", "ddx7n-reduced", "ddx7-reduced")
PICTURE_S = 6.0
TIERS = {"A": "holdout", "B": "holdout_sa"}
CLOSE, EDITABLE, STANDING = 1.03, 1.05, 1.06  # factors of the best score, see choose_default


def add_commands(commands):
    command = commands.add_parser("cards", help="score models/ and write its README files")
    command.add_argument("--models", type=Path, default=Path("models"))
    command.add_argument("--data", type=Path, required=True, help="root with holdout, holdout_sa")
    command.add_argument("--papers", type=Path, help="folder of the papers' published excerpts")
    command.add_argument("--adapted", type=Path,
                         help="folder of <instrument>-<synth>.safetensors adapted on the papers' players (without it "
                              "their table stays as it is)")
    command.add_argument("--seeds", type=Path, help="folder of runs that has recipes.json's seeds (without it their "
                                                     "table stays as it is)")
    command.add_argument("--only", nargs="+", metavar="INSTRUMENT", help="score these; the others' rows stay as they are")
    command.add_argument("--analyzer", default="build/native/sideband")
    command.add_argument("--with-torch", action="store_true")
    command.add_argument("--no-pictures", action="store_true", help="leave the pictures as they are")
    command.set_defaults(run_command=write_cards)


def write_cards(args):
    analyzer = Analyzer(args.analyzer)
    found, readme = models_under(args.models), args.models / "README.md"
    tables, defaults = {}, {}
    for instrument, paths in found.items():
        if args.only and instrument not in args.only:
            tables[instrument] = rows_before(readme, f"`{instrument}/")
            defaults[instrument] = default_before(args.models / "index.json", instrument)
            continue
        scores = holdout_scores(paths, instrument, args, analyzer)
        chosen, why = choose_default(paths, scores, default_before(args.models / "index.json", instrument))
        defaults[instrument] = chosen
        rows = [{"name": name, "path": path, "title": name_of(path),
                 "training": description_of(path)["training"], "scores": scores[name],
                 "facts": facts(path, analyzer, speed_before(readme, f"{instrument}/{name}") if args.only else None),
                 "default": name == chosen}
                for name, path in paths.items()]
        tables[instrument] = overview_rows(instrument, rows)
        if not args.no_pictures:
            write_picture(args.models / instrument / "spectrogram.png", paths, instrument, args,
                          analyzer)
        (args.models / instrument / "README.md").write_text(card_text(instrument, rows, why))
        print(f"{instrument}: {len(paths)} models; {why}", flush=True)
    papers = paper_table(found, args, analyzer) if args.papers else ""
    adapted = adapted_table(args, analyzer) if args.papers and args.adapted else table_before(readme, ADAPTED_TITLE)
    seeds = seeds_table(args, analyzer, readme) if args.seeds else table_before(readme, SEEDS_TITLE)
    readme.write_text(overview(tables, papers, adapted, seeds))
    (args.models / "index.json").write_text(json.dumps(index(found, defaults, args.models),
                                                             indent=1) + "\n")


def table_before(readme, title):
    """The table under a heading as it stands: what was scored is not kept, its scores are."""
    parts = readme.read_text().split(f"{title}\n") if readme.exists() else []
    section = parts[1].split("\n## ")[0] if len(parts) == 2 else ""
    return "\n".join(line for line in section.split("\n") if line.startswith("|"))


def rows_before(readme, label):
    """The overview's rows, or a table's, whose first cell starts with this (bold or not), as they stand."""
    return [line for line in readme.read_text().split("\n") if line.startswith((f"| {label}", f"| **{label}"))]


def speed_before(readme, model):
    """× real time as it stands, so that a few rows made anew compare with the others; None for a new model."""
    rows = rows_before(readme, f"`{model}`")
    return float(rows[0].split("|")[6]) if rows else None


def default_before(index_file, instrument):
    listed = json.loads(index_file.read_text()) if index_file.exists() else []
    return next((Path(m["file"]).stem for m in listed if m["instrument"] == instrument and m["default"]), None)


def models_under(folder):
    """instrument → {name: path}, the plain names first, then their variants by name."""
    found = {}
    for child in sorted(p for p in folder.iterdir() if p.is_dir()):
        paths = {p.stem: p for p in sorted(child.glob("*.safetensors"))}
        ordered = [n for n in FIRST if n in paths] + [n for n in paths if n not in FIRST]
        if paths:
            found[child.name] = {name: paths[name] for name in ordered}
    return found


def holdout_scores(paths, instrument, args, analyzer):
    """name → {"A": figures, "B": figures}; a tier that has no recordings is left out."""
    result = {name: {} for name in paths}
    for tier, folder in TIERS.items():
        if not (args.data / folder / instrument).is_dir():
            continue
        files = [read_mono(f) for f in files_under([args.data / folder / instrument])]
        wanted = np.concatenate([frechet.windows(reference) for reference in files])
        for name, path in paths.items():
            rows = [{"seconds": len(reference) / 16000.0,
                     **model_scores(path, reference, analyzer, args.with_torch)}
                    for reference in files]
            result[name][tier] = average(rows)
            result[name][tier]["frechet"] = frechet.distance(
                wanted, np.concatenate([row["windows"] for row in rows]))
    return result


def choose_default(paths, scores, standing=None):
    """By the mean of MSS, mel-LSD and near-harmonic error (over the tiers), each over the best model's.
    An FM model within 5 % of the best is preferred, because its operators can be seen and edited (6 % where it is
    the default that stands: no instrument should change its face with every last digit); among
    those within 3 % of each other, which is less than two trainings differ by, the smallest file."""
    keys = ("mss", "mel_lsd", "near_harmonic")
    mean = {name: {k: np.mean([t[k] for t in tiers.values() if not math.isnan(t[k])]) for k in keys}
            for name, tiers in scores.items()}
    best = {k: min(m[k] for m in mean.values()) for k in keys}
    total = {name: sum(m[k] / best[k] for k in keys) / len(keys) for name, m in mean.items()}
    first = min(total, key=total.get)
    editable = [n for n in total if n.startswith("ddx7")
                and total[n] <= (STANDING if n == standing else EDITABLE) * total[first]]
    least = min(total[n] for n in editable or [first])
    chosen = min((n for n in editable or total if total[n] <= CLOSE * least),
                 key=lambda n: paths[n].stat().st_size)

    def above(name):
        return f"{100 * (total[name] - 1):.1f} %"

    why = (f"default `{chosen}`: its MSS, mel-LSD and near-harmonic error are on average {above(chosen)} above the "
           "best figures of any model here")
    if chosen != first:
        why += f"; `{first}` has {above(first)}"
        why += ", but has no operators to edit" if not first.startswith("ddx7") else ", and is larger"
    others = sorted((n for n in total if n not in (chosen, first)), key=total.get)
    if others:
        why += f"; next is `{others[0]}` with {above(others[0])}"
    return chosen, why + "."


def write_picture(path, paths, instrument, args, analyzer):
    """The most varied holdout recording of tier A (which may be shown) and its renderings."""
    reference = max((read_mono(f) for f in files_under([args.data / "holdout" / instrument])),
                    key=len)[:int(PICTURE_S * 16000)]
    panels = [("recording", reference)]
    panels += [(name, render(p, reference, analyzer, args.with_torch)) for name, p in paths.items()]
    plot_spectrograms(path, [panels[i:i + 3] for i in range(0, len(panels), 3)], dpi=60)


def index(found, defaults, folder):
    """What the page reads: per instrument the default first."""
    listed = []
    for instrument, paths in found.items():
        for name in sorted(paths, key=lambda name: name != defaults.get(instrument)):
            shape, path = description_of(paths[name]), paths[name]
            listed.append({"instrument": instrument, "synth": shape["synth"]["type"],
                           "variant": shape["variant"], "file": str(path.relative_to(folder)),
                           "bytes": path.stat().st_size,
                           "default": name == defaults.get(instrument)})
    return listed


# The published DDX7 renderings that the paper found best: of the long excerpt, of the test set.
PUBLISHED_DDX7 = {"flute": ("imax_2", "imax_2"), "violin": ("imax_2", "imax_2"),
                  "trumpet": ("2osc", "imax_2pi")}


def paper_excerpts(instrument, folder):
    """(title, reference, published DDX7, published HpN); none where the paper has no such instrument."""
    if instrument not in PUBLISHED_DDX7:
        return []
    long, test = PUBLISHED_DDX7[instrument]
    return [(f"{instrument}, long", folder / f"ref_{instrument}.flac",
             folder / f"{instrument}_ddx7_{long}.flac", folder / f"hpn_{instrument}.flac"),
            (f"{instrument}, test set", folder / "testset" / "refs" / f"{instrument}_ref.flac",
             folder / "testset" / "ddx7" / f"{instrument}_ddx7_{test}.flac",
             folder / "testset" / "hpn_baseline" / f"{instrument}_hpn.flac")]


def two(scores):
    return "–" if scores is None else "{mss:.2f} / {mel_lsd:.2f}".format(**scores)


def paper_table(found, args, analyzer):
    names = [n for n in FIRST if any(n in paths for paths in found.values())]
    lines = ["| excerpt | " + " | ".join(f"ours, {n}" for n in names)
             + " | published DDX7 | published HpN |", "| --- |" + " --- |" * (len(names) + 2)]
    pictures = []
    for instrument, paths in found.items():
        for title, reference_path, ddx7, hpn in paper_excerpts(instrument, args.papers):
            reference = read_mono(reference_path)
            if args.only and instrument not in args.only:
                lines += rows_before(args.models / "README.md", f"{title} |")
            else:
                scores = [model_scores(paths[n], reference, analyzer, args.with_torch)
                          if n in paths else None for n in names]
                scores += [scores_of(reference, read_mono(path)) for path in (ddx7, hpn)]
                lines.append(f"| {title} | " + " | ".join(map(two, scores)) + " |")
            if "test set" in title and not args.no_pictures:
                cut = slice(0, int(PICTURE_S * 16000))
                ours = [(f"ours, {n}", render(paths[n], reference[cut], analyzer, args.with_torch))
                        for n in ("ddx7n-full", "ddx7-full") if n in paths]
                pictures.append([(f"{instrument}: recording", reference[cut]), *ours,
                                 ("published DDX7", read_mono(ddx7)[cut])])
    if pictures:
        plot_spectrograms(args.models / "papers.png", pictures, dpi=64)
    return "\n".join(lines) + "\n\n![Recording, ours and the published DDX7; 0–8 kHz](papers.png)"


def adapted_table(args, analyzer):
    """Models fine-tuned on the papers' players (`adapt` on ref_*), scored on their test set."""
    lines = ["| test set of | " + " | ".join(["adapted, " + k for k in ADAPTED]) +
             " | published DDX7, I_max 2 / 2π / 4π | published HpN |", "| --- |" + " --- |" * (len(ADAPTED) + 2)]
    for instrument in PUBLISHED_DDX7:
        _, reference_path, _, hpn = paper_excerpts(instrument, args.papers)[1]
        reference = read_mono(reference_path)
        cells = []
        for synth in ADAPTED:
            path = args.adapted / f"{instrument}-{synth}.safetensors"
            cells.append(two(model_scores(path, reference, analyzer, args.with_torch)
                             if path.exists() else None))
        ddx7 = args.papers / "testset" / "ddx7"
        cells.append(", ".join(two(scores_of(reference, read_mono(ddx7 / f"{instrument}_ddx7_{i}.flac")))
                               for i in ("imax_2", "imax_2pi", "imax_4pi")))
        cells.append(two(scores_of(reference, read_mono(hpn))))
        lines.append(f"| {instrument} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


ADAPTED = ("ddx7n", "hpn")


def seeds_table(args, analyzer, readme):
    """The runs that differ by their seed alone: each one's scores by tier, and how far they spread. Rows of
    runs that the folder does not have stay as they stand."""
    workflow, lines = Workflow(), ["| runs | tier | " + " | ".join(f"seed {n}" for n in (1, 2, 3)) + " | spread of MSS |",
                                   "| --- | --- |" + " --- |" * 4]
    for first in (run for run in workflow.seeds if run.endswith("-seed1")):
        runs = [f"{first[:-1]}{n}" for n in (1, 2, 3)]
        instrument = workflow.runs[first]["instrument"]
        paths = {run: args.seeds / run / "model.safetensors" for run in runs}
        if not all(path.exists() for path in paths.values()):
            lines += rows_before(readme, f"{first.removesuffix('-seed1')} |")
            continue
        scores = holdout_scores(paths, instrument, args, analyzer)
        for tier in TIERS:
            figures = [scores[run][tier] for run in runs]
            mss = [f["mss"] for f in figures]
            lines.append(f"| {first.removesuffix('-seed1')} | {tier} | " + " | ".join(map(two, figures))
                         + f" | {max(mss) - min(mss):.2f} |")
    return "\n".join(lines)
