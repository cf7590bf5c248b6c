"""generators.toml: what it may say, where it is read from, and a clear line for each mistake."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from library import locations
from library.generators import registry
from library.generators.user_defined import spec as user_defined
from library.generators.user_defined.definition import KINDS, URLS
from library.generators.user_defined.fields import KEYS
from library.generators.user_defined.read import read_definitions, read_document
from tests.library.generators.servers.comfyui_like import WORKFLOW

WHOLE = """
[generators.noise]
kind = "command"
command = ["~/make-music", "--prompt={prompt}", "--mood={mood}", "--out", "{out}"]
version = ["~/make-music", "--version"]
about = "noise of all colours"
licence = "CC0"
seeded = "yes"
max_seconds = 120
timeout = 60
jobs = 2
models = ["pink", "brown"]
drafts = ["melody"]

[generators.noise.settings.mood]
choices = ["calm", "wild"]
default = "calm"
help = "How it feels."

[generators.noise.settings.guidance]
kind = "number"
low = 0
high = 10
default = 3

[generators.ace]
kind = "ace-step-server"
url = "http://box:8001/"
api_key = "secret"
format = "wav32"

[generators.cpp]
kind = "acestep-cpp"

[generators.comfy]
kind = "comfyui"
workflow = "workflow.json"
places = { prompt = "6.text", seed = ["3.seed"], output = "9" }

[generators.comfy.settings.wetness]
kind = "number"
default = 0.5
place = "3.denoise"
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's generators.toml is."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    path = locations.generators_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def test_it_lies_beside_the_settings_and_follows_the_variable(file: Path, tmp_path: Path) -> None:
    assert file.is_relative_to(tmp_path)
    assert file.name == "generators.toml"
    assert file.parent == locations.settings_file().parent


def test_all_it_may_say(file: Path) -> None:
    file.write_text(WHOLE)
    (file.parent / "workflow.json").write_text(json.dumps(WORKFLOW))
    found = read_definitions()
    assert found.faults == ()
    noise, ace, cpp, comfy = found.definitions
    assert noise.command[0] == str(Path("~/make-music").expanduser())
    assert (noise.seeded, noise.max_seconds, noise.timeout_s, noise.jobs) == ("yes", 120.0, 60.0, 2)
    assert (noise.models, noise.drafts, noise.licence) == (("pink", "brown"), ("melody",), "CC0")
    assert [(each.name, each.kind, each.default) for each in noise.settings] == [
        ("mood", "choice", "calm"),
        ("guidance", "number", 3.0),
    ]
    assert (ace.url, ace.api_key, ace.audio_format) == ("http://box:8001", "secret", "wav32")
    assert cpp.url == "http://127.0.0.1:8080"
    assert comfy.workflow == file.parent / "workflow.json"
    assert comfy.places == {"prompt": ("6.text",), "seed": ("3.seed",), "output": ("9",), "wetness": ("3.denoise",)}


def test_the_registry_knows_them_and_reads_anew_what_changes(file: Path) -> None:
    assert user_defined.specs() == ()
    file.write_text(WHOLE)
    (file.parent / "workflow.json").write_text(json.dumps(WORKFLOW))
    assert registry.names()[-4:] == ("noise", "ace", "cpp", "comfy")
    noise, comfy = registry.spec("noise"), registry.spec("comfy")
    assert (noise.remote, noise.seeded, noise.longest_s, noise.remedy) == (False, "yes", 120.0, None)
    assert "noise of all colours" in noise.line
    settings = {setting.name: setting.default for setting in comfy.settings}
    assert settings["steps"] == 50
    assert settings["negative"] == "low quality"
    assert settings["wetness"] == 0.5
    assert "strength" in settings, "what else was found there stays"
    file.write_text("[generators.other]\nkind = 'acestep-cpp'\n")
    assert [spec.name for spec in user_defined.specs()] == ["other"]
    file.unlink()
    assert user_defined.specs() == ()


def test_a_workflow_that_is_gone_or_changed_is_seen(file: Path) -> None:
    file.write_text('[generators.comfy]\nkind = "comfyui"\nworkflow = "workflow.json"\n')
    (spec,) = user_defined.specs()
    assert "can't be read" in (spec.remedy or "")
    workflow = file.parent / "workflow.json"
    workflow.write_text(json.dumps(WORKFLOW))
    (spec,) = user_defined.specs()
    assert spec.remedy is None


def test_one_table_with_a_mistake_costs_only_itself(file: Path) -> None:
    file.write_text(WHOLE.replace('kind = "acestep-cpp"', 'kind = "acestepcpp"'))
    names = {spec.name: spec.remedy for spec in user_defined.specs()}
    assert set(names) == {"noise", "ace", "cpp", "comfy"}
    assert "Did you mean acestep-cpp?" in (names["cpp"] or "")
    assert names["ace"] is None


def test_ours_cant_be_replaced(file: Path) -> None:
    file.write_text('[generators.sketch]\nkind = "acestep-cpp"\n')
    assert registry.spec("sketch").made_by.endswith("Sketcher")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kind = ", "is no TOML"),
        ("\udce4", "can't be read|is no TOML"),
        ("[[generators]]", "must be tables"),
        ("generators = 3", "must be tables"),
        ("[generator.x]\nkind = 'command'", "begin with \\[generators.NAME\\]"),
        ("a = " + "[" * 5000, "no TOML|nested too deeply"),
        ("[generators.'Two Words']\nkind = 'command'", "can't be typed"),
    ],
)
def test_mistakes_of_the_whole_file(file: Path, text: str, words: str) -> None:
    file.write_bytes(text.encode(errors="surrogateescape"))
    (fault, *_) = read_definitions().faults
    assert fault.name is None
    assert re.search(words, str(fault))
    assert user_defined.faults()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("", "has no kind. There are: command, "),
        ('kind = "comand"', "Did you mean command?"),
        ("kind = 3", "has the kind '3'"),
        ('kind = "command"', "has no command. Give a list of texts"),
        ('kind = "comfyui"', "has no workflow. Give the path"),
        (
            'kind = "acestep-cpp"\nurll = "x"',
            "'urll', which means nothing there. Did you mean url? It may have: kind, ",
        ),
        ('kind = "acestep-cpp"\nurl = "box:8080"', "url can't be 'box:8080'. Give an address like"),
        ('kind = "acestep-cpp"\nurl = "file:///etc/passwd"', "Give an address like"),
        ('kind = "acestep-cpp"\nurl = "http://me:secret@box"', "without a user and password"),
        ('kind = "acestep-cpp"\nurl = "http://box:99999"', "port"),
        ('kind = "acestep-cpp"\njobs = 0', "jobs can't be 0. Give a whole number from 1 to 64"),
        ('kind = "acestep-cpp"\njobs = true', "jobs can't be True"),
        ('kind = "acestep-cpp"\ntimeout = -1', "timeout can't be -1"),
        ('kind = "acestep-cpp"\nseeded = "maybe"', 'Give "yes", "no" or "unknown"'),
        ('kind = "acestep-cpp"\nmax_seconds = nan', "max_seconds can't be nan"),
        ('kind = "ace-step-server"\nformat = "mp3"', "format can't be 'mp3'. Give one of flac, wav, wav32"),
        ('kind = "command"\ncommand = "make-music"', "command can't be 'make-music'. Give a list of texts"),
        ('kind = "command"\ncommand = []', "command can't be []"),
        (
            'kind = "command"\ncommand = ["x", "{promt}"]',
            "{promt}, which stands for nothing. There are {prompt}, {seed}",
        ),
        ('kind = "command"\ncommand = ["x"]\ndrafts = ["hum"]', "drafts can't be ['hum']"),
        ('kind = "command"\ncommand = ["x"]\n[generators.x.settings.Bad]\nkind = "text"', "can't be a setting's name"),
        ('kind = "command"\ncommand = ["x"]\n[generators.x.settings.seed]\nkind = "text"', "can't be a setting's name"),
        ('kind = "command"\ncommand = ["x"]\n[generators.x.settings.mood]\nkid = "text"', "isn't one of kind, help"),
        ('kind = "command"\ncommand = ["x"]\n[generators.x.settings.mood]\nlow = 1\ndefault = 0.5', "default"),
        (
            'kind = "command"\ncommand = ["x"]\n[generators.x.settings.mood]\nkind = "choice"',
            "choices if it is a choice",
        ),
        ('kind = "comfyui"\nworkflow = "w.json"\nplaces = { promt = "6.text" }', "any of prompt, negative, seed"),
        ('kind = "comfyui"\nworkflow = "w.json"\nplaces = { prompt = "6" }', "a node and its input"),
        ('kind = "comfyui"\nworkflow = "~nobody-of-that-name/w.json"', "nobody-of-that-name"),
    ],
)
def test_mistakes_of_a_table_name_it_and_what_is_allowed(file: Path, table: str, words: str) -> None:
    file.write_text(f"[generators.x]\n{table}\n")
    (fault,) = read_definitions().faults
    assert fault.name == "x"
    assert str(fault).startswith("[generators.x]")
    assert words in str(fault)


def test_a_table_that_is_none(file: Path) -> None:
    file.write_text("[generators]\nx = 3\n")
    (fault,) = read_definitions().faults
    assert "is no table" in str(fault)


def test_a_file_that_may_not_be_read_or_is_none(file: Path) -> None:
    file.mkdir()
    (fault,) = read_definitions().faults
    assert "can't be read" in fault.what


def test_every_kind_has_its_keys_and_each_server_listens_here_unless_told() -> None:
    assert set(KEYS) == set(KINDS)
    assert set(URLS) == set(KINDS) - {"command"}
    assert all(url.startswith("http://127.0.0.1:") for url in URLS.values())


def test_a_folder_of_its_own_is_where_paths_begin(tmp_path: Path) -> None:
    document = tomllib.loads('[generators.x]\nkind = "comfyui"\nworkflow = "sub/w.json"\n')
    (definition,) = read_document(document, tmp_path / "generators.toml").definitions
    assert definition.workflow == tmp_path / "sub" / "w.json"
    assert definition.folder == tmp_path
