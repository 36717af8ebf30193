"""Pictures: the loss of a run, and spectrograms side by side."""

import io

import numpy as np

from .timing import SAMPLE_RATE_HZ


def _pyplot():
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as pyplot

    return pyplot


def plot_losses(path, history, title):
    pyplot = _pyplot()
    steps, losses = (np.array([h[i] for h in history], dtype=float) for i in (0, 1))
    width = max(1, min(100, len(losses) // 10))
    smooth = np.convolve(losses, np.ones(width) / width, mode="valid")
    figure, axes = pyplot.subplots(figsize=(7, 3.5))
    axes.plot(steps, losses, color="0.8", linewidth=0.5)
    axes.plot(steps[width - 1:], smooth, color="C0")
    axes.set(xlabel="step", ylabel="MSS on crops", title=title,
             ylim=(smooth.min() * 0.9, np.percentile(losses, 99) * 1.05))
    figure.tight_layout()
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


def spectrogram_db(audio, size=1024, hop=128):
    audio = np.pad(np.asarray(audio, dtype=np.float64), size // 2)
    frames = np.lib.stride_tricks.sliding_window_view(audio, size)[::hop]
    spectrum = np.fft.rfft(frames * np.hanning(size)) * (2.0 / np.hanning(size).sum())
    return 20.0 * np.log10(np.abs(spectrum).T + 1e-6)


def plot_spectrograms(path, rows, title="", floor_db=-100.0, top_db=-20.0, dpi=72):
    """rows: a list of lists of (label, audio); all on one level scale."""
    pyplot = _pyplot()
    columns = max(len(row) for row in rows)
    figure, grid = pyplot.subplots(len(rows), columns, squeeze=False, sharex="row", sharey=True,
                                   figsize=(4.0 * columns, 2.3 * len(rows) + 0.3))
    for axes_row, row in zip(grid, rows):
        for axes in axes_row[len(row):]:
            axes.axis("off")
        for axes, (label, audio) in zip(axes_row, row):
            image = spectrogram_db(audio)
            seconds = len(audio) / SAMPLE_RATE_HZ
            axes.imshow(image, origin="lower", aspect="auto", cmap="magma", vmin=floor_db,
                        vmax=top_db, extent=(0, seconds, 0, SAMPLE_RATE_HZ / 2000.0))
            axes.set_title(label, fontsize=9)
        axes_row[0].set_ylabel("kHz")
    for axes in grid[-1]:
        axes.set_xlabel("s")
    if title:
        figure.suptitle(title, fontsize=10)
    figure.tight_layout()
    _save_small(figure, path, dpi)
    pyplot.close(figure)


def _save_small(figure, path, dpi, colours=64):
    """A palette is plenty for a colour map, and a quarter of the bytes."""
    from PIL import Image

    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=dpi, format="png")
    buffer.seek(0)
    image = Image.open(buffer).convert("RGB")
    image.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
