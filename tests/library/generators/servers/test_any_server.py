"""What holds for all kinds of servers: takes as asked, bounds on what comes back, and cancelling there too."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from library.errors import GenerationError
from library.generators.api import Failed, Rendered
from library.generators.servers import client
from library.take import MAX_SEED
from tests.library.generators.contexts import Context
from tests.library.generators.servers.music_server import RATE, music

SHORT = {"timeout_s": 5.0}
SOON_S = 20.0
"""What is cancelled is over by then, whatever else runs here; by itself it takes less than a second."""


@pytest.fixture(autouse=True)
def quick_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "FIRST_PAUSE_S", 0.01)


def test_a_take_has_what_was_asked_for(studio) -> None:
    context = Context()
    made = studio.one(studio.recipe(seed=7, duration_s=12.0), context=context)
    assert made.sample_rate == RATE
    np.testing.assert_allclose(made.samples[:, 0], music(7, 12.0, "slow strings"), atol=1e-6)
    recipe = made.recipe
    assert (recipe.seed, recipe.asked_seed, recipe.exact) == (7, None, False)
    assert recipe.fingerprint["server"] == studio.definition.kind
    assert recipe.model
    assert context.told == []


def test_progress_goes_up_and_names_no_more_than_there_is(studio) -> None:
    context = Context()
    studio.server.steps = 8
    studio.one(context=context)
    done = [report.done for report in context.reports]
    assert done == sorted(done)
    assert done[-1] == context.reports[-1].of
    assert len(set(done)) > 2


@pytest.mark.parametrize("seed", [0, 1, 2**31, 2**32 - 1])
def test_seeds_arrive_as_they_are(studio, seed: int) -> None:
    made = studio.one(studio.recipe(seed=seed))
    np.testing.assert_allclose(made.samples[:, 0], music(seed, 12.0, "slow strings"), atol=1e-6)


def test_the_same_seed_is_the_same_take_and_others_are_others(studio) -> None:
    first, again, other = studio.make(*(studio.recipe(seed=seed) for seed in (5, 5, 6)))
    np.testing.assert_array_equal(first.samples, again.samples)
    assert not np.array_equal(first.samples, other.samples)


def test_several_are_made_at_once_where_the_table_says_so(studio) -> None:
    studio.server.hold.clear()
    context = Context()

    def let_go() -> None:
        """Once four are asked for."""
        paths = {"ace-step-server": "/release_task", "acestep-cpp": "/lm", "comfyui": "/prompt"}
        until = time.monotonic() + 30
        while len(studio.server.sent_to(paths[studio.definition.kind])) < 4 and time.monotonic() < until:
            threading.Event().wait(0.01)
        studio.server.hold.set()

    watching = threading.Thread(target=let_go)
    watching.start()
    results = studio.make(*(studio.recipe(seed=seed) for seed in range(4)), context=context, jobs=4, timeout_s=20.0)
    watching.join()
    assert all(isinstance(result, Rendered) for result in results)


def test_silence_and_a_wrong_length_are_takes_that_will_be_flagged(studio) -> None:
    studio.server.faults |= {"silence", "wrong length"}
    made = studio.one()
    assert not made.samples.any()
    assert len(made.samples) / made.sample_rate == pytest.approx(18.0)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("page", "web page instead of sound"),
        ("half a file", "part of the sound"),
        ("far too long", "3,600 s"),
        ("nothing", "empty file"),
        ("huge", "10,240 MB"),
        ("packed", "packs its answers"),
        ("redirect sound", "follows no redirect"),
        ("broken off", "broke off"),
    ],
)
def test_what_is_no_sound_fails_with_a_reason(studio, fault: str, words: str) -> None:
    studio.server.faults.add(fault)
    assert words in studio.failure()


def test_sound_without_end_is_cut_short(studio, monkeypatch: pytest.MonkeyPatch) -> None:
    from library.generators.servers import generator

    monkeypatch.setattr(generator, "byte_limit", lambda seconds: 4 << 20)
    studio.server.faults.add("endless")
    assert "can't be a take" in studio.failure()


def test_a_slow_drip_ends_by_the_clock(studio) -> None:
    studio.server.faults.add("drip")
    words = studio.failure(**SHORT)
    assert "within 5 s" in words or "longer than 5 s" in words


@pytest.mark.parametrize("fault", ["garbage", "web page", "fail", "redirect", "long answer", "deep", "list"])
def test_answers_that_make_no_sense_fail_all_with_a_reason(studio, fault: str) -> None:
    studio.server.faults.add(fault)
    with pytest.raises(GenerationError) as raised:
        studio.make()
    assert raised.value.what
    assert raised.value.remedy


def test_a_server_that_says_nothing_is_given_up(studio) -> None:
    studio.server.faults.add("hang")
    with pytest.raises(GenerationError, match="didn't answer within"):
        studio.make(timeout_s=0.3)


def test_a_failure_that_passes_is_asked_over(studio) -> None:
    studio.server.failures = 2
    assert isinstance(studio.one(), Rendered)


def test_a_job_that_fails_costs_only_itself(studio) -> None:
    studio.server.faults.add("task fails")
    assert studio.failure()


def test_a_job_that_the_server_has_lost_is_given_up(studio) -> None:
    studio.server.faults.add("lost")
    assert "no longer knows" in studio.failure()


def test_a_take_that_takes_too_long_is_stopped_there_too(studio) -> None:
    studio.server.hold.clear()
    assert "longer than 5 s" in studio.failure(timeout_s=5.0)
    if studio.definition.kind != "ace-step-server":
        assert len(studio.server.cancelled) == 1


def test_nobody_there_is_said_at_once(studio) -> None:
    with pytest.raises(GenerationError, match=r"Nothing answers at http://127\.0\.0\.1:1, ") as raised:
        studio.make(url="http://127.0.0.1:1")
    assert "Start the server" in raised.value.remedy


def test_a_host_that_isnt_there(studio) -> None:
    with pytest.raises(GenerationError) as raised:
        studio.make(url="http://no-such-host.invalid:8001")
    assert raised.value.remedy


def test_cancelling_takes_no_time_and_reaches_the_server(studio) -> None:
    studio.server.hold.clear()
    begun: list[float] = []

    def stop() -> bool:
        """Once it is under way."""
        under_way = {"ace-step-server": "/query_result", "acestep-cpp": "/job", "comfyui": "/history"}
        if any(path.startswith(under_way[studio.definition.kind]) for _, path, _ in studio.server.asked):
            begun.append(time.monotonic())
        return bool(begun)

    assert studio.make(studio.recipe(1), studio.recipe(2), context=Context(stop)) == []
    assert time.monotonic() - begun[0] < SOON_S
    if studio.definition.kind != "ace-step-server":
        assert studio.server.cancelled


def test_cancelling_while_the_server_says_nothing(studio) -> None:
    studio.server.faults.add("hang")
    begun: list[float] = []

    def stop() -> bool:
        if studio.server.asked:
            begun.append(time.monotonic())
        return bool(begun)

    assert studio.make(context=Context(stop)) == []
    assert time.monotonic() - begun[0] < SOON_S


def test_a_take_that_nobody_wants_is_stopped_and_the_others_go_on(studio) -> None:
    studio.server.hold.clear()
    context = Context()
    context.dropped.add(0)
    results = studio.results(studio.recipe(1), studio.recipe(2), context=context, jobs=2)
    assert isinstance(next(results), Failed)
    studio.server.hold.set()
    (kept,) = results
    assert isinstance(kept, Rendered)
    assert kept.index == 1


def test_the_largest_seed_is_no_accident(studio) -> None:
    made = studio.one(studio.recipe(seed=MAX_SEED))
    assert made.recipe.seed == (2**32 - 1 if studio.definition.kind == "acestep-cpp" else MAX_SEED)


def test_no_proxy_is_asked(studio, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert isinstance(studio.one(), Rendered)
