"""How a training process sets itself up: threads, denormals, memory."""

import ctypes

import torch

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_TOP_PAD = -1, -3, -2  # of malloc.h


def set_up(threads=0):
    if threads:
        torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    _keep_memory()


def _keep_memory():
    """glibc gives every large tensor back to the kernel and takes it anew, page fault by page fault:
    a third of a step. Keep the heap."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # not glibc
        return
    mallopt(M_MMAP_THRESHOLD, 1 << 30)
    mallopt(M_TRIM_THRESHOLD, (1 << 31) - 1)
    mallopt(M_TOP_PAD, 1 << 26)
