"""The form of the Generate screen: prompts, seeds, length and generator, and what they come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Input, Label, Select, Static, TextArea

from library.errors import EarmarkError, GenerationError
from library.generators.musicgen.published_models import META_LICENCE, PUBLISHED, full_name, published
from library.generators.recipes import grid, parse_seeds, prompt_lines
from library.generators.registry import NAMES, check_available, prompt_remarks
from library.spelling import one_spelling
from library.take import DraftUse, Recipe, Take
from tui.context import AppContext
from tui.frame.choice import Choice
from tui.frame.formatting import counted, duration_words
from tui.frame.key_names import key_name
from tui.frame.path_field import PathField, PathSuggester
from tui.frame.tick import Tick
from tui.frame.typed_number import typed_number
from tui.generating.draft_field import DraftField
from tui.generating.sampling_fields import SamplingFields
from tui.generating.time_estimate import TimeEstimate

PREVIEW_S = 6.0
MOST_LOOKED_AT = 200
"""Prompts that are looked at while one types; the worker looks at all."""
SKETCH = (
    "Earmark's own synthwave sketcher: no model, no network. Words it knows: "
    "slow, fast, 120 bpm, major, minor, dark, dreamy, no drums, piano, strings, waltz …"
)
OTHERS = "Any MusicGen checkpoint that audiocraft can load. Check the licence of its weights."
MODELS = tuple(name for model in PUBLISHED for name in (model.name.removeprefix("facebook/musicgen-"), model.name))


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
    """Completes the names of Meta's models, short and long, and paths."""

    async def get_suggestion(self, value: str) -> str | None:
        name = next((name for name in MODELS if name.startswith(value)), None)
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

    def compose(self) -> ComposeResult:
        yield Label("Prompts (one per line)", classes="first")
        yield TextArea("", id="prompts", compact=True)
        with Horizontal(classes="row"):
            yield Vertical(Label("Seeds"), Input("1-4", id="seeds", placeholder="1-8,42", compact=True))
            yield Vertical(Label("Length (s)"), Input("20", id="length", compact=True), classes="right")
        yield Tick(f"start with {PREVIEW_S:g} s previews", id="preview", compact=True)
        with Horizontal(classes="row"):
            with Vertical():
                yield Label("Generator")
                names = [(name, name) for name in NAMES]
                yield Choice(names, value=NAMES[0], allow_blank=False, compact=True, id="generator")
            with Vertical(classes="right", id="model-part"):
                yield Label("Model")
                yield PathField(id="model", placeholder="small, or a folder", suggester=ModelSuggester())
        yield SamplingFields(id="sampling")
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
        self.show_total()

    @property
    def generator(self) -> str:
        return str(self.query_one("#generator", Select).value)

    @property
    def model(self) -> str | None:
        """The model that is named, None for the generator's own."""
        return self.query_one("#model", Input).value.strip() or None if self.generator == "musicgen" else None

    @property
    def device(self) -> str:
        """What is to compute, where the generator has a choice."""
        return self.query_one(SamplingFields).device

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
        prompts = prompt_lines(self.query_one("#prompts", TextArea).text)
        seeds = parse_seeds(self.query_one("#seeds", Input).value)
        length_s = self.length_s
        recipes = grid(prompts, seeds, generator=self.generator, duration_s=length_s, model=self.model)
        check_available(self.generator)
        if self.generator == "sketch":
            made_s = self._made_s(0.0)
            return GenerateRequest(tuple(msgspec.structs.replace(recipe, duration_s=made_s) for recipe in recipes))
        field = self.query_one(DraftField)
        draft = field.draft(length_s)
        if draft is not None:
            from library.jobs.drafts import check_draft_use

            check_draft_use(draft.use, self.generator, self.model)
        changes = {
            "sampling": self.query_one(SamplingFields).sampling(),
            "draft": draft,
            "duration_s": self._made_s(field.kept_s()),
        }
        parent = draft.sound if draft is not None and draft.use == "continuation" else None
        changed = tuple(msgspec.structs.replace(recipe, **changes) for recipe in recipes)
        return GenerateRequest(changed, field.take, parent, self.device)

    def use_draft(self, take: Take, *, use: DraftUse | None = None) -> None:
        """Have this draft; only MusicGen can use one."""
        self.query_one("#generator", Select).value = "musicgen"
        self.query_one(DraftField).choose(take, use=use)

    def _made_s(self, kept_s: float) -> float:
        """How long the takes are made at first; `kept_s` of them are the draft."""
        previews = self.query_one("#preview", Tick).value
        return min(self.length_s, kept_s + PREVIEW_S) if previews else self.length_s

    @on(TextArea.Changed, "#prompts")
    @on(Input.Changed)
    @on(Select.Changed)
    @on(Tick.Changed)
    @on(DraftField.Changed)
    def show_total(self) -> None:
        """Say what the fields come to, or what is wrong with them."""
        sketch = self.generator == "sketch"
        self.query_one("#about", Static).update(SKETCH if sketch else self._about_model())
        for part in ("#model-part", "#sampling", "#draft"):
            self.query_one(part).display = not sketch
        self._show_remarks()
        try:
            check_available(self.generator)
            request = self.request()
        except EarmarkError as error:
            written = bool(self.query_one("#prompts", TextArea).text.strip())
            self._show_line(str(error) if written else "Write a prompt: what should it sound like?", wrong=written)
        else:
            self._show_line(self._total(request))

    def _show_remarks(self) -> None:
        """What the model can't read of the prompts, or tell apart."""
        written = prompt_lines(self.query_one("#prompts", TextArea).text)[:MOST_LOOKED_AT]
        remarks = prompt_remarks(self.generator, self.model, list(dict.fromkeys(map(one_spelling, written))))
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
        if self.generator == "sketch" and self.query_one(DraftField).take is not None:
            words += " The sketcher ignores the draft."
        return words

    def _about_model(self) -> str:
        known = published(full_name(self.model))
        if known is None:
            return OTHERS
        follows = ", follows melodies" if known.melody else ""
        sound = "stereo" if known.stereo else "mono"
        return (
            f"Meta's {known.name.removeprefix('facebook/')}: {sound}{follows}, a {known.gigabytes:g} GB download. "
            f"Weights: {META_LICENCE}, no commercial use."
        )

    def _show_line(self, words: str, *, wrong: bool | None = None) -> None:
        line = self.query_one("#sum", Static)
        line.update(words)
        line.set_class(bool(wrong), "-error")
        self.query_one("#go", Button).disabled = wrong is not None
