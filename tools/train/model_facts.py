"""What a model costs: parameters, multiplications, bytes, speed, as the program itself says."""

import hashlib
import json
import re
import subprocess
from pathlib import Path

from .weights_file import read_safetensors


def description_of(path):
    return json.loads(read_safetensors(path)[1]["sideband"])


def facts(path, analyzer, times_real_time=None):
    """`times_real_time` where it was measured before."""
    program = analyzer.program
    text = subprocess.run([program, "info", str(path)], check=True, capture_output=True,
                          text=True).stdout
    shape = description_of(path)
    kinds = {str(array.dtype) for array in read_safetensors(path)[0].values()}
    return {"parameters": _number(text, "parameters"), "macs_per_frame": _number(text, "MAC per frame"),
            "bytes": path.stat().st_size,
            "weights": "I8" if "int8" in kinds else "F16" if "float16" in kinds else "F32",
            "times_real_time": times_real_time or _speed(
                analyzer, str(path), json.dumps([shape["decoder"], shape["synth"]["type"]]))}


def _number(text, name):
    return int(re.search(rf"^{name}\s+(\d+)", text, re.MULTILINE).group(1))


def _speed(analyzer, path, shape):
    """Of the whole path on one core; the best of two, one measurement for models of one shape,
    remembered with the scores."""
    digest = hashlib.sha256(shape.encode() + Path(analyzer.program).read_bytes()).hexdigest()[:32]
    known = analyzer.cache / f"speed-{digest}.json"
    if not known.exists():
        known.write_text(json.dumps(max(_bench(analyzer.program, path) for _ in range(2))))
    return json.loads(known.read_text())


def _bench(program, path):
    text = subprocess.run([program, "bench", path, "--json"], check=True, capture_output=True,
                          text=True).stdout
    (model,) = json.loads(text)["models"]
    return next(s["times_real_time"] for s in model["stages"] if s["stage"] == "whole path")
