"""The form of the Generate screen: prompts, seeds, length and generator, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Input, Label, Select, Static, TextArea

from library.errors import EarmarkError, GenerationError
from library.generators import registry
from library.generators.probed import seeded
from library.generators.recipes import MODEL, RecipeKey, count_by_key, count_made, grid, parse_seeds, prompt_lines
from library.generators.spec import Spec
from library.prompts.variations import all_variations
from library.spelling import one_spelling
from library.take import DraftUse, Recipe, SettingValue, Take
from tui.context import AppContext
from tui.frame.choice import Choice
from tui.frame.formatting import counted, duration_words, made_already, plain
from tui.frame.key_names import key_name
from tui.frame.path_field import PathField, PathSuggester
from tui.frame.probe_words import SEEDLESS
from tui.frame.tick import Tick
from tui.frame.typed_number import typed_number
from tui.generating.draft_field import DraftField
from tui.generating.setting_fields import SettingFields
from tui.generating.time_estimate import TimeEstimate

PREVIEW_S = 6.0
MOST_LOOKED_AT = 200
"""Prompts that are looked at while one types; the worker looks at all."""


@dataclass(frozen=True)
class GenerateRequest:
    recipes: tuple[Recipe, ...]
    draft: Take | None = None
    """What steers them; it need not be in the library yet."""
    parent: str | None = None
    """The take that these continue."""
    device: str = "auto"
    """What is to compute."""


class ModelSuggester(PathSuggester):
    """Completes the names of a generator's models, and paths."""

    def __init__(self) -> None:
        super().__init__()
        self.models: tuple[str, ...] = ()

    async def get_suggestion(self, value: str) -> str | None:
        name = next((name for name in self.models if name.startswith(value)), None)
        return name or await super().get_suggestion(value)


class GenerateForm(VerticalScroll, can_focus=False):
    """Fields, a line that sums them up or says what is wrong, and the button."""

    DEFAULT_CSS: ClassVar[str] = """
    GenerateForm {
        width: 44; padding-right: 2; scrollbar-size-vertical: 1;
        Label { color: $quiet; margin-top: 1; }
        Label.first { margin-top: 0; }
        #prompts { height: 6; border: none; background: $surface; padding: 0 1; }
        #prompts:focus { background: $panel; }
        .row { height: auto; }
        .row Vertical { height: auto; width: 1fr; }
        .row Vertical.right { margin-left: 2; }
        Select { height: 1; }
        #preview { border: none; padding: 0; margin-top: 1; background: transparent; }
        #about { color: $quiet; margin-top: 1; height: auto; }
        #about.-missing { color: $warning; }
        #sum { margin-top: 1; height: auto; }
        #sum.-error { color: $error; }
        #remarks { color: $warning; height: auto; display: none; }
        #go { margin-top: 1; }
    }
    """

    def __init__(self, context: AppContext, time_estimate: TimeEstimate, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.context = context
        self._time_estimate = time_estimate
        self._models = ModelSuggester()
        kept = context.settings.generators
        self._model_of = {name: texts[MODEL] for name, texts in kept.items() if MODEL in texts}
        """What is written in the model's field, by generator."""
        self._there: Mapping[RecipeKey, int] = {}
        """How many takes there are of what could be asked for again."""

    def compose(self) -> ComposeResult:
        yield Label("Prompts (one per line)", classes="first")
        yield TextArea("", id="prompts", compact=True)
        with Horizontal(classes="row"):
            yield Vertical(
                Label("Seeds", id="seeds-label"), Input("1-4", id="seeds", placeholder="1-8,42", compact=True)
            )
            yield Vertical(Label("Length (s)"), Input("20", id="length", compact=True), classes="right")
        yield Tick(f"start with {PREVIEW_S:g} s previews", id="preview", compact=True)
        with Horizontal(classes="row"):
            with Vertical():
                yield Label("Generator")
                names = registry.names()
                last = self.context.settings.generator
                value = last if last in names else registry.usual().name
                yield Choice([(plain(name), name) for name in names], value=value, allow_blank=False, compact=True,
                             id="generator")  # fmt: skip
            self._names, self._shown = names, value
            with Vertical(classes="right", id="model-part"):
                yield Label("Model")
                yield PathField(self._model_of.get(value, ""), id="model", suggester=self._models)
        yield SettingFields(self.context.settings.generators, id="settings")
        yield DraftField(self.context, id="draft")
        yield Static("", id="about", markup=False)
        yield Static("", id="sum", markup=False)
        yield Static("", id="remarks", markup=False)
        yield Button(
            f"Generate  {key_name(self, 'generate.go')}",
            id="go",
            variant="primary",
            action="screen.generate",
            compact=True,
        )

    def on_mount(self) -> None:
        self.query_one("#prompts").focus()
        self.library_changed()

    def library_changed(self) -> None:
        """Know which takes there are by now."""
        self._there = count_by_key(self.context.workspace.catalog)
        self.show_total()

    @property
    def generator(self) -> str:
        return str(self.query_one("#generator", Select).value)

    @property
    def spec(self) -> Spec:
        """What the generator that is chosen is and takes."""
        return registry.find_spec(self.generator) or registry.usual()

    @property
    def model(self) -> str | None:
        """The model that is named, None for the generator's own."""
        return self.query_one("#model", Input).value.strip() or None if _has_models(self.spec) else None

    @property
    def device(self) -> str:
        """What is to compute, where the generator has a choice."""
        return self.query_one(SettingFields).device

    def settings(self) -> dict[str, SettingValue]:
        """The settings that were changed. Raises GenerationError."""
        return self.spec.read_settings(self.query_one(SettingFields).written(self.spec))

    @property
    def length_s(self) -> float:
        """How long the takes are to be in the end. Raises GenerationError."""
        text = self.query_one("#length", Input).value.strip()
        try:
            return typed_number(text)
        except ValueError:
            what = f"The length must be a number, not {text[:20]!r}." if text else "There's no length."
            raise GenerationError(what, "Enter seconds, like 20.") from None

    def request(self) -> GenerateRequest:
        """What the form asks for. Raises GenerationError."""
        prompts = all_variations(self.prompts)
        seeds = parse_seeds(self.query_one("#seeds", Input).value)
        length_s, spec, field, draft = self.length_s, self.spec, self.query_one(DraftField), None
        recipes = grid(
            prompts,
            seeds,
            generator=spec.name,
            duration_s=length_s,
            model=self.model,
            settings=self.settings(),
        )
        spec.check_available()
        if spec.drafts and (draft := field.draft(length_s)) is not None:
            spec.check_draft(draft.use, self.model)
        made_s = self._made_s(field.kept_s() if draft is not None else 0.0)
        parent = draft.sound if draft is not None and draft.use == "continuation" else None
        changed = tuple(msgspec.structs.replace(recipe, draft=draft, duration_s=made_s) for recipe in recipes)
        return GenerateRequest(changed, None if draft is None else field.take, parent, self.device)

    def remember(self) -> None:
        """Keep generator, models and settings for the next time."""
        written = self.query_one(SettingFields).all_written()
        models = {name: {MODEL: model} for name, model in self._model_of.items() if model}
        generators = {name: written.get(name, {}) | models.get(name, {}) for name in {**written, **models}}
        self.context.remember(generator=self.generator, generators=generators)

    @property
    def prompts(self) -> list[str]:
        """The lines that are written."""
        return prompt_lines(self.query_one("#prompts", TextArea).text)

    def add_prompts(self, lines: Sequence[str]) -> None:
        """Write more lines below, without those that are there."""
        area = self.query_one("#prompts", TextArea)
        there = set(self.prompts)
        more = [line for line in lines if line not in there]
        area.text = "\n".join([*area.text.rstrip().splitlines(), *more])
        area.move_cursor(area.document.end)
        area.focus()

    def look_again(self) -> None:
        """Offer the generators that there are by now: the user may have defined another one."""
        choice, names = self.query_one("#generator", Choice), registry.names()
        if self._names != names:
            before, self._names = self.generator, names
            choice.set_options((plain(name), name) for name in names)
            choice.value = before if before in names else registry.usual().name
        self.show_total()

    @on(Select.Changed, "#generator")
    def _model_of_generator(self) -> None:
        """What was written for that generator, unless something else has been typed meanwhile."""
        field, before = self.query_one("#model", Input), self._shown
        self._shown = self.generator
        if before != self._shown and field.value.strip() == self._model_of.get(before, ""):
            field.value = self._model_of.get(self._shown, "")

    @on(Input.Changed, "#model")
    def _keep_model(self, event: Input.Changed) -> None:
        self._model_of[self._shown] = event.value.strip()

    def use_draft(self, take: Take, *, use: DraftUse | None = None) -> None:
        """Have this draft, and a generator that can use one."""
        if not self.spec.drafts:
            able = [spec for spec in registry.specs() if spec.drafts]
            ready = [spec for spec in able if spec.remedy is None]
            for spec in (*ready, *able)[:1]:
                self.query_one("#generator", Select).value = spec.name
        self.query_one(DraftField).choose(take, use=use)

    def _made_s(self, kept_s: float) -> float:
        """How long the takes are made at first; `kept_s` of them are the draft."""
        previews = self.query_one("#preview", Tick).value and self.spec.extends
        return min(self.length_s, kept_s + PREVIEW_S) if previews else self.length_s

    @on(TextArea.Changed, "#prompts")
    @on(Input.Changed)
    @on(Select.Changed)
    @on(Tick.Changed)
    @on(DraftField.Changed)
    @on(SettingFields.Changed)
    def show_total(self) -> None:
        """Say what the fields come to, or what is wrong with them."""
        spec = self.spec
        self.query_one("#about", Static).update(plain(" ".join(filter(None, (spec.remedy, spec.about(self.model))))))
        self.query_one("#about").set_class(spec.remedy is not None, "-missing")
        meaning = f"Seeds ({SEEDLESS})" if seeded(spec, self.model) == "no" else "Seeds"
        self.query_one("#seeds-label", Label).update(meaning)
        self.query_one("#model", Input).placeholder = plain(_model_words(spec))
        self.query_one(SettingFields).show(spec)
        self._models.models = spec.typed_models
        for part, there in (
            ("#model-part", _has_models(spec)),
            ("#settings", spec.settings or spec.devices),
            ("#draft", spec.drafts),
            ("#preview", spec.extends),
        ):
            self.query_one(part).display = bool(there)
        self._show_remarks()
        if spec.remedy is not None:
            self._show_line(f"{spec.sentence_title} isn't available here.", wrong=True)
            return
        try:
            request = self.request()
        except EarmarkError as error:
            written = bool(self.query_one("#prompts", TextArea).text.strip())
            self._show_line(str(error) if written else "Write a prompt: what should it sound like?", wrong=written)
        else:
            self._show_line(self._total(request))

    def _show_remarks(self) -> None:
        """What the model can't read of the prompts, or tell apart."""
        try:
            written = all_variations(self.prompts)[:MOST_LOOKED_AT]
        except GenerationError:  # which the sum says
            written = []
        remarks = self.spec.remarks(list(dict.fromkeys(map(one_spelling, written))), self.model)
        shown = self.query_one("#remarks", Static)
        shown.update("\n".join(remarks))
        shown.display = bool(remarks)

    def _total(self, request: GenerateRequest) -> str:
        total = sum(recipe.duration_s for recipe in request.recipes)
        made_s = request.recipes[0].duration_s
        previews = made_s < self.length_s
        noun = "preview" if previews else "take"
        words = f"{counted(len(request.recipes), noun)}, {duration_words(total)} of music"
        takes_s = self._time_estimate.estimate_s(self.generator, self.model, total)
        words += f"; about {duration_words(takes_s)} to make." if takes_s is not None else "."
        if previews:
            reject, extend = key_name(self, "judge.reject"), key_name(self, "generate.extend")
            words += f" {reject} rejects; {extend} extends the rest to {self.length_s:g} s."
        if made := count_made(request.recipes, self._there):
            words += f" {made_already(made, len(request.recipes))}"
        if not self.spec.drafts and self.query_one(DraftField).take is not None:
            words += f" {self.spec.sentence_title} ignores the draft."
        return words

    def _show_line(self, words: str, *, wrong: bool | None = None) -> None:
        line = self.query_one("#sum", Static)
        line.update(words)
        line.set_class(bool(wrong), "-error")
        self.query_one("#go", Button).disabled = wrong is not None


def _has_models(spec: Spec) -> bool:
    return bool(spec.models) or spec.other_models


def _model_words(spec: Spec) -> str:
    """What may stand in the model's field."""
    usual = spec.typed_models[0] if spec.typed_models else "a name"
    return f"{usual}, or a folder" if spec.other_models else usual
