"""A small GRU decoder grown into a large one that computes the same: every hidden unit becomes several
copies, and whoever reads them divides by their number (layer norm sees the same mean and variance).
A fraction of the large one's random start on top makes the copies differ, so that they can learn apart.

A Full that starts where its Reduced ended needs a tenth of the steps.
"""

import torch

DIFFERENCE = 0.1  # of the standard random start


def grown(state, random_state, hidden, wanted, heads):
    """state_dict of a GruDecoder with `hidden` units → one with `wanted`, a multiple."""
    if wanted % hidden:
        raise ValueError(f"{wanted} hidden units are not a multiple of {hidden}")
    copies = wanted // hidden
    units = torch.arange(hidden).repeat_interleave(copies)
    result = {}
    for name, tensor in state.items():
        rows, columns = _rows(name, tensor, units, hidden, heads), None
        value = tensor[rows]
        if tensor.dim() == 2:
            columns, divisor = _columns(name, tensor, units, hidden, copies)
            value = value[:, columns] / divisor
            if not _is_head(name, heads):
                read = divisor > 1  # the noise is for what reads copies; the inputs stay as they are
                value = value + DIFFERENCE * random_state[name] * read
        result[name] = value
    return result


def _is_head(name, heads):
    return any(name.startswith(f"head.{head}.") for head in heads)


def _rows(name, tensor, units, hidden, heads):
    if _is_head(name, heads):
        return torch.arange(tensor.shape[0])
    if name.startswith("gru."):  # three gates
        return torch.cat([units + gate * hidden for gate in range(3)])
    return units


def _columns(name, tensor, units, hidden, copies):
    """Which old column each new one copies, and by what it is divided."""
    inputs = tensor.shape[1]
    whole, rest = divmod(inputs, hidden)
    if inputs < hidden:  # a scalar input
        whole, rest = 0, inputs
    columns = torch.cat([*(units + part * hidden for part in range(whole)),
                         torch.arange(inputs - rest, inputs)])
    divisor = torch.ones(len(columns))
    divisor[:len(columns) - rest] = copies
    return columns, divisor
