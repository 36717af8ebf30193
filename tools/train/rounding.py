"""Weights as whole numbers that say nearly the same of what their layer hears.

What the rounding of a column leaves out, the columns after it make good as far as their inputs are alike: the second
moments of the inputs tell (the error compensation of Hassibi and Stork's optimal brain surgeon, column by column as in
Frantar et al., GPTQ, 2022)."""

import numpy as np
import torch
import torch.nn.functional as F

from .features import scale_features
from .recurrence import run_gru

DAMPING = 1e-3  # of the mean moment, added to each: inputs that were never heard


def round_rows(rows, moments, most):
    """rows (outputs, inputs) → whole numbers of at most `most`, for inputs with these second moments."""
    order = np.argsort(-np.diag(moments))  # the loudest first, while there are many to make good
    damped = moments[np.ix_(order, order)] + DAMPING * np.mean(np.diag(moments)) * np.eye(len(order))
    shares = np.linalg.cholesky(np.linalg.inv(damped)).T
    left, result = rows[:, order].astype(np.float64), np.empty(rows.shape)
    for column, input_ in enumerate(order):
        whole = np.clip(np.round(left[:, column]), -most, most)
        result[:, input_] = whole
        error = (left[:, column] - whole) / shares[column, column]
        left[:, column + 1:] -= np.outer(error, shares[column, column + 1:])
    return result


@torch.no_grad()
def moments_heard(decoder, streams):
    """Name of a matrix → the second moments of what it is multiplied with, over streams of (f0_hz, loudness_db), each a
    (frames,) array. A convolution's inputs lie as its row in the file: the taps of each channel side by side."""
    sums, frames = {}, 0

    def hear(name, inputs):  # (frames, inputs)
        sums[name] = sums.get(name, 0) + (inputs.T @ inputs).numpy()

    decoder.double()
    listen = _listen_gru if hasattr(decoder, "gru") else _listen_tcn
    for f0_hz, loudness_db in streams:
        f0_hz, loudness_db = (torch.as_tensor(x, dtype=torch.float64)[None] for x in (f0_hz, loudness_db))
        listen(decoder, scale_features(f0_hz, loudness_db).double(), hear)
        frames += f0_hz.shape[1]
    decoder.float()
    return {name: total / frames for name, total in sums.items()}


def _listen_tcn(tcn, x, hear):
    for number, block in enumerate(tcn.block):
        name = f"decoder.block.{number}"
        padded = F.pad(x, (block.reach, 0))
        hear(f"{name}.conv1.weight", _windows(padded, block))
        between = F.pad(F.relu(block.conv1(padded)), (block.reach, 0))
        hear(f"{name}.conv2.weight", _windows(between, block))
        hear(f"{name}.skip.weight", x[0].T)
        x = block(x, pad=True)


def _windows(padded, block):
    taps = block.conv1.kernel_size[0]
    step = block.reach // (taps - 1)
    frames = padded.shape[-1] - block.reach
    windows = torch.stack([padded[0, :, tap * step:tap * step + frames] for tap in range(taps)], dim=1)
    return windows.reshape(-1, frames).T


def _listen_gru(decoder, features, hear):
    inputs = features.transpose(1, 2)

    def run(mlp, name, x):
        for number, (layer, norm) in enumerate(zip(mlp.layers, mlp.norms)):
            hear(f"{name}.{number}.weight", x[0])
            x = F.leaky_relu(norm(layer(x)), 0.01)
        return x

    seen = torch.cat([run(decoder.pitch, "decoder.in.pitch", inputs[..., :1]),
                      run(decoder.loudness, "decoder.in.loudness", inputs[..., 1:])], dim=-1)
    hear("decoder.gru.weight_ih", seen[0])
    state = run_gru(decoder.gru, seen)
    hear("decoder.gru.weight_hh", F.pad(state[0], (0, 0, 1, 0))[:-1])  # the state before
    run(decoder.out, "decoder.out", torch.cat([state, inputs], dim=-1))
