"""The loudness a model was trained on, written into its file: what calibration fits a player to.

`loudness_range_db` in the model's description is [5th, 95th percentile] of the loudness of the voiced
frames of its instrument's training recordings, as the analyzer labels them.
"""

import json
import struct
from pathlib import Path

import numpy as np

from .audio import files_under, read_mono
from .labels import Analyzer
from .timing import VOICED_CONFIDENCE

PERCENTILES = (5, 95)
FOLDERS = ("train", "train_sa")
OTHERWISE = ("holdout", "holdout_sa")  # where the training recordings are not at hand


def add_commands(commands):
    command = commands.add_parser("loudness-range",
                                  help="write the training's loudness range into the models' files")
    command.add_argument("--data", type=Path, required=True, help="root with train or holdout")
    command.add_argument("--models", type=Path, default=Path("models"))
    command.add_argument("--program", default="build/native/sideband")
    command.set_defaults(run_command=describe_all)


def describe_all(args):
    """Every model under a folder, its weights untouched; and the sizes in the folder's index."""
    analyzer = Analyzer(args.program)
    for folder in sorted(path for path in args.models.iterdir() if path.is_dir()):
        files = sorted(folder.glob("*.safetensors"))
        range_db = loudness_range_db(folder.name, args.data, analyzer) if files else None
        if range_db is None:
            continue
        changed = [path for path in files if describe(path, range_db)]
        print(f"{folder.name}: {range_db[0]} to {range_db[1]} dB, {len(changed)} of {len(files)} "
              "files changed", flush=True)
    update_sizes(args.models)


def loudness_range_db(instrument, data, analyzer):
    """[quiet, loud] in dB, or None where there is no recording of the instrument."""
    for kinds in (FOLDERS, OTHERWISE):
        folders = [data / kind / instrument for kind in kinds if (data / kind / instrument).is_dir()]
        files = files_under(folders) if folders else []
        if not files:
            continue
        frames = [analyzer(read_mono(path)) for path in files]
        levels_db = np.concatenate([f.loudness_db[f.confidence >= VOICED_CONFIDENCE] for f in frames])
        if len(levels_db):
            return [round(float(value), 1) for value in np.percentile(levels_db, PERCENTILES)]
    return None


def describe(path, range_db):
    """True where the file had to change. Tensors stay where they are after the header."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8:8 + length])
    description = json.loads(header["__metadata__"]["sideband"])
    if description.get("loudness_range_db") == range_db:
        return False
    description["loudness_range_db"] = range_db
    header["__metadata__"]["sideband"] = json.dumps(description, ensure_ascii=False)
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-(len(text) + 8) % 16)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data[8 + length:])
    return True


def update_sizes(models):
    index = models / "index.json"
    if not index.exists():
        return
    rows = json.loads(index.read_text())
    for row in rows:
        if (models / row["file"]).exists():
            row["bytes"] = (models / row["file"]).stat().st_size
    index.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
