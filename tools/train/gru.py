"""The recurrent decoder of harmonic + noise: two MLPs, a GRU, an MLP, three heads."""

import torch

from .recurrence import run_gru


class Mlp(torch.nn.Module):
    """Three times Linear → LayerNorm → LeakyReLU 0.01."""

    def __init__(self, inputs, hidden):
        super().__init__()
        self.layers = torch.nn.ModuleList(
            torch.nn.Linear(inputs if i == 0 else hidden, hidden) for i in range(3))
        self.norms = torch.nn.ModuleList(torch.nn.LayerNorm(hidden) for _ in range(3))

    def forward(self, x):
        for layer, norm in zip(self.layers, self.norms):
            x = torch.nn.functional.leaky_relu(norm(layer(x)), 0.01)
        return x

    def tensors(self, prefix):
        result = {}
        for i, (layer, norm) in enumerate(zip(self.layers, self.norms)):
            result[f"{prefix}.{i}.weight"], result[f"{prefix}.{i}.bias"] = layer.weight, layer.bias
            result[f"{prefix}.{i}.norm.weight"] = norm.weight
            result[f"{prefix}.{i}.norm.bias"] = norm.bias
        return result


class GruDecoder(torch.nn.Module):
    """Scaled features (batch, 2, frames) → head name → (batch, frames, size), unscaled."""

    def __init__(self, hidden, heads):
        super().__init__()
        self.hidden, self.heads = hidden, dict(heads)
        self.pitch, self.loudness = Mlp(1, hidden), Mlp(1, hidden)
        self.gru = torch.nn.GRU(2 * hidden, hidden, batch_first=True)
        self.out = Mlp(hidden + 2, hidden)
        self.head = torch.nn.ModuleDict(
            {name: torch.nn.Linear(hidden, size) for name, size in self.heads.items()})

    def forward(self, features):
        inputs = features.transpose(1, 2)
        seen = torch.cat([self.pitch(inputs[..., :1]), self.loudness(inputs[..., 1:])], dim=-1)
        state = run_gru(self.gru, seen)  # hidden state 0 at the start of a stream
        shared = self.out(torch.cat([state, inputs], dim=-1))
        return {name: head(shared) for name, head in self.head.items()}

    def folded(self):
        """Name in the model file → tensor (gate order r, z, n is PyTorch's own)."""
        tensors = {**self.pitch.tensors("decoder.in.pitch"),
                   **self.loudness.tensors("decoder.in.loudness"),
                   **self.out.tensors("decoder.out")}
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            tensors[f"decoder.gru.{name}"] = getattr(self.gru, f"{name}_l0")
        for name, head in self.head.items():
            tensors[f"decoder.head.{name}.weight"] = head.weight
            tensors[f"decoder.head.{name}.bias"] = head.bias
        return {name: tensor.detach() for name, tensor in tensors.items()}
