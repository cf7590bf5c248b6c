"""Checkpoints that are written otherwise than Meta's, and Meta's other models."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from library.errors import GenerationError


def load(path: Path):
    from library.generators.musicgen.loading import checkpoint, checkpoint_files

    return checkpoint.load(checkpoint_files.find_checkpoint(str(path)))


def changed(checkpoint_folder: Path, folder: Path, file: str, change) -> Path:
    """A copy of a checkpoint in which one file's contents are changed."""
    import torch

    shutil.copytree(checkpoint_folder, folder)
    contents = torch.load(folder / file, weights_only=True)
    torch.save(change(contents), folder / file)
    return folder


def test_weights_as_training_left_them(checkpoints, tmp_path):
    """One level deeper than audiocraft exports them."""

    def nest(contents):
        return contents | {"best_state": {"model": contents["best_state"]}}

    folder = changed(checkpoints.text, tmp_path / "nested", "state_dict.bin", nest)
    nested, plain = load(folder), load(checkpoints.text)
    assert all(weight.equal(plain.lm.state_dict()[name]) for name, weight in nested.lm.state_dict().items())


def test_a_codec_named_as_audiocraft_names_it_in_training(checkpoints, tmp_path):
    name = "compression_state_dict.bin"
    folder = changed(
        checkpoints.pointer, tmp_path / "x", name, lambda all: all | {"pretrained": "//pretrained/" + all["pretrained"]}
    )
    assert load(folder).extra_digests["codec"] == load(checkpoints.pointer).extra_digests["codec"]


def test_a_codec_that_is_none_of_encodecs_is_named(checkpoints, tmp_path):
    name = "compression_state_dict.bin"
    folder = changed(
        checkpoints.pointer, tmp_path / "x", name, lambda all: all | {"pretrained": "//pretrained/dac_44khz"}
    )
    with pytest.raises(GenerationError, match="codec is dac_44khz, and Earmark makes sound with EnCodec only"):
        load(folder)


OTHERS = [
    ({"lm_model": "transformer_lm_magnet"}, "it's a MAGNeT"),
    ({"conditioners.self_wav": {"model": "style", "style": {}}}, "it's a musicgen-style"),
    ({"conditioners.chords": {"model": "chords_emb"}}, "it's a JASCO"),
]


@pytest.mark.parametrize(("overrides", "words"), OTHERS)
def test_metas_other_models_are_called_by_their_names(checkpoints, tmp_path, overrides, words):
    from omegaconf import OmegaConf

    def change(contents):
        config = OmegaConf.create(contents["xp.cfg"])
        for key, value in overrides.items():
            OmegaConf.update(config, key, value, force_add=True)
        return contents | {"xp.cfg": OmegaConf.to_yaml(config)}

    with pytest.raises(GenerationError, match=f"can't be used: {words}"):
        load(changed(checkpoints.text, tmp_path / "x", "state_dict.bin", change))
