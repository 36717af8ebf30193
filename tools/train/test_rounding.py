"""8-bit weights say nearly the same of what their layer hears."""

import unittest

import numpy as np
import torch

from tools.train.features import scale_features
from tools.train.model import build_model
from tools.train.narrow import narrowed, widened
from tools.train.rounding import moments_heard, round_rows

FRAMES = 400


def playing():
    t = np.arange(FRAMES) / 250
    return 330 * 2 ** np.sin(3 * t), -30 + 20 * np.sin(7 * t)


class Rounding(unittest.TestCase):
    def test_moments_are_those_of_what_is_multiplied(self):
        # A matrix's products have the energy W M Wᵀ: here beside what PyTorch's layers gave.
        torch.manual_seed(1)
        for synth in ("fm_noise", "harmonic_noise"):
            model = build_model("violin", synth, "reduced").eval()
            products = {}
            for name, layer in model.decoder.named_modules():
                if isinstance(layer, (torch.nn.Linear, torch.nn.Conv1d)):
                    layer.register_forward_hook(lambda layer, _, out, name=name: products.__setitem__(name, (layer, out)))
            f0_hz, loudness_db = playing()
            moments = moments_heard(model.decoder, [(f0_hz, loudness_db)])
            products.clear()
            features = [torch.tensor(x, dtype=torch.float32)[None] for x in (f0_hz, loudness_db)]
            with torch.no_grad():
                model.decoder(scale_features(*features).float())
            tensors, checked = model.decoder.folded(), 0
            for layer, out in products.values():
                weight = next(n for n, tensor in tensors.items() if tensor.data_ptr() == layer.weight.data_ptr())
                if weight.startswith("decoder.head."):
                    continue
                axis = 1 if isinstance(layer, torch.nn.Conv1d) else 2
                shape = [1, -1, 1] if axis == 1 else [1, 1, -1]
                product = (out - layer.bias.reshape(shape)).detach().numpy().astype(float)
                rows = layer.weight.detach().numpy().reshape(len(layer.weight), -1).astype(float)
                energy = np.einsum("oi,ij,oj->o", rows, moments[weight], rows)
                np.testing.assert_allclose(np.square(product).mean(axis=(0, 3 - axis)), energy, rtol=1e-3, atol=1e-9)
                checked += 1
            self.assertGreater(checked, 5)

    def test_the_state_before_is_what_the_recurrent_weights_hear(self):
        torch.manual_seed(2)
        decoder = build_model("violin", "harmonic_noise", "reduced").eval().decoder
        found = moments_heard(decoder, [playing()])["decoder.gru.weight_hh"]
        seen = {}
        decoder.out.layers[0].register_forward_pre_hook(lambda _, inputs: seen.update(state=inputs[0]))
        with torch.no_grad():
            decoder(scale_features(*[torch.tensor(x, dtype=torch.float32)[None] for x in playing()]).float())
        before = np.vstack([np.zeros((1, 16)), seen["state"][0, :-1, :16].numpy()])
        np.testing.assert_allclose(found, before.T @ before / FRAMES, rtol=1e-4, atol=1e-6)

    def test_what_is_heard_stays_as_it_is(self):
        # Inputs of eight directions and a little of all others, as copies of units and slow features make them.
        random = np.random.default_rng(1)
        heard = random.normal(size=(2000, 8)) @ random.normal(size=(8, 128)) + 0.01 * random.normal(size=(2000, 128))
        rows = random.normal(scale=40, size=(32, 128))
        rounded = round_rows(rows, heard.T @ heard / len(heard), 127)
        self.assertTrue(np.array_equal(rounded, np.round(rounded)))
        self.assertLessEqual(np.abs(rounded).max(), 127)
        error, error_alone = (np.square(heard @ (found - rows).T).mean() for found in (rounded, np.round(rows)))
        self.assertLess(error, error_alone / 30)  # 15 dB; 20 and more are found

    def test_narrowed_matrices_are_whole_steps_of_their_row(self):
        torch.manual_seed(3)
        model = build_model("violin", "fm", "reduced").eval()
        arrays = {name: tensor.numpy() for name, tensor in model.decoder.folded().items()}
        held = narrowed(arrays, "i8", moments_heard(model.decoder, [playing()]))
        name = "decoder.block.1.conv1.weight"
        self.assertEqual(held[name].dtype, np.int8)
        self.assertEqual(held[name].shape, arrays[name].shape)
        step = np.abs(arrays[name]).reshape(64, -1).max(axis=1) / 127
        np.testing.assert_allclose(held[name + ".scale"], step, rtol=1e-6)
        self.assertLess(np.abs(widened(held)[name] - arrays[name]).max(), 0.2 * np.abs(arrays[name]).max())


if __name__ == "__main__":
    unittest.main()
