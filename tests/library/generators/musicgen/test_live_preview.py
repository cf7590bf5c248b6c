"""Takes are heard, and rejected, while they are being made."""

from __future__ import annotations

import threading
from concurrent.futures import Future

import numpy as np
import pytest

from library.generators.api import Failed, Rendered
from library.take import Recipe


@pytest.fixture
def live(context):
    class Live(type(context)):
        def __init__(self) -> None:
            super().__init__(previews=True)
            self.heard, self.news = [], threading.Condition()
            self.rejected, self.followed = set(), set()

        def unwanted(self):
            return self.rejected

        def listened(self):
            return self.followed

        def preview(self, index, samples, sample_rate):
            with self.news:
                self.heard.append((index, samples, sample_rate))
                self.news.notify_all()

        def wait(self, count: int):
            with self.news:
                assert self.news.wait_for(lambda: len(self.heard) >= count, 60)
            return sorted(self.heard, key=lambda preview: (preview[0], len(preview[1])))

    return Live()


def recipes(count: int, duration_s: float) -> list[Recipe]:
    return [Recipe(generator="musicgen", prompt="harp", seed=seed, duration_s=duration_s) for seed in range(count)]


def test_the_first_seconds_are_heard(make, live):
    made = make("text", recipes(2, 6.0), live)
    assert all(isinstance(result, Rendered) for result in made.values())
    for index, samples, rate in live.wait(2):
        assert len(samples) == 3 * rate
        assert np.allclose(samples[: 2 * rate], made[index].samples[: 2 * rate], atol=1e-6)  # sums of float32
    assert [index for index, _, _ in live.wait(2)] == [0, 1]


def test_only_the_take_that_is_listened_to_is_heard_again(make, live, monkeypatch):
    from library.generators.musicgen.encodec.codec import Codec

    def at_once(self, codes):
        done = Future()
        done.set_result(self.decode(codes))
        return done

    monkeypatch.setattr(Codec, "decode_in_pool", at_once)
    live.followed = {1}
    made = make("text", recipes(2, 10.0), live)
    lengths = {index: [len(s) / rate for i, s, rate in live.wait(5) if i == index] for index in (0, 1)}
    assert lengths == {0: [3.0], 1: [3.0, 4.2, 5.88, 8.24]}
    *_, (_, longest, rate) = live.wait(5)
    assert np.allclose(longest[: 8 * rate], made[1].samples[: 8 * rate], atol=1e-6)


def test_what_a_take_goes_on_from_is_no_news(make, live):
    preview = make("text", recipes(1, 6.0))[0]
    live.extends, live.saved = "ab" * 10, {"ab" * 10: preview.tokens}
    make("text", recipes(1, 12.5), live)
    ((_, samples, rate),) = live.wait(1)
    assert len(samples) == pytest.approx((6.0 - 3 / 50 + 3.0) * rate)


def test_takes_that_are_soon_done_need_no_preview(make, live):
    make("text", recipes(1, 5.0), live)
    assert not live.heard


def test_progress_tells_how_much_there_is_of_each(make, live):
    make("text", recipes(2, 1.0), live)
    seconds = [report.seconds for report in live.reports if report.seconds]
    assert seconds[0] == {0: 0.0, 1: 0.0}
    assert max(told[1] for told in seconds) > 0.9
    assert [told[0] for told in seconds if 0 in told] == sorted(told[0] for told in seconds if 0 in told)


def test_rejected_takes_stop_and_the_others_are_as_ever(make, live):
    expected = make("text", recipes(9, 1.0))  # One more than there are seats.
    report = live.report
    steps = []

    def stepped(progress) -> None:
        report(progress)
        steps.append(progress)
        if len(steps) == 30:
            live.rejected = {0, 3, 8}

    live.report = stepped
    made = make("text", recipes(9, 1.0), live)
    for seed in range(9):
        if seed in {0, 3, 8}:
            assert isinstance(made[seed], Failed)
            assert "rejected" in made[seed].error.what
        else:
            assert np.array_equal(made[seed].samples, expected[seed].samples)


def test_all_may_be_rejected(make, live):
    live.rejected = {0, 1}
    made = make("text", recipes(2, 20.0), live)
    assert all(isinstance(result, Failed) for result in made.values())
