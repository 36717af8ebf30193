"""The recogniser: from a sound to the DX7 voices that may have made it. core/match/recogniser.h is its twin.

Two networks in one file. One hears the bands frame by frame and says in which the key went up. The other hears
the spectrum at six moments, laid out over the harmonics of a supposed key, and says whether that key is the right
one, which algorithm and feedback, and then one operator's ratio after the other, 6 to 1, each given those before:
a distribution over whole voices to draw from, because many voices sound alike.
"""
import json

import torch
from torch import nn
from torch.nn import functional

from .narrow import narrowed, widened
from .recogniser_data import ALGORITHMS, BANDS, FEEDBACKS, LEVELS, OPERATORS, RATIOS
from .weights_file import read_safetensors, write_safetensors

MOMENTS, CELLS = 6, LEVELS // 6
MOMENT_WIDTH, WIDTH, RATIO_WIDTH = 80, 192, 80
GIVEN = ALGORITHMS + OPERATORS + OPERATORS * RATIOS  # algorithm, which operator, ratios so far
UP_CHANNELS, UP_TAPS = (16, 24), (9, 9, 7)
FULL = 240.0  # of a level in a byte


def dense(layer, x):
    """layer(x) of (batch, inputs), as a convolution over one pixel: PyTorch brings fast ones along, while its matrix
    product is as fast as the BLAS that it finds, which may be the reference's."""
    return functional.conv2d(x[:, :, None, None], layer.weight[:, :, None, None], layer.bias)[:, :, 0, 0]


class KeyUp(nn.Module):
    def __init__(self):
        super().__init__()
        widths = (BANDS, *UP_CHANNELS, 1)
        self.conv = nn.ModuleList([nn.Conv1d(widths[i], widths[i + 1], taps, padding=taps // 2)
                                   for i, taps in enumerate(UP_TAPS)])
        self.never = nn.Parameter(torch.zeros(1))

    def forward(self, bands):
        """Bytes (batch, frames, bands) → logits (batch, frames + 1), the last: in no frame."""
        x = bands.transpose(1, 2).float() / FULL
        for conv in self.conv[:-1]:
            x = functional.relu(conv(x))
        logits = self.conv[-1](x)[:, 0]
        return torch.cat([logits, self.never.expand(len(logits), 1)], 1)


class Recogniser(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = KeyUp()
        self.moment = nn.Linear(CELLS, MOMENT_WIDTH)
        self.body = nn.ModuleList([nn.Linear(MOMENTS * MOMENT_WIDTH + 1, WIDTH), nn.Linear(WIDTH, WIDTH)])
        self.head = nn.Linear(WIDTH, 1 + ALGORITHMS + FEEDBACKS)  # is it this key, algorithm, feedback
        self.heard = nn.Linear(WIDTH, RATIO_WIDTH)
        self.given = nn.Embedding(GIVEN, RATIO_WIDTH)
        self.ratio = nn.Linear(RATIO_WIDTH, RATIOS)
        nn.init.normal_(self.given.weight, std=0.1)

    def hear(self, comb, key):
        """Bytes (batch, levels) and keys (batch) → what is heard (batch, WIDTH)."""
        moments = functional.relu(dense(self.moment, comb.float().view(-1, CELLS) / FULL))
        octaves = (key.float() - 57.0) / 12.0  # from 220 Hz
        x = torch.cat([moments.view(-1, MOMENTS * MOMENT_WIDTH), octaves[:, None]], 1)
        for layer in self.body:
            x = functional.relu(dense(layer, x))
        return x

    def ratios(self, heard, algorithm, ratio):
        """Logits (batch, operators, classes), operator 6 first, as in `ratio`; each sees those before it."""
        sums = dense(self.heard, heard) + self.given(algorithm)
        logits = []
        for place in range(OPERATORS):
            logits.append(dense(self.ratio, functional.relu(sums + self.given.weight[ALGORITHMS + place])))
            sums = sums + self.given(ALGORITHMS + OPERATORS + place * RATIOS + ratio[:, place])
        return torch.stack(logits, 1)

    @torch.no_grad()
    def draw_ratios(self, heard, algorithm):
        """Ratio classes (batch, operators), operator 6 first, drawn from the distribution."""
        sums = dense(self.heard, heard) + self.given(algorithm)
        drawn = []
        for place in range(OPERATORS):
            logits = dense(self.ratio, functional.relu(sums + self.given.weight[ALGORITHMS + place]))
            drawn.append(torch.multinomial(logits.softmax(1), 1)[:, 0])
            sums = sums + self.given(ALGORITHMS + OPERATORS + place * RATIOS + drawn[-1])
        return torch.stack(drawn, 1)


def losses(model, examples):
    """The loss's parts by name, of a batch of Examples."""
    labels = examples.labels.long()
    algorithm, feedback, ratio = labels[:, 0], labels[:, 1], labels[:, 2:].flip(1)
    batch, keys = examples.keys.shape
    heard = model.hear(examples.combs.flatten(0, 1), examples.keys.flatten()).view(batch, keys, -1)
    head = dense(model.head, heard.flatten(0, 1)).view(batch, keys, -1)
    key_logits, head = head[..., 0], head[:, 0]
    right = torch.zeros_like(key_logits)
    right[:, 0] = 1.0
    logits = model.ratios(heard[:, 0], algorithm, ratio)
    return {"key": keys * functional.binary_cross_entropy_with_logits(key_logits, right),
            "algorithm": functional.cross_entropy(head[:, 1:1 + ALGORITHMS], algorithm),
            "feedback": 0.5 * functional.cross_entropy(head[:, 1 + ALGORITHMS:], feedback),
            "ratios": OPERATORS * functional.cross_entropy(logits.flatten(0, 1), ratio.flatten())}


def export(path, model, facts):
    arrays = {name: tensor.detach().cpu().numpy() for name, tensor in model.state_dict().items()}
    text = json.dumps({"format": 1, "training": facts})
    write_safetensors(path, narrowed(arrays, "f16"), {"sideband_recogniser": text})


def load(path):
    arrays, metadata = read_safetensors(path)
    if "sideband_recogniser" not in metadata:
        raise SystemExit(f"{path}: is not a recogniser")
    model = Recogniser()
    model.load_state_dict({name: torch.from_numpy(array) for name, array in widened(arrays).items()})
    return model


@torch.no_grad()
def write_golden(path, model):
    """What PyTorch makes of numbers that stand for a sound, for tests/unit/match/recogniser_test.cc: a line of
    log-odds for 60 frames and none of them, one of heads, one of ratio classes for operator 6 in algorithm 5, and
    one for operator 4 after ratios of class 1 and 20."""
    values = torch.arange(LEVELS)
    comb = ((values * 37 + values // 7 * 11) % 241).to(torch.uint8)[None]
    values = torch.arange(60 * BANDS)
    bands = ((values * 29 + values // 5 * 13) % 241).to(torch.uint8).view(1, 60, BANDS)
    heard = model.hear(comb, torch.tensor([45]))
    ratio = torch.tensor([[1, 20, 0, 0, 0, 0]])
    logits = model.ratios(heard, torch.tensor([4]), ratio)[0]
    lines = [model.up(bands)[0], model.head(heard)[0], logits[0], logits[2]]
    with open(path, "w", encoding="ascii") as file:
        file.writelines(",".join(f"{float(x):.6g}" for x in line) + "\n" for line in lines)
