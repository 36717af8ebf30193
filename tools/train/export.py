"""A trained model ↔ a .safetensors file as the engine reads it."""

import json

import numpy as np
import torch

from .configurations import CONFIGURATIONS
from .harmonic import HARMONICS
from .hpn_model import HarmonicNoiseModel
from .model import FmModel
from .narrow import narrowed, widened
from .noise import NOISE_BANDS
from .reverb import FixedReverb
from .timing import HOP_SAMPLES, SAMPLE_RATE_HZ
from .weights_file import read_safetensors, write_safetensors


def metadata_of(model, instrument, variant, training):
    decoder, synth = _gru_shape(model) if model.synth == "harmonic_noise" else _tcn_shape(model)
    return {"format": 1, "instrument": instrument, "variant": variant,
            "sample_rate_hz": SAMPLE_RATE_HZ, "hop_samples": HOP_SAMPLES, "decoder": decoder,
            "synth": synth, "training": training}


def _tcn_shape(model):
    tcn, patch = model.tcn, model.configuration
    synth = {"type": model.synth, "ratios": list(patch.ratios),
             "routing": [list(edge) for edge in patch.routing],
             "carriers": list(patch.carriers), "i_max": model.i_max}
    if model.has_noise:
        synth["noise_bands"] = NOISE_BANDS
    decoder = {"type": "tcn", "inputs": tcn.inputs, "hidden": tcn.hidden,
               "blocks": len(tcn.block), "kernel": tcn.kernel,
               "dilation_base": tcn.dilation_base, "skips": [True] * len(tcn.block),
               "outputs": tcn.outputs}
    return decoder, synth


def _gru_shape(model):
    decoder = {"type": "gru", "hidden": model.decoder.hidden, "inputs": 2,
               "heads": model.decoder.heads}
    return decoder, {"type": model.synth, "harmonics": HARMONICS, "noise_bands": NOISE_BANDS}


def tensors_of(model):
    tensors = dict(model.decoder.folded())
    tensors["reverb.impulse"] = model.reverb.impulse().detach()
    return {name: tensor.cpu().numpy().astype(np.float32) for name, tensor in tensors.items()}


def export_model(path, model, instrument, variant, training, weights="f32"):
    arrays = narrowed(tensors_of(model), weights)
    bad = [name for name, array in arrays.items() if not np.isfinite(array).all()]
    if bad:
        raise ValueError(f"not exported: non-finite values in {', '.join(bad)}")
    text = json.dumps(metadata_of(model, instrument, variant, training), ensure_ascii=False)
    write_safetensors(path, arrays, {"sideband": text})


def load_model(path):
    """→ (FmModel, metadata). Weight norm is folded and the reverb fixed in what comes back."""
    arrays, metadata = read_safetensors(path)
    metadata = json.loads(metadata["sideband"])
    synth, decoder = metadata["synth"], metadata["decoder"]
    if decoder["type"] == "gru":
        model = HarmonicNoiseModel(decoder["hidden"])
    else:
        model = FmModel(_name_of(synth), synth["i_max"], synth["type"], decoder["hidden"],
                        decoder["blocks"])
    tensors = {name: torch.from_numpy(array) for name, array in widened(arrays).items()}
    if "reverb.impulse" in tensors:
        model.reverb = FixedReverb(tensors.pop("reverb.impulse"))
    parameters = model.decoder.folded()
    if set(parameters) != set(tensors):
        raise ValueError(f"{path}: missing or extra tensors")
    for name, tensor in tensors.items():  # folded() shares its memory with the model
        parameters[name].copy_(tensor)
    return model.eval(), metadata


def _name_of(synth):
    routing = tuple(tuple(edge) for edge in synth["routing"])
    for name, c in CONFIGURATIONS.items():
        if (c.ratios, c.routing, c.carriers) == (
                tuple(synth["ratios"]), routing, tuple(synth["carriers"])):
            return name
    raise ValueError("the file's patch is none of the known configurations")
