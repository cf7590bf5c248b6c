"""Makes takes on a server that the user runs: asks for several at once, follows them, and checks what comes back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from library.errors import EarmarkError, GenerationError
from library.files.durable import remove_file
from library.files.temporary import TemporaryFolder
from library.generators.api import Context, Failed, Progress, Rendered
from library.generators.incoming.report import seed_remark, with_report
from library.generators.incoming.sound import accept_sound, byte_limit, cut_to, write_wav
from library.generators.servers.client import Patience, Server
from library.generators.servers.errors import NoServerError
from library.generators.servers.protocol import Look, Made, ServerProtocol, Wanted
from library.generators.user_defined.definition import Definition
from library.take import Recipe

TICK_S = 0.1
_STEPS = 1000
_REJECTED = "You rejected this take while it was being made."


@dataclass
class _Making:
    """One take on its way."""

    fraction: float = 0.0
    note: str = ""
    task: asyncio.Task[Rendered | Failed] | None = None

    def progress(self, fraction: float, note: str) -> None:
        """Never backwards, and never whole before the sound is there."""
        self.fraction = max(self.fraction, min(0.99, fraction))
        self.note = note


class ServerGenerator:
    """A generator that asks a server."""

    def __init__(self, definition: Definition, protocol: ServerProtocol) -> None:
        self._definition = definition
        self._protocol = protocol
        self.name = definition.name

    def generate(self, recipes: Sequence[Recipe], context: Context) -> Iterator[Rendered | Failed]:
        """Each recipe's take as the server is done with it. Raises GenerationError where no server answers."""
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(TemporaryFolder("server"))
            loop = asyncio.new_event_loop()
            stack.callback(loop.close)
            run = _Run(self._definition, self._protocol, recipes, context, folder.path)
            stack.callback(lambda: loop.run_until_complete(run.close()))
            if not loop.run_until_complete(run.reach()):
                return
            while run.is_going:
                results = loop.run_until_complete(run.tick())
                if context.cancelled():
                    return
                yield from results


class _Run:
    """One call of `generate`, on its event loop."""

    def __init__(
        self,
        definition: Definition,
        protocol: ServerProtocol,
        recipes: Sequence[Recipe],
        context: Context,
        folder: Path,
    ) -> None:
        self._definition, self._protocol = definition, protocol
        self._sender = sender = f"“{definition.name}”"
        self._recipes, self._context, self._folder = recipes, context, folder
        self._server = Server(definition.url, sender, api_key=definition.api_key, patience=patience_of(definition))
        self._look = Look()
        self._making = [_Making() for _ in recipes]
        self._room = asyncio.Semaphore(definition.jobs or protocol.usual_jobs)
        self._missing: set[int] = set(range(len(recipes)))
        self._lost: NoServerError | None = None
        """Why the server is gone: nothing else is asked of it then."""

    @property
    def is_going(self) -> bool:
        """Whether there are takes still to come."""
        return bool(self._missing)

    async def reach(self) -> bool:
        """Reach the server and begin. Whether it goes on: False where it was cancelled. Raises GenerationError."""
        await self._server.__aenter__()
        self._report("reaching the server")
        looking = asyncio.create_task(self._protocol.look(self._server))
        while not (await asyncio.wait([looking], timeout=TICK_S))[0]:
            if self._context.cancelled():
                looking.cancel()
                await asyncio.wait([looking])
                return False
        self._look = looking.result()
        for remark in self._look.remarks:
            self._context.tell(remark)
        for index, making in enumerate(self._making):
            making.task = asyncio.create_task(self._make(index))
        return True

    async def tick(self) -> list[Rendered | Failed]:
        """Wait a moment: what is done by then."""
        tasks = {
            making.task: index for index, making in enumerate(self._making) if making.task and index in self._missing
        }
        done, _ = await asyncio.wait(tasks, timeout=TICK_S, return_when=asyncio.FIRST_COMPLETED)
        if self._context.cancelled():
            return []
        results = list[Rendered | Failed]()
        for task in done:
            index = tasks[task]
            self._missing.discard(index)
            self._making[index].fraction = 1.0
            results.append(Failed(index, GenerationError(_REJECTED)) if task.cancelled() else task.result())
        for index in self._context.unwanted():
            if index in self._missing and (unwanted := self._making[index].task) is not None:
                unwanted.cancel()
        if self._lost is not None:
            results += [Failed(index, self._lost) for index in sorted(self._missing)]
            self._missing.clear()
        self._report(next((making.note for making in self._making if making.note and making.fraction < 1), ""))
        return results

    async def close(self) -> None:
        """Stop what is under way, here and at the server."""
        tasks = [making.task for making in self._making if making.task is not None]
        for each in tasks:
            each.cancel()
        if tasks:
            await asyncio.wait(tasks)
            for each in tasks:
                if not each.cancelled():
                    each.exception()  # looked at, so that nobody complains
        await self._server.__aexit__()

    def _report(self, note: str) -> None:
        done = round(_STEPS * sum(making.fraction for making in self._making))
        seconds = {
            index: making.fraction * self._recipes[index].duration_s
            for index, making in enumerate(self._making)
            if 0 < making.fraction < 1
        }
        of = _STEPS * len(self._making)
        self._context.report(Progress(min(done, of), of, note, seconds=seconds))

    async def _make(self, index: int) -> Rendered | Failed:
        async with self._room:
            into = self._folder / f"{index}.sound"
            draft = self._folder / f"{index}.draft.wav"
            try:
                return await self._make_one(index, into, draft)
            except TimeoutError:
                what = f"The server took longer than {self._definition.timeout_s:g} s and was told to stop."
                how = f"If it needs longer, set timeout in [generators.{self._definition.name}]."
                return Failed(index, GenerationError(what, how))
            except GenerationError as error:
                if isinstance(error, NoServerError):
                    self._lost = error
                return Failed(index, error)
            except EarmarkError as error:
                return Failed(index, GenerationError(error.what, error.remedy))
            finally:
                for path in (into, draft):
                    with contextlib.suppress(OSError):
                        remove_file(path)

    async def _make_one(self, index: int, into: Path, draft: Path) -> Rendered:
        recipe, making = self._recipes[index], self._making[index]
        draft_s = self._write_draft(recipe, draft)
        wanted = Wanted(
            recipe=recipe, look=self._look, into=into, limit=byte_limit(recipe.duration_s),
            draft=draft if recipe.draft is not None else None, draft_s=draft_s,
            tell=self._context.tell, progress=making.progress,
        )  # fmt: skip
        async with asyncio.timeout(self._definition.timeout_s):
            made = await self._protocol.make(self._server, wanted)
        samples, rate = await asyncio.to_thread(accept_sound, into, self._sender, recipe.duration_s)
        if made.cut:
            samples = cut_to(samples, rate, recipe.duration_s)
        completed = self._completed(recipe, made)
        if remark := seed_remark(self._sender, completed):
            self._context.tell(remark)
        tokens = {"codes": np.array(made.codes, np.int32)} if made.codes else {}
        return Rendered(index, completed, samples, rate, tokens)

    def _completed(self, recipe: Recipe, made: Made) -> Recipe:
        look = self._look
        fingerprint = {
            "server": self._definition.kind,
            **({"version": look.version} if look.version else {}),
            **look.facts,
        }
        changes = {"settings": {**recipe.settings, **made.settings}} if made.settings else {}
        return with_report(
            recipe, made.report, revision=None, sampling=None, fingerprint=fingerprint,
            licence=self._definition.licence, **changes,
        )  # fmt: skip

    def _write_draft(self, recipe: Recipe, path: Path) -> float:
        """Put what steers a take at `path`: the draft up to where the take goes on, or its length. Seconds."""
        if recipe.draft is None:
            return 0.0
        samples, rate = self._context.draft(recipe.draft.sound)
        until_s = recipe.draft.until_s if recipe.draft.use == "continuation" else recipe.duration_s
        if until_s is not None:
            samples = samples[: max(1, round(until_s * rate))]
        write_wav(path, samples, rate)
        return len(samples) / rate


def patience_of(definition: Definition) -> Patience:
    """As long as is usual, and never longer than a take may take."""
    usual = Patience()
    return Patience(
        connect_s=min(usual.connect_s, definition.timeout_s),
        answer_s=min(usual.answer_s, definition.timeout_s),
        sound_s=min(usual.sound_s, definition.timeout_s),
        silence_s=min(usual.silence_s, definition.timeout_s),
    )
