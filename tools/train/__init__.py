"""Training of Sideband's models: audio in, safetensors out (see README.md)."""

import os
import platform


def _name_the_processor():
    """An OpenBLAS that does not know this processor's model number falls back to kernels five times
    slower; its instruction sets say which family fits. Read when the library is loaded: before torch."""
    if platform.machine() != "x86_64" or "OPENBLAS_CORETYPE" in os.environ:
        return
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
            flags = next((line for line in file if line.startswith("flags")), "").split()
    except OSError:
        return
    if {"avx512f", "avx512bw", "avx512vl"} <= set(flags):
        os.environ["OPENBLAS_CORETYPE"] = "SkylakeX"
    elif {"avx2", "fma"} <= set(flags):
        os.environ["OPENBLAS_CORETYPE"] = "Haswell"


_name_the_processor()
