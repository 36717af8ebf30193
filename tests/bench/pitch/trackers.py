"""Pitch trackers behind one function: audio (48 kHz float32) → Track."""

import time

import numpy as np

from scoring import RATE, Track


def aubio_tracker(method, window, hop=192, tolerance=None, threshold=0.5):
    """threshold: least confidence of a voiced frame; negative where the method's own decision is better."""
    import aubio

    def run(audio):
        detector = aubio.pitch(method, window, hop, RATE)
        detector.set_unit("Hz")
        detector.set_silence(-70)
        if tolerance is not None:
            detector.set_tolerance(tolerance)
        f0, confidence = [], []
        begin = time.process_time()
        for at in range(0, len(audio) - hop + 1, hop):
            f0.append(float(detector(audio[at:at + hop])[0]))
            confidence.append(detector.get_confidence())
        cpu = time.process_time() - begin
        f0, confidence = np.array(f0), np.array(confidence)
        held = f0.copy()
        last = 440.0
        for i, value in enumerate(f0):
            last = value if 45 < value < 2200 else last
            held[i] = last
        voiced = (f0 > 45) & (f0 < 2200) & (confidence >= threshold)
        return Track((np.arange(len(f0)) + 1) * hop / RATE, held, voiced, cpu / (len(audio) / RATE))

    return run
