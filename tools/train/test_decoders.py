"""The recurrent decoder: its written-out gradient, and the small one that grows into a large one."""

import unittest

import torch

from tools.train import growth
from tools.train.gru import GruDecoder
from tools.train.hpn_model import HEADS
from tools.train.recurrence import run_gru


class Recurrence(unittest.TestCase):
    def test_states_and_gradients_are_those_of_torch(self):
        torch.manual_seed(0)
        gru = torch.nn.GRU(6, 5, batch_first=True).double()
        x = torch.randn(3, 20, 6, dtype=torch.float64, requires_grad=True)
        weights = torch.randn(3, 20, 5, dtype=torch.float64)
        wanted, got = gru(x)[0], run_gru(gru, x)
        self.assertLess((wanted - got).abs().max(), 1e-12)
        variables = [x, *gru.parameters()]
        for a, b in zip(torch.autograd.grad((wanted * weights).sum(), variables),
                        torch.autograd.grad((got * weights).sum(), variables)):
            self.assertLess((a - b).abs().max(), 1e-12)


class Growth(unittest.TestCase):
    def decoders(self, difference):
        torch.manual_seed(1)
        small, large = GruDecoder(8, HEADS), GruDecoder(32, HEADS)
        kept, growth.DIFFERENCE = growth.DIFFERENCE, difference
        try:
            large.load_state_dict(growth.grown(small.state_dict(), large.state_dict(), 8, 32, list(HEADS)))
        finally:
            growth.DIFFERENCE = kept
        return small, large

    def test_the_large_one_computes_the_same(self):
        small, large = self.decoders(0.0)
        features = torch.rand(2, 2, 40)
        with torch.no_grad():
            for name, wanted in small(features).items():
                self.assertLess((large(features)[name] - wanted).abs().max(), 1e-5, name)

    def test_its_copies_differ_so_that_they_can_learn_apart(self):
        _, large = self.decoders(growth.DIFFERENCE)
        weight = large.gru.weight_hh_l0
        self.assertGreater((weight[0] - weight[1]).abs().max(), 1e-4)


if __name__ == "__main__":
    unittest.main()
