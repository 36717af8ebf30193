"""What a run is trained on and how, and how its rates move from the first step to the last."""

import math
from dataclasses import dataclass

DISTILLED = ("control", "audio", "harmonics")


@dataclass
class Recipe:
    instrument: str = "violin"
    synth: str = "fm_noise"  # or "fm", "harmonic_noise"
    variant: str = "full"  # or "reduced"
    configuration: str = ""  # empty: the instrument's own patch
    i_max: float = 0.0  # 0: the instrument's own
    steps: int = 4000
    batch: int = 8
    seconds: float = 1.0
    learning_rate: float = 1e-3
    final_rate: float = 0.05  # of the learning rate, reached along a cosine
    warmup_steps: int = 50
    reverb_rate: float = 5.0  # × the learning rate; 0 freezes the reverb
    clip_norm: float = 2.0
    gain_db: float = 9.0  # the most that crops become louder or softer
    gain_power: float = 1.0  # 1: every gain as likely; above: small ones likelier (dataset.Augmentation)
    microphone_copies: int = 0  # of the data, as other microphones and rooms hear it
    transposed_copies: int = 0  # of the data, up to 4 semitones up or down
    log_epsilon_start: float = 1e-5  # annealed to 1e-7 over the first half
    log_epsilon_end: float = 1e-7
    linear_weight: float = 1.0
    overlap: int = 2  # of the loss's windows: 2 is 50 %, 4 the published 75 %
    init_from: str = ""  # a .safetensors whose decoder and reverb are the start
    teacher: str = ""  # a .safetensors of the same synth that the student also follows
    distil: str = "control"  # what of the teacher: "control" (+CD), "audio" (+AD), or "harmonics":
    # what a harmonic + noise teacher sounds like without its noise, for FM that need not imitate a floor
    target_weight: float = 0.5  # of the recording's share of the loss, where there is a teacher
    teacher_weight: float = 0.0  # 0: the published weights, 1 for controls and 0.5 for audio
    calm: float = 0.0  # weight of the levels' flicker: the loss of plain FM rewards it, the ear does not
    average_share: float = 0.0  # of the run, at its end, whose mean weights are the model; 0: the last step's
    seed: int = 0
    weight_norm: bool = False

    def learning_rate_at(self, step, progress):
        """A warm-up over the first steps, then half a cosine; `progress` goes from 0 to 1."""
        decay = self.final_rate + (1.0 - self.final_rate) * 0.5 * (1.0 + math.cos(math.pi * min(1.0, progress)))
        return self.learning_rate * decay * min(1.0, (step + 1) / self.warmup_steps)

    def log_epsilon_at(self, progress):
        start, end = math.log(self.log_epsilon_start), math.log(self.log_epsilon_end)
        return math.exp(start + (end - start) * min(1.0, 2.0 * progress))
