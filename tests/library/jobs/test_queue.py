"""The queue with the real worker process: it lands, is cancelled, killed, starved of disk, orphaned."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import library
from library.errors import GenerationError
from library.jobs.events import JobEnded, JobProgress, TakeFailed, TakeRemade, TakeSaved
from library.jobs.queue import CANCEL_S, GenerationQueue
from library.jobs.run_and_wait import run_and_wait
from library.library import Library
from library.sound import audio
from library.store.catalog import Catalog
from library.take import Recipe
from tests.library.jobs.conftest import DEADLINE_S, cpu_s, program, worker
from tests.needs import MOUNTING, mounted, require
from tests.processes import child, is_running

LONG_S = 1000.0
PATIENT_S = 3600.0
Make = Callable[..., Recipe]


def until(condition: Callable[[], object], deadline_s: float = DEADLINE_S) -> bool:
    end = time.monotonic() + deadline_s
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False


def python(script: str) -> subprocess.CompletedProcess[str]:
    """Run `script` in a Python of its own, in a process group of its own."""
    here = str(Path(library.__file__).parents[1])
    return subprocess.run(
        [sys.executable, "-c", script],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": here},
        start_new_session=True,
    )


def test_takes_land_in_the_library_as_they_are_done(jobs, recorder, root, make_recipe: Make):
    job = jobs.submit([make_recipe(seed) for seed in (1, 2)])
    assert recorder.wait_for_end(job) == JobEnded(job=job)
    landed = recorder.of(TakeSaved, job)
    assert [event.index for event in landed] == [0, 1]
    catalog = Catalog.load(Library(root))
    for event in landed:
        take = catalog.get(event.take.id)
        assert take == event.take
        assert audio.sound_id(catalog.path_of(take)) == take.id
        assert take.duration_s == 0.5
        assert take.recipe.revision
        assert take.recipe.fingerprint["numpy"]
    assert len({event.take.batch for event in landed}) == 1
    assert recorder.threads == {"generation-queue"}


def test_two_jobs_run_in_turn_in_one_worker_and_a_batch_each(jobs, recorder, make_recipe: Make):
    first = jobs.submit([make_recipe(1)])
    second = jobs.submit([make_recipe(2)], parent="0" * 20)
    recorder.wait(lambda: recorder.of(TakeSaved, first))
    pid = worker()
    recorder.wait_for_end(second)
    assert worker() == pid
    one, two = recorder.of(TakeSaved)
    assert (one.job, two.job) == (first, second)
    assert one.take.batch != two.take.batch
    assert (one.take.parent, two.take.parent) == (None, "0" * 20)
    assert jobs.jobs() == ()


def test_takes_of_one_job_may_have_a_parent_each(jobs, recorder, make_recipe: Make):
    job = jobs.submit([make_recipe(1), make_recipe(2)], parent=["0" * 20, "1" * 20])
    recorder.wait_for_end(job)
    assert [event.take.parent for event in recorder.of(TakeSaved, job)] == ["0" * 20, "1" * 20]


def test_jobs_tell_how_far_they_are(jobs, recorder, make_recipe: Make):
    active = jobs.submit([make_recipe(1, LONG_S)])
    waiting = jobs.submit([make_recipe(2), make_recipe(3)])
    recorder.wait(lambda: len(recorder.of(JobProgress, active)) > 5)
    now, later = jobs.jobs()
    assert (now.job, now.active, later.job, later.active) == (active, True, waiting, False)
    assert 0 < now.fraction < 1
    assert now.remaining_s is not None
    assert now.remaining_s > 0
    assert len(later.recipes) == 2
    jobs.cancel(waiting)
    assert recorder.wait_for_end(waiting).cancelled
    assert [state.job for state in jobs.jobs()] == [active]


def test_cancel_stops_soon_and_keeps_what_was_finished(jobs, recorder, root, make_recipe: Make, monkeypatch):
    monkeypatch.setattr("library.jobs.queue.CANCEL_S", PATIENT_S)
    job = jobs.submit([make_recipe(1), make_recipe(2, LONG_S)])
    recorder.wait(lambda: recorder.of(TakeSaved, job) and recorder.of(JobProgress, job)[-1].done > 5000)
    pid = worker()
    worked = cpu_s(pid)
    jobs.cancel(job)
    assert recorder.wait_for_end(job).cancelled
    assert cpu_s(pid) - worked < CANCEL_S, "on a machine of its own it is not killed"
    assert worker() == pid, "the worker stopped by itself, so it was kept"
    assert not recorder.of(TakeFailed)
    assert len(Catalog.load(Library(root))) == 1
    after = jobs.submit([make_recipe(3)])
    assert not recorder.wait_for_end(after).cancelled
    assert len(Catalog.load(Library(root))) == 2


STUBBORN = """
import json, sys, time
for line in sys.stdin:
    order = json.loads(line)
    if order["type"] == "order":
        print(json.dumps({"type": "stepped", "job": order["job"], "done": 1, "of": 2}), flush=True)
        if len(order["recipes"]) > 1:
            time.sleep(3600)
        print(json.dumps({"type": "ended", "job": order["job"]}), flush=True)
"""


def test_a_worker_that_does_not_listen_is_killed(root, recorder, make_recipe: Make):
    queue = GenerationQueue(Library(root), recorder, program=program(STUBBORN))
    try:
        job = queue.submit([make_recipe(1), make_recipe(2)])
        after = queue.submit([make_recipe(3)])
        recorder.wait(lambda: recorder.of(JobProgress, job))
        pid = child()
        began = time.monotonic()
        queue.cancel(job)
        assert recorder.wait_for_end(job).cancelled
        assert time.monotonic() - began >= CANCEL_S
        assert not is_running(pid)
        assert recorder.wait_for_end(after) == JobEnded(job=after)
        assert child() != pid
        assert not recorder.of(TakeFailed)
    finally:
        queue.close()


def test_a_worker_that_reads_nothing_is_killed_too(root, recorder, make_recipe: Make):
    queue = GenerationQueue(Library(root), recorder, program=program("import time; time.sleep(3600)"))
    try:
        job = queue.submit([make_recipe(seed, prompt="more than a pipe holds " * 100) for seed in range(100)])
        assert until(child)
        queue.cancel(job)
        assert recorder.wait_for_end(job).cancelled
    finally:
        queue.close()


def test_a_killed_worker_costs_its_job_only(jobs, recorder, root, make_recipe: Make):
    job = jobs.submit([make_recipe(1), make_recipe(2, LONG_S), make_recipe(3)])
    after = jobs.submit([make_recipe(4)])
    recorder.wait(lambda: recorder.of(TakeSaved, job) and recorder.of(JobProgress, job)[-1].done > 5000)
    killed = worker()
    os.kill(killed, signal.SIGKILL)
    assert recorder.wait_for_end(job) == JobEnded(job=job)
    stumbled = recorder.of(TakeFailed, job)
    assert [event.index for event in stumbled] == [1, 2]
    assert "memory" in stumbled[0].what
    assert stumbled[0].remedy
    assert recorder.wait_for_end(after) == JobEnded(job=after)
    assert worker() != killed
    assert {take.seed for take in Catalog.load(Library(root))} == {1, 4}


@pytest.mark.parametrize(
    ("code", "said", "expected"),
    [
        ("sys.exit('MemoryError: cannot allocate')", "memory", "memory"),
        ("raise ValueError('the model is odd')", "ValueError: the model is odd", "exit code 1"),
        ("print('nonsense', flush=True); sys.stdin.read()", "can't read", "JSON"),
        ("import ctypes; ctypes.string_at(0)", "crashed", "SIGSEGV"),
    ],
)
def test_a_crash_names_its_cause(root, recorder, make_recipe: Make, code: str, said: str, expected: str):
    queue = GenerationQueue(Library(root), recorder, program=program(f"import sys; sys.stdin.readline(); {code}"))
    try:
        job = queue.submit([make_recipe(1)])
        recorder.wait_for_end(job)
        (event,) = recorder.of(TakeFailed, job)
        assert said in event.what
        assert expected in event.what
        assert "Traceback" not in event.what
        assert ("memory" in event.what) == (said == "memory")
    finally:
        queue.close()


def test_a_worker_that_cannot_start_says_so(root, recorder, make_recipe: Make, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    queue = GenerationQueue(Library(root), recorder)
    try:
        job = queue.submit([make_recipe(1)])
        recorder.wait_for_end(job)
        assert "couldn't be started" in recorder.of(TakeFailed, job)[0].what
    finally:
        queue.close()


def test_bad_recipes_stumble_alone(jobs, recorder, root, make_recipe: Make):
    unknown = Recipe(generator="theremin", prompt="x", seed=1, duration_s=1.0)
    model = Recipe(generator="sketch", prompt="x", seed=1, duration_s=1.0, model="large")
    job = jobs.submit([unknown, model, make_recipe(1, 1e6), make_recipe(5)])
    recorder.wait_for_end(job)
    assert {event.index for event in recorder.of(TakeFailed, job)} == {0, 1, 2}
    assert all(event.remedy for event in recorder.of(TakeFailed, job))
    assert [event.index for event in recorder.of(TakeSaved, job)] == [3]


def test_an_order_that_no_worker_can_read_ends_all_the_same(jobs, recorder, make_recipe: Make):
    job = jobs.submit([make_recipe(1, 1e9)])
    recorder.wait_for_end(job)
    assert "no command" in recorder.of(TakeFailed, job)[0].what
    job = jobs.submit([make_recipe(1)])
    recorder.wait_for_end(job)
    assert recorder.of(TakeSaved, job)


def test_scratch_leaves_the_library_alone(jobs, recorder, root, tmp_path, make_recipe: Make):
    job = jobs.submit([make_recipe(1)], scratch=tmp_path)
    recorder.wait_for_end(job)
    (remade,) = recorder.of(TakeRemade, job)
    assert Path(remade.sound).parent == tmp_path
    assert remade.recipe.revision
    assert not root.exists()


def test_what_libraries_print_does_not_break_the_protocol(tmp_path, recorder, root, make_recipe: Make):
    noisy = textwrap.dedent("""
        import os, sys
        from library.jobs import worker
        from library.generators.sketch import sketcher
        def shout(*anything, **more):
            print("a library prints", flush=True)
            os.write(1, b"and so does its C code\\n")
            assert sys.stdin.read() == ""
        sketcher._refuse = shout
        worker.main()
    """)
    queue = GenerationQueue(Library(root), recorder, program=program(noisy))
    try:
        job = queue.submit([make_recipe(1)])
        recorder.wait_for_end(job)
        assert len(recorder.of(TakeSaved, job)) == 1
    finally:
        queue.close()


def test_the_worker_dies_with_its_parent(tmp_path, root):
    script = textwrap.dedent(f"""
        import os, signal, sys, threading
        from pathlib import Path
        from library.library import Library
        from library.jobs.events import JobProgress
        from library.jobs.queue import GenerationQueue
        from library.take import Recipe
        from tests.library.jobs.conftest import worker
        def heard(event):
            if isinstance(event, JobProgress) and event.done > 5000:
                print(worker(), flush=True)
                os.kill(os.getpid(), signal.SIGKILL)
        queue = GenerationQueue(Library(Path({str(root)!r})), heard)
        queue.submit([Recipe(generator="sketch", prompt="x", seed=1, duration_s={LONG_S})])
        threading.Event().wait(60)
    """)
    parent = python(script)
    assert parent.returncode == -signal.SIGKILL, parent.stderr
    pid = int(parent.stdout)
    assert until(lambda: not is_running(pid))
    assert len(Catalog.load(Library(root))) == 0


def test_a_worker_can_be_warmed_up(jobs, recorder, make_recipe: Make):
    jobs.warm_up()
    assert until(worker)
    pid = worker()
    recorder.wait_for_end(jobs.submit([make_recipe(1)]))
    assert recorder.of(TakeSaved)
    assert worker() == pid


def test_close_ends_the_worker_and_refuses_more(root, recorder, make_recipe: Make):
    queue = GenerationQueue(Library(root), recorder)
    job = queue.submit([make_recipe(1, LONG_S)])
    recorder.wait(lambda: recorder.of(JobProgress, job))
    pid = worker()
    queue.close()
    assert not is_running(pid)
    with pytest.raises(GenerationError):
        queue.submit([make_recipe(1)])
    queue.close()


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    require(MOUNTING)
    with mounted(folder, "1m"):
        yield folder


def test_a_full_disk_is_named_and_what_was_finished_stays(tiny_disk, recorder, make_recipe: Make):
    queue = GenerationQueue(Library(tiny_disk / "library"), recorder)
    try:
        job = queue.submit([make_recipe(1), make_recipe(2, 60.0), make_recipe(3)])
        recorder.wait_for_end(job)
        assert [event.index for event in recorder.of(TakeSaved, job)] == [0]
        assert [event.index for event in recorder.of(TakeFailed, job)] == [1, 2]
        assert "No space left" in recorder.of(TakeFailed, job)[0].what
        assert "Free some space" in recorder.of(TakeFailed, job)[0].remedy
        (take,) = Catalog.load(Library(tiny_disk / "library"))
        folder = tiny_disk / "library" / "batches" / take.batch
        assert {path.name for path in folder.iterdir()} == {"batch.json", take.file}
    finally:
        queue.close()


def test_run_waits_and_gives_the_takes_in_order(root, make_recipe: Make):
    outcome = run_and_wait(Library(root), [make_recipe(seed) for seed in (9, 8)])
    assert [take.seed for take in outcome.takes] == [9, 8]
    assert not outcome.failures
    assert not outcome.cancelled


def test_what_breaks_in_the_ears_of_a_run_ends_it(root, make_recipe: Make):
    def break_off(event: object) -> None:
        if isinstance(event, TakeSaved):
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        run_and_wait(Library(root), [make_recipe(1), make_recipe(2, LONG_S)], break_off)
    assert [take.seed for take in Catalog.load(Library(root))] == [1]


def test_ctrl_c_keeps_what_was_finished(root):
    script = textwrap.dedent(f"""
        import os, signal
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
        from pathlib import Path
        from library.library import Library
        from library.jobs.events import TakeSaved
        from library.jobs.run_and_wait import run_and_wait
        from library.take import Recipe
        recipe = lambda seed, length: Recipe(generator="sketch", prompt="x", seed=seed, duration_s=length)
        def heard(event):
            if isinstance(event, TakeSaved):
                os.killpg(os.getpgrp(), signal.SIGINT)
        outcome = run_and_wait(Library(Path({str(root)!r})), [recipe(1, 0.5), recipe(2, {LONG_S})], heard)
        print(outcome.cancelled, len(outcome.takes), len(outcome.failures))
    """)
    done = python(script)
    assert done.stdout == "True 1 0\n", done.stderr
    assert len(Catalog.load(Library(root))) == 1


def test_nothing_heavy_is_imported_by_the_queue():
    script = """
import sys, library.jobs.run_and_wait, library.generators.recipes
print([name for name in ("numpy", "soundfile", "tinydb") if name in sys.modules])
"""
    done = python(script)
    assert done.stdout == "[]\n", done.stderr
