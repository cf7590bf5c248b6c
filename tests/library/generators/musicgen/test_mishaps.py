"""What is missing, unsafe, damaged, refused, cancelled, or too large for memory."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from library.errors import GenerationError
from library.generators.api import Failed, Rendered
from library.take import Draft, Recipe

SOUND = "ef" * 10


def recipe(**changes) -> Recipe:
    return Recipe(**({"generator": "musicgen", "prompt": "harp and flute", "seed": 1, "duration_s": 0.5} | changes))


def load(path: Path | str):
    from library.generators.musicgen.loading import checkpoint, checkpoint_files

    return checkpoint.load(checkpoint_files.find_checkpoint(str(path)))


def test_weights_that_are_nowhere_say_what_to_fetch(checkpoints):
    from library.generators.musicgen.loading import checkpoint_files

    with pytest.raises(GenerationError) as caught:
        checkpoint_files.find_checkpoint("facebook/musicgen-melody")
    assert "facebook/musicgen-melody aren't on this machine, and HF_HUB_OFFLINE is set" in caught.value.what
    for part in ("hf download facebook/musicgen-melody", "3.0 GB", "CC-BY-NC 4.0", "t5-base", "adefossez/HTDemucs"):
        assert part in caught.value.remedy


def test_the_generator_tells_it_too(checkpoints, context):
    from library.generators.musicgen.generator import MusicGen

    with pytest.raises(GenerationError, match="aren't on this machine"):
        list(MusicGen().generate([recipe(model="facebook/musicgen-large")], context))


@pytest.mark.parametrize("name", ["/nowhere/at/all", "./nowhere", "a/b/c", "no such model"])
def test_names_that_name_nothing(checkpoints, name):
    from library.generators.musicgen.loading import checkpoint_files

    with pytest.raises(GenerationError):
        checkpoint_files.find_checkpoint(name)


def test_a_folder_without_a_checkpoint(checkpoints, tmp_path):
    from library.generators.musicgen.loading import checkpoint_files

    (tmp_path / "state_dict.bin").touch()
    with pytest.raises(GenerationError, match=r"compression_state_dict.bin missing"):
        checkpoint_files.find_checkpoint(str(tmp_path))


def test_a_missing_text_encoder_is_named(checkpoints, tmp_path, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(GenerationError, match="The text encoder t5-base, which the model needs, isn't on this machine"):
        load(checkpoints.text)


class Trap:
    """Runs when it is unpickled."""

    def __reduce__(self):
        return (Path.touch, (Path("/tmp/earmark-was-here"),))


def test_a_checkpoint_that_would_run_code_is_refused(checkpoints, tmp_path):
    import torch

    folder = tmp_path / "trap"
    shutil.copytree(checkpoints.text, folder)
    torch.save({"xp.cfg": "{}", "best_state": Trap()}, folder / "state_dict.bin")
    with pytest.raises(GenerationError, match="safe to open"):
        load(folder)
    assert not Path("/tmp/earmark-was-here").exists()


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04half"])
def test_a_damaged_checkpoint(checkpoints, tmp_path, content):
    folder = tmp_path / "damaged"
    shutil.copytree(checkpoints.text, folder)
    (folder / "state_dict.bin").write_bytes(content)
    with pytest.raises(GenerationError):
        load(folder)


def test_half_a_checkpoint(checkpoints, tmp_path):
    folder = tmp_path / "half"
    shutil.copytree(checkpoints.text, folder)
    whole = (folder / "state_dict.bin").read_bytes()
    (folder / "state_dict.bin").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(GenerationError, match="can't be loaded"):
        load(folder)


def test_a_checkpoint_on_a_broken_disk(checkpoints, tmp_path, context):
    """The take can't be made, and says why; the process goes on, and reads again when it is asked again."""
    from library.generators.musicgen.generator import MusicGen

    folder, generator = tmp_path / "broken", MusicGen()
    shutil.copytree(checkpoints.text, folder)
    whole = (folder / "state_dict.bin").rename(folder / "whole")
    (folder / "state_dict.bin").symlink_to("/proc/self/mem")  # a file that gives nothing but EIO
    with pytest.raises(GenerationError, match=rf"{folder} can't be read: Input/output error") as caught:
        list(generator.generate([recipe(model=str(folder))], context))
    assert "disk" in caught.value.remedy
    whole.replace(folder / "state_dict.bin")
    assert len(list(generator.generate([recipe(model=str(folder))], context))) == 1


def test_parts_of_two_checkpoints(checkpoints, tmp_path):
    folder = tmp_path / "mixed"
    shutil.copytree(checkpoints.text, folder)
    shutil.copy(checkpoints.text / "compression_state_dict.bin", folder / "state_dict.bin")
    with pytest.raises(GenerationError):
        load(folder)


@pytest.mark.parametrize(
    "overrides",
    [
        {"lm_model": "transformer_lm_magnet"},
        {"codebooks_pattern.modeling": "parallel"},
        {"fuser.sum": ["description"]},
        {"transformer_lm.norm_first": False},
        {"transformer_lm.positional_embedding": "rope"},
        {"transformer_lm.layer_scale": 0.1},
    ],
)
def test_models_of_another_build_are_refused(checkpoints, tmp_path, overrides):
    import musicgen_checkpoints as official
    import torch
    from omegaconf import OmegaConf

    from library.generators.musicgen.lm.decoder import TransformerDecoder

    shutil.copytree(checkpoints.text, tmp_path / "other")
    path = tmp_path / "other" / "state_dict.bin"
    parts = torch.load(path, weights_only=True)
    config = OmegaConf.create(parts["xp.cfg"])
    for key, value in overrides.items():
        OmegaConf.update(config, key, value)
    parts["xp.cfg"] = OmegaConf.to_yaml(config)
    torch.save(parts, path)
    with pytest.raises(GenerationError):
        TransformerDecoder(load(path.parent).lm)
    assert official.TEXT.books == 4


HIDDEN = ["${oc.env:SECRET}", "a/${oc.env:SECRET}", "$${oc.env:SECRET}", "${oc.decode:${oc.env:SECRET}}"]


@pytest.mark.parametrize("hidden", HIDDEN)
def test_nothing_is_looked_up_for_a_checkpoint_outside_of_it(checkpoints, tmp_path, monkeypatch, hidden):
    """The text encoder's name goes to a download: what the environment holds must not be in it."""
    import torch
    from omegaconf import OmegaConf

    from library.generators.musicgen.loading import checkpoint

    monkeypatch.setenv("SECRET", "token")
    shutil.copytree(checkpoints.text, tmp_path / "other")
    path = tmp_path / "other" / "state_dict.bin"
    parts = torch.load(path, weights_only=True)
    config = OmegaConf.create(parts["xp.cfg"])
    config.conditioners.description.t5.name = hidden
    config.rate_again = "${sample_rate}"
    parts["xp.cfg"] = OmegaConf.to_yaml(config)
    torch.save(parts, path)
    asked = []
    monkeypatch.setattr(checkpoint, "find_text_encoder", lambda name, fetch: asked.append(name))
    with pytest.raises((GenerationError, OSError)):
        load(path.parent)
    assert "token" not in asked[0]
    assert "oc.env:SECRET" in asked[0]


def test_stems_of_an_unknown_class_are_refused(checkpoints, tmp_path):
    from safetensors.numpy import save_file

    from library.generators.musicgen.loading import checkpoint

    save_file({"x": np.zeros(1)}, tmp_path / "evil.safetensors", metadata={"klass": "os.system", "args": '["true"]'})
    with pytest.raises(GenerationError, match=r"os\.system"):
        checkpoint.check_stems(tmp_path)


def test_a_melody_for_a_model_that_follows_none_is_refused(make, context):
    context.drafts[SOUND] = np.zeros((32000, 1), np.float32), 32000
    results = make("text", [recipe(), recipe(draft=Draft(sound=SOUND, use="melody"))], context)
    assert isinstance(results[0], Rendered)
    assert isinstance(results[1], Failed)
    assert "can't follow a melody" in results[1].error.what
    assert "facebook/musicgen-melody" in results[1].error.remedy


def test_a_draft_as_long_as_the_take_is_refused(make, context):
    context.drafts[SOUND] = np.zeros((32000, 1), np.float32), 32000
    draft = Draft(sound=SOUND, use="continuation")
    result = make("text", [recipe(draft=draft, duration_s=1.0)], context)[0]
    assert isinstance(result, Failed)
    assert "take longer" in result.error.remedy


def test_too_short_a_take_is_refused(make):
    assert isinstance(make("text", [recipe(duration_s=0.001)])[0], Failed)


def test_cancelled_at_the_next_step(engines, context):
    engine = engines("text")
    recipes = [(index, recipe(seed=index, duration_s=20.0)) for index in range(8)]
    asked: list[int] = []

    def stop() -> bool:
        if len(context.reports) >= 20:
            asked.append(len(context.reports))
        return bool(asked)

    context.stop = stop
    assert list(engine.generate(recipes, context)) == []
    assert len(context.reports) <= asked[0] + 1
    assert isinstance(next(iter(engine.generate(recipes[:1], type(context)()))), Rendered)


def test_cancelled_while_loading(checkpoints, context):
    from library.generators.musicgen.generator import MusicGen

    context.stop = lambda: True
    generator = MusicGen()
    assert list(generator.generate([recipe(model=str(checkpoints.text))], context)) == []
    assert not [report for report in context.reports if report.done]
    context.stop = lambda: False
    assert len(list(generator.generate([recipe(model=str(checkpoints.text))], context))) == 1


def test_finished_takes_come_before_the_others_are_done(engines, context):
    recipes = [(0, recipe(duration_s=0.2)), (1, recipe(duration_s=8.0))]
    results = engines("text").generate(recipes, context)
    assert next(results).index == 0
    assert context.reports[-1].done < context.reports[-1].of / 2
    assert [result.index for result in results] == [1]


def test_progress_goes_up_to_the_end(make, context):
    make("short", [recipe(seed=seed, duration_s=[0.3, 2.5][seed % 2]) for seed in range(10)], context)
    done = [progress.done for progress in context.reports]
    assert done == sorted(done)
    assert context.reports[-1].done == context.reports[-1].of
    assert len({progress.of for progress in context.reports}) == 1


def test_out_of_memory_halves_the_batch_and_goes_on(make, engines, monkeypatch):
    from library.generators.musicgen.lm.decoder import TransformerDecoder

    expected = make("text", [recipe(seed=seed) for seed in range(8)])
    asked = []
    whole = TransformerDecoder.cache

    def limited(self, rows: int, steps: int):
        asked.append(rows)
        return whole(self, rows, 10**12 if rows > 4 else steps)  # More than there is: torch itself refuses.

    monkeypatch.setattr(TransformerDecoder, "cache", limited)
    made = make("text", [recipe(seed=seed) for seed in range(8)])
    assert asked[:3] == [16, 8, 4]
    assert all(np.array_equal(made[seed].samples, expected[seed].samples) for seed in range(8))


def test_out_of_memory_in_mid_batch_loses_nothing(make, monkeypatch):
    import torch

    from library.generators.musicgen.lm.decoder import TransformerDecoder

    recipes = [recipe(seed=seed, duration_s=0.3 + 0.1 * seed) for seed in range(4)]
    expected = make("text", recipes)
    steps = [0]
    whole = TransformerDecoder.logits

    def failing(self, x):
        steps[0] += 1
        if steps[0] == 25:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return whole(self, x)

    monkeypatch.setattr(TransformerDecoder, "logits", failing)
    made = make("text", recipes)
    assert steps[0] > 25
    assert all(np.array_equal(made[index].samples, expected[index].samples) for index in range(4))


def test_out_of_memory_for_a_single_take_fails_it_alone(make, monkeypatch):
    from library.generators.musicgen.lm.decoder import TransformerDecoder

    whole = TransformerDecoder.cache
    monkeypatch.setattr(
        TransformerDecoder, "cache", lambda self, rows, steps: whole(self, rows, 10**12 if steps > 40 else steps)
    )
    made = make("text", [recipe(duration_s=1.0), recipe(duration_s=0.4)])
    assert isinstance(made[0], Failed)
    assert "isn't enough memory" in made[0].error.what
    assert isinstance(made[1], Rendered)


def test_the_address_space_can_run_out(checkpoints):
    """The real thing: a process that may have no more memory goes on with fewer takes at once."""
    program = """
import resource, sys
from library.generators.musicgen.loading import checkpoint, checkpoint_files
from library.generators.musicgen.run.engine import InferenceEngine
from library.take import Recipe

class FakeContext:
    previews, device = False, "cpu"
    def parent(self, index): return None
    def tell(self, words): pass
    def kept(self, key): return None
    def keep(self, key, arrays): pass
    def report(self, progress): pass
    def cancelled(self): return False
    def unwanted(self): return ()
    def listened(self): return ()

engine = InferenceEngine(checkpoint.load(checkpoint_files.find_checkpoint(sys.argv[1])), "cpu", 16)
recipes = [(i, Recipe(generator="musicgen", prompt="harp", seed=i, duration_s=30.0 if i else 0.1)) for i in range(16)]
next(engine.generate(recipes[:1], FakeContext()))
used = int(open("/proc/self/statm").read().split()[0]) * 4096
resource.setrlimit(resource.RLIMIT_AS, (used + 30_000_000, -1))
stop = [0]
results = engine.generate(recipes, FakeContext())
first = next(results)
print(type(first).__name__, first.index)
"""
    assert resource.RLIMIT_AS
    run = subprocess.run(
        [sys.executable, "-c", program, str(checkpoints.text)], capture_output=True, text=True, check=False
    )
    assert run.stdout.split() == ["Rendered", "0"], run.stderr[-2000:]
