"""A labelled corpus as one file: what training needs on a machine that has PyTorch and nothing of ours."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .dataset import Stream, load_streams
from .labels import Analyzer, Frames
from .timing import HOP_SAMPLES


@dataclass
class Corpus:
    streams: list  # of Stream, each whole hops long
    latency_samples: int  # of the analyzer that labelled them, at 16 kHz


def add_commands(commands):
    command = commands.add_parser("pack", help="recordings and their labels into one file, for `fleet`")
    command.add_argument("--data", nargs="+", required=True, help="folders of audio")
    command.add_argument("--analyzer", default="build/native/sideband")
    command.add_argument("-o", "--output", type=Path, required=True)
    command.set_defaults(run_command=pack)


def pack(args):
    analyzer = Analyzer(args.analyzer)
    write_corpus(args.output, Corpus(load_streams(args.data, analyzer), analyzer.latency_samples))
    print(f"{args.output}: {args.output.stat().st_size / 1e6:.1f} MB")


def write_corpus(path, corpus):
    """Audio as 16 bits, as the recordings are."""
    audio = np.concatenate([s.audio for s in corpus.streams])
    columns = {field.name: np.concatenate([getattr(s.frames, field.name) for s in corpus.streams])
               for field in dataclasses.fields(Frames)}
    np.savez_compressed(path, audio=np.round(audio * 32768.0).clip(-32768, 32767).astype(np.int16),
                        hops=np.array([len(s.frames) for s in corpus.streams]),
                        latency_samples=corpus.latency_samples, **columns)


def read_corpus(path):
    with np.load(path) as stored:
        columns = {name: stored[name] for name in stored.files}
    streams, first = [], 0
    for hops in columns["hops"]:
        frames = slice(first, first + hops)
        samples = slice(first * HOP_SAMPLES, (first + hops) * HOP_SAMPLES)
        streams.append(Stream(columns["audio"][samples].astype(np.float32) / 32768.0,
                              Frames(*(columns[field.name][frames] for field in dataclasses.fields(Frames)))))
        first += hops
    return Corpus(streams, int(columns["latency_samples"]))
