"""Copies of a batch's documents that a synchroniser left: named, and what only they have brought into use."""

from __future__ import annotations

import json

import pytest

from library.library import Library
from library.mending.repair import repair_library
from library.store.catalog import BatchWriter, Catalog
from library.take import Take, digest_of, make_id, utc_now
from tui.cli.checks import shard_kinds
from tui.cli.library_checks import check_library

NAMES = ["batch.sync-conflict-20261122-101530-ABCDEFG.json", "batch (conflicted copy).json", "batch-DESKTOP.json"]


def take(seed: int) -> Take:
    return Take(
        id=make_id(digest_of(str(seed).encode())), batch="", file=f"{seed}.flac", duration_s=1.0, sample_rate=8000,
        channels=1, created_at=utc_now(), prompt="rain", seed=seed, generator="sketch",
    )  # fmt: skip


@pytest.fixture
def library(tmp_path):
    root = tmp_path / "library"
    batch = BatchWriter(Library(root))
    batch.add([take(1), take(2)])
    return root


def shard(library):
    (path,) = library.glob("batches/*/batch.json")
    return path


def failing(library):
    return [check.name for check in check_library(Library(library), shard_kinds(Library(library))) if not check.ok]


def repair(library):
    return [
        one for one in repair_library(Library(library), shard_kinds(Library(library))) if one.part == "conflict copies"
    ]


@pytest.mark.parametrize("name", NAMES)
def test_what_only_a_copy_has_comes_into_use(library, name):
    tables = json.loads(shard(library).read_bytes())
    tables["takes"]["3"] = tables["takes"]["2"] | {"id": make_id(digest_of(b"3")), "seed": 3}
    copy = shard(library).with_name(name)
    copy.write_text(json.dumps(tables))
    before = copy.read_bytes()
    assert "conflict copies" in failing(library)
    (done,) = repair(library)
    assert done.done, done
    assert [one.seed for one in Catalog.load(Library(library))] == [1, 2, 3]
    assert [kept.read_bytes() for kept in copy.parent.glob("*.merged")] == [before]
    assert "conflict copies" not in failing(library)
    assert repair(library) == []


def test_what_only_a_newer_earmark_knows_is_merged_as_it_is(library):
    tables = json.loads(shard(library).read_bytes())
    newer = tables["takes"]["2"] | {"id": make_id(digest_of(b"3")), "labels": ["red"], "huge": 10**30}
    shard(library).with_name(NAMES[0]).write_text(json.dumps({"takes": {"3": newer}}))
    own = tables["takes"]["1"] | {"labels": ["blue"]}
    shard(library).write_text(json.dumps({"takes": {"1": own, "4": tables["takes"]["2"]}, "labels": {"1": {"a": 1}}}))
    (done,) = repair(library)
    assert done.done, done
    merged = json.loads(shard(library).read_bytes())
    assert merged == {"takes": {"1": own, "4": tables["takes"]["2"], "5": newer}, "labels": {"1": {"a": 1}}}


def test_a_copy_that_is_only_written_otherwise_has_nothing_more(library):
    tables = json.loads(shard(library).read_bytes())
    turned = {key: dict(reversed(document.items())) for key, document in tables["takes"].items()}
    shard(library).with_name(NAMES[0]).write_text(json.dumps({"takes": turned}, indent=2))
    before = shard(library).read_bytes()
    assert "conflict copies" not in failing(library)
    (done,) = repair(library)
    assert done.done
    assert "nothing extra" in done.detail
    assert shard(library).read_bytes() == before


def test_a_copy_that_has_nothing_more_is_no_trouble(library):
    shard(library).with_name(NAMES[0]).write_bytes(shard(library).read_bytes())
    assert "conflict copies" not in failing(library)
    (done,) = repair(library)
    assert done.done
    assert len(Catalog.load(Library(library))) == 2


def test_a_damaged_copy_is_named_and_left(library):
    copy = shard(library).with_name(NAMES[1])
    copy.write_bytes(shard(library).read_bytes()[:-20])
    assert "conflict copies" in failing(library)
    (refused,) = repair(library)
    assert not refused.done
    assert copy.exists()


def test_a_copy_is_left_beside_a_shard_that_can_take_no_more(library):
    tables = json.loads(shard(library).read_bytes())
    copy = shard(library).with_name(NAMES[0])
    copy.write_text(json.dumps({"takes": {"3": tables["takes"]["2"] | {"id": make_id(digest_of(b"3"))}}}))
    shard(library).write_text(json.dumps({"takes": {"first": tables["takes"]["1"]}}))
    (refused,) = repair(library)
    assert not refused.done
    assert copy.exists()
    assert len(Catalog.load(Library(library))) == 1


def test_what_else_lies_beside_a_batch_is_none(library):
    for name in ("batches.json", "batch.txt", ".batch.json.0011aabb.tmp", "batch.json.damaged-20261122"):
        shard(library).with_name(name).write_text("{")
    assert "conflict copies" not in failing(library)
