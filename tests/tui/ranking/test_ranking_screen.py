"""The ranking screen: rows play their best take, views change, and the grid stands beside the list where it fits."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from textual.widgets import Static

from library.library import Library
from library.store.catalog import BatchWriter
from ratings.journal import Journal
from ratings.judgement import Reject
from tests.judging import Judge
from tui.frame.footer import Footer
from tui.frame.player_bar import PlayerBar
from tui.ranking.heatmap import Heatmap
from tui.ranking.rank_list import RankList

PROMPTS = ["calm guitar", "brass fanfare"] * 3


@pytest.fixture
def judged(add_takes, root):
    """Six takes of two prompts; the third guitar and the first fanfare are the best of theirs."""
    takes = add_takes(PROMPTS)
    judge = Judge(Journal.load(Library(root)).log("bob"))
    for take, stars in zip(takes, (2, 4, 3, 1, 5, 2), strict=True):
        judge.stars(take.id, stars)
    return takes


def front(app):
    return next(view.id for view in app.screen.query("#views > *") if view.has_class("-front"))


def words(app):
    return str(app.screen.query_one("#words", Static).content)


async def counted(app, pilot, until):
    await until(pilot, lambda: app.screen.query(RankList) and app.screen.query_one("#take", RankList).rows)
    await until(pilot, lambda: words(app))


async def test_takes_stand_from_best_to_worst(open_app, judged, until):
    app = open_app("ranking")
    async with app.run_test(size=(120, 40)) as pilot:
        await counted(app, pilot, until)
        rows = app.screen.query_one("#take", RankList).rows
        assert rows[0].key == judged[4].id
        assert [row.rank for row in rows] == [1, 2, 3, 4, 5, 6]
        line = app.screen.query_one("#take", RankList).render_line(0).text
        assert "calm guitar" in line
        assert "seed 1004" in line
        assert "seed 1004" in words(app)


async def test_the_best_take_of_a_prompt_may_be_of_seed_0(open_app, add_takes, root, until):
    (take,) = add_takes(["calm guitar"])
    batch = BatchWriter(Library(root))
    nought = replace(take, id="0" * 20, batch=batch.name, prompt="rain", seed=0)
    batch.add([nought])
    Judge(Journal.load(Library(root)).log("bob")).stars(nought.id, 5)
    app = open_app("ranking")
    async with app.run_test(size=(160, 40)) as pilot:
        await counted(app, pilot, until)
        await pilot.press("v")
        assert words(app).endswith(" 0"), "the seed"


async def test_takes_of_one_prompt_and_seed_are_told_apart_and_all_of_a_prompt_are_counted(
    open_app, add_takes, root, until
):
    short, _ = add_takes(["calm guitar"] * 2)
    batch = BatchWriter(Library(root))
    long = replace(short, id="0" * 20, batch=batch.name, duration_s=90.0)
    batch.add([long])
    judge = Judge(Journal.load(Library(root)).log("bob"))
    judge.stars(short.id, 5)
    judge.stars(long.id, 4)
    app = open_app("ranking")
    async with app.run_test(size=(80, 24)) as pilot:
        await counted(app, pilot, until)
        lines = [app.screen.query_one("#take", RankList).render_line(y).text for y in (0, 1)]
        assert ["0:30" in line for line in lines] == [True, False]
        assert ["1:30" in line for line in lines] == [False, True]
        await pilot.press("v")
        assert "2 of 3 " in app.screen.query_one("#prompt", RankList).render_line(0).text
        await pilot.press("v")
        assert "2 of 2 " in app.screen.query_one("#seed", RankList).render_line(0).text


@pytest.mark.parametrize("size", [(60, 24), (80, 24), (100, 24), (80, 40), (120, 40)])
@pytest.mark.parametrize("views", [0, 1, 2, 3])
async def test_what_is_said_of_a_row_ends_with_a_whole_fact(open_app, judged, until, size, views):
    app = open_app("ranking")
    async with app.run_test(size=size) as pilot:
        await counted(app, pilot, until)
        await pilot.press(*["v"] * views)
        await pilot.pause()
        place = app.screen.query_one("#words", Static)
        lines = [place.render_line(y).text.rstrip() for y in range(place.size.height)]
        assert [line for line in lines if line.endswith("·")] == []
        assert " ".join(" ".join(lines).split()) == " ".join(words(app).split()), "all of it is seen"


async def test_enter_on_a_prompt_plays_its_best_take_each_time(open_app, judged, until, clock):
    app = open_app("ranking")
    async with app.run_test(size=(120, 40)) as pilot:
        await counted(app, pilot, until)
        await pilot.press("v")
        assert front(app) == "prompt"
        rows = app.screen.query_one("#prompt", RankList).rows
        best = {"calm guitar": judged[4].id, "brass fanfare": judged[1].id}
        assert "enter" in words(app)
        await pilot.press("enter")
        assert app.deck.take.id == best[rows[0].key]
        clock.now += 5
        await pilot.press("enter")
        assert app.deck.take.id == best[rows[0].key]
        assert app.deck.playhead().position_s < 1
        await pilot.press("space")
        assert not app.deck.playhead().playing
        await pilot.press("space")
        assert app.deck.playhead().playing
        await pilot.press("down")
        await pilot.pause()
        await pilot.press("enter")
        assert app.deck.take.id == best[rows[1].key]


async def test_enter_plays_the_best_even_while_another_of_the_prompt_is_on(open_app, judged, until):
    app = open_app("ranking")
    async with app.run_test(size=(120, 40)) as pilot:
        await counted(app, pilot, until)
        await pilot.press("v")
        app.deck.load(judged[0])
        await pilot.press("home")
        rows = app.screen.query_one("#prompt", RankList).rows
        if rows[0].key != "calm guitar":
            await pilot.press("down")
        await pilot.pause()
        await pilot.press("enter")
        assert app.deck.take.id == judged[4].id


async def test_views_come_round(open_app, judged, until):
    app = open_app("ranking")
    async with app.run_test(size=(100, 30)) as pilot:
        await counted(app, pilot, until)
        seen = []
        for _ in range(5):
            seen.append(front(app))
            await pilot.press("tab")
        assert seen == ["take", "prompt", "seed", "grid", "reliability"]
        assert front(app) == "take"
        await pilot.press("shift+tab", "shift+tab")
        assert front(app) == "grid"
        await pilot.press("right", "enter")
        assert app.deck.take is None or app.deck.take.id in {take.id for take in judged}


@pytest.mark.parametrize(("width", "beside"), [(80, False), (120, False), (160, True), (200, True)])
async def test_the_grid_stands_beside_the_list_where_there_is_room(open_app, judged, until, width, beside):
    app = open_app("ranking")
    async with app.run_test(size=(width, 40)) as pilot:
        await counted(app, pilot, until)
        assert app.screen.query_one(Heatmap).display == beside
        assert app.screen.query_one("#legend").display == (width >= 100)
        await pilot.press("V")
        assert [view.id for view in app.screen.query("#views > *") if view.display] == ["reliability"]
        await pilot.press("V")
        assert app.screen.query_one(Heatmap).display
        assert app.screen.query_one("#take").display == beside
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert not app.screen.query_one("#take").display
        assert not app.screen.query_one("#legend").display


async def test_the_listeners_stand_in_words(open_app, judged, root, until):
    judge = Judge(Journal.load(Library(root)).log("ann"))
    for take, stars in zip(judged, (2, 4, 3, 1, 5, 2), strict=True):
        judge.stars(take.id, stars)
    app = open_app("ranking")
    async with app.run_test(size=(80, 24)) as pilot:
        await counted(app, pilot, until)
        await pilot.press("V")
        said = str(app.screen.query_one("#reliability Static", Static).content)
        counts = [line.split()[:2] for line in said.splitlines()]
        assert ["ann", "6"] in counts
        assert ["bob", "6"] in counts
        assert "Together" in said
        assert app.screen.subject() is None


async def test_the_sound_has_a_ranking_of_its_own(open_app, judged, root, until):
    judge = Judge(Journal.load(Library(root)).log("bob"))
    for take, sound in zip(judged[:4], (5, 1, 4, 2), strict=True):
        judge.sound(take.id, sound)
    app = open_app("ranking")
    async with app.run_test(size=(120, 40)) as pilot:
        await counted(app, pilot, until)
        rows = app.screen.query_one("#take", RankList)
        assert rows.rows[0].key == judged[4].id
        await pilot.press("down")
        assert rows.current.key == judged[1].id
        assert "sound 1" in words(app)
        await pilot.press("c")
        await until(pilot, lambda: len(rows.rows) == 4)
        assert rows.rows[0].key == judged[0].id
        assert str(app.screen.query_one("#scale", Static).content)
        await pilot.press("home")
        await until(pilot, lambda: "composition" in words(app))
        await pilot.press("c")
        await until(pilot, lambda: len(rows.rows) == 6)
        assert not str(app.screen.query_one("#scale", Static).content)


async def test_y_shows_whose_ranking_one_wants(open_app, judged, root, until):
    """Everybody's, one's own, then the others'; of one listener alone there is nothing to choose."""
    app = open_app("ranking")
    whose = lambda: str(app.screen.query_one(".status", Static).content).split(" · ")[0]  # noqa: E731
    async with app.run_test(size=(120, 40)) as pilot:
        await counted(app, pilot, until)
        assert "bob" in whose()
        await pilot.press("y")
        assert "bob" in whose()
        ann = Judge(Journal.load(Library(root)).log("ann"))
        for take in judged[:3]:
            ann.stars(take.id, 5 if take is judged[0] else 1)
        app.refresh_library()
        await until(pilot, lambda: "2" in whose())
        rows = app.screen.query_one("#take", RankList)
        await pilot.press("y")
        await until(pilot, lambda: len(rows.rows) == 3)
        assert "ann" in whose()
        assert rows.rows[0].key == judged[0].id
        await pilot.press("y")
        await until(pilot, lambda: len(rows.rows) == 6 and rows.rows[0].key == judged[4].id)
        assert "bob" in whose()
        await pilot.press("y")
        await until(pilot, lambda: "2" in whose())


async def test_where_no_sound_was_rated_it_says_how(open_app, judged, until):
    app = open_app("ranking")
    async with app.run_test(size=(80, 24)) as pilot:
        await counted(app, pilot, until)
        await pilot.press("c")
        await until(pilot, lambda: front(app) == "nothing")
        assert "u" in str(app.screen.query_one("#next-words", Static).content).split()
        await pilot.press("c")
        await until(pilot, lambda: front(app) == "take")


async def test_one_line_under_the_list_gives_the_figures(open_app, judged, until):
    app = open_app("ranking")
    async with app.run_test(size=(80, 24)) as pilot:
        await counted(app, pilot, until)
        assert words(app).startswith(f"{app.screen.query_one('#take', RankList).rows[0].score:.2f} [")
        await pilot.resize_terminal(80, 40)
        await until(pilot, lambda: "guitar" in words(app))


async def test_the_list_and_the_grid_beside_it_go_together(open_app, judged, until):
    app = open_app("ranking")
    async with app.run_test(size=(180, 40)) as pilot:
        await counted(app, pilot, until)
        heatmap = app.screen.query_one(Heatmap)
        await until(pilot, lambda: heatmap.current is not None and heatmap.current.takes == (judged[4].id,))
        second = app.screen.query_one("#take", RankList).rows[1].key
        await pilot.press("down")
        await until(pilot, lambda: heatmap.current.takes == (second,))
        assert front(app) == "take"
        label = heatmap.render_line(0).text.index("1000")
        await pilot.click(Heatmap, offset=(label, 1))
        await until(pilot, lambda: front(app) == "grid")
        await pilot.click("#take", offset=(10, 0))
        await until(pilot, lambda: front(app) == "take")


async def test_judging_counts_anew_and_the_cursor_stays_on_its_take(open_app, judged, until):
    app = open_app("ranking")
    async with app.run_test(size=(120, 40)) as pilot:
        await counted(app, pilot, until)
        ranks = app.screen.query_one("#take", RankList)
        best = ranks.current
        await pilot.press("1")
        await until(pilot, lambda: ranks.current.score < best.score)
        assert ranks.current.key == best.key


async def test_a_row_of_rejects_can_be_undone(open_app, judged, until, root):
    app = open_app("ranking")
    async with app.run_test(size=(120, 40)) as pilot:
        await counted(app, pilot, until)
        await pilot.press("x")
        await until(
            pilot, lambda: any(isinstance(event, Reject) for event in Journal.load(Library(root)).history.live())
        )
        await pilot.press("ctrl+z")
        await until(
            pilot, lambda: not any(isinstance(event, Reject) for event in Journal.load(Library(root)).history.live())
        )


@pytest.mark.parametrize("said", [2, 3])
async def test_only_a_row_of_one_take_can_be_judged(open_app, add_takes, until, root, said):
    """A prompt of two takes stands for both, even where one alone was judged."""
    rain, *guitars = takes = add_takes(["rain", "calm guitar", "calm guitar"])
    judge = Judge(Journal.load(Library(root)).log("bob"))
    for take, stars in zip(takes[:said], (1, 5, 5), strict=False):
        judge.stars(take.id, stars)
    app = open_app("ranking")
    async with app.run_test(size=(120, 40)) as pilot:
        await counted(app, pilot, until)
        await pilot.press("v", "1", "x", "p", "0", "m", "n", "u", "L", "E")
        assert len(app.screen_stack) == 1
        await until(pilot, lambda: "judge.reject" not in app.screen.query_one(Footer).shown)
        await pilot.press("space")
        assert app.deck.take.id in {take.id for take in guitars}
        await pilot.press("down", "4")
        await until(pilot, lambda: len(Journal.load(Library(root)).history.live()) > said)
        assert [one.take for one in Journal.load(Library(root)).history.live()[said:]] == [rain.id]


async def test_nothing_judged_says_so_and_keys_do_no_harm(open_app, add_takes, until, root):
    add_takes(["a"])
    app = open_app("ranking")
    async with app.run_test(size=(200, 60)) as pilot:
        await until(
            pilot,
            lambda: app.screen.query("#next-keys") and str(app.screen.query_one("#next-keys", Static).content),
        )
        assert front(app) == "nothing"
        assert not app.screen.query_one(Heatmap).display
        await pilot.press("5", "x", "p", "m", "0", "space", "enter", "up", "down", "v", "enter", "V", "V", "enter")
        await pilot.pause()
        assert Journal.load(Library(root)).history.live() == []
        assert app.deck.take is None
        await pilot.press("escape")
        assert app.current_mode == "library"


async def test_a_click_on_the_players_line_seeks_here_too(open_app, judged, until):
    app = open_app("ranking")
    async with app.run_test(size=(120, 40)) as pilot:
        await counted(app, pilot, until)
        await pilot.press("enter")
        await until(pilot, lambda: "─" in app.screen.query_one(PlayerBar).render_line(0).text)
        line = app.screen.query_one(PlayerBar).render_line(0).text
        first = min(line.find(sign) for sign in "━─" if sign in line)
        await pilot.click(PlayerBar, offset=((first + line.rindex("─")) // 2, 0))
        await until(pilot, lambda: app.deck.playhead().position_s == pytest.approx(15, abs=0.5))  # half a cell


async def test_the_footer_leaves_out_the_way_to_where_one_is(open_app, judged, until):
    app = open_app("ranking")
    async with app.run_test(size=(200, 40)) as pilot:
        await counted(app, pilot, until)
        shown = app.screen.query_one(Footer).shown
        assert "go.rate" in shown
        assert "go.ranking" not in shown
