"""What is photographed: each scene brings the real app to a state that is the same on every machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from textual.widgets import Input, Select, Static, TextArea

from tui.browsing.collections_dialog import CollectionList, CollectionsDialog
from tui.frame.palette import Palette
from tui.generating.generator_dialog import GeneratorDialog
from tui.ranking.rank_list import RankList
from tui.session.survey_row import SurveyRow


@dataclass(frozen=True)
class Scene:
    """Where the app starts, whether its library has takes, and how one gets from there to what is shown."""

    play: Callable[..., Awaitable[None]]
    start: str = "library"
    takes: bool = True
    judged: bool = True


async def nothing(app, pilot, until):
    """As it opens."""


def keys(*pressed):
    """A scene that is reached by keys alone."""

    async def play(app, pilot, until):
        await pilot.press(*pressed)

    return play


def typed(text):
    return ["space" if letter == " " else letter for letter in text]


async def playing(app, pilot, until):
    """The third take stands in its middle, between two marks."""
    await pilot.press("home", "down", "down", "enter")
    await until(pilot, lambda: app.deck.take is not None)
    for place_s in (4.0, 12.0):
        app.deck.player.seek(place_s)
        await pilot.press("m")
    app.deck.player.seek(8.0)


async def asked(app, pilot, until):
    """A session's first question."""
    await until(pilot, lambda: app.screen.is_mounted and app.deck.take is not None)
    app.deck.player.seek(9.0)


async def choosing(app, pilot, until):
    """What a session is about, and how many takes that is."""
    await pilot.press("s")
    await until(pilot, lambda: app.screen.query("#found") and str(app.screen.query_one("#found", Static).content))


async def answered(app, pilot, until):
    """The question after an answer, which is told."""
    await asked(app, pilot, until)
    first = app.deck.take
    await pilot.press("4")
    await until(pilot, lambda: app.deck.take is not first and len(app.workspace.history.live()) == 1)


async def summed_up(app, pilot, until):
    """The end of a session of one answer."""
    await answered(app, pilot, until)
    await pilot.press("f")


async def compared(app, pilot, until):
    """Two takes from the same place, the second one heard."""
    await until(pilot, lambda: app.deck.take is not None)
    app.deck.player.seek(6.0)
    await pilot.press("tab")


async def surveyed(app, pilot, until):
    """Six takes from the same place, the second one heard, and moved to the top."""
    await pilot.press("home", "A")
    await until(pilot, lambda: len(app.screen.query(SurveyRow)) == 6 and app.deck.take is not None)
    app.deck.player.seek(6.0)
    await pilot.press("2", "K")


def ranked(*pressed):
    """A view of the ranking."""

    async def play(app, pilot, until):
        await until(pilot, lambda: app.screen.query(RankList) and app.screen.query_one("#take", RankList).rows)
        await pilot.press(*pressed)

    return play


async def form_filled(app, pilot, until):
    """Two prompts and four seeds."""
    await pilot.press(*typed("calm guitar"), "enter", *typed("brass fanfare"))


async def defined(app, pilot, until):
    """A server of the user's own, as it is to be written down."""
    await pilot.press("ctrl+t")
    await until(pilot, lambda: isinstance(app.screen, GeneratorDialog) and app.screen.is_mounted)
    app.screen.query_one("#kind", Select).value = "comfyui"
    await until(pilot, lambda: app.screen.query_one("#workflow-part").display)
    app.screen.query_one("#workflow", Input).value = "strings.json"


async def palette(app, pilot, until):
    """What answers to a word; without one, whose commands stand first is left to chance."""
    await pilot.press("ctrl+p")
    await until(pilot, lambda: isinstance(app.screen, Palette))
    await pilot.press(*"rank")


async def previewed(app, pilot, until):
    """Files of which one has its words beside it."""
    folder = Path.home() / "downloads"
    folder.mkdir()
    for number in range(12):
        (folder / f"slow-neon-drive_s{number}.wav").touch()
    (folder / "slow-neon-drive_s1.wav.json").write_text('{"prompt": "slow neon drive, rain on the roof", "seed": 7}')
    await pilot.press("i")
    await until(pilot, lambda: app.screen.query("#path"))
    app.screen.query_one("#path", Input).value = "~/downloads"
    await until(pilot, lambda: str(app.screen.query_one("#status", Static).content))


async def foretold(app, pilot, until):
    """What an export would write."""
    await pilot.press("e")
    await until(pilot, lambda: app.screen.query("#forecast") and app.screen.query_one("#forecast").content)


async def purging(app, pilot, until):
    """What a purge would try."""
    app.call_later(app.action_purge)
    await until(pilot, lambda: app.screen.query("#would") and app.screen.query_one("#would").content)
    app.screen.query_one("#rejected").value = False
    app.screen.query_one("#below", Input).value = "3"
    await until(pilot, lambda: "kept" in str(app.screen.query_one("#would", Static).content))


async def collecting(app, pilot, until):
    """What friends sent back, to be chosen."""
    app.call_later(app.action_collect)
    await until(pilot, lambda: app.screen.query("#files"))


async def labelled(app, pilot, until):
    """Two colours and a word for a take, and one more that is being typed."""
    await pilot.press("L")
    await until(pilot, lambda: app.screen.query("#known"))
    await pilot.press("1", "5", *typed("end credits"), "enter", "enter")
    await until(pilot, app.workspace.history.known_labels)
    await pilot.press("L")
    await until(pilot, lambda: app.screen.query("#known"))
    await pilot.press("4", *typed("end"))


async def collected(app, pilot, until):
    """A filter saved under a name, and one that is being named."""
    await pilot.press("/", *typed("guitar"), "enter", "F")
    await until(pilot, lambda: isinstance(app.screen, CollectionsDialog))
    await pilot.press("s", *typed("guitars"), "enter")
    await until(pilot, lambda: app.screen.query_one(CollectionList).rows)
    await pilot.press("s", *typed("more"))


SCENES: dict[str, Scene] = {
    "library": Scene(playing),
    "library-empty": Scene(nothing, takes=False),
    "library-filter": Scene(keys("/", *typed("guitar"))),
    "library-folded": Scene(keys("f", "down", "tab", "down")),
    "library-selected": Scene(keys("down", "v", "down", "down")),
    "library-columns": Scene(keys("C")),
    "library-no-match": Scene(keys("/", *typed("zither"), "enter")),
    "rate": Scene(asked, "rate", judged=False),
    "rate-answered": Scene(answered, "rate", judged=False),
    "rate-summary": Scene(summed_up, "rate", judged=False),
    "rate-empty": Scene(nothing, "rate", takes=False),
    "duel": Scene(compared, "duel", judged=False),
    "duel-empty": Scene(nothing, "duel", takes=False),
    "survey": Scene(surveyed, judged=False),
    "ranking": Scene(ranked(), "ranking"),
    "ranking-prompts": Scene(ranked("v"), "ranking"),
    "ranking-seeds": Scene(ranked("v", "v"), "ranking"),
    "ranking-grid": Scene(ranked("v", "v", "v"), "ranking"),
    "ranking-reliability": Scene(ranked("v", "v", "v", "v"), "ranking"),
    "ranking-empty": Scene(nothing, "ranking", takes=False),
    "generate": Scene(form_filled, "generate", takes=False),
    "generator": Scene(defined, "generate", takes=False),
    "import": Scene(keys("i")),
    "import-preview": Scene(previewed),
    "export": Scene(foretold),
    "purge": Scene(purging),
    "panel-answers": Scene(collecting),
    "labels": Scene(labelled),
    "collections": Scene(collected),
    "help": Scene(keys("?")),
    "note": Scene(keys("n", *typed("bass line"))),
    "session": Scene(choosing, "rate", judged=False),
    "palette": Scene(palette),
}


def still(app) -> None:
    """No cursor that blinks, and no notice that goes away by itself."""
    for field in (*app.screen.query(Input), *app.screen.query(TextArea)):
        field.cursor_blink = False
    app.clear_notifications()
