"""Speaks to ComfyUI: prompt, ws, history, view, queue, interrupt (server.py and execution.py there)."""

from __future__ import annotations

import asyncio
import contextlib
import io
import uuid
from functools import partial
from typing import Any

import aiohttp
import msgspec

from library.errors import GenerationError
from library.files.decoding import NotJsonError, decode_json
from library.files.reading import read_file
from library.generators.incoming.report import Report, clean, read_name
from library.generators.servers.client import Json, Server, Socket
from library.generators.servers.comfyui.workflow import Workflow, read_workflow
from library.generators.servers.errors import ServerError
from library.generators.servers.protocol import (
    FIRST_POLL_S,
    LONGEST_POLL_S,
    Look,
    Made,
    Wanted,
    job_at_server,
    member,
    text_at,
)
from library.generators.user_defined.definition import Definition

_MAX_UPLOAD = 256 << 20
_ASK_QUEUE_EVERY = 5
"""So many questions for the result to one whether the job is still in line: that answer is long."""
_MESSAGE = msgspec.json.Decoder(dict[str, Any])
_SAMPLED = 0.95


class ComfyUI:
    """One take is one prompt, as ComfyUI calls a workflow that it is given."""

    usual_jobs = 2
    """While one take comes over, the next is being made."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition

    async def look(self, server: Server) -> Look:
        """Its version and device."""
        self._workflow()
        stats = await server.get("/system_stats")
        system, device = member(stats, "system"), member(stats, "devices", 0)
        if not isinstance(system, dict):
            raise ServerError(f"At {server.url} there is no ComfyUI.", "Correct url or kind in generators.toml.")
        told = {"torch": text_at(system, "pytorch_version"), "device": text_at(device, "name")}
        facts = {name: clean(value)[:200] for name, value in told.items() if value}
        return Look(version=clean(text_at(system, "comfyui_version"))[:100], facts=facts)

    async def make(self, server: Server, wanted: Wanted) -> Made:
        workflow = self._workflow()
        values = await self._values(server, wanted, workflow)
        client = uuid.uuid4().hex
        async with server.websocket("/ws", {"clientId": client}) as socket:
            body = {"prompt": workflow.filled(values), "client_id": client}
            outputs = await self._run(server, wanted, workflow, body, socket)
        sound = _sound_of(outputs, workflow.output)
        query = {name: text_at(sound, name) for name in ("filename", "subfolder", "type")}
        await server.fetch("/view", query, wanted.into, wanted.limit)
        model = wanted.recipe.model or workflow.value("model")
        return Made(Report(model=read_name(model), facts={"workflow": workflow.hash()}))

    def _workflow(self) -> Workflow:
        assert self._definition.workflow is not None  # noqa: S101 - no table of this kind does without
        return read_workflow(self._definition.workflow, self._definition.places)

    async def _values(self, server: Server, wanted: Wanted, workflow: Workflow) -> dict[str, Any]:
        """What goes where."""
        recipe = wanted.recipe
        values: dict[str, Any] = {"prompt": recipe.prompt, "seed": recipe.seed, "duration": recipe.duration_s}
        if "duration" not in workflow.places:
            wanted.tell("The workflow has no place for a length, so the takes are as long as it makes them.")
        elif isinstance(workflow.value("duration"), int) and recipe.duration_s == int(recipe.duration_s):
            values["duration"] = int(recipe.duration_s)
        if recipe.model is not None:
            values["model"] = recipe.model
        values |= {
            name: value for name, value in recipe.settings.items() if name in workflow.places and name not in values
        }
        if wanted.draft is not None:
            if "draft" not in workflow.places:
                raise GenerationError("The workflow has no place for a draft.", "Use one with a node that loads audio.")
            values["draft"] = await _upload(server, wanted)
        return values

    async def _run(
        self, server: Server, wanted: Wanted, workflow: Workflow, body: dict[str, Any], socket: Socket | None
    ) -> Json:
        """Have a prompt run: its outputs, by node."""
        said = await server.post("/prompt", body)
        job = text_at(said, "prompt_id")
        if not job:
            raise ServerError(
                f"At {server.url} there is no ComfyUI: it takes no prompt.", "Correct url or kind in generators.toml."
            )
        moved = asyncio.Event()
        async with job_at_server(partial(_cancel, server, job)):
            listening = asyncio.create_task(_listen(socket, job, wanted, moved)) if socket is not None else None
            try:
                return await self._follow(server, wanted, workflow, job, moved)
            finally:
                if listening is not None:
                    listening.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await listening

    async def _follow(self, server: Server, wanted: Wanted, workflow: Workflow, job: str, moved: asyncio.Event) -> Json:
        asked, missed, pause = 0, 0, FIRST_POLL_S
        while True:
            entry = member(await server.get(f"/history/{job}"), job)
            if entry is not None:
                _check(entry)
                if workflow.output not in (member(entry, "outputs") or {}):
                    raise ServerError(f"Node {workflow.output} of the workflow gave no sound.", "Name another output.")
                if _was_cached(entry, workflow):
                    wanted.tell(
                        "ComfyUI gave sound that it had made before: until it is started anew, it makes the same only "
                        "once. Verifying such takes proves nothing."
                    )
                return member(entry, "outputs")
            asked += 1
            if asked % _ASK_QUEUE_EVERY == 0:
                missed = 0 if job in _in_line(await server.get("/queue")) else missed + 1
                if missed > 1:
                    raise ServerError("ComfyUI no longer knows the job: it may have been started anew.", "Try again.")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(moved.wait(), pause)
                moved.clear()
            pause = min(LONGEST_POLL_S, pause * 1.25)


async def _listen(socket: Socket, job: str, wanted: Wanted, moved: asyncio.Event) -> None:
    """Follow what ComfyUI tells of the job, as long as it tells anything: pictures are passed over."""
    with contextlib.suppress(aiohttp.ClientError, OSError):  # without it, asking now and then will do
        async for message in socket:
            if message.type == aiohttp.WSMsgType.TEXT:
                _take_in(message.data, job, wanted, moved)


def _take_in(message: str, job: str, wanted: Wanted, moved: asyncio.Event) -> None:
    try:
        said = decode_json(message.encode(errors="replace"), _MESSAGE)
    except NotJsonError:
        return
    data = member(said, "data")
    if text_at(data, "prompt_id") != job:
        return
    match said.get("type"):
        case "progress":
            value, of = member(data, "value"), member(data, "max")
            if isinstance(value, int | float) and isinstance(of, int | float) and of > 0:
                wanted.progress(_SAMPLED * value / of, "")
        case "executing" if member(data, "node") is None:
            moved.set()
        case "execution_success" | "execution_error" | "execution_interrupted":
            moved.set()


async def _upload(server: Server, wanted: Wanted) -> str:
    """Give the draft to ComfyUI: the name by which a workflow loads it."""
    assert wanted.draft is not None and wanted.recipe.draft is not None  # noqa: PT018, S101
    form = aiohttp.FormData()
    sound = read_file(wanted.draft, _MAX_UPLOAD)
    # Its route for pictures takes any file into the folder of inputs.
    form.add_field(
        "image", io.BytesIO(sound), filename=f"earmark-{wanted.recipe.draft.sound}.wav", content_type="audio/wav"
    )
    form.add_field("overwrite", "true")
    said = await server.post("/upload/image", form=form)
    given, folder = text_at(said, "name"), text_at(said, "subfolder")
    if not given:
        raise ServerError("ComfyUI doesn't take the draft.", "Look at what it prints.")
    return f"{folder}/{given}" if folder else given


async def _cancel(server: Server, job: str) -> None:
    """Take it out of the line, or interrupt it: never what somebody else is making."""
    await server.post("/queue", {"delete": [job]})
    if job in _ids(member(await server.get("/queue"), "queue_running")):
        await server.post("/interrupt", {"prompt_id": job})


def _in_line(queue: Json) -> set[str]:
    return _ids(member(queue, "queue_running")) | _ids(member(queue, "queue_pending"))


def _ids(entries: Json) -> set[str]:
    listed = entries if isinstance(entries, list) else []
    return {entry[1] for entry in listed if isinstance(entry, list) and len(entry) > 1 and isinstance(entry[1], str)}


def _check(entry: Json) -> None:
    """Raise ServerError where the history says that it went wrong."""
    if text_at(entry, "status", "status_str") != "error":
        return
    for message in member(entry, "status", "messages") or []:
        match message:
            case ["execution_interrupted", *_]:
                raise ServerError("Somebody interrupted it in ComfyUI.")
            case ["execution_error", dict() as data]:
                where = text_at(data, "node_type") or "a node"
                said = clean(text_at(data, "exception_message"))[:200].rstrip(".")
                raise ServerError(
                    f"ComfyUI failed in {clean(where)[:60]}: {said}.", "Mend it there, where the workflow shows it."
                )
    raise ServerError("ComfyUI failed to make it.", "Look at what it prints.")


def _was_cached(entry: Json, workflow: Workflow) -> bool:
    """Whether what has the seed was not run anew."""
    seeded = {node for node, _ in workflow.places["seed"]}
    for message in member(entry, "status", "messages") or []:
        match message:
            case ["execution_cached", {"nodes": list() as nodes}]:
                return seeded <= {str(node) for node in nodes}
    return False


def _sound_of(outputs: Json, node: str) -> Json:
    sounds = member(outputs, node, "audio")
    if not isinstance(sounds, list) or not text_at(sounds, 0, "filename"):
        raise ServerError(f"Node {node} of the workflow gave no sound.", "Name another output in generators.toml.")
    return sounds[0]
