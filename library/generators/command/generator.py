"""Makes takes by a command of the user's: started for each, told what is wanted, its file checked as a stranger's."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from library.errors import EarmarkError, GenerationError
from library.files.decoding import NotJsonError, decode_json
from library.files.durable import remove_file
from library.files.file_stamp import stamp_of
from library.files.reading import read_file
from library.files.temporary import TemporaryFolder
from library.generators.api import Context, Failed, Progress, Rendered
from library.generators.command.placeholders import TEXTS, fill
from library.generators.command.progress import fraction_in
from library.generators.command.version import version_of
from library.generators.incoming.report import (
    Report,
    as_asked,
    facts_of,
    read_name,
    read_seed,
    seed_remark,
    with_asked_model,
    with_report,
)
from library.generators.incoming.sound import accept_sound, byte_limit, write_wav
from library.generators.spec import show_value
from library.generators.user_defined.definition import Definition
from library.processes.user_command import CommandEnd, CommandError, Keeper, run_command
from library.take import Recipe

MAX_REPORT = 1 << 20
MAX_WORD = 100_000
"""Bytes of a word; Linux starts no command with one over 128 kB."""
_POLL_S = 0.1
_STEPS = 1000
_SAID = 200
_REJECTED = "You rejected this take while it was being made."
_OBJECT = msgspec.json.Decoder(dict[str, Any])


@dataclass
class _Making:
    """One take while its command runs."""

    fraction: float = 0.0
    note: str = ""
    unwanted: bool = False
    """Whether it is to end: nobody wants it, or the run is over."""


@dataclass(frozen=True)
class _Job:
    """One take to make, and what it is made with."""

    index: int
    recipe: Recipe
    making: _Making
    context: Context
    folder: Path
    keeper: Keeper


class CommandGenerator:
    """A generator that is a command: see docs/adding.md for what passes to and fro."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self.name = definition.name
        self._sender = f"“{definition.name}”"
        self._fingerprint: dict[str, str] | None = None
        self._drafts = threading.Lock()

    def generate(self, recipes: Sequence[Recipe], context: Context) -> Iterator[Rendered | Failed]:
        """Each recipe's take as its command ends. Raises GenerationError where the command can't be run at all."""
        making = [_Making() for _ in recipes]
        keeper = Keeper()
        with contextlib.ExitStack() as stack:
            stack.callback(keeper.close)
            if self._fingerprint is None:
                fingerprint = fingerprint_of(self._definition, context.cancelled, keeper)
                if context.cancelled():
                    return
                self._fingerprint = fingerprint
            folder = stack.enter_context(TemporaryFolder("command"))
            pool = stack.enter_context(ThreadPoolExecutor(self._definition.jobs or 1, "command"))
            waiting: dict[Future[Rendered | Failed | None], int] = {
                pool.submit(self._make, _Job(index, recipe, making[index], context, folder.path, keeper)): index
                for index, recipe in enumerate(recipes)
            }
            stack.callback(_end_all, pool, making)
            self._report(making, recipes, context)
            while waiting:
                done, _ = wait(waiting, _POLL_S, FIRST_COMPLETED)
                if context.cancelled():
                    return
                for index in context.unwanted():
                    making[index].unwanted = True
                for future in done:
                    making[waiting.pop(future)].fraction = 1.0
                    if (result := future.result()) is not None:
                        yield result
                self._report(making, recipes, context)

    def _report(self, making: Sequence[_Making], recipes: Sequence[Recipe], context: Context) -> None:
        done = round(_STEPS * sum(one.fraction for one in making))
        seconds = {
            index: one.fraction * recipes[index].duration_s for index, one in enumerate(making) if 0 < one.fraction < 1
        }
        note = next((one.note for one in making if one.note and one.fraction < 1), "")
        context.report(Progress(min(done, _STEPS * len(making)), _STEPS * len(making), note, seconds=seconds))

    def _make(self, job: _Job) -> Rendered | Failed | None:
        """The take of one recipe, None where the run was cancelled."""
        try:
            rendered = self._run(job)
        except GenerationError as error:
            return Failed(job.index, error)
        except EarmarkError as error:
            return Failed(job.index, GenerationError(error.what, error.remedy))
        if rendered is not None and (remark := seed_remark(self._sender, rendered.recipe)):
            job.context.tell(remark)
        return rendered

    def _run(self, job: _Job) -> Rendered | None:
        recipe, making, context = as_asked(job.recipe), job.making, job.context
        if context.cancelled():
            return None
        if making.unwanted:
            raise GenerationError(_REJECTED)
        out = job.folder / f"{job.index}.wav"
        draft = self._draft(job)
        words, request = self._words(recipe, out, draft)
        limit = byte_limit(recipe.duration_s)

        def is_too_large() -> bool:
            stamp = stamp_of(out)
            return stamp is not None and stamp.size > limit

        def follow(line: str) -> None:
            making.note = _plain(line)
            making.fraction = min(0.99, fraction_in(line) or making.fraction)

        try:
            end = run_command(
                words, folder=self._definition.folder, request=request, limit_s=self._definition.timeout_s,
                stop=lambda: making.unwanted or context.cancelled(), is_too_large=is_too_large, on_line=follow,
                keeper=job.keeper,
            )  # fmt: skip
            if context.cancelled():
                return None
            if making.unwanted:
                raise GenerationError(_REJECTED)
            self._check_end(end, limit)
            samples, rate = accept_sound(out, self._sender, recipe.duration_s)
            report = with_asked_model(self._report_beside(out, context), recipe)
            changed = with_report(
                recipe, report, revision=None, sampling=None, fingerprint=self._fingerprint,
                licence=self._definition.licence,
            )  # fmt: skip
        except CommandError as error:
            raise GenerationError(f"{_begin(self._sender)} doesn't run: {error}.", _MEND) from error
        finally:
            for path in (out, Path(f"{out}.json"), draft):
                if path is not None:
                    with contextlib.suppress(OSError):
                        remove_file(path)
        return Rendered(job.index, changed, samples, rate)

    def _draft(self, job: _Job) -> Path | None:
        draft = job.recipe.draft
        if draft is None:
            return None
        with self._drafts:
            samples, rate = job.context.draft(draft.sound)
        if draft.until_s is not None:
            samples = samples[: max(1, round(draft.until_s * rate))]
        path = job.folder / f"{job.index}.draft.wav"
        write_wav(path, samples, rate)
        return path

    def _words(self, recipe: Recipe, out: Path, draft: Path | None) -> tuple[list[str], bytes]:
        """The command's words, and the request that it reads."""
        settings = {}
        for setting in self._definition.settings:
            value = recipe.settings.get(setting.name, setting.default)
            settings[setting.name] = None if value is None else setting.check(value)
        request = msgspec.json.encode(
            {
                "prompt": recipe.prompt,
                "seed": recipe.seed,
                "duration_s": recipe.duration_s,
                "settings": {name: value for name, value in settings.items() if value is not None},
                "draft": None if draft is None else str(draft),
                "draft_use": None if recipe.draft is None else recipe.draft.use,
                "out": str(out),
                "model": recipe.model,
            }
        )
        values = {
            **{name: "" if value is None else show_value(value) for name, value in settings.items()},
            "prompt": recipe.prompt,
            "seed": str(recipe.seed),
            "duration": f"{recipe.duration_s:.10g}",
            "out": str(out),
            "draft": "" if draft is None else str(draft),
            "json": request.decode(),
            "model": recipe.model or "",
        }
        words = fill(self._definition.command, values, (*TEXTS, *settings))
        if any(len(word.encode(errors="replace")) > MAX_WORD for word in words):
            raise GenerationError("The request is too long for a command's word.", "Let it read its standard input.")
        return words, request

    def _check_end(self, end: CommandEnd, limit: int) -> None:
        """Raise GenerationError unless it says that all went well."""
        said = f" It says: {_plain(end.lines[-1])}" if end.lines else ""
        name = _begin(self._sender)
        if end.cause == "too long":
            raise GenerationError(
                f"{name} took longer than {self._definition.timeout_s:g} s and was ended.{said}",
                f"If it needs longer, set timeout in [generators.{self.name}].",
            )
        if end.cause == "too large":
            raise GenerationError(f"{name} wrote over {limit >> 20:,} MB, which can't be a take, and was ended.")
        if end.code < 0:
            raise GenerationError(f"{name} was ended by signal {-end.code}.{said}")
        if end.code != 0:
            raise GenerationError(f"{name} failed (exit code {end.code}).{said}")

    def _report_beside(self, out: Path, context: Context) -> Report:
        """What the file beside the sound says; nothing where there is none."""
        path = Path(f"{out}.json")
        try:
            said = decode_json(read_file(path, MAX_REPORT), _OBJECT)
        except FileNotFoundError:
            return Report()
        except (OSError, NotJsonError) as error:
            reason = getattr(error, "strerror", None) or error
            context.tell(f"What {self._sender} says of its takes can't be read: {reason}.")
            return Report()
        seed = read_seed(said.get("seed"))
        if seed is None and said.get("seed") is not None:
            context.tell(f"{_begin(self._sender)} reports a seed that is none: {_plain(str(said['seed']))[:40]}.")
        return Report(seed, read_name(said.get("model")), facts_of(said, without=("seed", "model")))


_MEND = "Correct its command in generators.toml; `earmark generators --check` tries it."


def fingerprint_of(definition: Definition, stop: Callable[[], bool], keeper: Keeper) -> dict[str, str]:
    """What tells this command, as it is now, from others: a hash of its words, and the version that it gives itself."""
    words = "\0".join(definition.command)
    found = {"command": hashlib.sha256(words.encode(errors="replace")).hexdigest()[:12]}
    if definition.version:
        version = version_of(definition, stop, keeper)
        found["version"] = version.text if version.fault is None else "unknown"
    return found


def _end_all(pool: ThreadPoolExecutor, making: Sequence[_Making]) -> None:
    for one in making:
        one.unwanted = True
    pool.shutdown(wait=True, cancel_futures=True)


def _plain(line: str) -> str:
    return "".join(letter for letter in line if letter.isprintable())[:_SAID]


def _begin(sender: str) -> str:
    return f"{sender[:1].upper()}{sender[1:]}"
