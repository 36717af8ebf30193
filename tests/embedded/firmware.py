"""Runs the Cortex-M7 firmware under QEMU and says what it took: instructions by stage, flash, RAM, stack.

usage: python3 -m tests.embedded.firmware [NAME …]     prints the table of the README
       python3 -m tests.embedded.firmware --keep        and keeps the counts that the tests compare with
"""
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "build/embedded/embedded"
HOST = ROOT / "build/native/embedded"
RATE_HZ = 16000
HOP_SAMPLES = 64
SECONDS = 2
KEPT = ROOT / "tests/embedded/instructions.json"  # millions a second, by firmware and stage

# A stage begins where its function is entered; the image is not changed for the measurement.
STAGES = {
    "board": "sideband::hal_audio(",
    "analyzer": "sideband::Analyzer::process(",
    "pitch": "sideband::PitchShaper::shape(",
    "decoder": "sideband::Slot::decode(",
    "synth": "sideband::Slot::render(",
    "reverb": "sideband::Reverb::process(",
    "output": "sideband::OutputStage::process(",
}


def build_plugin(folder):
    plugin = Path(folder) / "count_instructions.so"
    subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", plugin,
                    ROOT / "tests/embedded/count_instructions.c"], check=True)
    return plugin


def write_input(folder):
    """Two seconds of a flute with its attacks, as 16-bit mono."""
    samples, rate_hz = soundfile.read(sorted((ROOT / "web/clips").glob("flute*"))[0])
    samples = samples.mean(axis=1) if samples.ndim > 1 else samples
    samples = resample_poly(samples, RATE_HZ, rate_hz)[:SECONDS * RATE_HZ]
    whole = np.round(np.clip(samples, -1, 1) * 32767).astype(np.int16)
    soundfile.write(Path(folder) / "input.wav", whole, RATE_HZ, subtype="PCM_16")


def symbols(elf):
    text = subprocess.run(["arm-none-eabi-nm", "-C", elf], check=True, stdout=subprocess.PIPE,
                          text=True).stdout
    return [(int(line[:8], 16), line[11:]) for line in text.splitlines() if line[:8].strip()]


def sizes(elf):
    """Bytes of flash (code, constants and the initial values of data) and of RAM."""
    text = subprocess.run(["arm-none-eabi-size", "-A", elf], check=True, stdout=subprocess.PIPE,
                          text=True).stdout
    size = {name: int(count) for name, count in re.findall(r"^(\.\S+)\s+(\d+)\s", text, re.M)}
    flash = sum(size.get(name, 0) for name in (".text", ".ARM.extab", ".ARM.exidx", ".data"))
    return flash, sum(size.get(name, 0) for name in (".data", ".bss", ".stack"))


def run(elf, folder, plugin=None):
    """What the firmware printed, its output, and with the plugin {stage: instructions a second}."""
    command = ["qemu-system-arm", "-M", "mps2-an500", "-nographic", "-monitor", "none",
               "-serial", "null", "-semihosting-config", "enable=on,target=native", "-kernel", elf]
    if plugin:
        found = symbols(elf)
        marks = {stage: next(address for address, name in found if name.startswith(start))
                 for stage, start in STAGES.items()}
        command += ["-plugin", ",".join([str(plugin)] + [
            f"mark={stage}:{address & ~1:x}" for stage, address in marks.items()])]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=300, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{elf.name} ended with {done.returncode}: {done.stdout}")
    counts = {stage: int(count) / SECONDS
              for stage, count in re.findall(r"^count (\w+) (\d+) entered", done.stdout, re.M)}
    counts.pop("before", None)
    output, _ = soundfile.read(Path(folder) / "output.wav", dtype="float32")
    return done.stdout, output, counts


def run_host(name, folder, programs=HOST, emulator=()):
    """The same path, built for this machine, or for another Linux machine that is emulated."""
    subprocess.run([*emulator, programs / f"firmware_{name}"], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL)
    output, _ = soundfile.read(Path(folder) / "output.wav", dtype="float32")
    return output


def difference_db(output, reference):
    error = np.sum((output.astype(float) - reference) ** 2)
    return 10 * np.log10((error + 1e-30) / np.sum(reference.astype(float) ** 2))


def stack_bytes(printed):
    return int(re.search(r"stack used: (\d+) bytes", printed).group(1))


def firmwares():
    return sorted(elf.stem.removeprefix("firmware_") for elf in FIRMWARE.glob("firmware_*.elf"))


def main(words):
    names = [word for word in words if word != "--keep"]
    kept = {}
    print("| firmware | " + " | ".join(STAGES) + " | whole, M instructions/s | flash | RAM | stack | against this machine |")
    print("| --- " * (len(STAGES) + 6) + "|")
    with tempfile.TemporaryDirectory() as folder:
        plugin = build_plugin(folder)
        write_input(folder)
        for name in names or firmwares():
            elf = FIRMWARE / f"firmware_{name}.elf"
            printed, output, counts = run(elf, folder, plugin)
            flash, ram = sizes(elf)
            row = [f"{counts[stage] / 1e6:.2f}" for stage in STAGES]
            row += [f"{sum(counts.values()) / 1e6:.1f}", f"{flash / 1024:.0f} KB", f"{ram / 1024:.0f} KB",
                    f"{stack_bytes(printed) / 1024:.1f} KB"]
            reference = run_host(name, folder)
            row.append(f"{difference_db(output, reference):.0f} dB")
            print(f"| {name} | " + " | ".join(row) + " |")
            kept[name] = {stage: round(count / 1e6, 2)
                          for stage, count in {"whole": sum(counts.values()), **counts}.items()}
    if "--keep" in words and not names:
        KEPT.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
