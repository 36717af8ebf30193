"""VGGish's embedding, for who has its weights (a PyTorch state dict with features.* and embeddings.*):
0.96 s of 64 log-mel bands → 128 numbers before the post-processing, as the Fréchet audio distance uses."""

from functools import lru_cache

import numpy as np
import torch

RATE_HZ, FFT, WINDOW, HOP = 16000, 512, 400, 160
BANDS, LOWEST_HZ, HIGHEST_HZ, LOG_OFFSET = 64, 125.0, 7500.0, 0.01
FRAMES = 96
CHANNELS = (64, "pool", 128, "pool", 256, 256, "pool", 512, 512, "pool")


class Vggish(torch.nn.Module):
    def __init__(self):
        super().__init__()
        layers, inputs = [], 1
        for size in CHANNELS:
            if size == "pool":
                layers.append(torch.nn.MaxPool2d(2, 2))
            else:
                layers += [torch.nn.Conv2d(inputs, size, 3, padding=1), torch.nn.ReLU()]
                inputs = size
        self.features = torch.nn.Sequential(*layers)
        self.embeddings = torch.nn.Sequential(
            torch.nn.Linear(512 * 24, 4096), torch.nn.ReLU(), torch.nn.Linear(4096, 4096),
            torch.nn.ReLU(), torch.nn.Linear(4096, 128), torch.nn.ReLU())

    def forward(self, patches):
        """(batch, 96, 64) → (batch, 128)."""
        x = self.features(patches[:, None])
        return self.embeddings(x.permute(0, 2, 3, 1).flatten(1))  # frames, bands, channels, as trained


def load(path):
    model = Vggish()
    model.load_state_dict({name: tensor for name, tensor in torch.load(path, map_location="cpu").items()
                           if name.split(".")[0] in ("features", "embeddings")})
    return model.eval()


@torch.no_grad()
def windows(model, audio):
    """16 kHz audio → (windows, 128), no overlap."""
    samples = np.pad(np.asarray(audio, np.float32), (0, max(0, FRAMES * HOP + WINDOW - len(audio))))
    frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(WINDOW) / WINDOW)
    mel = np.log(np.abs(np.fft.rfft(frames * window, FFT)) @ _mel_matrix() + LOG_OFFSET)
    count = len(mel) // FRAMES
    patches = torch.from_numpy(mel[:count * FRAMES].reshape(count, FRAMES, BANDS)).float()
    return model(patches).numpy()


@lru_cache(maxsize=1)
def _mel_matrix():
    def mel(hz):
        return 1127.0 * np.log1p(np.asarray(hz) / 700.0)

    edges = np.linspace(mel(LOWEST_HZ), mel(HIGHEST_HZ), BANDS + 2)
    bins = mel(np.linspace(0.0, RATE_HZ / 2, FFT // 2 + 1))[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    matrix = np.maximum(0.0, np.minimum(rising, falling))
    matrix[0] = 0.0
    return matrix
