"""Sound matching in PyTorch: the plain way (Adam, random start), as a yardstick and as a second opinion
on the gradient of core/match.

usage: python3 -m tools.train.match_demo golden FILE     parameters, loss and gradient for the unit test
       python3 -m tools.train.match_demo steps           steps a second on two seconds of sound
       python3 -m tools.train.match_demo fit TARGET.wav [--seconds S]     prints the mel-LSD reached
"""
import argparse
import math
import time

import numpy as np
import torch

from .metrics import _mel_weights, mel_lsd

RATE_HZ, HOP = 16000, 64
FULL_INDEX = 4.0 * math.pi
MEL_FFT, MEL_HOP = 1024, 256


def adsr(shape, seconds, hold_s):
    """shape (operators, 4): log2 attack s, log2 decay s, sustain, log2 release s → (operators, frames)."""
    attack, decay, release = (2.0 ** shape[:, i:i + 1] for i in (0, 1, 3))
    sustain = shape[:, 2:3]

    def held(t):
        top = 1.0 - math.exp(-3.0)
        falling = sustain + (top - sustain) * torch.exp(-(t - 3.0 * attack) / decay)
        return torch.where(t < 3.0 * attack, 1.0 - torch.exp(-t / attack), falling)

    t = seconds[None]
    after = held(torch.full_like(t[:, :1], hold_s)) * torch.exp(-(t - hold_s).clamp(min=0) / release)
    return torch.where(t <= hold_s, held(t), after)


def render(p, samples, hold_s, feedback=True):
    """Audio of the parameters: log2_f0, log2_ratio, level, gain [to, from], carrier, envelope."""
    frames = torch.arange(-(-samples // HOP), dtype=p["level"].dtype)
    level = 2.0 ** p["level"][:, None] * adsr(p["envelope"], frames * HOP / RATE_HZ, hold_s) * FULL_INDEX
    before = torch.cat([level[:, :1], level[:, :-1]], 1)
    ramp = torch.arange(1, HOP + 1, dtype=level.dtype) / HOP
    amplitude = (before[..., None] + (level - before)[..., None] * ramp).flatten(1)[:, :samples]
    cycles = 2.0 ** p["log2_f0"] * torch.arange(1, samples + 1, dtype=level.dtype) / RATE_HZ
    phase = 2.0 * math.pi * 2.0 ** p["log2_ratio"][:, None] * cycles
    gain, outputs = p["gain"], [None] * 6
    loops = [[feedback and float(gain[to, source].detach()) != 0 for source in range(to + 1)]
             for to in range(6)]
    if any(map(any, loops)):
        return _by_sample(p, amplitude, phase)
    for op in range(5, -1, -1):
        argument = phase[op]
        for source in range(op + 1, 6):
            argument = argument + gain[op, source] * outputs[source]
        outputs[op] = amplitude[op] * torch.sin(argument)
    return sum(p["carrier"][op] * outputs[op] for op in range(6))


def _by_sample(p, amplitude, phase):
    zero = amplitude.new_zeros(())
    one, two = [zero] * 6, [zero] * 6
    audio = []
    for n in range(amplitude.shape[1]):
        y = [zero] * 6
        for op in range(5, -1, -1):
            argument = phase[op, n]
            for source in range(6):
                heard = y[source] if source > op else (one[source] + two[source]) / 2
                argument = argument + p["gain"][op, source] * heard
            y[op] = amplitude[op, n] * torch.sin(argument)
        audio.append(sum(p["carrier"][op] * y[op] for op in range(6)))
        one, two = y, one
    return torch.stack(audio)


def magnitudes(audio, size, hop):
    window = torch.hann_window(size, dtype=audio.dtype) / size**0.5
    return torch.fft.rfft(audio.unfold(0, size, hop) * window).abs()


def log_mel(audio, floor):
    power = (magnitudes(audio, MEL_FFT, MEL_HOP) ** 2) @ _mel_weights().to(audio.dtype).T * MEL_FFT
    return 10.0 * torch.log10(power + floor)


def envelope_db(audio):
    blocks = audio[:len(audio) // 128 * 128].reshape(-1, 128)
    return 10.0 * torch.log10((blocks ** 2).mean(1) + 1e-7)


def loss_of(audio, target, sizes=(256, 128), epsilon=1e-3, floor=1e-5, weights=(1, 0.3, 0.1, 0.05)):
    linear, logarithm, mel, envelope = weights
    total = 0.0
    for size in sizes if linear or logarithm else ():
        s, t = magnitudes(audio, size, size // 4), magnitudes(target, size, size // 4)
        total = total + linear * (s - t).abs().mean() / t.mean()
        total = total + logarithm * (torch.log(s + epsilon) - torch.log(t + epsilon)).abs().mean()
    difference = log_mel(audio, floor) - log_mel(target, floor)
    total = total + mel * ((difference ** 2).mean(1) + 1e-3).sqrt().mean()
    if not envelope:
        return total
    return total + envelope * (envelope_db(audio) - envelope_db(target)).abs().mean()


def random_parameters(seed, dtype, f0_hz, edges):
    rng = np.random.default_rng(seed)
    p = {"log2_f0": np.log2(f0_hz), "log2_ratio": np.log2(rng.uniform(0.5, 4, 6)),
         "level": rng.uniform(-4, -2, 6), "gain": edges * rng.uniform(0.2, 1, (6, 6)),
         "carrier": rng.uniform(0.02, 0.06, 6),
         "envelope": np.stack([np.log2(rng.uniform(0.004, 0.02, 6)), np.log2(rng.uniform(0.02, 0.1, 6)),
                               rng.uniform(0.3, 0.8, 6), np.log2(rng.uniform(0.02, 0.1, 6))], 1)}
    return {name: torch.tensor(value, dtype=dtype, requires_grad=True) for name, value in p.items()}


def flat(values):
    """In the order of Parameters in core/match/fm_model.h; rates and pitch are not used with ADSR."""
    return torch.cat([values[name].reshape(-1) for name in
                      ("log2_f0", "log2_ratio", "level", "gain", "carrier", "envelope")])


def golden(path):
    edges = np.triu(np.ones((6, 6)), 1) * (np.random.default_rng(3).random((6, 6)) < 0.5)
    cases = [edges, edges.copy()]
    cases[1][5, 5] = cases[1][2, 4] = cases[1][4, 2] = 0.3  # feedback, of one and over a stack
    samples, hold_s = 1536, 0.05
    lines = [f"{len(cases)} {samples} {hold_s}"]
    for case in cases:
        target = random_parameters(1, torch.float64, 310.0, case)
        p = random_parameters(2, torch.float64, 317.0, case)
        with torch.no_grad():
            wanted = render(target, samples, hold_s)
        loss = loss_of(render(p, samples, hold_s), wanted)
        loss.backward()
        for values in (flat(target).detach(), flat(p).detach(), flat({k: v.grad for k, v in p.items()})):
            lines.append(" ".join(f"{x:.17g}" for x in values.tolist()))
        lines.append(f"{loss.item():.17g}")
    with open(path, "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")


def fit(target, seconds, seed=0, weights=(1, 0.3, 0.1, 0.05), watched=True):
    """Adam from a random start for so many seconds of processor time: steps, and the mel-LSD reached
    (looked at every 20 steps where it is `watched`)."""
    edges = np.triu(np.ones((6, 6)), 1)
    p = random_parameters(seed, torch.float32, 220.0, edges)
    wanted = torch.tensor(target, dtype=torch.float32)
    optimizer = torch.optim.Adam(p.values(), lr=1e-2)
    start, steps, best = time.process_time(), 0, 1e9
    while time.process_time() - start < seconds:
        optimizer.zero_grad()
        audio = render(p, len(target), len(target) / RATE_HZ * 0.75, feedback=False)
        loss = loss_of(audio, wanted, (2048, 1024, 512, 256, 128, 64), 1e-4, 1e-6, weights)
        loss.backward()
        optimizer.step()
        steps += 1
        if watched and steps % 20 == 0:
            best = min(best, mel_lsd(target, audio.detach().numpy()))
    return steps, best


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("what", choices=("golden", "steps", "fit"))
    parser.add_argument("file", nargs="?")
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.what == "golden":
        golden(options.file)
    elif options.what == "steps":
        sound = np.sin(np.arange(32000) * 0.2).astype(np.float32) * 0.3
        for name, weights in (("all of the demo's loss", (1, 0.3, 0.1, 0.05)), ("log-mel alone", (0, 0, 1, 0))):
            steps, _ = fit(sound, options.seconds, weights=weights, watched=False)
            print(f"{name}: {steps / options.seconds:.2f} steps a second")
    else:
        import soundfile
        target, _ = soundfile.read(options.file, dtype="float32")
        steps, best = fit(target, options.seconds)
        print(f"{steps} steps, mel-LSD {best:.2f} dB")


if __name__ == "__main__":
    main()
