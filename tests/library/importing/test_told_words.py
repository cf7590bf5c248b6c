"""Of several sources that speak of one file, which is believed, which is named, and what importing again corrects."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from library.importing.origin import Origin, clean_text
from library.importing.request import ImportReport, ImportRequest
from library.importing.run_import import run_import
from library.machine_text import is_machine_text
from library.store.catalog import BatchWriter, Catalog
from library.take import READERS_VERSION, Sources, source_of
from tests.fuzz.make_corpus import encoded
from tests.library.importing import graphs
from tests.library.importing.tagging import flac, mp3, user_text
from tests.reading_words import words_of

UUID = "2f1c6a9e-7b1d-4c55-9a3f-1d2e3f4a5b6c"
GRAPH = json.dumps(graphs.ace())
Make = Callable[..., Path]


def load(catalog: Catalog, *paths: Path, **options: Any) -> ImportReport:
    return run_import(catalog, ImportRequest(paths, **options))


@pytest.mark.parametrize(
    ("sidecar", "problem"),
    [
        (b'{"prompt": "night drive", "seed": 411,}', "It isn't JSON: "),
        (b"", "It isn't JSON: the file is empty."),
        (b'{"prompt": "night', "It isn't JSON: "),
        (b"\x1f\x8b\x08\0" * 20, "It isn't JSON: "),
        (b" " * (5 << 20), "It can't be read: it is too large"),
    ],
)
@pytest.mark.parametrize("name", ["take.json", "take.wav.json", "take_input_params.json"])
def test_a_sidecar_that_cannot_be_read_is_named(
    catalog: Catalog, make_sound: Make, sidecar: bytes, problem: str, name: str
) -> None:
    path = make_sound("take.wav")
    (path.parent / name).write_bytes(sidecar)
    report = load(catalog, path)
    assert [take.prompt for take in report.takes] == ["take"]
    [(named, why)] = report.failed
    assert named == path.parent / name
    assert why.startswith(problem)


def test_a_sidecar_of_two_sounds_is_named_once(catalog: Catalog, make_sound: Make) -> None:
    folder = make_sound("take.wav", 1).parent
    make_sound("take.flac", 2)
    (folder / "take.json").write_text("{")
    (folder / "take.wav.json").symlink_to(folder / "nowhere")
    assert sorted(path.name for path, _ in load(catalog, folder).failed) == ["take.json", "take.wav.json"]


@pytest.mark.parametrize(
    "document",
    [
        {"style_of_it": "warm pads and rain", "rng": 5},
        {"style_of_it": "warm pads and rain", "seed": 5},
        {"styles": ["warm pads", "rain on a roof"], "seed": 5},
        {"prompt": UUID, "seed": 5},
        {"prompt": {"3": {"class_type": "Unheard", "inputs": {}}}, "seed": 5},
        ["warm pads"],
        "warm pads",
        {},
    ],
)
def test_what_is_not_understood_is_named_and_half_of_it_not_taken(document: Any, tmp_path: Path) -> None:
    (tmp_path / "rain.wav").write_bytes(encoded("wav"))
    (tmp_path / "rain.json").write_text(json.dumps(document))
    words = words_of(tmp_path / "rain.wav")
    assert (words.origin.prompt, words.origin.seed) == ("rain", None)
    assert [path.name for path, _ in words.unclear] == ["rain.json"]
    (tmp_path / "rain.flac").write_bytes(flac([("comment", json.dumps(document))]))
    (tmp_path / "rain.json").unlink()
    words = words_of(tmp_path / "rain.flac")
    assert (words.origin.prompt, words.origin.seed) == ("rain", None)
    assert [path.name for path, _ in words.unclear] == ([] if isinstance(document, str) else ["rain.flac"])


@pytest.mark.parametrize("text", ["Not my best one.", "été à Köln".encode("cp1252")])
def test_a_text_file_that_is_not_understood_is_named(text: str | bytes, tmp_path: Path) -> None:
    (tmp_path / "rain.wav").write_bytes(encoded("wav"))
    (tmp_path / "rain.txt").write_bytes(text if isinstance(text, bytes) else text.encode())
    words = words_of(tmp_path / "rain.wav")
    assert (words.origin.prompt, words.origin.seed) == ("rain", None)
    assert [path.name for path, _ in words.unclear] == ["rain.txt"]
    (tmp_path / "rain.txt").write_text("\n")
    assert not words_of(tmp_path / "rain.wav").unclear


def test_tags_are_read_where_other_bytes_stand_before_the_file(tmp_path: Path) -> None:
    path = tmp_path / "rain.flac"
    path.write_bytes(bytes(700) + flac([("comment", "prompt: dreamy night drive; seed: 412")]))
    words = words_of(path)
    assert (words.origin.prompt, words.origin.seed) == ("dreamy night drive", 412)


@pytest.mark.parametrize(
    "comment",
    [
        "dreamy night drive, seed 412", "dreamy night drive\nseed: 412", "Made by X (seed=412)", "Steps: 50, Seed: 412",
        "seed: 412 of the dreamy night drive",
    ],
)  # fmt: skip
def test_of_a_comment_both_words_are_taken_or_neither(comment: str, tmp_path: Path) -> None:
    (tmp_path / "rain.flac").write_bytes(flac([("comment", comment)]))
    words = words_of(tmp_path / "rain.flac")
    assert (words.origin.prompt, words.origin.seed) == ("rain", None)
    assert words.unclear


@pytest.mark.parametrize(
    "comment",
    [
        "prompt: dreamy night drive; seed: 412", "Prompt = dreamy night drive | Seed = 412",
        "seed: 412, prompt: dreamy night drive",
        "prompt: dreamy night drive\nlyrics: la la\nseed: 412",
        "Title: Neon; Prompt: dreamy night drive; Seed: 412; Steps: 8",
        "dreamy night drive\nNegative prompt: noise\nSteps: 50, Sampler: Euler, Seed: 412",
    ],
)  # fmt: skip
def test_a_comment_with_names_is_read_whole(comment: str, tmp_path: Path) -> None:
    (tmp_path / "rain.flac").write_bytes(flac([("comment", comment)]))
    words = words_of(tmp_path / "rain.flac")
    assert (words.origin.prompt, words.origin.seed) == ("dreamy night drive", 412)
    assert not words.unclear


def test_a_prompt_beats_a_title_whichever_file_it_stands_in(tmp_path: Path) -> None:
    path = tmp_path / "name_s1.flac"
    path.write_bytes(flac([("title", "Neon Rain")]))
    assert words_of(path).told_by == Sources(prompt="title", seed="name", readers=READERS_VERSION)
    (tmp_path / "name_s1.json").write_text('{"prompt": "night drive", "title": "Other"}')
    assert words_of(path).origin.prompt == "night drive"
    path.write_bytes(flac([("title", "Neon Rain"), ("comment", "prompt: from tags")]))
    assert words_of(path).told_by == Sources(prompt="tags", seed="name", readers=READERS_VERSION)
    assert words_of(path, Origin("from sheet", 9)).origin == Origin("from sheet", 9)


def test_the_tool_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(mp3(user_text("prompt", GRAPH)))
    words = words_of(tmp_path / "a.mp3")
    assert words.told_by == Sources(
        prompt="tags", seed="tags", generator="tags", model="tags", tool="ComfyUI", readers=READERS_VERSION
    )
    assert (words.origin.generator, words.origin.model) == ("comfyui", "ace_step_v1_3.5b.safetensors")


@pytest.mark.parametrize(
    ("old", "told_by"),
    [(GRAPH, Sources(prompt="tags")), (UUID.replace("-", " "), Sources(prompt="name")), (UUID, None),
     ("Neon Rain", Sources(prompt="tags")), ("take 1", Sources(prompt="name"))],
)  # fmt: skip
def test_importing_again_corrects_what_older_readers_told(
    catalog: Catalog, make_sound: Make, old: str, told_by: Sources | None
) -> None:
    path = make_sound("take 1.flac", title="Neon Rain")
    [take] = load(Catalog(catalog.library), path).takes
    batch = BatchWriter(catalog.library)
    older = msgspec.structs.replace(
        take, prompt=old, told_by=told_by, batch=batch.name, created_at="2020-01-01T00:00:00Z"
    )
    for shard in catalog.library.root.glob("batches/*/batch.json"):
        shard.unlink()
    batch.add([older])
    path.with_suffix(".json").write_text('{"prompt": "dreamy night drive", "seed": 411}')
    again = Catalog.load(catalog.library)
    assert load(again, path).updated == [path]
    [corrected] = Catalog.load(catalog.library)
    assert (corrected.prompt, corrected.seed) == ("dreamy night drive", 411)
    assert source_of(corrected, "prompt") == "sidecar"
    assert not load(Catalog.load(catalog.library), path).updated


def test_a_sheet_of_old_stays_the_surest(catalog: Catalog, make_sound: Make) -> None:
    path = make_sound("a.wav")
    sheet = path.parent / "s.csv"
    sheet.write_text("file,prompt\na.wav,from sheet\n")
    load(catalog, path, sheet=sheet)
    path.with_suffix(".json").write_text('{"prompt": "from a file"}')
    assert not load(catalog, path).updated


WORDS = st.sampled_from(["dreamy night drive", "рок и дождь", "夜のドライブ", "lo-fi", "größer (live)"])
NONSENSE = st.one_of(
    st.sampled_from([UUID, GRAPH, "411", "-1", "null", "9f86d081884c7d659a2feaa0c55ad015", "{}", "[1, 2]", "https://x.y/z"]),
    st.recursive(st.none() | st.integers() | st.text(max_size=5),
                 lambda inner: st.dictionaries(st.text(max_size=5), inner), max_leaves=5).map(json.dumps),
    st.uuids().map(str),
)  # fmt: skip
VALUES = st.one_of(WORDS, NONSENSE, st.text(max_size=20))
SEEDS = st.one_of(st.integers(0, 999), st.sampled_from([-1, None, "random", "411", 4.0, True, "7,8", [3]]))
FIELDS = st.dictionaries(
    st.sampled_from(["prompt", "seed", "text", "caption", "title", "params", "tags", "metadata", "style", "texts"]),
    st.one_of(VALUES, SEEDS), max_size=4,
)  # fmt: skip
TAGS = st.lists(
    st.tuples(st.sampled_from(["TITLE", "COMMENT", "PROMPT", "SEED", "DESCRIPTION", "LYRICS", "WORKFLOW", "MODEL"]),
              st.one_of(VALUES, FIELDS.map(json.dumps), SEEDS.map(str),
                        WORDS.map(lambda words: f"prompt: {words}; seed: 5"))),
    max_size=4,
)  # fmt: skip
SIDECARS = st.one_of(st.none(), st.one_of(FIELDS.map(json.dumps), VALUES).map(str.encode), st.binary(max_size=30))
NAMES = st.one_of(VALUES, st.just("take_s7")).map(lambda text: text.replace("/", "_").replace("\0", "")[:60] or "x")


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(TAGS, SIDECARS, NAMES)
def test_whatever_the_sources_say(tmp_path_factory: Any, tags: Any, sidecar: bytes | None, name: str) -> None:
    """No machine's text is a prompt; what somebody wrote beats guesses; what is there and gives no words is named."""
    folder = tmp_path_factory.mktemp("any")
    try:
        path = folder / f"{name}.flac"
        path.write_bytes(flac([(label, text.encode(errors="replace").decode()) for label, text in tags]))
    except (OSError, UnicodeEncodeError):
        return
    if sidecar is not None:
        (folder / f"{name}.json").write_bytes(sidecar)
    words = words_of(path)
    origin, told_by = words.origin, words.told_by
    assert origin.prompt is None or not is_machine_text(origin.prompt)
    assert origin.seed is None or 0 <= origin.seed < 1 << 64
    told = [text for label, text in tags if label == "PROMPT" and not is_machine_text(text) and clean_text(text)]
    if told:
        assert told_by.prompt == "tags"
    if sidecar is not None and told_by.prompt not in ("tags", "sidecar") and not words.unreadable:
        only_seed = told_by.seed == "sidecar"
        assert only_seed or any(problem[0].name == f"{name}.json" for problem in words.unclear) or _is_known(sidecar)
    assert words_of(path, Origin("from sheet")).origin.prompt == "from sheet"


def _is_known(sidecar: bytes) -> bool:
    """A tool's own form that holds no words, such as a clip of Suno's without any."""
    try:
        document = json.loads(sidecar)
    except ValueError:
        return False
    return isinstance(document, dict) and ("metadata" in document or "texts" in document)
