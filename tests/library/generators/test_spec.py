"""What generators say of themselves, and what is made of settings as people write them."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.errors import GenerationError, GeneratorUnavailableError
from library.generators import registry
from library.generators.spec import Setting, Spec, show_value
from library.take import Recipe, settings_of

ROOT = Path(__file__).parents[3]
SETTINGS = (
    Setting(name="steps", kind="whole", default=50, low=1, high=1000, help="How often it is refined."),
    Setting(name="strength", kind="number", default=0.75, low=0, high=1, above_low=True, help="How far."),
    Setting(name="scheduler", kind="choice", default="ddim", choices=("ddim", "dpm", "Euler a"), help="How."),
    Setting(name="negative", kind="text", default="", help="What not to make."),
    Setting(name="wider", kind="yes-no", default=False, help="Whether wider."),
    Setting(name="adapter", kind="file", help="A LoRA."),
    Setting(name="bpm", kind="whole", help="The tempo."),
)
SPEC = Spec(name="toy", title="the toy", line="A toy.", settings=SETTINGS, models=("a", "b"), drafts=("melody",))


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        *(("steps", "20", 20), ("steps", "20.0", 20), ("steps", " 1 ", 1), ("steps", "", None)),
        *(("strength", "0,5", 0.5), ("strength", "1", 1.0), ("strength", "1e-3", 0.001)),
        *(("scheduler", "ddim", "ddim"), ("scheduler", "EULER A", "Euler a")),
        *(("negative", "no drums, no bass", "no drums, no bass"), ("negative", "  ", None)),
        *(("wider", "yes", True), ("wider", "Off", False), ("wider", "1", True)),
        *(("adapter", "someone/lora", "someone/lora"), ("adapter", "~/lora", str(Path.home() / "lora"))),
        ("bpm", "120", 120),
    ],
)
def test_settings_are_read_as_people_write_them(name: str, written: str, value: object):
    read = SPEC.setting(name).parse(written)
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "written", "there_is"),
    [
        *(("steps", text, "1 to 1,000") for text in ("0", "1001", "2.5", "many", "nan", "inf", "1e400", "yes")),
        *(("strength", text, "above 0, up to 1") for text in ("0", "-1", "1.01", "nan")),
        *(("scheduler", text, "ddim, dpm, Euler a") for text in ("dd", "euler")),
        *(("wider", text, "yes or no") for text in ("maybe", "2")),
        ("negative", "a\x1bb", "a text"),
        ("adapter", "~nobody-of-that-name/lora", "a file"),
    ],
)
def test_what_a_setting_cant_be_is_refused_with_what_it_can(name: str, written: str, there_is: str):
    with pytest.raises(GenerationError) as caught:
        SPEC.setting(name).parse(written)
    assert name in caught.value.what.lower()
    assert there_is in caught.value.remedy


def test_a_setting_that_isnt_there_is_refused_with_those_that_are():
    with pytest.raises(GenerationError) as caught:
        SPEC.read_settings({"stepps": "3"})
    assert "'stepps'" in caught.value.what
    assert "Did you mean steps?" in caught.value.remedy
    assert all(setting.name in caught.value.remedy for setting in SETTINGS)
    with pytest.raises(GenerationError, match="takes none"):
        registry.spec("sketch").read_settings({"guidance": "3"})


def test_recipes_have_every_setting_that_has_a_value():
    plain = Recipe(generator="toy", prompt="a", seed=1, duration_s=3.0)
    settings = {"steps": 50, "strength": 0.75, "scheduler": "ddim", "wider": False}
    assert settings_of(SPEC.with_settings(plain, {})) == settings
    chosen = SPEC.read_settings({"negative": "drums", "steps": "3", "scheduler": ""})
    assert settings_of(SPEC.with_settings(plain, chosen)) == {**settings, "negative": "drums", "steps": 3}
    with pytest.raises(GenerationError):
        SPEC.with_settings(plain, {"steps": 0})


@pytest.mark.parametrize("written", ["first line\nsecond", "first line\\nsecond"])
def test_a_text_may_have_lines(written: str):
    text = next(one for one in SETTINGS if one.kind == "text")
    assert text.parse(written) == "first line\nsecond"
    assert show_value("first line\nsecond") == "first line\\nsecond"


@given(st.text(max_size=30), st.sampled_from(SETTINGS))
def test_any_text_is_a_value_or_refused_and_a_value_reads_back(text: str, setting: Setting):
    try:
        value = setting.parse(text)
    except GenerationError:
        return
    if value is None:
        assert not text.strip()
        return
    assert not isinstance(value, float) or math.isfinite(value)
    assert setting.check(value) == value
    if setting.kind != "file":
        assert setting.parse(show_value(value)) == (pytest.approx(value) if isinstance(value, float) else value)


def test_models_lengths_and_drafts_it_doesnt_have_are_refused():
    SPEC.check_model(None)
    SPEC.check_model("b")
    with pytest.raises(GenerationError, match="Choose one of: a, b"):
        SPEC.check_model("zzz")
    with pytest.raises(GenerationError, match="no models"):
        registry.spec("sketch").check_model("small")
    SPEC.check_draft("melody", None)
    with pytest.raises(GenerationError, match="It can as melody"):
        SPEC.check_draft("continuation", None)
    with pytest.raises(GenerationError, match="20 minutes"):
        registry.spec("sketch").check_length(1201)
    with pytest.raises(GenerationError, match="an hour"):
        registry.spec("musicgen").check_length(3601)


def test_an_unknown_generator_is_refused_with_those_there_are():
    with pytest.raises(GeneratorUnavailableError) as caught:
        registry.spec("sketsh")
    assert "Did you mean sketch?" in caught.value.remedy
    assert all(name in caught.value.remedy for name in registry.names())
    assert registry.find_spec("sketsh") is registry.find_spec(None) is None


def test_asking_what_there_is_loads_nothing_heavy():
    program = (
        "import sys; from library.generators import registry\n"
        "for spec in registry.specs(): spec.remedy, spec.about(None), spec.full_model(None)\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    heavy = {"torch", "torchaudio", "audiocraft", "diffusers", "transformers", "numpy", "scipy", "soundfile", "textual"}
    assert set(done.stdout.split()) & heavy == set()


@pytest.mark.parametrize("spec", registry.specs(), ids=registry.names())
def test_every_generator_tells_all_that_is_asked(spec: Spec):
    assert spec.line.endswith((".", "…"))
    assert spec.title
    names = [setting.name for setting in spec.settings]
    assert len(set(names)) == len(names)
    for setting in spec.settings:
        assert setting.name.isidentifier()
        assert setting.name == setting.name.lower()
        assert setting.help.endswith(".")
        assert setting.default is None or setting.default == "" or setting.check(setting.default) == setting.default
        assert (setting.kind == "choice") == bool(setting.choices)
