"""Weights in fewer bytes: 16-bit floats, or 8-bit integers with a scale per output row."""

import numpy as np

SMALLEST = 4096  # elements; smaller tensors save nothing, and inputs, biases and norms stay exact
SCALE = ".scale"
# What the heads say is heard at once: among 8-bit weights they have 16, for 2 % of the bytes and 6 dB.
HEADS = "decoder.head."


def narrowed(arrays, kind, carried=False):
    """name → float32 array, as a file of `kind` ("f32", "f16", "i8") holds them; `carried`: see rounded()."""
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
        scale = np.maximum(np.abs(rows).max(axis=1) / 127.0, 1e-12).astype(np.float32)
        steps = np.clip(rounded(rows / scale[:, None], carried), -127, 127)
        result[name] = steps.astype(np.int8).reshape(array.shape)
        result[name + SCALE] = scale
    return result


def rounded(rows, carried):
    """To whole numbers. `carried`: what a column's rounding leaves out, the next column makes good. Where neighbours
    are copies of one unit (growth.py) they say nearly the same, and so do their errors, which then cancel instead of
    adding up; where they are not, this is 3 dB worse than rounding each by itself."""
    if not carried:
        return np.round(rows)
    result, left = np.empty_like(rows), np.zeros(len(rows), dtype=rows.dtype)
    for column in range(rows.shape[1]):
        wanted = rows[:, column] + left
        result[:, column] = np.round(wanted)
        left = wanted - result[:, column]
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
