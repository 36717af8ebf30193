"""The papers' decoders as ONNX models that stream a frame per run: matrix products over a state that goes in and out,
the fastest form found for onnxruntime.

usage: python3 -m tools.bench.onnx_decoders FOLDER    writes NAME.onnx and index.json (names and shapes of the states)
"""
import json
import sys
from pathlib import Path

import torch

from tools.train.model import build_model

DECODERS = {"DDX7 full": ("fm", "full"), "DDX7 reduced": ("fm", "reduced"),
            "HpN full": ("harmonic_noise", "full"), "HpN reduced": ("harmonic_noise", "reduced")}


class StreamedConv(torch.nn.Module):
    """A causal convolution of one new frame: the frames it sees, end to end, times one matrix."""

    def __init__(self, conv):
        super().__init__()
        outputs, _, self.taps = conv.weight.shape
        self.dilation = conv.dilation[0]
        self.register_buffer("weight", conv.weight.detach().permute(0, 2, 1).reshape(outputs, -1))
        self.register_buffer("bias", conv.bias.detach())
        self.state_shape = ((self.taps - 1) * self.dilation, conv.weight.shape[1])

    def forward(self, x, state):
        seen = [state[tap * self.dilation:tap * self.dilation + 1] for tap in range(self.taps - 1)]
        y = torch.nn.functional.linear(torch.cat([*seen, x], dim=1), self.weight, self.bias)
        return y, torch.cat([state[1:], x])


class StreamedTcn(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.convs = torch.nn.ModuleList(
            StreamedConv(conv) for block in model.tcn.block for conv in (block.conv1, block.conv2))
        self.skips = torch.nn.ModuleList(block.skip for block in model.tcn.block)
        self.state_shapes = [conv.state_shape for conv in self.convs]
        self.i_max = model.i_max

    def forward(self, x, *states):
        new = []
        for b, skip in enumerate(self.skips):
            y, state = self.convs[2 * b](x, states[2 * b])
            new.append(state)
            y, state = self.convs[2 * b + 1](torch.relu(y), states[2 * b + 1])
            new.append(state)
            if b + 1 < len(self.skips):
                y = torch.relu(y)
            x = y + torch.nn.functional.linear(x, skip.weight[:, :, 0], skip.bias)
        return (self.i_max * torch.sigmoid(x), *new)


class StreamedGru(torch.nn.Module):
    """The decoder's own layers around one step of the recurrence."""

    def __init__(self, model):
        super().__init__()
        self.decoder = model.decoder
        self.state_shapes = [(1, self.decoder.hidden)]

    def forward(self, x, state):
        layers, gru = self.decoder, self.decoder.gru
        pitch, loudness = x[:, :1], x[:, 1:]
        encoded = torch.cat([layers.pitch(pitch), layers.loudness(loudness)], dim=1)
        given = torch.nn.functional.linear(encoded, gru.weight_ih_l0, gru.bias_ih_l0).chunk(3, dim=1)
        kept = torch.nn.functional.linear(state, gru.weight_hh_l0, gru.bias_hh_l0).chunk(3, dim=1)
        reset, update = torch.sigmoid(given[0] + kept[0]), torch.sigmoid(given[1] + kept[1])
        candidate = torch.tanh(given[2] + reset * kept[2])
        state = (1 - update) * candidate + update * state
        y = layers.out(torch.cat([state, x], dim=1))
        return (torch.cat([head(y) for head in layers.head.values()], dim=1), state)


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    index = []
    for decoder, (synth, variant) in DECODERS.items():
        torch.manual_seed(1)
        model = build_model("violin", synth, variant).eval()
        streamed = (StreamedTcn if synth == "fm" else StreamedGru)(model).eval()
        x = torch.tensor([[0.5, 0.6]])
        states = [torch.zeros(shape) for shape in streamed.state_shapes]
        names = [f"state{i}" for i in range(len(states))]
        file = decoder.lower().replace(" ", "-") + ".onnx"
        torch.onnx.export(streamed, (x, *states), folder / file, opset_version=13, input_names=["x", *names],
                          output_names=["y", *[f"new_{name}" for name in names]])
        index.append({"decoder": decoder, "file": file, "states": dict(zip(names, streamed.state_shapes))})
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")


if __name__ == "__main__":
    main()
