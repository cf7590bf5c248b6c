"""What is refused, and in which words, before anything of a pipeline is built; and what is fetched of one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from library.errors import GenerationError
from library.generators.diffusion.families import ACE_STEP, FAMILIES, RIFFUSION, STABLE_AUDIO
from library.generators.diffusion.loading.survey import Needed, find_needed
from tests.hub_server import Hub

PARTS = {part: ("diffusers", names[0]) for part, names in RIFFUSION.parts.items()}


@pytest.fixture
def find(offline):
    from library.generators.diffusion.loading.pipeline_files import find_pipeline
    from library.generators.loading.fetching import Fetch

    return lambda name, family=RIFFUSION: find_pipeline(str(name), family, Fetch())


@pytest.fixture
def folder(pipelines, tmp_path) -> Path:
    return Path(shutil.copytree(pipelines / "riffusion", tmp_path / "model"))


def refusal(find, *given) -> str:
    with pytest.raises(GenerationError) as caught:
        find(*given)
    return f"{caught.value.what} {caught.value.remedy}"


def test_a_whole_folder(find, folder):
    found = find(folder)
    assert (found.licence, found.needed.variant) == ("creativeml-openrail-m", None)
    assert found.numbers > 10_000
    revision = found.revision()
    (folder / "README.md").write_text("# Other words")
    assert find(folder).revision() == revision, "a card changes no take"
    config = folder / "scheduler" / "scheduler_config.json"
    config.write_text(config.read_text().replace("0.0001", "0.0002"))
    assert find(folder).revision() != revision


def test_pickles_are_refused_even_harmless_ones(find, folder):
    import torch

    (folder / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    torch.save({}, folder / "unet" / "diffusion_pytorch_model.bin")
    words = refusal(find, folder)
    assert "isn't safe to open: the weights of its unet are a pickle" in words
    assert ".safetensors" in words


def test_half_a_folder_and_half_a_file(find, folder):
    weights = folder / "vae" / "diffusion_pytorch_model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-100])
    assert f"has {len(whole) - 100:,} of {len(whole):,} bytes" in refusal(find, folder)
    for hostile in (b"", b"\xff" * 16, (2**40).to_bytes(8, "little") + b"{", b"\x02" + b"\0" * 7 + b"[]"):
        weights.write_bytes(hostile)
        assert "is damaged" in refusal(find, folder)
    weights.unlink()
    shutil.rmtree(folder / "tokenizer")
    assert "isn't whole: vae, tokenizer missing" in refusal(find, folder)
    (folder / "model_index.json").write_text("{")
    assert "its model_index.json is damaged" in refusal(find, folder)
    (folder / "model_index.json").unlink()
    assert "it has no model_index.json" in refusal(find, folder)
    assert "There's no folder" in refusal(find, folder / "nowhere")


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.generator)
def test_the_wrong_kind_is_named(find, pipelines, family):
    for other in FAMILIES:
        if other is not family:
            words = refusal(find, pipelines / other.generator, family)
            assert (
                f"holds the pipeline {other.pipelines[0]}, and {family.generator} needs {family.pipelines[0]}" in words
            )
            assert f"`--generator {other.generator}`" in words


@pytest.mark.parametrize(
    "part", [["diffusers", "MotionAdapter"], ["unet", "UNet2DConditionModel"], ["os", "system"], ["diffusers", 7], None]
)
def test_classes_that_do_not_belong_are_never_looked_up(find, folder, part):
    """Also code that came along, which the index names as `[module, class]`."""
    (folder / "unet" / "unet.py").write_text("raise SystemExit")
    index = folder / "model_index.json"
    index.write_text(json.dumps(json.loads(index.read_text()) | {"unet": part}))
    words = refusal(find, folder)
    assert "code that comes with a model is never run" in words or "names no unet" in words


def test_a_damaged_configuration_is_an_error_in_words(pipelines, folder, asked, make):
    config = folder / "unet" / "config.json"
    for damage in ("{", json.dumps({"_class_name": "UNet2DConditionModel", "block_out_channels": "many"})):
        config.write_text(damage)
        with pytest.raises(GenerationError, match="can't be loaded"):
            make(asked("riffusion", model=folder))


def test_memory_is_asked_before_weights_are_read(find, folder, monkeypatch):
    from library.generators.diffusion.loading import pipeline

    monkeypatch.setattr(pipeline, "free_memory", lambda _: 100_000)
    with pytest.raises(GenerationError, match=r"needs 0\.0 GB of memory in float32, and 0\.0 GB are free") as caught:
        pipeline.check_memory(find(folder), "float32")
    assert "bfloat16" in caught.value.remedy


def test_shards_and_halves():
    rest = ["model_index.json", "scheduler/scheduler_config.json", "tokenizer/vocab.json"]
    rest += [f"{part}/config.json" for part in ("vae", "text_encoder", "unet")]
    half = [f"{part}/diffusion_pytorch_model.fp16.safetensors" for part in ("vae", "unet")]
    half.append("text_encoder/model.fp16.safetensors")
    needed = find_needed("it", [*rest, *half, "v1.ckpt", "safety_checker/model.safetensors"], PARTS)
    assert isinstance(needed, Needed)
    assert needed.variant == "fp16"
    assert sorted(needed.weights) == sorted(half)
    assert not [file for file in needed.files if "safety" in file or "ckpt" in file]
    one, two = (f"unet/diffusion_pytorch_model-0000{n}-of-00002.safetensors" for n in (1, 2))
    whole = [file.replace(".fp16", "") for file in half if "unet" not in file]
    needed = find_needed("it", [*rest, *whole, *half, one, two], PARTS)
    assert isinstance(needed, Needed)
    assert (needed.variant, set(needed.weights)) == (None, {*whole, one, two})
    assert find_needed("it", [*rest, *whole, one], PARTS) == ("unet",)


def test_offline_it_says_what_to_type(find):
    words = refusal(find, STABLE_AUDIO.example, STABLE_AUDIO)
    assert "HF_HUB_OFFLINE is set" in words
    assert f"download {STABLE_AUDIO.example} --include" in words
    assert "neither a folder nor a model name" in refusal(find, "a b/c d/e")


def test_fetched_from_a_hub_and_then_never_asked_again(pipelines, find, monkeypatch):
    from huggingface_hub import constants, file_download

    from library.generators.loading import fetching

    hub = Hub({ACE_STEP.example: pipelines / "ace-step"})
    try:
        hub.breaks.update({"diffusion_pytorch_model.safetensors": 1})
        monkeypatch.setattr(fetching, "PAUSE_S", 0.0)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "ENDPOINT", hub.address)
        monkeypatch.setattr(
            file_download, "HUGGINGFACE_CO_URL_TEMPLATE", hub.address + "/{repo_id}/resolve/{revision}/{filename}"
        )
        found = find(ACE_STEP.example, ACE_STEP)
        assert (found.name, found.licence) == (ACE_STEP.example, "mit")
        begun = len(hub.begun)
        assert find(ACE_STEP.example, ACE_STEP).revision() == found.revision()
        assert len(hub.begun) == begun
        assert found.revision() == find(pipelines / "ace-step", ACE_STEP).revision(), "a folder's is the same"
        assert "it has no model_index.json" in refusal(find, "no/body", ACE_STEP)
    finally:
        hub.close()
