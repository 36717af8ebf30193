"""The GRU's loop over time with its gradient written out: one product a frame and no graph.

PyTorch's own on a CPU adds to the gradient of the recurrent weights at every frame; here that is one
product over all frames. Gate order r, z, n, as PyTorch's."""

import torch


class _Recurrence(torch.autograd.Function):
    @staticmethod
    def forward(ctx, gates_in, weight, bias):
        """gates_in (frames, batch, 3 · hidden) → states (frames, batch, hidden); starts from 0."""
        frames, batch, _ = gates_in.shape
        hidden = weight.shape[1]
        states = gates_in.new_zeros(frames + 1, batch, hidden)
        gates = gates_in.clone()  # becomes r, z, n
        products = gates_in.new_empty(frames, batch, hidden)  # the n rows' share of the old state
        transposed = weight.t()
        share = gates_in.new_empty(batch, 3 * hidden)
        for t in range(frames):
            torch.addmm(bias, states[t], transposed, out=share)
            gate = gates[t]
            both = gate[:, :2 * hidden]
            both.add_(share[:, :2 * hidden]).sigmoid_()
            products[t] = share[:, 2 * hidden:]
            n = gate[:, 2 * hidden:]
            n.addcmul_(both[:, :hidden], products[t]).tanh_()
            torch.lerp(n, states[t], both[:, hidden:], out=states[t + 1])
        ctx.save_for_backward(gates, products, states, weight)
        return states[1:]

    @staticmethod
    def backward(ctx, upstream):
        gates, products, states, weight = ctx.saved_tensors
        frames, batch, hidden = upstream.shape
        r, z, n = gates.split(hidden, dim=-1)
        # What does not depend on the loop: the gates' slopes.
        to_n = (1.0 - z) * (1.0 - n * n)
        to_z = (states[:-1] - n) * z * (1.0 - z)
        to_r = products * r * (1.0 - r)
        d_in = torch.empty_like(gates)
        d_share = torch.empty_like(gates)
        d_state = torch.zeros_like(upstream[0])
        for t in range(frames - 1, -1, -1):
            d_state = d_state + upstream[t]
            d_gate, d_prod = d_in[t], d_share[t]
            d_n = torch.mul(d_state, to_n[t], out=d_gate[:, 2 * hidden:])
            torch.mul(d_n, to_r[t], out=d_prod[:, :hidden])
            torch.mul(d_state, to_z[t], out=d_prod[:, hidden:2 * hidden])
            torch.mul(d_n, r[t], out=d_prod[:, 2 * hidden:])
            d_state = torch.addmm(d_state * z[t], d_prod, weight)
        d_in[..., :2 * hidden] = d_share[..., :2 * hidden]
        flat = d_share.view(-1, 3 * hidden)
        d_weight = flat.t() @ states[:-1].reshape(-1, hidden)
        return d_in, d_weight, flat.sum(0)


def run_gru(gru, inputs):
    """(batch, frames, inputs) → (batch, frames, hidden) with the weights of a one-layer torch.nn.GRU,
    from state 0. On a GPU that network itself: cuDNN's is one kernel for all frames."""
    if inputs.is_cuda:
        return gru(inputs)[0]
    gates_in = torch.nn.functional.linear(inputs.transpose(0, 1), gru.weight_ih_l0, gru.bias_ih_l0)
    return _Recurrence.apply(gates_in, gru.weight_hh_l0, gru.bias_hh_l0).transpose(0, 1)
