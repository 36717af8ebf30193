"""How well sounds become patches: random DX7-like voices and recorded notes.

usage: run.py random [--count N] [--first SEED] [--seconds S] [--no-recogniser]
       run.py recordings FOLDER [--count N] [--seconds S]     FOLDER: sounds of single notes or phrases
       run.py race [--count N] [--first SEED] [--seconds S]   against tools/train/match_demo.py (PyTorch)
       run.py steps [--count N] [--seconds S]   gradient steps a second on a whole sound, ours and PyTorch's,
              N turns each (cmake --build build/native --target match_steps)

Seconds are processor time (sideband match --cpu), so that a busy machine measures the same. Scores
are mel-LSD in dB (tools/train), target against the voice as rendered from the .syx.
"""
import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))
from tests.bench.match.targets import dump, random_voice  # noqa: E402
from tools.train.metrics import mel_lsd  # noqa: E402

BINARY = ROOT / "build" / "native" / "sideband"
# The paper's configurations as the DX7 would start them: ratios, algorithm, gates for envelopes.
FACTORY = {"strings": ([1, 1, 1, 1, 3, 14], 2, 12), "flute": ([1, 1, 1, 2, 2, 1.5], 16, 1),
           "brass": ([1, 1, 1, 1, 3.2, 8.5], 18, 1), "piano": ([1, 1, 3, 1, 1.58, 1], 19, 145)}


def run(*words):
    done = subprocess.run([str(BINARY), *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout.strip()


def matched(target, folder, options):
    """Score of the voice and what the matcher said."""
    said = run("match", target, "-o", folder / "out.syx", "--render", folder / "out.wav",
               "--seconds", options.seconds, "--cpu", *(["--no-recogniser"] if options.no_recogniser else []))
    reference, _ = soundfile.read(target, dtype="float32")
    audio, _ = soundfile.read(folder / "out.wav", dtype="float32")
    length = min(len(reference), len(audio), 4 * 16000)
    return mel_lsd(reference[:length], audio[:length]), said


def make_target(seed, folder):
    """Writes in.wav; returns the voice's algorithm."""
    data, key = random_voice(seed)
    (folder / "in.syx").write_bytes(dump(data))
    run("syx", "render", folder / "in.syx", "-o", folder / "in.wav", "--note", key, "--seconds", 2,
        "--hold", 1.5, "--rate", 16000)
    return data[134] + 1


def race(options, folder):
    """Ours and PyTorch's in turn on the same targets, each for so much processor time on one core."""
    differences = []
    for seed in range(options.first, options.first + options.count):
        make_target(seed, folder)
        score, said = matched(folder / "in.wav", folder, options)
        torch = subprocess.run([sys.executable, "-m", "tools.train.match_demo", "fit", folder / "in.wav",
                                "--seconds", str(options.seconds)], capture_output=True, text=True, check=True,
                               cwd=ROOT).stdout
        torch_steps, torch_score = int(torch.split()[0]), float(torch.split()[-2])
        steps = int(said.split()[-2])
        differences.append(score - torch_score)
        print(f"seed {seed}: {score:.2f} dB in {steps} steps, PyTorch {torch_score:.2f} dB in {torch_steps}",
              flush=True)
    return differences


def random_voices(options, folder):
    scores = []
    for seed in range(options.first, options.first + options.count):
        algorithm = make_target(seed, folder)
        score, said = matched(folder / "in.wav", folder, options)
        scores.append(score)
        print(f"seed {seed}: algorithm {algorithm:2d}, {score:5.2f} dB  ({said.split(': ')[1]})",
              flush=True)
    return scores


def steps(options, _):
    """The same work in both: Adam on the exact gradient through two seconds of sound. The best turn of
    each counts. Every loss is one of match_demo's: all of it, or log-mel alone, as our search has it."""
    ours, torch = {}, {}
    commands = ((ours, [str(BINARY.parent / "tests" / "match_steps"), str(options.seconds)]),
                (torch, [sys.executable, "-m", "tools.train.match_demo", "steps", "--seconds",
                         str(options.seconds)]))
    for _ in range(options.count):
        for best, command in commands:
            said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
            for line in said.splitlines():
                loss, rest = line.split(": ")
                best[loss] = max(best.get(loss, 0), float(rest.split()[0]))
    for loss, of_torch in torch.items():
        print(f"{loss}: {ours[loss]:.0f} steps a second, PyTorch {of_torch:.1f}: {ours[loss] / of_torch:.1f} times")
    return [ours["log-mel alone"] / torch["all of the demo's loss"]]


def notes_of(path):
    """The first note of a recording: from its onset to the next, 0.3 to 3 s, at 16 kHz."""
    audio, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    audio = audio.mean(1)
    if rate_hz != 16000:
        raise SystemExit(f"{path}: is at {rate_hz} Hz; the data folder is at 16000")
    blocks = audio[:len(audio) // 256 * 256].reshape(-1, 256)
    level = 10 * np.log10((blocks ** 2).mean(1) + 1e-9)
    onset = int(np.argmax(level > level.max() - 25))
    end = onset + 20
    while end < min(len(level) - 4, onset + 180) and level[end + 2] - level[end] < 6:
        end += 1
    return audio[max(0, onset - 1) * 256:end * 256]


def factory_score(reference, f0_hz, folder):
    """The best of the paper's configurations with gates for envelopes, at the note's pitch and level."""
    key = int(round(69 + 12 * np.log2(f0_hz / 440)))
    best = 1e9
    for ratios, algorithm, _ in FACTORY.values():
        for level in (60, 72, 84):
            data = []
            for number in range(6, 0, -1):
                ratio = ratios[number - 1]
                carrier = {2: (1, 3), 16: (1,), 18: (1,), 19: (1, 4, 5)}[algorithm]
                fine = int(round((ratio / int(ratio) - 1) * 100))
                data += [99, 99, 99, 99, 99, 99, 99, 0, 39, 0, 0, 0, 0, 0, 0, 0,
                         99 if number in carrier else level, 0, int(ratio), fine, 7]
            data += [99] * 4 + [50] * 4 + [algorithm - 1, 0, 1, 35, 0, 0, 0, 1, 0, 3, 24,
                                           *b"FACTORY   "]
            (folder / "f.syx").write_bytes(dump(data))
            run("syx", "render", folder / "f.syx", "-o", folder / "f.wav", "--note", key, "--seconds",
                len(reference) / 16000, "--hold", len(reference) / 16000, "--rate", 16000)
            audio, _ = soundfile.read(folder / "f.wav", dtype="float32")
            length = min(len(audio), len(reference))
            audio = audio[:length] * np.sqrt((reference ** 2).mean() / (audio ** 2).mean())
            best = min(best, mel_lsd(reference[:length], audio))
    return best


def recordings(options, folder):
    ratios = []
    files = sorted(Path(options.folder).rglob("*.flac"))
    step = max(1, len(files) // options.count)
    for path in files[::step][:options.count]:
        note = notes_of(path)
        soundfile.write(folder / "in.wav", note, 16000, subtype="FLOAT")
        score, said = matched(folder / "in.wav", folder, options)
        f0_hz = float(said.split(" Hz")[0].split()[-1])
        factory = factory_score(note, f0_hz, folder)
        ratios.append(score / factory)
        print(f"{path.name}: {len(note) / 16000:.2f} s, {score:.2f} dB, best factory {factory:.2f} dB",
              flush=True)
    return ratios


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("what", choices=("random", "recordings", "race", "steps"))
    parser.add_argument("folder", nargs="?", default=".")
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--first", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--no-recogniser", action="store_true", help="search without it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        values = {"random": random_voices, "recordings": recordings, "race": race, "steps": steps}[options.what](
            options, Path(name))
    if options.what == "random":
        print(f"{len(values)} voices: median {np.median(values):.2f} dB, "
              f"{100 * np.mean(np.array(values) <= 3):.0f} % at 3 dB or less")
    elif options.what == "steps":
        print(f"each with its own loss (ours log-mel, the demo's all of it): {values[0]:.1f} times")
    elif options.what == "race":
        print(f"{len(values)} voices: closer than PyTorch on {100 * np.mean(np.array(values) < 0):.0f} %, "
              f"by {-np.median(values):.1f} dB in the median")
    else:
        print(f"{len(values)} notes: median {np.median(values):.2f} of the factory's score")


if __name__ == "__main__":
    main()
