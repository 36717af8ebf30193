"""How often the recogniser is right about voices that it has not heard, beside guessing by how common things are."""

import torch

from .recogniser_data import ALGORITHMS, BAND_HOP, FRAMES, OPERATORS, RATE_HZ, RATIOS

DRAWS = 32


@torch.no_grad()
def scores(model, held_out):
    labels = held_out.labels.long()
    algorithm, ratio = labels[:, 0], labels[:, 2:].flip(1)
    heard = model.hear(held_out.combs[:, 0], held_out.keys[:, 0])
    head = model.head(heard)
    top = head[:, 1:1 + ALGORITHMS].topk(3, 1).indices == algorithm[:, None]
    others = torch.stack([model.head(model.hear(held_out.combs[:, k], held_out.keys[:, k]))[:, 0] for k in (1, 2)])
    given = model.ratios(heard, algorithm, ratio).argmax(2) == ratio
    common = torch.bincount(ratio.flatten(), minlength=RATIOS).argmax()
    logits = model.up(held_out.bands)
    up = logits.argmax(1)
    heard_up, has = up < FRAMES, held_out.up < FRAMES
    off_ms = 1000.0 * BAND_HOP / RATE_HZ * (up - held_out.up)[heard_up & has].abs().float()
    drawn = drawn_recall(model, heard, head, ratio)
    prior = prior_recall(ratio)
    return rounded({
        "algorithm_first": top[:, 0], "algorithm_among_3": top.any(1),
        "algorithm_by_chance": torch.tensor([1 / ALGORITHMS]),
        "ratio_right": given, "ratio_most_common": (ratio == common),
        "ratios_found_in_draws": drawn, "ratios_found_by_chance": prior,
        "key_over_both_others": (head[:, 0] > others.max(0).values),
        "up_within_16_ms": (heard_up & has & ((up - held_out.up).abs() <= 2))[has],
        "up_within_16_ms_by_rule": ((held_out.up_by_rule - held_out.up).abs() <= 2)[has],
        "up_heard": heard_up[has], "never_up_told": (~heard_up)[~has],
        "never_up_told_by_rule": (held_out.up_by_rule >= FRAMES - 1)[~has],
    }) | {"up_median_error_ms": round(float(off_ms.median()), 1)}


def found(draws, ratio):
    """Of a voice's operators how many have their ratio in the same number in a draw, in the best of the draws."""
    best = torch.zeros(len(ratio))
    for drawn in draws:
        count = torch.zeros(len(ratio), RATIOS).scatter_add_(1, ratio, torch.ones_like(ratio, dtype=torch.float32))
        other = torch.zeros(len(ratio), RATIOS).scatter_add_(1, drawn, torch.ones_like(drawn, dtype=torch.float32))
        best = torch.maximum(best, torch.minimum(count, other).sum(1) / OPERATORS)
    return best


def drawn_recall(model, heard, head, ratio):
    torch.manual_seed(2)
    draws = []
    for _ in range(DRAWS):
        algorithm = torch.multinomial(head[:, 1:1 + ALGORITHMS].softmax(1), 1)[:, 0]
        draws.append(model.draw_ratios(heard, algorithm))
    return found(draws, ratio)


def prior_recall(ratio):
    torch.manual_seed(3)
    flat = ratio.flatten()
    return found([flat[torch.randint(len(flat), ratio.shape)] for _ in range(DRAWS)], ratio)


def rounded(values):
    return {name: round(float(value.float().mean()), 4) for name, value in values.items()}
