"""Weights in fewer bytes: 16-bit floats, or 8-bit integers with a scale per output row."""

import numpy as np

from .rounding import round_rows

LARGEST = 127
SMALLEST = 4096  # elements; smaller tensors save nothing, and inputs, biases and norms stay exact
SCALE = ".scale"
# What the heads say is heard at once: among 8-bit weights they have 16, for 2 % of the bytes and 6 dB.
HEADS = "decoder.head."


def narrowed(arrays, kind, heard=None):
    """name → float32 array, as a file of `kind` ("f32", "f16", "i8") holds them. `heard`: what 8-bit matrices are
    multiplied with (rounding.moments_heard); without it each weight is rounded by itself."""
    if kind == "f32":
        return dict(arrays)
    if kind == "f16":
        return {name: array.astype(np.float16) if worth_narrowing(array) else array
                for name, array in arrays.items()}
    if kind != "i8":
        raise ValueError(f"weights are f32, f16 or i8, not {kind!r}")
    result = {}
    for name, array in arrays.items():
        if not worth_narrowing(array):
            result[name] = array
            continue
        if name.startswith(HEADS):
            result[name] = array.astype(np.float16)
            continue
        rows = array.reshape(len(array), -1)
        scale = np.maximum(np.abs(rows).max(axis=1) / LARGEST, 1e-12).astype(np.float32)
        steps = rows / scale[:, None]
        steps = np.clip(np.round(steps), -LARGEST, LARGEST) if heard is None else round_rows(steps, heard[name], LARGEST)
        result[name] = steps.astype(np.int8).reshape(array.shape)
        result[name + SCALE] = scale
    return result


def worth_narrowing(array):
    return array.ndim >= 2 and array.size >= SMALLEST


def widened(arrays):
    """What a file holds → float32 arrays."""
    result = {}
    for name, array in arrays.items():
        if name.endswith(SCALE) and name[:-len(SCALE)] in arrays:
            continue
        wide = array.astype(np.float32)
        if array.dtype == np.int8:
            scale = arrays[name + SCALE].astype(np.float32)
            wide = wide * scale.reshape(-1, *[1] * (array.ndim - 1))
        result[name] = wide
    return result
