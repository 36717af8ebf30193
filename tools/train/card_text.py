"""The words and tables of models/README.md and of each instrument's card."""

from .evaluate import number
from .sources import SOURCES

FORMAT_NOTE = """One safetensors file per model: the weights (F32, F16, or I8 with a scale per row), and under the metadata key
`sideband` a JSON text with the decoder's shape, the FM patch and how it was trained. Every model works at 16 kHz with frames of 64 samples;
its inputs are pitch (MIDI note / 127) and A-weighted loudness (dB / 80 + 1, floored at −80 dB).
Optional, all four or none: `decoder.tables.pitch` [1147, 3 · hidden] and `decoder.tables.loudness` [561, 3 · hidden], I16 with a `.scale` per row,
what a GRU of 128 or more units receives from its inputs (`core/inference/input_tables.h`). No file here has them: the page adds them to save the audio thread the work.
The optional `loudness_range_db` is [5 %, 95 %] of the loudness of the training's voiced frames, which calibration fits a player to."""

NAMES_NOTE = """Names: `ddx7` plain FM, `ddx7n` FM with a noise branch, `hpn` harmonics and noise; `full` and `reduced` are the two sizes;
`-cd` and `-ad` are the reduced size trained further beside its full sibling, following its controls or its sound."""

SCORE_NOTE = """MSS / mel-LSD / error near the harmonics in nepers, lower is better, on recordings not trained on, rendered by \
`sideband render` at 16 kHz
(`tools/train/README.md` defines them; two equally loud white noises differ by 4.24 / 3.2, so a breathy note cannot score below about 4).
Loudness and pitch: how far the rendering is from the player, as the analyzer hears both. Fréchet: distance of the rendering from the
recordings over the embedding "mel-cepstrum 24" (`tools/train/frechet.py`). × real time: the whole path on one core at 48 kHz, measured on a busy machine."""

TIER_NOTE = """Tier A: free recordings (notes joined into phrases, for the violin also Bach); tier B: real phrases."""

HEADER = ("| model | kB | weights | parameters | MAC/frame | × real time | tier A | tier B | "
          "loudness dB | pitch cents | Fréchet |\n| " + "--- | " * 11).rstrip()


def figures(scores):
    if scores is None:
        return "–"
    return " / ".join(number(scores[k]) for k in ("mss", "mel_lsd", "near_harmonic"))


def table_row(row, label):
    scores, facts = row["scores"], row["facts"]
    tiers = [scores.get("A"), scores.get("B")]
    cells = [label, str(facts["bytes"] // 1000), facts["weights"], f"{facts['parameters'] // 1000} k",
             f"{facts['macs_per_frame'] // 1000} k", f"{facts['times_real_time']:.0f}", *map(figures, tiers)]
    for key, digits in (("loudness_db", 1), ("pitch_cents", 1), ("frechet", 1)):
        cells.append(" / ".join(number(t[key], digits) for t in tiers if t is not None))
    return "| " + " | ".join(cells) + " |"


def card_text(instrument, rows, why):
    lines = [f"# {instrument.capitalize()}", "", HEADER]
    lines += [table_row(row, f"`{row['name']}`" + (" (default)" if row["default"] else "")) for row in rows]
    lines += ["", why[0].upper() + why[1:], "", NAMES_NOTE, SCORE_NOTE, TIER_NOTE, "",
              "![Spectrograms, 0–8 kHz](spectrogram.png)", "", "## Training", ""]
    for row in rows:
        text = f"- `{row['name']}`: {row['training']['summary']}"
        if "weights_change_sound_by_db" in row["training"]:
            text += (f"; its {row['facts']['weights']} weights change the sound by "
                     f"{row['training']['weights_change_sound_by_db']:.0f} dB of the 32-bit rendering")
        lines.append(text)
    lines += ["", "Labels: this project's own analyzer, the one that runs live. Loss: multi-scale spectral. "
              "Level augmentation ±9 dB.", "", "## Data and licences", "",
              "The models are learnt from recordings of:", ""]
    lines += [f"- {source}" for source in SOURCES.get(instrument, ["the recordings named in the file's metadata"])]
    lines += ["", "None of the recordings is part of this project. The models are offered under the project's licence; "
              "whoever holds that a model derives from\nits training data should follow the terms above "
              "(attribution, and share-alike for the Philharmonia's samples)." if instrument != "piano" else
              "\nNone of the recordings is part of this project. The models are offered under the project's licence.", "",
              "Limits: one instrument, one voice, 16 kHz control; the corpus has few soft or very high notes, and what the "
              "network has not heard it guesses."]
    return "\n".join(lines) + "\n"


ADAPTED_TITLE = "## In the papers' room"
SEEDS_TITLE = "## Three seeds"


def overview_rows(instrument, rows):
    """Lines of the overview's table."""
    labels = [f"`{instrument}/{row['name']}`" for row in rows]
    return [table_row(row, f"**{label}**" if row["default"] else label) for row, label in zip(rows, labels)]


def overview(tables, papers, adapted, seeds):
    """`tables`: instrument → overview_rows."""
    lines = ["# Models", "", FORMAT_NOTE, "", NAMES_NOTE, "", HEADER]
    for rows in tables.values():
        lines += rows
    lines += ["", "Bold: the instrument's default; its card says why. " + SCORE_NOTE, TIER_NOTE + " Cards with data and licences: "
              + ", ".join(f"[{i}]({i}/README.md)" for i in tables) + ".",
              "`index.json` lists the models for the page.", ""]
    if papers:
        lines += ["## Beside the papers' own renderings", "",
                  "The DDX7 paper's page publishes excerpts with its own renderings. Its networks were trained on these very "
                  "players and this room; ours never\nheard them. MSS / mel-LSD:", "", papers, ""]
    if adapted:
        lines += [ADAPTED_TITLE, "",
                  "The fair comparison: our models after `tools/train/adapt` on the long excerpts of the same players (56–96 s, minutes of "
                  "training on one core),\nscored on the test set, which nothing was trained on (from the reduced models, the flute's "
                  "and the trumpet's FM + noise from the full ones; `--hold-back 0`, the violin's with `--transposed-copies 1`). These are "
                  "not shipped. MSS / mel-LSD:",
                  "", adapted, ""]
    if seeds:
        lines += [SEEDS_TITLE, "", "The same recipe from three random starts (`recipes.json`, \"seeds\"; `noise` runs on the DX7's patches), MSS / mel-LSD; what is shipped, "
                  "often trained further, is in the table above.", "", seeds, ""]
    return "\n".join(lines)
