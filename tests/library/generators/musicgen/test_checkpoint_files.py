"""Where a checkpoint's files are, and what its card says of the licence."""

from __future__ import annotations

import shutil

import pytest


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ("---\nlicense: cc-by-nc-4.0\n---\n# A model\n", "CC-BY-NC 4.0"),
        ("---\nlicense: mit\n---\n", "mit"),
        ("---\nlicense: [mit, apache-2.0]\n---\n", "['mit', 'apache-2.0']"),
        (f"---\nlicense: {'long ' * 1000}\n---\n", ("long " * 40)[:200]),
        ("# No word of it\n", None),
        (None, None),
    ],
)
def test_the_licence_is_the_cards(checkpoints, tmp_path, card, licence):
    from library.generators.musicgen.loading import checkpoint_files

    for name in ("state_dict.bin", "compression_state_dict.bin"):
        shutil.copy(checkpoints.text / name, tmp_path)
    if card is not None:
        (tmp_path / "README.md").write_text(card)
    found = checkpoint_files.find_checkpoint(str(tmp_path))
    assert found.licence == licence
    assert found.name == str(tmp_path)


def test_the_revision_is_the_weights(checkpoints, tmp_path):
    from library.generators.musicgen.loading import checkpoint_files

    shutil.copytree(checkpoints.text, tmp_path / "copy")
    copied = checkpoint_files.find_checkpoint(str(tmp_path / "copy"))
    assert checkpoint_files.weights_digest(copied) == checkpoint_files.weights_digest(
        checkpoint_files.find_checkpoint(str(checkpoints.text))
    )
    assert checkpoint_files.weights_digest(copied) != checkpoint_files.weights_digest(
        checkpoint_files.find_checkpoint(str(checkpoints.stereo))
    )


def test_weights_that_a_checkpoint_only_names_are_told_apart(checkpoints, tmp_path):
    from safetensors.torch import load_file, save_file

    from library.generators.musicgen.loading import checkpoint, checkpoint_files

    (encoder,) = checkpoints.hub.glob("models--t5-base/snapshots/*/model.safetensors")
    found = checkpoint_files.find_checkpoint(str(checkpoints.melody))
    before = checkpoint.load(found)
    assert set(before.extra_digests) == {"text encoder", "stem separator"}
    assert checkpoint.load(found).extra_digests == before.extra_digests
    kept = encoder.rename(tmp_path / "kept")
    try:
        weights = load_file(kept)
        weights["shared.weight"] = weights["shared.weight"] * 1.0001
        save_file(weights, encoder, metadata={"format": "pt"})
        after = checkpoint.load(found)
    finally:
        kept.replace(encoder)
    assert after.revision == before.revision
    assert after.extra_digests["text encoder"] != before.extra_digests["text encoder"]
    assert after.extra_digests["stem separator"] == before.extra_digests["stem separator"]


def test_metas_weights_in_the_hubs_cache(checkpoints, tmp_path):
    import musicgen_checkpoints as official

    from library.generators.musicgen.loading import checkpoint_files

    root = checkpoints.hub / "models--facebook--musicgen-small"
    snapshot = root / "snapshots" / official.REVISION
    snapshot.mkdir(parents=True)
    try:
        (root / "refs").mkdir()
        (root / "refs" / "main").write_text(official.REVISION)
        for name in ("state_dict.bin", "compression_state_dict.bin"):
            shutil.copy(checkpoints.text / name, snapshot)
        found = checkpoint_files.find_checkpoint("facebook/musicgen-small")
        assert found.licence == "CC-BY-NC 4.0"
        assert found.lm == snapshot / "state_dict.bin"
    finally:
        shutil.rmtree(root)
