"""EnCodec in pieces is EnCodec in one go."""

from __future__ import annotations

import numpy as np
import pytest

LENGTHS = [1, 3, 499, 500, 501, 507, 508, 509, 1000, 1003, 1777]


@pytest.fixture(params=["audiocraft", "the hub's"])
def halves(request, checkpoints):
    """A tiny EnCodec's whole decoder and encoder, and both in pieces."""
    import torch
    from transformers import EncodecConfig, EncodecModel

    from library.generators.musicgen.encodec.codec import _fuse_weight_norm
    from library.generators.musicgen.encodec.pieces import PiecewiseDecoder, PiecewiseEncoder
    from library.generators.musicgen.loading import checkpoint, checkpoint_files

    torch.manual_seed(3)
    if request.param == "audiocraft":
        model = checkpoint.load(checkpoint_files.find_checkpoint(str(checkpoints.text))).codec
        layers = [half.model for half in (model.decoder, model.encoder)]
    else:
        model = EncodecModel(
            EncodecConfig(upsampling_ratios=[8, 5, 4, 4], num_filters=4, sampling_rate=32000, use_causal_conv=False,
                          pad_mode="reflect", num_residual_layers=1, codebook_size=64, norm_type="weight_norm")
        ).eval()  # fmt: skip
        layers = [half.layers for half in (model.decoder, model.encoder)]
    _fuse_weight_norm(model)
    with torch.inference_mode():
        yield model.decoder, PiecewiseDecoder(layers[0], 640), model.encoder, PiecewiseEncoder(layers[1], 640)


@pytest.mark.parametrize("frames", LENGTHS)
def test_sound(halves, frames):
    import torch

    whole, pieces, _, _ = halves
    latents = torch.randn(1, 128, frames)
    expected, made = whole(latents).numpy(), pieces(latents).numpy()
    assert made.shape == expected.shape == (1, 1, frames * 640)
    np.testing.assert_allclose(made, expected, atol=1e-6)
    assert np.array_equal(made, pieces(latents).numpy())


@pytest.mark.parametrize("more", [0, 1, 333])
@pytest.mark.parametrize("frames", LENGTHS)
def test_latents(halves, frames, more):
    import torch

    _, _, whole, pieces = halves
    sound = torch.randn(1, 1, frames * 640 + more) / 5
    expected, made = whole(sound).numpy(), pieces(sound).numpy()
    assert made.shape == expected.shape
    np.testing.assert_allclose(made, expected, atol=1e-5)


def test_the_reach_is_needed(halves, monkeypatch):
    """Without the neighbours' frames the seams are heard: the test above can fail."""
    import torch

    from library.generators.musicgen.encodec import pieces as module

    whole, pieces, _, _ = halves
    latents = torch.randn(1, 128, 1003)
    monkeypatch.setattr(module, "REACH", 1)
    assert np.abs(whole(latents).numpy() - pieces(latents).numpy()).max() > 1e-4
