"""How other processes are started and spoken to: in one way, in typed messages."""

from __future__ import annotations

import ast
from importlib.util import find_spec
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from library.importing.measuring.process import MEASURING
from library.jobs.events import WORKER
from library.mending.remeasuring import REMEASURING
from library.processes.group_keeper import KEEPER
from library.processes.program import Program
from tui.playing.player.messages import AUDIO, DECODER, DIAGNOSIS
from tui.playing.recording.messages import MICROPHONE

ROOT = Path(__file__).parents[2]
PROGRAMS = {
    "worker": WORKER,
    "measuring": MEASURING,
    "audio": AUDIO,
    "decoder": DECODER,
    "diagnosis": DIAGNOSIS,
    "microphone": MICROPHONE,
    "remeasuring": REMEASURING,
    "keeper": KEEPER,
}
STARTING = {"subprocess", "multiprocessing", "pty", "concurrent.futures.process"}
STARTING_CALLS = {"fork", "forkpty", "popen", "system", "posix_spawn", "posix_spawnp", "startfile"}


def starts_a_process(source: str) -> list[int]:
    """The lines on which a process is started, or what can start one is imported."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names) if STARTING & {name.name for name in names}:
                found.append(node.lineno)
            case ast.ImportFrom(module=str(module)) if module.partition(".")[0] in STARTING or module in STARTING:
                found.append(node.lineno)
            case ast.Attribute(value=ast.Name(id="os"), attr=name) if name in STARTING_CALLS or name.startswith(
                ("exec", "spawn")
            ):
                found.append(node.lineno)
    return found


def test_processes_are_started_in_one_place() -> None:
    files = [path for package in ("library", "ratings", "tui") for path in (ROOT / package).rglob("*.py")]
    found = {path.relative_to(ROOT).as_posix() for path in files if starts_a_process(path.read_text("utf-8"))}
    places = ("child", "other_program", "user_command")
    assert found == {f"library/processes/{place}.py" for place in places}


@pytest.mark.parametrize(
    "line", ["import subprocess", "from multiprocessing import Pool", "os.fork()", "os.execv(a, b)", "os.system(a)"]
)
def test_a_start_is_found(line: str) -> None:
    assert starts_a_process(f"x = 1\n{line}") == [2]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_is_a_module_and_its_messages_are_frozen_structs(name: str) -> None:
    program: Program = PROGRAMS[name]
    flag, module = program.words
    assert flag == "-m"
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    assert "Pipes(" in Path(spec.origin).read_text("utf-8")
    for messages in (program.commands, program.reports):
        msgspec.json.Decoder(messages)  # which refuses a union that it can't tell apart
        for kind in get_args(messages) or [messages]:
            assert kind is None or (issubclass(kind, msgspec.Struct) and kind.__struct_config__.frozen)
