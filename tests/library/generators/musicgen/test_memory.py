"""What there is of memory, what fits into it, and every place where it may run out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from library.generators.api import Failed, Rendered
from library.take import Draft, Recipe

GB = 10**9
WORDS = [
    "[enforce fail at alloc_cpu.cpp:119] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate",
    "DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes.",
    "CUDA out of memory. Tried to allocate 20.00 MiB (GPU 0; 3.82 GiB total capacity)",
    "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
    "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
    "MPS backend out of memory (MPS allocated: 8.9 GB, max allowed: 9.07 GB).",
    "Invalid buffer size: 14.31 GB",
    "could not create a primitive descriptor: out of memory",
    "std::bad_alloc",
    "HIP out of memory. Tried to allocate 2.00 GiB",
]  # fmt: skip


@pytest.mark.parametrize("words", WORDS)
def test_every_backends_words_for_it(words):
    from library.generators.machine.memory import is_out_of_memory

    assert is_out_of_memory(RuntimeError(words))


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("Found no NVIDIA driver on your system."),
        RuntimeError("CUDA error: no kernel image is available for execution on the device"),
        RuntimeError("mat1 and mat2 shapes cannot be multiplied (2x64 and 3x64)"),
        ValueError("out of memory"),
    ],
)
def test_what_is_something_else(error):
    from library.generators.machine.memory import is_out_of_memory

    assert not is_out_of_memory(error)


def write(path: Path, **files: str) -> None:
    path.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (path / name.replace("__", ".")).write_text(content)


def test_the_tightest_control_group_counts(tmp_path):
    from library.generators.machine.memory import cgroup_rooms

    root = tmp_path / "fs"
    write(root, memory__max="max\n", memory__current="9\n", memory__stat="inactive_file 1\n")
    usage = {"memory__current": f"{3 * GB}\n", "memory__stat": f"anon 5\ninactive_file {GB}\n"}
    write(root / "user", memory__max=f"{8 * GB}\n", **usage)
    write(root / "user" / "job", memory__max=f"{4 * GB}\n", **usage)
    (tmp_path / "cgroup").write_text("0::/user/job\n")
    assert list(cgroup_rooms(tmp_path / "cgroup", root)) == [6 * GB, 2 * GB]


def test_control_groups_of_version_1(tmp_path):
    from library.generators.machine.memory import cgroup_rooms

    facts = {"memory__limit_in_bytes": f"{2 * GB}", "memory__usage_in_bytes": f"{GB}"}
    write(tmp_path / "fs" / "memory", **facts, memory__stat="total_inactive_file 7\n")
    (tmp_path / "cgroup").write_text("5:cpu,cpuacct:/x\n4:memory:/docker/abc\n")
    assert list(cgroup_rooms(tmp_path / "cgroup", tmp_path / "fs")) == [GB + 7]
    assert list(cgroup_rooms(tmp_path / "nowhere", tmp_path)) == []


def test_the_plan_leaves_room_for_the_sound():
    from library.generators.machine.memory import MemoryPlan, plan_memory

    most = MemoryPlan(16, 4, fits=True)
    assert plan_memory(100 * GB, take=GB, sound=GB, most=most) == most
    assert plan_memory(10 * GB, take=GB, sound=2 * GB, most=most) == MemoryPlan(6, 1, fits=True)
    assert plan_memory(10 * GB, take=5 * GB, sound=GB, most=most) == MemoryPlan(1, 3, fits=True)
    assert plan_memory(GB, take=GB, sound=GB, most=most) == MemoryPlan(1, 1, fits=False)


def test_what_long_sound_takes_grows_with_the_sound_alone():
    from library.generators.machine.memory import sound_bytes

    real = {"piece": 500, "hop": 640, "width": 64, "channels": 1}
    assert 0.4 * GB < sound_bytes(500, **real) < 0.5 * GB
    assert sound_bytes(30_000, **real) < 1.0 * GB


def test_fewer_at_a_time_are_told_of(make, context, monkeypatch):
    from library.generators.musicgen.run import engine

    recipes = [Recipe(generator="musicgen", prompt="harp", seed=seed, duration_s=0.5) for seed in range(4)]
    expected = make("text", recipes)
    a_take = 2 * 29 * 2 * 2 * 64 * 4
    monkeypatch.setattr(engine, "free_memory", lambda device: 2.6 * a_take / 0.85 + 50_000_000)
    monkeypatch.setattr("library.generators.musicgen.encodec.codec.Codec.sound_bytes", lambda self, frames: 42_500_000)
    made = make("text", recipes, context)
    assert all(np.array_equal(made[seed].samples, expected[seed].samples) for seed in range(4))
    assert context.told[0].startswith("2 of 4 takes are made at a time")


SITES = {
    "the cache": ("lm.decoder.TransformerDecoder", "cache"),
    "the step's input": ("lm.decoder.TransformerDecoder", "embed"),
    "positions": ("lm.decoder.TransformerDecoder", "add_positions"),
    "the step": ("lm.decoder.TransformerDecoder", "forward"),
    "the heads": ("lm.decoder.TransformerDecoder", "logits"),
    "the text's keys": ("lm.decoder.TransformerDecoder", "project_text"),
    "a copied prefix": ("lm.decoder.KeyValueCache", "copy"),
    "conditions": ("conditions.conditioning.Conditioning", "condition"),
    "the draft's sound": ("encodec.codec.Codec", "convert"),
    "the draft's tokens": ("encodec.codec.Codec", "encode"),
    "a piece of sound": ("encodec.pieces.PiecewiseDecoder", "__call__"),
}


@pytest.mark.parametrize("at", [1, 2, 7])
@pytest.mark.parametrize("site", SITES)
def test_it_may_run_out_anywhere(make, context, monkeypatch, site, at):
    """Once: everything is made all the same, bit for bit."""
    import torch

    import library.generators.musicgen as package

    where, name = SITES[site]
    module, owner = where.rsplit(".", 1)
    holder = getattr(__import__(f"{package.__name__}.{module}", fromlist=[owner]), owner)
    hummed = np.sin(np.arange(9600) / 40)[:, None].astype(np.float32) / 2, 32000

    def recipes(sound: str) -> list[Recipe]:
        context.drafts[sound] = hummed
        draft = Draft(sound=sound, use="continuation")
        return [
            Recipe(generator="musicgen", prompt="harp", seed=place // 2, duration_s=0.5 + place / 10, draft=steering)
            for place, steering in enumerate([None, draft, None, draft])
        ]

    expected = make("text", recipes("ab" * 10), context)
    context.memory.clear()
    calls = [0]
    whole = getattr(holder, name)

    def running_out(*given, **named):
        calls[0] += 1
        if calls[0] == at:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return whole(*given, **named)

    monkeypatch.setattr(holder, name, running_out)
    made = make("text", recipes("cd" * 10), context)
    assert calls[0] > 0
    assert [type(made[index]) for index in range(4)] == [Rendered] * 4
    assert all(np.array_equal(made[index].samples, expected[index].samples) for index in range(4))


def test_sound_there_is_never_room_for_keeps_its_tokens(make, context, monkeypatch):
    from library.generators.musicgen.encodec.pieces import PiecewiseDecoder

    recipe = Recipe(generator="musicgen", prompt="harp", seed=1, duration_s=0.5)
    expected = make("text", [recipe])[0]
    with monkeypatch.context() as full:
        full.setattr(PiecewiseDecoder, "__call__", lambda self, latents: np.empty(1 << 50))
        failed = make("text", [recipe], context)[0]
    assert isinstance(failed, Failed)
    assert "goes on from there" in failed.error.remedy
    (kept,) = context.memory.values()
    assert np.array_equal(kept["codes"], expected.tokens["codes"])
    steps = len(context.reports)
    made = make("text", [recipe], context)[0]
    assert np.array_equal(made.samples, expected.samples)
    assert len(context.reports) <= steps + 2, "nothing is drawn again"


def test_an_hour_is_the_most(make):
    from library.errors import GenerationError
    from library.generators.recipes import grid

    for length in (3601, 10_000_000):
        with pytest.raises(GenerationError, match="too long: MusicGen makes takes of up to an hour"):
            grid(["harp"], [1], generator="musicgen", duration_s=length)
        assert isinstance(
            make("text", [Recipe(generator="musicgen", prompt="harp", seed=1, duration_s=length)])[0], Failed
        )
    assert grid(["harp"], [1], generator="musicgen", duration_s=3600)
