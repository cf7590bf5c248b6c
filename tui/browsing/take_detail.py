"""All about one take: prompt, origin, loudness, recipe, and what was said about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from library.generators.spec import show_value
from library.take import Flag, Recipe, Take, settings_of
from ratings.history import TakeRatings
from ratings.judgement import AnyJudgement, Stars
from tui.browsing.prompt_facts import describe_prompt
from tui.frame.fitted_text import folded
from tui.frame.formatting import ago, clock, plain, since, stars_bar, told_by_words
from tui.frame.judgement_words import judgement_words
from tui.frame.labels import chips
from tui.frame.probe_words import seed_words

if TYPE_CHECKING:
    from ratings.ranking.word_effects import WordEffect

HISTORY_LINES = 12
FLAGS: dict[Flag, str] = {
    "silent": "silent", "clipped": "clips", "dc": "DC offset", "cut-off": "ends abruptly", "partial": "incomplete file",
    "length": "not the length you asked for",
}  # fmt: skip
WORKS, FAILS = "↑", "↓"
"""At words of which it is known that prompts are better with them, or worse."""
NAMES = 10
"""Width of the facts' names."""


class TakeDetail(VerticalScroll, can_focus=False):
    """Shows a take; empty while there is none."""

    DEFAULT_CSS: ClassVar[str] = """
    TakeDetail {
        padding: 0 1;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        Static { height: auto; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._describe: Callable[[int], Iterator[tuple[str, str]]] | None = None
        """The text and its styles, folded to so many cells …"""
        self._prompt: tuple[tuple[str, str], ...] = ()
        """… and what stands above it."""

    def compose(self) -> Iterator[Static]:
        yield Static("", markup=False)

    def show(
        self,
        take: Take,
        ratings: TakeRatings,
        judgements: list[AnyJudgement],
        place: str,
        words: Sequence[WordEffect] = (),
    ) -> None:
        """Show `take`, its `judgements`, oldest first, the `place` of its sound, and what `words` of its prompt do."""
        self._prompt = tuple(_prompt(plain(take.prompt)[:2000], words)) if take.prompt else (("(no prompt)", "bold"),)
        self._describe = partial(_describe, take, ratings, judgements, place)
        self.draw_anew()

    def show_prompt(self, takes: Sequence[Take], count: int, ratings_of: Callable[[Take], TakeRatings]) -> None:
        """Show a prompt of which there are `count` takes, the first of them one by one."""
        self._prompt = ()
        self._describe = lambda _: describe_prompt(takes, count, ratings_of)
        self.draw_anew()

    def clear(self) -> None:
        self._describe = None
        self.query_one(Static).update("")

    def on_resize(self) -> None:
        """Fold anew: at first there may have been no room at all."""
        self.draw_anew()

    def draw_anew(self) -> None:
        """How long ago things were is said as of now."""
        if self._describe is not None:
            room = max(8, self.scrollable_content_region.width - NAMES)
            self.query_one(Static).update(Content.assemble(*self._prompt, *self._describe(room)))


def _describe(
    take: Take, ratings: TakeRatings, judgements: list[AnyJudgement], place: str, room: int
) -> Iterator[tuple[str, str]]:
    """Text and its style, piece by piece; values are folded into `room` cells beside their names."""
    yield f"\n\n{stars_bar(ratings.stars)}", "$star" if ratings.stars is not None else "$quiet"
    if ratings.sound is not None:
        yield f"   sound {stars_bar(ratings.sound)}", "$quiet"
    if ratings.picked:
        yield "  ● picked", "$success"
    if ratings.rejected:
        yield "  ✕ rejected", "$quiet"
    if ratings.labels:
        yield "\n\n", ""
        yield from chips(ratings.labels, room + NAMES)
    if take.flags:
        yield f"\n\n! {', '.join(FLAGS[flag] for flag in take.flags)}", "$error"
    yield "\n\n", ""
    yield from _listed(_facts(take), room)
    if judgements:
        yield "\nHistory\n", "$primary"
        for event in reversed(judgements[-HISTORY_LINES:]):
            yield f"{ago(event.at):>{NAMES}}  ", "$quiet"
            words = _beside(judgement_words(event, take.id), NAMES + 2, room - 2)
            yield words, "$star" if isinstance(event, Stars) else ""
            yield f"  {plain(event.listener)}\n", "$quiet"
        if len(judgements) > HISTORY_LINES:
            yield f"{'':>10}  and {len(judgements) - HISTORY_LINES} earlier\n", "$quiet"
    yield "\nDetails\n", "$primary"
    yield from _listed(_details(take, place), room)


def _prompt(prompt: str, words: Sequence[WordEffect]) -> Iterator[tuple[str, str]]:
    """The prompt, with an arrow at words that are known to work, or not to."""
    last = 0
    if words:
        from ratings.ranking.word_effects import told_words

        for start, end, works in told_words(prompt, words):
            yield prompt[last:start], "bold"
            yield f"{prompt[start:end]}{WORKS if works else FAILS}", f"bold {'$success' if works else '$error'}"
            last = end
    yield prompt[last:], "bold"


def _listed(facts: Iterable[tuple[str, str]], room: int) -> Iterator[tuple[str, str]]:
    for name, value in facts:
        yield f"{name:<{NAMES}}", "$quiet"
        yield _beside(value, NAMES, room) + "\n", ""


def _beside(text: str, left: int, room: int) -> str:
    """`text` folded into `room` cells, `left` cells from the edge."""
    return f"\n{'':<{left}}".join(folded(text, room))


def _facts(take: Take) -> Iterator[tuple[str, str]]:
    """What one chooses takes by."""
    if take.seed is not None:
        yield "seed", seed_words(take)
    made_by = " · ".join(plain(word) for word in (take.generator, take.model) if word)
    if made_by:
        yield "generator", made_by
    yield "length", clock(take.duration_s)
    if take.lufs is not None:
        peak = "" if take.true_peak_db is None else f" · peak {take.true_peak_db:+.1f} dBTP"
        yield "loudness", f"{take.lufs:.1f} LUFS{peak}"
    if take.recipe is not None:
        yield from _settings(take.recipe)
    if take.parent is not None:
        continued = take.recipe is not None and take.recipe.draft is not None and take.recipe.draft.sound == take.parent
        yield "continues" if continued else "extends", take.parent[:12]
    yield "created", since(take.created_at)


def _details(take: Take, place: str) -> Iterator[tuple[str, str]]:
    """What one looks up."""
    yield "id", take.id[:12]
    if told := told_by_words(take):
        yield "source", told
    channels = {1: "mono", 2: "stereo"}.get(take.channels, f"{take.channels} channels")
    yield "format", f"{take.sample_rate / 1000:g} kHz, {channels}"
    if take.recipe is not None:
        yield from _versions(take.recipe)
    yield "file", plain(place)


def _settings(recipe: Recipe) -> Iterator[tuple[str, str]]:
    settings = [(name.replace("_", "-"), show_value(value)) for name, value in settings_of(recipe).items()]
    if settings:
        yield "settings", plain(", ".join(f"{name} {value}" for name, value in settings))
    if recipe.draft is not None:
        yield "draft", f"{recipe.draft.sound[:12]} as {recipe.draft.use}"


def _versions(recipe: Recipe) -> Iterator[tuple[str, str]]:
    if recipe.revision:
        yield "revision", plain(recipe.revision)
    if recipe.licence:
        yield "licence", plain(recipe.licence)
    if recipe.fingerprint:
        yield "machine", plain(", ".join(f"{name} {value}" for name, value in recipe.fingerprint.items()))
