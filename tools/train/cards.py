"""Model cards: the scores of everything under models/, its README files, pictures and index.json."""

import json
from pathlib import Path

from .audio import files_under, read_mono
from .evaluate import average, model_scores, name_of, render, scores_of
from .export import load_model
from .labels import Analyzer
from .plots import plot_spectrograms
from .weights_file import read_safetensors

DEFAULT_MODEL = "ddx7n-full"
FILES = ("ddx7n-full", "ddx7-full", "ddx7-reduced", "ddx7n-reduced", "hpn-full", "hpn-reduced")
PICTURE_S = 6.0

SOURCES = {
    "flute": [
        "Ixox Flute by Xavier Hosxe, SFZ/FLAC version by kinwie, CC BY 4.0, modified",
        "VSCO 2 CE, Versilian Studios; recorded by Sam Gossner & Simon Dalzell, CC0 1.0, modified",
        "Philharmonia Orchestra sound samples, CC BY-SA 3.0, modified"],
    "violin": [
        "J. S. Bach, Partita No. 1 BWV 1002, John Garner (Musopen), CC BY 3.0, modified",
        "J. S. Bach, Sonata No. 2 BWV 1003, MinJi Kim (YouTube), CC BY 3.0, modified",
        "VSCO 2 CE, Versilian Studios; recorded by Sam Gossner & Simon Dalzell, CC0 1.0, modified",
        "University of Iowa Electronic Music Studios (free for any use), modified",
        "Philharmonia Orchestra sound samples, CC BY-SA 3.0, modified"],
    "trumpet": [
        "VSCO 2 CE, Versilian Studios; recorded by Sam Gossner & Simon Dalzell, CC0 1.0, modified",
        "University of Iowa Electronic Music Studios (free for any use), modified",
        "Philharmonia Orchestra sound samples, CC BY-SA 3.0, modified"],
}

FORMAT_NOTE = """One safetensors file per model: the weights as 32-bit floats, \
and under the metadata key
`sideband` a JSON text with the decoder's shape, the FM patch and how it was trained. Every model works at 16 kHz with frames of 64 samples;
its inputs are pitch (MIDI note / 127) and A-weighted loudness (dB / 80 + 1, floored at −80 dB)."""

SCORE_NOTE = """MSS / mel-LSD / error near the harmonics in nepers, lower is better, on recordings not trained on, rendered by \
`sideband render` at 16 kHz
(`tools/train/README.md` defines them; two equally loud white noises differ by 4.24 / 3.2, so a breathy note cannot score below about 4)."""


def add_commands(commands):
    command = commands.add_parser("cards", help="score models/ and write its README files")
    command.add_argument("--models", type=Path, default=Path("models"))
    command.add_argument("--data", type=Path, required=True, help="root with holdout, holdout_sa")
    command.add_argument("--papers", type=Path, help="folder of the papers' published excerpts")
    command.add_argument("--analyzer", default="build/native/sideband")
    command.add_argument("--with-torch", action="store_true")
    command.set_defaults(run_command=write_cards)


def write_cards(args):
    analyzer = Analyzer(args.analyzer)
    found = models_under(args.models)
    scores = {}
    for instrument, paths in found.items():
        scores[instrument] = holdout_scores(paths, instrument, args, analyzer)
        write_picture(args.models / instrument / "spectrogram.png", paths, instrument, args, analyzer)
        card = card_text(instrument, paths, scores[instrument])
        (args.models / instrument / "README.md").write_text(card)
    papers = paper_table(found, args, analyzer) if args.papers else ""
    (args.models / "README.md").write_text(overview(found, scores, papers))
    (args.models / "index.json").write_text(json.dumps(index(found, args.models), indent=1) + "\n")
    print((args.models / "README.md").read_text())


def models_under(folder):
    """instrument → {name: path}, best first."""
    found = {}
    for child in sorted(p for p in folder.iterdir() if p.is_dir()):
        paths = {name: child / f"{name}.safetensors" for name in FILES}
        paths = {name: path for name, path in paths.items() if path.exists()}
        if paths:
            found[child.name] = paths
    return found


def holdout_scores(paths, instrument, args, analyzer):
    """name → {"A": figures, "B": figures}."""
    result = {name: {} for name in paths}
    for tier, folder in (("A", "holdout"), ("B", "holdout_sa")):
        for name, path in paths.items():
            rows = []
            for file in files_under([args.data / folder / instrument]):
                reference = read_mono(file)
                rows.append({"seconds": len(reference) / 16000.0,
                             **model_scores(path, reference, analyzer, args.with_torch)})
            result[name][tier] = average(rows)
    return result


def write_picture(path, paths, instrument, args, analyzer):
    """The most varied holdout recording of tier A (which may be shown) and its renderings."""
    reference = max((read_mono(f) for f in files_under([args.data / "holdout" / instrument])),
                    key=len)[:int(PICTURE_S * 16000)]
    panels = [("recording", reference)]
    panels += [(name, render(p, reference, analyzer, args.with_torch)) for name, p in paths.items()]
    plot_spectrograms(path, [panels[i:i + 2] for i in range(0, len(panels), 2)])


def training_of(path):
    return json.loads(read_safetensors(path)[1]["sideband"])["training"]


def figures(scores):
    return f"{scores['mss']:.2f} / {scores['mel_lsd']:.2f} / {scores['near_harmonic']:.2f}"


def card_text(instrument, paths, scores):
    lines = [f"# {instrument.capitalize()}", "",
             "| file | synth | bytes | steps | tier A (free recordings) | tier B (real phrases) |",
             "| --- | --- | --- | --- | --- | --- |"]
    for name, path in paths.items():
        training = training_of(path)
        lines.append(f"| `{name}.safetensors` | {name_of(path)} | {path.stat().st_size} | "
                     f"{training['steps_total']} | {figures(scores[name]['A'])} | "
                     f"{figures(scores[name]['B'])} |")
    lines += ["", SCORE_NOTE, "", "![Spectrograms, 0–8 kHz](spectrogram.png)", "", "## Training", ""]
    lines += [f"- `{name}`: {training_of(path)['summary']}" for name, path in paths.items()]
    lines += ["", "Labels: this project's own analyzer, the one that runs live. Loss: multi-scale spectral. "
              "Level augmentation ±9 dB.", "", "## Data and licences", "",
              "The models are learnt from recordings of:", ""]
    lines += [f"- {source}" for source in SOURCES.get(instrument, ["the recordings named in the file's metadata"])]
    lines += ["", "None of the recordings is part of this project. The models are offered under the project's licence; "
              "whoever holds that a model derives from\nits training data should follow the terms above "
              "(attribution, and share-alike for the Philharmonia's samples).", "",
              "Limits: one instrument, one voice, 16 kHz control; the corpus has few soft or very high notes, and what the "
              "network has not heard it guesses."]
    return "\n".join(lines) + "\n"


def overview(found, scores, papers):
    lines = ["# Models", "", FORMAT_NOTE, "", "| model | file | kB | tier A | tier B |",
             "| --- | --- | --- | --- | --- |"]
    for instrument, paths in found.items():
        for name, path in paths.items():
            lines.append(f"| {name_of(path)} | `{instrument}/{name}.safetensors` | "
                         f"{path.stat().st_size // 1000} | {figures(scores[instrument][name]['A'])} | "
                         f"{figures(scores[instrument][name]['B'])} |")
    lines += ["", SCORE_NOTE,
              "Tier A: free recordings (notes joined into phrases, for the violin also Bach); tier B: real phrases. "
              "Cards with data and licences: " + ", ".join(f"[{i}]({i}/README.md)" for i in found) + ".",
              "`index.json` lists the models for the page.", ""]
    if papers:
        lines += ["## Beside the papers' own renderings", "",
                  "The DDX7 paper's page publishes excerpts with its own renderings. Its networks were trained on these very "
                  "players and this room; ours never\nheard them. MSS / mel-LSD:", "", papers, ""]
    return "\n".join(lines)


def index(found, folder):
    rows = []
    for instrument, paths in found.items():
        for name, path in paths.items():
            _, metadata = load_model(path)
            rows.append({"instrument": instrument, "synth": metadata["synth"]["type"],
                         "variant": metadata["variant"],
                         "file": str(path.relative_to(folder)), "bytes": path.stat().st_size,
                         "default": name == DEFAULT_MODEL})
    return rows


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


def paper_table(found, args, analyzer):
    names = [n for n in FILES if any(n in paths for paths in found.values())]
    lines = ["| excerpt | " + " | ".join(f"ours, {n}" for n in names)
             + " | published DDX7 | published HpN |", "| --- |" + " --- |" * (len(names) + 2)]
    rows = []
    for instrument, paths in found.items():
        for title, reference_path, ddx7, hpn in paper_excerpts(instrument, args.papers):
            reference = read_mono(reference_path)
            scores = [model_scores(paths[n], reference, analyzer, args.with_torch)
                      if n in paths else None for n in names]
            scores += [scores_of(reference, read_mono(path)) for path in (ddx7, hpn)]
            cells = ["–" if s is None else "{mss:.2f} / {mel_lsd:.2f}".format(**s) for s in scores]
            lines.append(f"| {title} | " + " | ".join(cells) + " |")
            if "test set" in title and all(n in paths for n in names[:2]):
                cut = slice(0, int(PICTURE_S * 16000))
                ours = [(f"ours, {n}", render(paths[n], reference[cut], analyzer, args.with_torch))
                        for n in names[:2] if n in paths]
                rows.append([(f"{instrument}: recording", reference[cut]), *ours,
                             ("published DDX7", read_mono(ddx7)[cut])])
    plot_spectrograms(args.models / "papers.png", rows, dpi=64)
    return "\n".join(lines) + "\n\n![Recording, ours and the published DDX7; 0–8 kHz](papers.png)"
