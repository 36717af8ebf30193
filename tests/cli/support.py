"""What the command-line tests share: running the binary, sounds, model files."""
import json
import os
import struct
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy as np
import soundfile

ROOT = Path(__file__).resolve().parent.parent.parent
BINARY = os.environ.get("SIDEBAND", str(ROOT / "build/native/sideband"))
GOLDEN = ROOT / "tests/golden/decoder"
FM_MODEL = GOLDEN / "tcn_small.model.safetensors"
NOISE_MODEL = GOLDEN / "tcn_noise.model.safetensors"
HEADER = "time_s,f0_hz,confidence,loudness_db"


def sine(f0_hz, seconds, rate_hz, amplitude=0.5):
    return amplitude * np.sin(2 * np.pi * f0_hz * np.arange(int(seconds * rate_hz)) / rate_hz)


def read_table(text):
    """Header and rows of a CSV text."""
    lines = text.splitlines()
    rows = [[float(cell) for cell in line.split(",")] for line in lines[1:]]
    return lines[0].split(","), np.array(rows)


def read_model(path):
    """The metadata and the tensors of a safetensors file of F32 tensors."""
    data = Path(path).read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    metadata = header.pop("__metadata__")
    body = data[8 + size:]
    tensors = {name: np.frombuffer(body[slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"])
               for name, entry in header.items()}
    return metadata, tensors


def write_model(path, metadata, tensors):
    header, body = {"__metadata__": metadata}, b""
    for name, value in tensors.items():
        data = np.ascontiguousarray(value, "<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(value.shape),
                        "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + body)


class CliTest(unittest.TestCase):
    """Runs in a folder of its own; relative file names are in it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_cli(self, *words, stdin="", env=None):
        return subprocess.run([BINARY, *map(str, words)], cwd=self.folder, input=stdin,
                              capture_output=True, text=True, check=False,
                              env={**os.environ, **(env or {})})

    def ok(self, *words, stdin=""):
        """Standard output of a run that must succeed and complain about nothing."""
        done = self.run_cli(*words, stdin=stdin)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def fault(self, file, *words, stdin=""):
        """The fault in the one line that names the file."""
        done = self.run_cli(*words, stdin=stdin)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        start = f"sideband: {file}: "
        self.assertTrue(done.stderr.startswith(start), done.stderr)
        return done.stderr[len(start):].strip()

    def misuse(self, *words):
        """What is said about a command line that makes no sense, with the command's usage."""
        done = self.run_cli(*words)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(f"usage: sideband {words[0]} ", done.stderr)
        return done.stderr

    def sound(self, name, samples, rate_hz, subtype="FLOAT"):
        soundfile.write(self.folder / name, samples, rate_hz, subtype=subtype)
        return name

    def heard(self, name):
        return soundfile.read(self.folder / name, dtype="float32")

    def text(self, name, text):
        (self.folder / name).write_text(text)
        return name

    def analyzed(self, name="frames.csv", f0_hz=440, seconds=1.0):
        self.sound("tone.wav", sine(f0_hz, seconds, 16000), 16000)
        self.ok("analyze", "tone.wav", "-o", name)
        return name
