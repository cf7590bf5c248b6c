"""The Generate screen's form: what it sums up, what it refuses, and the drafts it takes."""

from __future__ import annotations

import re

import numpy as np
import pytest
import soundfile
from textual.widgets import Checkbox, Input, Select, Static, TextArea

from library.errors import EarmarkError
from library.generators import registry
from library.generators.musicgen.spec import MusicGenSpec
from library.generators.probed import Probe, keep_probe, last_probe
from library.generators.spec import Setting, Spec
from library.take import Draft, Sampling, utc_now
from tui.generating.draft_field import DraftField, DraftSound
from tui.generating.generate_form import GenerateForm, ModelSuggester
from tui.generating.probe_dialog import ProbeDialog
from tui.generating.setting_fields import SettingFields


@pytest.fixture
def hummed(tmp_path):
    """Seven seconds in a file."""
    path = tmp_path / "hummed.wav"
    soundfile.write(path, np.random.default_rng(1).uniform(-0.1, 0.1, (56_000, 1)), 8000, subtype="PCM_16")
    return path


@pytest.fixture
def installed(monkeypatch):
    """As if audiocraft was there, which nothing here runs."""
    monkeypatch.setattr(MusicGenSpec, "remedy", None)


def figures(words: str) -> list[int]:
    """The numbers in them, from left to right."""
    return [int(number) for number in re.findall(r"\d+", words)]


class Form:
    """The form of an app, filled in and read."""

    def __init__(self, app, pilot) -> None:
        self.app, self.pilot = app, pilot
        self.form = app.screen.query_one(GenerateForm)

    async def fill(self, **values: object) -> str:
        """Fill fields by their ids (- as _); what the sum line says then."""
        for name, value in values.items():
            field = self.form.query_one(f"#{name.replace('_', '-')}")
            if isinstance(field, TextArea):
                field.text = value
            else:
                field.value = value
            assert isinstance(field, Input | Select | Checkbox | TextArea)
        await self.pilot.pause()
        return str(self.form.query_one("#sum", Static).content)

    async def refuses(self, **values: object) -> bool:
        """Whether the fields make no request when they are filled so, and the form says so."""
        words = await self.fill(**values)
        return self.form.query_one("#go").disabled and bool(words)

    async def settings(self, **values: str) -> str:
        for name, value in values.items():
            fields = self.form.query_one("#settings", SettingFields).query(Input)
            (field,) = [one for one in fields if one.name == name]
            field.value = value
        return await self.fill()

    async def refused(self, **values: str) -> set[str]:
        """The words of the refusal of these settings."""
        words = await self.settings(**values)
        assert self.form.query_one("#sum").has_class("-error")
        return set(re.split(r"[\s']+|\.\s", words))

    @property
    def draft(self):
        return self.form.query_one(DraftField).take


@pytest.fixture
def open_form(open_app, until):
    """The app on the Generate screen, as an async context of (form, pilot)."""

    async def opened(app, pilot) -> Form:
        await until(pilot, lambda: app.screen.query(GenerateForm) and app.screen.query("#sum"))
        form = Form(app, pilot)
        await form.fill(prompts="slow strings\nharp")
        return form

    return opened


async def test_the_sum_says_what_comes_of_it(open_app, open_form):
    app = open_app("generate")
    async with app.run_test(size=(120, 40)) as pilot:
        form = await open_form(app, pilot)
        takes = figures(await form.fill(seeds="1-6", length="20"))
        assert takes == [12, 4], "takes, and minutes of music"
        said = await form.fill(preview=True, length="30")
        assert figures(said) == [12, 72, 30], "previews, seconds of music, and of the others in the end"
        assert "^e" in said
        request = form.form.request()
        assert {recipe.duration_s for recipe in request.recipes} == {6.0}
        short = await form.fill(length="5")  # as short as a preview
        assert figures(short) == [12, 60]
        assert "^e" not in short
        assert await form.refuses(length="long")
        assert await form.refuses(length="")
        assert await form.refuses(length="5", seeds="8-1")
        assert not await form.refuses(seeds="1-8")
        assert await form.refuses(seeds="1", prompts="")


async def test_musicgens_fields_are_musicgens(open_app, open_form, installed):
    app = open_app("generate")
    async with app.run_test(size=(120, 40)) as pilot:
        form = await open_form(app, pilot)
        parts = ["#settings", "#draft", "#model-part"]
        assert not any(form.form.query_one(part).display for part in parts)
        await form.fill(generator="musicgen", seeds="1", model="stereo-melody")
        assert all(form.form.query_one(part).display for part in parts)
        about = str(form.form.query_one("#about", Static).content)
        assert "stereo" in about
        assert "melodies" in about
        assert "CC-BY-NC" in about
        assert "licence" in str((await form.fill(model="/a/folder"), form.form.query_one("#about", Static).content)[1])


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        *[("s", "small"), ("stereo-mel", "stereo-melody"), ("mel", "melody"), ("face", "facebook/musicgen-small")],
        *[("facebook/musicgen-l", "facebook/musicgen-large"), ("mine", None), ("/hom", "/home")],
    ],
)
async def test_models_are_completed(typed, completed):
    suggester = ModelSuggester()
    suggester.models = registry.spec("musicgen").typed_models
    assert await suggester.get_suggestion(typed) == completed


async def test_settings(open_app, open_form, installed):
    app = open_app("generate")
    async with app.run_test(size=(120, 40)) as pilot:
        form = await open_form(app, pilot)
        await form.fill(generator="musicgen", seeds="1")
        assert form.form.request().recipes[0].sampling == Sampling()
        await form.settings(temperature="0,8", top_k="100", top_p="0.9", guidance="5")
        chosen = Sampling(temperature=0.8, top_k=100, top_p=0.9, guidance=5)
        assert form.form.request().recipes[0].sampling == chosen
        title = form.form.query_one("#settings").title
        assert "temperature 0.8" in title
        assert "top-k 100" in title
        for wrong in ("0", "hot"):
            assert {wrong, "Temperature"} <= await form.refused(temperature=wrong)
        assert {"2.5", "Top-k"} <= await form.refused(temperature="", top_k="2.5")
        await form.fill(generator="sketch")
        assert form.form.request().recipes[0].sampling is None


async def test_a_file_is_the_draft(open_app, open_form, until, installed, hummed, root):
    app = open_app("generate")
    async with app.run_test(size=(120, 40)) as pilot:
        form = await open_form(app, pilot)
        await form.fill(generator="musicgen", model="melody", seeds="1")
        app.screen.set_focus(form.form.query_one("#draft-named"))
        assert await form.refuses(draft_named=str(hummed))
        await pilot.press("enter")
        await until(pilot, lambda: form.draft)
        await until(pilot, lambda: isinstance(app.focused, DraftSound))
        assert "hummed.wav" in str(form.form.query_one("#draft-name", Static).content)
        (recipe, _) = form.form.request().recipes
        assert recipe.draft == Draft(sound=form.draft.id, use="melody")
        assert form.form.request().parent is None
        assert not (root / "batches").exists()  # nothing is imported before it is needed
        await pilot.press("space")
        assert app.deck.take == form.draft
        assert app.deck.playhead().playing
        assert await form.refuses(model="small")
        await pilot.press("delete")
        assert form.draft is None
        assert not app.deck.playhead().playing
        assert form.form.request().recipes[0].draft is None


async def test_a_draft_that_has_gone_since_is_told_and_nothing_is_made(open_app, open_form, until, installed, hummed):
    app = open_app("generate")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        form = await open_form(app, pilot)
        await form.fill(generator="musicgen", model="melody", seeds="1", draft_named=str(hummed))
        app.screen.set_focus(form.form.query_one("#draft-named"))
        await pilot.press("enter")
        await until(pilot, lambda: form.draft)
        hummed.unlink()
        await pilot.press("ctrl+g")
        await until(pilot, lambda: app.notices)
        (notice,) = app.notices
        assert issubclass(notice.cause, EarmarkError)
        assert hummed.name in notice.message
        assert app.job_states() == ()


async def test_a_continuation_goes_on_from_a_second(open_app, open_form, until, installed, hummed):
    app = open_app("generate")
    async with app.run_test(size=(120, 40)) as pilot:
        form = await open_form(app, pilot)
        await form.fill(generator="musicgen", seeds="1", draft_named=str(hummed), length="20")
        app.screen.set_focus(form.form.query_one("#draft-named"))
        await pilot.press("enter")
        await until(pilot, lambda: form.draft)
        assert not await form.refuses(draft_use="continuation")
        request = form.form.request()
        assert request.parent == request.draft.id == form.draft.id
        await form.fill(draft_from="3,5", preview=True)
        recipe = form.form.request().recipes[0]
        assert recipe.draft == Draft(sound=form.draft.id, use="continuation", until_s=3.5)
        assert recipe.duration_s == 9.5
        assert await form.refuses(draft_from="9")
        assert await form.refuses(draft_from="late")
        assert await form.refuses(draft_from="", length="7")
        assert "draft" in await form.fill(length="20", generator="sketch")
        assert form.form.request().draft is None


@pytest.mark.parametrize("named", ["nowhere.wav", "notes.wav"])
async def test_what_is_no_draft_is_told_in_its_place(open_app, open_form, until, installed, tmp_path, named):
    (tmp_path / "notes.wav").write_text("no sound")
    app = open_app("generate")
    async with app.run_test(size=(120, 40)) as pilot:
        form = await open_form(app, pilot)
        await form.fill(generator="musicgen", draft_named=str(tmp_path / named))
        app.screen.set_focus(form.form.query_one("#draft-named"))
        await pilot.press("tab")  # leaving the field is enough
        said = form.form.query_one("#draft-problem", Static)
        await until(pilot, lambda: said.has_class("-shown") and named in str(said.content))
        assert await form.refuses()
        assert not await form.refuses(draft_named="")
        assert not said.has_class("-shown")


async def test_a_take_of_the_library_becomes_the_draft_by_one_key(open_app, open_form, until, installed, add_takes):
    (take,) = add_takes(["rain"])
    app = open_app("library")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: getattr(app.screen, "subject", lambda: None)() == take)
        await pilot.press("D")
        await until(pilot, lambda: app.current_mode == "generate" and app.screen.query(DraftSound))
        await until(pilot, lambda: app.screen.query_one(DraftField).take == take)
        form = await open_form(app, pilot)
        assert form.form.generator == "musicgen"
        await form.fill(seeds="1", model="melody")
        assert form.form.request().recipes[0].draft == Draft(sound=take.id, use="melody")


TOY = Spec(
    name="toy", title="the toy", line="A toy.", other_models=True, devices=("gpu", "cpu"),
    settings=(
        Setting(name="steps", kind="whole", default=50, low=1, high=100, help="How often."),
        Setting(name="bpm", kind="whole", help="The tempo."),
        Setting(name="scheduler", kind="choice", default="ddim", choices=("ddim", "dpm"), help="Which way."),
        Setting(name="key", kind="choice", choices=("C", "D"), help="The key."),
        Setting(name="negative", kind="text", default="", help="What not to make."),
        Setting(name="wide", kind="yes-no", default=True, help="Whether it is wide."),
        Setting(name="adapter", kind="file", help="A LoRA."),
    ),
)  # fmt: skip


@pytest.fixture
def with_toy(monkeypatch):
    """A generator more, with settings of every kind."""
    there = registry.specs()
    monkeypatch.setattr(registry, "specs", lambda: (*there, TOY))


async def test_every_kind_of_setting_has_a_field_and_is_there_again_the_next_time(open_app, open_form, until, with_toy):
    app = open_app("generate")
    async with app.run_test(size=(120, 60)) as pilot:
        form = await open_form(app, pilot)
        await form.fill(generator="toy", seeds="1")
        fields = form.form.query_one(SettingFields)
        fields.collapsed = False
        plain = {"steps": 50, "scheduler": "ddim", "wide": True}
        assert form.form.request().recipes[0].settings == plain
        assert (form.form.device, form.form.request().recipes[0].sampling) == ("gpu", None)
        shown = {one.name: one for one in fields.query("Input, Select, Checkbox")}
        assert list(shown) == [setting.name for setting in TOY.settings] + ["device"]
        for name, value in {
            "steps": "9", "bpm": "120", "scheduler": "dpm", "key": "D", "negative": "drums", "wide": False,
            "adapter": "me/lora", "device": "cpu",
        }.items():  # fmt: skip
            shown[name].value = value
        await form.fill(model="big")
        request = form.form.request()
        chosen = {
            "steps": 9, "bpm": 120, "scheduler": "dpm", "key": "D", "negative": "drums", "wide": False,
            "adapter": "me/lora",
        }  # fmt: skip
        assert request.recipes[0].settings == chosen
        assert (request.recipes[0].model, request.device) == ("big", "cpu")
        assert all(word in fields.title for word in ("steps 9", "key D", "wide no"))
        shown["bpm"].focus()
        await until(pilot, lambda: "tempo" in str(form.form.query_one("#setting-help", Static).content))
        assert fields.size.height <= 12, "a line or two each, and no hole below"
        assert await form.refuses(generator="toy", seeds="1") is False
        shown["steps"].value = "1000"
        assert await form.refuses()
        shown["steps"].value = "9"
        await form.fill(generator="sketch")
        assert not fields.display
        assert form.form.request().recipes[0].settings == {}
        await form.fill(generator="toy")
        assert form.form.query_one("#model", Input).value == "big"
        form.form.remember()
    app = open_app("generate")
    async with app.run_test(size=(120, 60)) as pilot:
        form = await open_form(app, pilot)
        assert form.form.generator == "toy"
        await form.fill(seeds="1")
        request = form.form.request()
        assert (request.recipes[0].settings, request.recipes[0].model, request.device) == (chosen, "big", "cpu")


async def test_a_generator_that_isnt_available_says_how_to_get_it(open_app, open_form, monkeypatch):
    monkeypatch.setattr(MusicGenSpec, "remedy", "Run `make musicgen`.")
    app = open_app("generate")
    async with app.run_test(size=(120, 40)) as pilot:
        form = await open_form(app, pilot)
        assert await form.refuses(generator="musicgen", seeds="1")
        assert "make musicgen" in str(form.form.query_one("#about", Static).content)


async def test_previews_are_offered_where_takes_can_be_made_longer(open_app, open_form, with_toy):
    app = open_app("generate")
    async with app.run_test(size=(120, 40)) as pilot:
        form = await open_form(app, pilot)
        await form.fill(generator="toy", seeds="1", preview=True)
        assert not form.form.query_one("#preview").display
        assert form.form.request().recipes[0].duration_s == 20


async def test_a_probe_in_the_app(open_app, open_form, until):
    app = open_app("generate")
    async with app.run_test(size=(120, 40)) as pilot:
        await open_form(app, pilot)
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(app.screen, ProbeDialog))
        await pilot.click("#go")
        await until(pilot, lambda: app.screen.outcome or app.screen.error, timeout_s=120)
        assert app.screen.error is None
        assert last_probe(registry.spec("sketch")).grade == "exact"
        assert "Exact" in str(app.screen.query_one("#status", Static).content)


async def test_a_seed_that_means_nothing_is_told_beside_it(open_app, open_form, with_toy):
    keep_probe(TOY, Probe(generator="toy", grade="unseeded", at=utc_now()))
    app = open_app("generate")
    async with app.run_test(size=(120, 40)) as pilot:
        form = await open_form(app, pilot)
        label = form.form.query_one("#seeds-label")
        assert str(label.content) == "Seeds"
        await form.fill(generator="toy")
        assert "nothing" in str(label.content)


async def test_variations_count_and_so_do_takes_that_exist(open_app, open_form, add_takes):
    add_takes(["slow waltz", "fast waltz"])  # seeds 1000 and 1001
    app = open_app("generate")
    async with app.run_test(size=(120, 40)) as pilot:
        form = await open_form(app, pilot)
        assert figures(await form.fill(prompts="{slow|fast} {waltz|march}", seeds="1-3", length="5"))[0] == 12
        assert "already" in await form.fill(seeds="1000-1001", generator="sketch")
        assert figures(await form.fill())[-2:] == [2, 8], "two of eight"
        assert await form.refuses(prompts="{slow|fast waltz")
        assert await form.refuses(prompts="{1|2|3|4|5|6|7|8|9|0}" * 4)
        assert not await form.refuses(prompts=r"\{slow")
