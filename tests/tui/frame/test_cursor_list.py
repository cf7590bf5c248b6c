"""A cursor in a long list: it stays on its row, in sight, and tells who moved it."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip

from tui.frame.cursor_list import CursorList


class Numbers(CursorList[int]):
    """A number a line."""

    def __init__(self):
        super().__init__(id="numbers")
        self.told = []

    def key_of(self, row):
        return row

    def draw(self, row, width, base):
        return Strip([Segment(str(row), base)])

    def on_cursor_list_highlighted(self, event):
        self.told.append((event.row, event.moved))


def in_sight(numbers):
    return 0 <= numbers.cursor - numbers.scroll_offset.y < numbers.size.height


async def test_the_cursor_stays_on_its_row_and_in_sight(bench):
    app = bench(Numbers())
    async with app.run_test(size=(40, 10)) as pilot:
        numbers = app.widget
        numbers.fill(range(100_000))
        numbers.focus()
        await pilot.press("end")
        assert numbers.current == 99_999
        assert in_sight(numbers)
        assert not numbers.show_horizontal_scrollbar
        numbers.fill(range(99_990, 100_100))
        assert numbers.current == 99_999
        assert in_sight(numbers)
        assert "▎99999" in "".join(app.lines())
        numbers.fill([1, 2, 3])
        assert numbers.current == 3
        numbers.fill([])
        assert numbers.current is None
        await pilot.press("home", "end", "pageup", "pagedown")
        assert not numbers.move(1)
        numbers.fill([7, 8], keep=False)
        assert numbers.current == 7


async def test_it_leaves_the_arrows_to_the_screen(bench):
    app = bench(Numbers())
    async with app.run_test(size=(40, 10)) as pilot:
        numbers = app.widget
        numbers.fill(range(100))
        numbers.focus()
        await pilot.press("down", "down", "up")
        assert numbers.scroll_offset.y == 0
        assert not {"up", "down"} & set(app.active_bindings)


async def test_it_tells_whether_the_cursor_was_moved_or_the_rows_changed(bench):
    app = bench(Numbers())
    async with app.run_test(size=(40, 10)) as pilot:
        numbers = app.widget
        numbers.fill([1, 2, 3])
        await pilot.pause()
        numbers.move(1)
        await pilot.pause()
        numbers.fill([3, 2, 1])
        await pilot.pause()
        numbers.fill([5])
        await pilot.pause()
        assert numbers.told == [(1, False), (2, True), (5, False)]


async def test_it_follows_the_terminal(bench):
    app = bench(Numbers())
    async with app.run_test(size=(40, 30)) as pilot:
        numbers = app.widget
        numbers.fill(range(100))
        numbers.focus()
        await pilot.press("pagedown")
        await pilot.resize_terminal(40, 5)
        await pilot.pause()
        assert in_sight(numbers)
        assert numbers.virtual_size.height == 100


async def test_after_an_empty_list_the_cursor_is_back_on_its_row(bench):
    app = bench(Numbers())
    async with app.run_test(size=(40, 10)) as pilot:
        numbers = app.widget
        numbers.fill(range(100))
        numbers.cursor = 42
        numbers.fill([])
        numbers.fill([])
        assert numbers.current is None
        numbers.fill(range(100))
        assert numbers.current == 42
        assert in_sight(numbers)
        await pilot.pause()
        numbers.fill([])
        numbers.fill([1, 2, 3], keep=False)
        assert numbers.current == 1


async def test_in_another_order_what_is_around_the_row_is_seen_as_well(bench):
    app = bench(Numbers())
    async with app.run_test(size=(40, 10)) as pilot:
        numbers = app.widget
        numbers.fill(range(100))
        await pilot.pause()
        for order in ([*range(1, 100), 0], [98, 99, 0, *range(1, 98)]):
            numbers.fill(order)
            await pilot.pause()
            assert numbers.current == 0
            assert in_sight(numbers)
        assert numbers.scroll_offset.y == 0, "the first rows of the order are in sight"
        numbers.fill([*range(50, 100), 0, *range(1, 50)])
        assert numbers.cursor - numbers.scroll_offset.y == numbers.size.height // 2
