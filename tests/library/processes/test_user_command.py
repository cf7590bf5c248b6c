"""A user's command: spoken to, followed, bounded, and ended with all that it has started."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from library.processes.child import PACKAGES
from library.processes.user_command import CommandEnd, CommandError, Keeper, run_command
from tests.processes import await_end, is_running

LIMIT_S = 60.0
SOON_S = 20.0
"""What is cancelled is over by then, whatever else runs here; by itself it takes less than a second."""


def run(program: str, folder: Path, **others: object) -> CommandEnd:
    return run_command([sys.executable, "-c", program], folder=folder, **{"limit_s": LIMIT_S, **others})


def wait_until(true: Callable[[], bool], within_s: float = 20.0) -> None:
    until = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < until, "it didn't come to that"
        time.sleep(0.01)


FAMILY = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open("pids.new", "w").write(f"{os.getpid()} {child.pid}")
os.rename("pids.new", "pids")
time.sleep(600)
"""
"""A command that has started another one, and neither of which ends."""


def gone(*processes: int) -> None:
    """Return once they have all ended."""
    for process in processes:
        await_end(process)


def family(folder: Path) -> list[int]:
    return [int(word) for word in (folder / "pids").read_text().split()]


def test_it_reads_the_request_and_tells_line_by_line(tmp_path: Path) -> None:
    program = """
import json, sys
asked = json.load(sys.stdin)
sys.stdout.write("a result\\n")
sys.stderr.write(f"seed {asked['seed']}\\n10%\\r20%\\rdone")
"""
    lines: list[str] = []
    end = run(
        program, tmp_path, request=json.dumps({"seed": 7, "prompt": "x" * 1_000_000}).encode(), on_line=lines.append
    )
    assert lines == ["seed 7", "10%", "20%", "done"]
    assert (end.cause, end.code, end.output) == ("ended", 0, "a result\n")
    assert "done" in end.lines


def test_a_command_that_reads_nothing_ends_all_the_same(tmp_path: Path) -> None:
    assert run("pass", tmp_path, request=b"x" * 10_000_000).code == 0


def test_a_flood_without_a_line_end_fills_no_memory(tmp_path: Path) -> None:
    end = run("import sys\nfor _ in range(200): sys.stderr.write('x' * 100_000)", tmp_path)
    assert end.code == 0
    assert max(map(len, end.lines)) <= 1000


def test_its_exit_code_and_last_words_are_told(tmp_path: Path) -> None:
    end = run("import sys; sys.exit('no GPU')", tmp_path)
    assert (end.cause, end.code, end.lines) == ("ended", 1, ("no GPU",))


@pytest.mark.parametrize("cause", ["stopped", "too long", "too large"])
def test_all_that_it_has_started_goes_with_it_soon(tmp_path: Path, cause: str) -> None:
    there = (tmp_path / "pids").exists
    begun: list[float] = []

    def over() -> bool:
        if there() and not begun:
            begun.append(time.monotonic())
        return bool(begun)

    ways = {"stopped": {"stop": over}, "too large": {"is_too_large": over}, "too long": {"limit_s": 3.0}}
    end = run(FAMILY, tmp_path, **ways[cause])
    assert end.cause == cause
    if begun:
        assert time.monotonic() - begun[0] < SOON_S
    gone(*family(tmp_path))


def test_what_ignores_being_asked_is_killed(tmp_path: Path) -> None:
    program = f"import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN){FAMILY}"
    end = run(program, tmp_path, stop=(tmp_path / "pids").exists)
    assert end.code == -signal.SIGKILL
    gone(*family(tmp_path))


def test_what_it_leaves_behind_is_ended_when_it_ends(tmp_path: Path) -> None:
    program = FAMILY.rpartition("time.sleep(600)")[0]
    assert run(program, tmp_path).code == 0
    gone(*family(tmp_path))


def test_our_own_modules_are_not_in_its_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(PACKAGES), str(tmp_path)]))
    end = run("import os; print(os.environ['PYTHONPATH'])", tmp_path)
    assert end.output.strip() == str(tmp_path)


@pytest.mark.parametrize("words", [["no-such-program-there"], ["/"], ["a\0b"]])
def test_what_cant_be_started_is_told(tmp_path: Path, words: list[str]) -> None:
    with pytest.raises(CommandError, match=r".+"):
        run_command(words, folder=tmp_path, limit_s=LIMIT_S)


KILLED = """
import sys
from pathlib import Path
from library.processes.user_command import Keeper, run_command
run_command([sys.executable, "-c", sys.argv[1]], folder=Path(sys.argv[2]), limit_s=600, keeper=Keeper())
"""


def test_a_command_dies_with_the_process_that_runs_it(tmp_path: Path) -> None:
    """Also where that is killed, and can do nothing more."""
    with subprocess.Popen([sys.executable, "-c", KILLED, FAMILY, str(tmp_path)], cwd=PACKAGES) as runner:
        wait_until((tmp_path / "pids").exists)
        processes = family(tmp_path)
        assert all(map(is_running, processes))
        runner.kill()
        runner.wait()
    gone(*processes)


def test_a_keeper_ends_once_it_is_needed_no_more(tmp_path: Path) -> None:
    keeper = Keeper()
    assert run("pass", tmp_path, keeper=keeper).code == 0
    keeper.close()
    assert run("pass", tmp_path, keeper=keeper).code == 0
    keeper.close()
