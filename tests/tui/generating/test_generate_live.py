"""Takes on the Generate screen while they are being made: heard, dropped, and heard on when they are finished."""

from __future__ import annotations

import textwrap

import pytest
from textual.widgets import TextArea

from library.generators.recipes import grid
from library.jobs.events import Command, Event
from library.processes.program import Program
from library.take import Take
from tui.generating.job_queue import JobQueue
from tui.generating.new_takes_list import NewTakesList

SLOW = textwrap.dedent("""
    import os, sys, time
    from library.generators.api import Failed, Progress
    from library.generators.sketch import sketcher
    from library.errors import GenerationError
    from library.jobs import worker

    whole = sketcher.Sketcher.generate
    folder = sys.argv[1]

    def generate(self, recipes, context):
        # One after the other; each is heard after a second, and again after two, and then done when it may be.
        for index, recipe in enumerate(recipes):
            (made,) = whole(self, [recipe], Quiet())
            for number, seconds in enumerate((1, 2)):
                context.preview(index, made.samples[: seconds * made.sample_rate], made.sample_rate)
                context.report(Progress(seconds, 4, seconds={index: float(seconds)}))
                while not os.path.exists(f"{folder}/{recipe.seed}-{number}"):
                    if context.cancelled():
                        return
                    if index in context.unwanted():
                        yield Failed(index, GenerationError("unwanted"))
                        break
                    time.sleep(0.01)
                else:
                    continue
                break
            else:
                yield type(made)(index, made.recipe, made.samples, made.sample_rate, made.tokens)

    class Quiet:
        def parent(self, index): return None
        def report(self, progress): pass
        def cancelled(self): return False
        def unwanted(self): return ()

    sketcher.Sketcher.generate = generate
    worker.main()
""")
"""A sketcher that goes on when a file named after the seed and the preview's number appears."""


@pytest.fixture
def steps(tmp_path):
    """Lets the take of a seed get over its first or second preview."""
    folder = tmp_path / "steps"
    folder.mkdir()

    def go(seed: int, number: int) -> None:
        (folder / f"{seed}-{number}").touch()

    go.folder = folder
    return go


@pytest.fixture
def open_slow(open_app, root, steps):
    """The app on the Generate screen, with a generator that takes its time."""

    def make():
        app = open_app("generate")
        slow = Program(("-c", SLOW, str(steps.folder)), Command, Event)
        library = app.workspace.catalog.library
        app._jobs = JobQueue(library, app.post_message, slow)  # noqa: SLF001 - the app's own, slowed
        return app

    return make


def rows(app) -> NewTakesList:
    return app.screen.query_one(NewTakesList)


def on_deck(app) -> float:
    """Seconds of what is on the deck."""
    return app.deck.playhead().duration_s


async def ask_for(app, pilot, until, count: int, seconds: float = 4.0) -> None:
    await until(pilot, lambda: app.workspace.loaded)
    app.queue.submit(grid(["slow pad"], list(range(1, count + 1)), generator="sketch", duration_s=seconds))
    await until(pilot, lambda: len(rows(app).rows) == count and rows(app).growing(rows(app).rows[0]).preview, 60.0)
    app.screen.set_focus(rows(app))


async def test_a_take_is_heard_while_it_is_made_and_goes_on_as_the_finished_one(open_slow, until, clock, steps):
    app = open_slow()
    async with app.run_test(size=(120, 40)) as pilot:
        await ask_for(app, pilot, until, 2)
        await pilot.press("enter")
        assert on_deck(app) == 1.0
        clock.now += 0.5
        steps(1, 0)
        await until(pilot, lambda: on_deck(app) == 2.0)
        head = app.deck.playhead()
        assert head.playing
        assert head.position_s == pytest.approx(0.5)
        clock.now += 10  # it comes to its end, and waits there for more
        assert app.deck.playhead().ended
        steps(1, 1)
        await until(pilot, lambda: on_deck(app) == 4.0)
        head = app.deck.playhead()
        assert head.playing
        assert head.position_s == pytest.approx(2.0)
        take = rows(app).rows[0]
        assert (take.seed, take.id) == (1, app.deck.take.id)
        assert rows(app).growing(take) is None
        assert rows(app).cursor == 0
        assert rows(app).growing(rows(app).rows[1]).place[1] == 1


async def test_a_paused_preview_stays_paused_and_something_else_stays_on(open_slow, until, clock, steps):
    app = open_slow()
    async with app.run_test(size=(120, 40)) as pilot:
        await ask_for(app, pilot, until, 1)
        await pilot.press("space")
        clock.now += 0.25
        await pilot.press("space")
        assert not app.deck.playhead().playing
        steps(1, 0)
        await until(pilot, lambda: on_deck(app) == 2.0)
        assert not app.deck.playhead().playing
        assert app.deck.playhead().position_s == pytest.approx(0.25)
        other = Take(
            id="ab" * 10, batch="b", file="x.flac", duration_s=9.0, sample_rate=8000, channels=1, created_at=""
        )
        app.deck.load(other)
        steps(1, 1)
        await until(pilot, lambda: rows(app).growing(rows(app).rows[0]) is None)
        assert app.deck.take == other


async def test_x_drops_what_is_being_made_and_the_next_goes_on(open_slow, until, root, steps):
    app = open_slow()
    async with app.run_test(size=(120, 40)) as pilot:
        await ask_for(app, pilot, until, 2)
        await pilot.press("enter", "x")
        assert not app.deck.playhead().playing
        await until(pilot, lambda: [take.seed for take in rows(app).rows] == [2])
        await until(pilot, lambda: rows(app).growing(rows(app).rows[0]).preview)
        steps(2, 0)
        steps(2, 1)
        await until(pilot, lambda: not app.job_states() and app.workspace.catalog)
        await until(pilot, lambda: rows(app).growing(rows(app).rows[0]) is None)
        assert [take.seed for take in app.workspace.catalog] == [2]
        assert not list(root.glob("sessions/*/*.json"))


async def test_x_just_too_late_rejects_the_finished_take(open_slow, until, steps):
    app = open_slow()
    async with app.run_test(size=(120, 40)) as pilot:
        await ask_for(app, pilot, until, 1)
        dropped = []
        app.queue.drop = lambda *place: dropped.append(place)  # it does not arrive in time
        await pilot.press("x")
        assert dropped
        steps(1, 0)
        steps(1, 1)
        await until(pilot, lambda: app.workspace.catalog and list(app.workspace.catalog))
        (take,) = app.workspace.catalog
        await until(pilot, lambda: app.workspace.ratings(take).rejected)


async def test_what_is_not_finished_cannot_be_judged(open_slow, until, root):
    app = open_slow()
    async with app.run_test(size=(120, 40)) as pilot:
        await ask_for(app, pilot, until, 1)
        await pilot.press("enter", "5", "p", "m", "0", "n")
        await pilot.pause()
        assert app.screen.query(NewTakesList)
        assert not list(root.glob("sessions/*/*.json"))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_rows_say_how_far_they_are(open_slow, until, size):
    app = open_slow()
    async with app.run_test(size=size) as pilot:
        app.screen.query_one("#prompts", TextArea).text = "slow pad"
        await ask_for(app, pilot, until, 3)
        text = "\n".join(rows(app).render_line(y).text for y in range(rows(app).size.height))
        assert "♪" in text
        assert "1.0 s" in text
        assert "queued" in text
