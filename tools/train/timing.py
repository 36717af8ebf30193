"""Rates and the frame-to-sample rule every part of training shares with core/."""

SAMPLE_RATE_HZ = 16000
HOP_SAMPLES = 64
FRAME_RATE_HZ = SAMPLE_RATE_HZ / HOP_SAMPLES
F0_MIN_HZ = 50.0
LOUDNESS_FLOOR_DB = -80.0
VOICED_CONFIDENCE = 0.5
