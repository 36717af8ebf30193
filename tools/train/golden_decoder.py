#!/usr/bin/python3
"""Golden decoders: random weights, random features, and PyTorch's float64 answer.

    golden_decoder.py write FOLDER           the small set that the unit tests read
    golden_decoder.py check SIDEBAND [-v]    the large set, through `sideband decode`, within 1e-5

A golden is a pair of safetensors files: NAME.model.safetensors as DESIGN describes it, and
NAME.golden.safetensors with "f0_hz", "loudness_db" and the controls of every frame. The networks are
written out here once more from the format's definition, apart from the training code.
"""

import argparse
import csv
import json
import math
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tools.train.weights_file import write_safetensors  # noqa: E402

TOLERANCE = 1e-5
PATCHES = {
    6: {"ratios": [1, 1, 1, 1, 3, 14], "routing": [[6, 5], [5, 4], [4, 3], [2, 1]],
        "carriers": [1, 3], "i_max": 2.0106193},
    4: {"ratios": [1, 1, 1, 3.2], "routing": [[4, 3], [3, 1], [2, 1]], "carriers": [1],
        "i_max": 6.2831853},
    2: {"ratios": [1, 1], "routing": [[2, 1]], "carriers": [1], "i_max": 2.0106193},
}
# name → (hidden, blocks, kernel, skips or None for all, operators, noise, weight type, frames)
SMALL_TCN = {
    "tcn_small": (24, 3, 3, None, 6, False, "F32", 60),
    "tcn_odd": (13, 2, 2, None, 4, False, "F32", 40),
    "tcn_identity_skips": (16, 4, 3, [True, False, False, True], 2, False, "F32", 80),
    "tcn_noise": (8, 2, 3, None, 6, True, "F32", 30),
    "tcn_f16": (16, 2, 3, None, 6, False, "F16", 40),
    "tcn_i8": (16, 2, 3, None, 6, False, "I8", 40),
}
LARGE_TCN = {
    "tcn_full": (128, 5, 3, None, 6, False, "F32", 400),
    "tcn_full_noise": (128, 5, 3, None, 6, True, "F32", 400),
    "tcn_full_f16": (128, 5, 3, None, 6, False, "F16", 300),
    "tcn_full_i8": (128, 5, 3, None, 6, False, "I8", 300),
    "tcn_reduced": (64, 3, 3, None, 6, False, "F32", 300),
    "tcn_ablation_4": (64, 3, 3, None, 4, False, "F32", 300),
    "tcn_ablation_2": (64, 3, 3, [True, False, True], 2, False, "F32", 300),
}
# name → (hidden, harmonics, weight type, frames)
SMALL_GRU = {"gru_small": (8, 100, "F32", 30), "gru_few_harmonics": (6, 20, "I8", 25)}
LARGE_GRU = {"gru_full": (512, 100, "F32", 250), "gru_reduced": (16, 100, "F32", 250)}


def random_features(rng, frames):
    """A gliding pitch and a wandering level, with jumps and a silence below the scale's floor."""
    octaves = np.cumsum(rng.normal(0, 0.05, frames)) + rng.choice([-1, 0, 1], frames, p=[.02, .96, .02])
    f0_hz = np.clip(440 * 2**octaves, 50, 2000).astype(np.float32)
    loudness_db = (-30 + np.cumsum(rng.normal(0, 2, frames))).clip(-110, 0).astype(np.float32)
    loudness_db[frames // 2:frames // 2 + 5] = -120
    return f0_hz, loudness_db


def scale(f0_hz, loudness_db):
    f0_hz, loudness_db = torch.from_numpy(f0_hz).double(), torch.from_numpy(loudness_db).double()
    return torch.stack([(69 + 12 * torch.log2(f0_hz / 440)) / 127,
                        loudness_db.clamp(min=-80) / 80 + 1])


def exp_sigmoid(x):
    return 2 * torch.sigmoid(x)**math.log(10) + 1e-7


class Weights:
    """Random tensors, stored in the file's type and used with the very values that were stored."""

    def __init__(self, rng, dtype):
        self.rng, self.dtype, self.stored, self.values = rng, dtype, {}, {}

    def add(self, name, shape, gain=1.2):
        fan_in = int(np.prod(shape[1:])) if len(shape) > 1 else 50
        values = self.rng.normal(0, gain / math.sqrt(fan_in), shape).astype(np.float32)
        if name.endswith("norm.weight"):
            values += 1
        if self.dtype == "F16":
            self.stored[name] = values.astype(np.float16)
            values = self.stored[name].astype(np.float64)
        elif self.dtype == "I8" and len(shape) > 1:
            rows = np.abs(values).reshape(shape[0], -1).max(1).astype(np.float32) / np.float32(127)
            row_scale = rows.reshape(-1, *[1] * (len(shape) - 1))
            self.stored[name] = np.round(values / row_scale).astype(np.int8)
            self.stored[name + ".scale"] = rows
            values = self.stored[name].astype(np.float64) * row_scale
        else:
            self.stored[name] = values
        self.values[name] = torch.from_numpy(values.astype(np.float64))
        return self

    def linear(self, name, inputs, outputs, taps=None, gain=1.2):
        self.add(name + ".weight", (outputs, inputs) + ((taps,) if taps else ()), gain)
        self.add(name + ".bias", (outputs,))

    def apply(self, name, x):
        return F.linear(x, self.values[name + ".weight"], self.values[name + ".bias"])

    def conv(self, name, x, dilation):
        weight = self.values[name + ".weight"]
        padded = F.pad(x, ((weight.shape[-1] - 1) * dilation, 0))
        return F.conv1d(padded, weight, self.values[name + ".bias"], dilation=dilation)


def make_tcn(rng, hidden, blocks, kernel, skips, operators, noise, dtype, frames):
    skips = skips or [True] * blocks
    outputs = operators + (65 if noise else 0)
    w = Weights(rng, dtype)
    for b in range(blocks):
        inputs = 2 if b == 0 else hidden
        outs = outputs if b == blocks - 1 else hidden
        name = f"decoder.block.{b}"
        w.linear(name + ".conv1", inputs, hidden, kernel)
        w.linear(name + ".conv2", hidden, outs, kernel)
        if skips[b]:
            w.linear(name + ".skip", inputs, outs)
    f0_hz, loudness_db = random_features(rng, frames)
    x = scale(f0_hz, loudness_db)[None]
    for b in range(blocks):
        name, dilation = f"decoder.block.{b}", 2**b
        y = w.conv(name + ".conv2", F.relu(w.conv(name + ".conv1", x, dilation)), dilation)
        if b < blocks - 1:
            y = F.relu(y)
        x = y + (w.apply(name + ".skip", x.transpose(1, 2)).transpose(1, 2) if skips[b] else x)
    patch = PATCHES[operators]
    controls = {"level": patch["i_max"] * torch.sigmoid(x[0, :operators].T)}
    synth = {"type": "fm", **patch}
    if noise:
        controls["noise"] = exp_sigmoid(x[0, operators:].T)
        synth.update(type="fm_noise", noise_bands=65)
    decoder = {"type": "tcn", "inputs": 2, "hidden": hidden, "blocks": blocks, "kernel": kernel,
               "dilation_base": 2, "skips": skips, "outputs": outputs}
    return w.stored, decoder, synth, f0_hz, loudness_db, controls


def make_gru(rng, hidden, harmonics, dtype, frames):
    w = Weights(rng, dtype)
    heads = {"amplitude": 1, "harmonic_distribution": harmonics, "noise_bands": 65}
    layers = [(f"decoder.in.{name}", 1) for name in ("pitch", "loudness")]
    for name, inputs in layers + [("decoder.out", hidden + 2)]:
        for i in range(3):
            w.linear(f"{name}.{i}", inputs if i == 0 else hidden, hidden)
            w.add(f"{name}.{i}.norm.weight", (hidden,))
            w.add(f"{name}.{i}.norm.bias", (hidden,))
    for part, inputs in (("ih", 2 * hidden), ("hh", hidden)):
        w.add(f"decoder.gru.weight_{part}", (3 * hidden, inputs))
        w.add(f"decoder.gru.bias_{part}", (3 * hidden,))
    for name, outputs in heads.items():
        w.linear(f"decoder.head.{name}", hidden, outputs)

    def mlp(name, x):
        for i in range(3):
            x = F.layer_norm(w.apply(f"{name}.{i}", x), (hidden,),
                             w.values[f"{name}.{i}.norm.weight"], w.values[f"{name}.{i}.norm.bias"])
            x = F.leaky_relu(x, 0.01)
        return x

    gru = torch.nn.GRU(2 * hidden, hidden, batch_first=True).double()
    with torch.no_grad():
        for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(gru, part + "_l0").copy_(w.values[f"decoder.gru.{part}"])
    f0_hz, loudness_db = random_features(rng, frames)
    features = scale(f0_hz, loudness_db).T[None]
    with torch.no_grad():
        encoded = torch.cat([mlp("decoder.in.pitch", features[..., :1]),
                             mlp("decoder.in.loudness", features[..., 1:])], dim=-1)
        state, _ = gru(encoded)
        y = mlp("decoder.out", torch.cat([state, features], dim=-1))
        raw = {name: exp_sigmoid(w.apply(f"decoder.head.{name}", y))[0] for name in heads}
    multiple = torch.arange(1, harmonics + 1).double() * torch.from_numpy(f0_hz).double()[:, None]
    mask = torch.where(multiple >= 8000, 1e-4, 1 + 1e-4)
    harmonic = raw["harmonic_distribution"] * mask
    controls = {"amplitude": raw["amplitude"],
                "harmonic": harmonic / harmonic.sum(-1, keepdim=True), "noise": raw["noise_bands"]}
    decoder = {"type": "gru", "hidden": hidden, "inputs": 2, "heads": heads}
    synth = {"type": "harmonic_noise", "harmonics": harmonics, "noise_bands": 65}
    return w.stored, decoder, synth, f0_hz, loudness_db, controls


def make(name, tcns, grus):
    rng = np.random.default_rng(sum(map(ord, name)))
    return make_tcn(rng, *tcns[name]) if name in tcns else make_gru(rng, *grus[name])


def write_model(path, stored, decoder, synth):
    metadata = {"format": 1, "instrument": "random", "variant": "golden", "sample_rate_hz": 16000,
                "hop_samples": 64, "decoder": decoder, "synth": synth, "training": {}}
    write_safetensors(path, stored, {"sideband": json.dumps(metadata)})


def write(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name in [*SMALL_TCN, *SMALL_GRU]:
        stored, decoder, synth, f0_hz, loudness_db, controls = make(name, SMALL_TCN, SMALL_GRU)
        write_model(folder / f"{name}.model.safetensors", stored, decoder, synth)
        answer = {"f0_hz": f0_hz, "loudness_db": loudness_db}
        answer.update({key: value.numpy().astype(np.float32) for key, value in controls.items()})
        write_safetensors(folder / f"{name}.golden.safetensors", answer, {})


def decode(sideband, model, frames):
    lines = subprocess.run([sideband, "decode", model, frames, "-o", "-"], check=True,
                           capture_output=True, text=True).stdout.splitlines()
    columns = lines[0].split(",")
    return columns, np.array([[float(x) for x in row] for row in csv.reader(lines[1:])])


def difference(sideband, name, damage=None):
    """Largest difference of `sideband decode` from PyTorch on a large golden, and PyTorch's values.
    `damage` may change the stored tensors."""
    stored, decoder, synth, f0_hz, loudness_db, controls = make(name, LARGE_TCN, LARGE_GRU)
    if damage:
        damage(stored)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        write_model(folder / "model.safetensors", stored, decoder, synth)
        rows = [f"{0.004 * (i + 1):.6f},{f:.9g},1,{l:.9g}"
                for i, (f, l) in enumerate(zip(f0_hz, loudness_db))]
        (folder / "frames.csv").write_text(
            "\n".join(["time_s,f0_hz,confidence,loudness_db", *rows]) + "\n")
        columns, values = decode(sideband, folder / "model.safetensors", folder / "frames.csv")
    expected = torch.cat(list(controls.values()), dim=-1).numpy()
    order = []
    for key, value in controls.items():
        count = value.shape[-1]
        order += [key] if key == "amplitude" else [f"{key}{i + 1}" for i in range(count)]
    if columns != order or values.shape != expected.shape:
        raise ValueError(f"{name}: columns or rows differ from the format's")
    return np.abs(values - expected).max(), expected


def check(sideband, verbose):
    worst = 0.0
    for name in [*LARGE_TCN, *LARGE_GRU]:
        largest, expected = difference(sideband, name)
        worst = max(worst, largest)
        if verbose:
            print(f"{name:20s} {largest:.1e}  (values {expected.min():.3g} … {expected.max():.3g})")
    print(f"largest difference from PyTorch: {worst:.1e} (at most {TOLERANCE:.0e})")
    return worst <= TOLERANCE


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("write").add_argument("folder", type=pathlib.Path)
    checker = commands.add_parser("check")
    checker.add_argument("sideband")
    checker.add_argument("-v", "--verbose", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.command == "write":
        write(arguments.folder)
    elif not check(arguments.sideband, arguments.verbose):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
