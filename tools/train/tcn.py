"""The causal TCN decoder: scaled features in, raw synth controls out."""

import torch
import torch.nn.functional as F


class Block(torch.nn.Module):
    """y = conv2(relu(conv1(x))), both causal with one dilation; relu on y unless it is the last
    block; out = y + skip(x), where skip is a 1×1 convolution."""

    def __init__(self, inputs, hidden, outputs, kernel, dilation, last, weight_norm):
        super().__init__()
        wrap = torch.nn.utils.weight_norm if weight_norm else (lambda layer: layer)
        self.conv1 = wrap(torch.nn.Conv1d(inputs, hidden, kernel, dilation=dilation))
        self.conv2 = wrap(torch.nn.Conv1d(hidden, outputs, kernel, dilation=dilation))
        self.skip = torch.nn.Conv1d(inputs, outputs, 1)
        self.reach = (kernel - 1) * dilation  # frames one convolution looks back
        self.last = last

    def forward(self, x, pad):
        if pad:  # a stream whose past is zero at the input of every convolution
            y = self.conv2(F.pad(F.relu(self.conv1(F.pad(x, (self.reach, 0)))), (self.reach, 0)))
            residual = self._skip(x)
        else:  # only frames whose whole past is given
            y = self.conv2(F.relu(self.conv1(x)))
            residual = self._skip(x[..., 2 * self.reach:])
        return (y if self.last else F.relu(y)) + residual

    def _skip(self, x):
        """A 1×1 convolution has no use for a dilation, but on one thread PyTorch takes the slow path
        for it unless one is given."""
        return F.conv1d(x, self.skip.weight, self.skip.bias, dilation=1 if x.is_cuda else 2)


class Tcn(torch.nn.Module):
    def __init__(self, outputs, hidden=128, blocks=5, inputs=2, kernel=3, dilation_base=2,
                 weight_norm=False):
        super().__init__()
        self.inputs, self.hidden, self.outputs = inputs, hidden, outputs
        self.kernel, self.dilation_base = kernel, dilation_base
        self.block = torch.nn.ModuleList(
            Block(inputs if b == 0 else hidden, hidden, outputs if b == blocks - 1 else hidden,
                  kernel, dilation_base**b, b == blocks - 1, weight_norm)
            for b in range(blocks))

    @property
    def context_frames(self):
        """Frames before the first valid output: the receptive field less one."""
        return sum(2 * block.reach for block in self.block)

    def forward(self, features, pad=True):
        """(batch, inputs, frames) → (batch, outputs, frames), or frames - context_frames unpadded."""
        x = features
        for block in self.block:
            x = block(x, pad)
        return x

    def folded(self):
        """The weights as plain tensors, weight norm multiplied out: name → tensor."""
        tensors = {}
        for b, block in enumerate(self.block):
            for name in ("conv1", "conv2", "skip"):
                layer = getattr(block, name)
                weight = layer.weight
                if hasattr(layer, "weight_g"):
                    weight = torch._weight_norm(layer.weight_v, layer.weight_g, 0)
                if name == "skip":
                    weight = weight.squeeze(-1)
                tensors[f"decoder.block.{b}.{name}.weight"] = weight.detach()
                tensors[f"decoder.block.{b}.{name}.bias"] = layer.bias.detach()
        return tensors
