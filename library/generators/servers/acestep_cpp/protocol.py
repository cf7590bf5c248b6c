"""Speaks to acestep.cpp's ace-server: lm, synth, job (its docs/ARCHITECTURE.md, July 2026)."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import aiohttp
import msgspec

from library.errors import LibraryError
from library.files.durable import create_file, remove_file
from library.files.reading import read_file
from library.generators.incoming.report import Report, clean, facts_of, read_name
from library.generators.servers.acestep_cpp.settings import MAX_SEED, SENT_AS, SHORTEST_S
from library.generators.servers.client import Json, NotThereError, Server
from library.generators.servers.errors import ServerError
from library.generators.servers.protocol import Look, Made, Wanted, job_at_server, member, polls, text_at

_TASKS = {"melody": "cover", "continuation": "repaint"}
_MAX_UPLOAD = 256 << 20
"""The server takes no more."""
_PLANNED_BY = 0.3
"""What part of the work the planner counts for: the server tells only whether a job is done."""
_BOUNDARY = re.compile(r'boundary="?([^";,\s]{1,70})"?', re.IGNORECASE)
_WAITING = 0.9


class AceStepCpp:
    """One take is a job of the planner, then one of the synthesiser. The server does one job at a time, in order."""

    usual_jobs = 2
    """While one take comes over, the next is being made."""

    async def look(self, server: Server) -> Look:
        """Its health, its models, and whether its planner takes a seed."""
        if text_at(await server.get("/health"), "status") != "ok":
            raise ServerError(f"At {server.url} there is no acestep.cpp server.", _MEND)
        props = await server.get("/props")
        models = [name for name in member(props, "models", "dit") or [] if isinstance(name, str)]
        if not models:
            raise ServerError(
                f"The acestep.cpp server at {server.url} has no DiT model.", "Put one into its folder of models."
            )
        planners = [name for name in member(props, "models", "lm") or [] if isinstance(name, str)]
        default = member(props, "default")
        remarks = []
        if planners and isinstance(default, dict) and "lm_seed" not in default:
            remarks.append(
                "This acestep.cpp draws its plans by chance: the same seed gives other music. "
                "Bring it up to date, or leave the planner out: --set planner=no."
            )
        facts = {"planner": clean(planners[0])[:100]} if planners else {"planner": "none"}
        return Look(
            clean(text_at(props, "version"))[:100], tuple(clean(name) for name in models[:100]), facts, tuple(remarks)
        )

    async def make(self, server: Server, wanted: Wanted) -> Made:
        request = request_of(wanted)
        planned: Mapping[str, Any] = {}
        if wanted.draft is None and wanted.setting("planner") is not False:
            if wanted.look.facts.get("planner") == "none" and wanted.setting("language_model") is None:
                raise ServerError("The server has no language model to plan with.", "Use --set planner=no.")
            planned = await self._plan(server, wanted, request)
        await self._synthesise(server, wanted, {**planned, **request})
        if wanted.recipe.duration_s < SHORTEST_S:
            wanted.tell(
                f"acestep.cpp makes {SHORTEST_S:g} s at least: shorter takes are the beginning of one that long."
            )
        facts = facts_of(planned, without=("audio_codes", *request))
        report = Report(request["seed"], read_name(request.get("synth_model")), facts)
        return Made(report, cut=wanted.recipe.duration_s < SHORTEST_S, codes=_codes(planned))

    async def _plan(self, server: Server, wanted: Wanted, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """The request as the language model completes it."""
        job = _job_of(server, await server.post("/lm", request))
        wanted.progress(0.02, "planning")
        async with job_at_server(partial(_cancel, server, job)):
            await self._follow(server, job)
            plans = await server.get("/job", {"id": job, "result": "1"})
        plan = member(plans, 0)
        if not isinstance(plan, dict):
            raise ServerError("The server's planner gives no plan.", "Look at what it prints.")
        return plan

    async def _synthesise(self, server: Server, wanted: Wanted, request: Mapping[str, Any]) -> None:
        wanted.progress(_PLANNED_BY, "making the sound")
        if wanted.draft is None:
            said = await server.post("/synth", request)
        else:
            form = aiohttp.FormData()
            form.add_field("request", msgspec.json.encode(request).decode(), content_type="application/json")
            sound = read_file(wanted.draft, _MAX_UPLOAD)
            form.add_field("audio", io.BytesIO(sound), filename=wanted.draft.name, content_type="audio/wav")
            said = await server.post("/synth", form=form)
        job = _job_of(server, said)
        async with job_at_server(partial(_cancel, server, job)):
            await self._follow(server, job)
            wanted.progress(_WAITING, "fetching the sound")
            kind = await server.fetch("/job", {"id": job, "result": "1"}, wanted.into, wanted.limit)
        if kind.lower().startswith("multipart/"):
            _keep_first_sound(wanted, kind)

    async def _follow(self, server: Server, job: str) -> None:
        """Wait until a job is done."""
        async for _ in polls():
            try:
                status = text_at(await server.get("/job", {"id": job}), "status")
            except NotThereError as error:
                raise ServerError(
                    "The server no longer knows the job: it may have been started anew.", "Try again."
                ) from error
            if status == "done":
                return
            if status == "cancelled":
                raise ServerError("Somebody cancelled the job at the server.")
            if status != "running":
                said = f" ({clean(status)[:40]})" if status not in ("", "failed") else ""
                raise ServerError(
                    f"The server failed to make it{said}.", "Look at what it prints: it tells no reasons."
                )


def request_of(wanted: Wanted) -> dict[str, Any]:
    """An AceRequest in which nothing is left to chance: also the planner has the seed."""
    recipe = wanted.recipe
    seed = recipe.seed & MAX_SEED
    request: dict[str, Any] = {
        "caption": recipe.prompt,
        "duration": max(SHORTEST_S, recipe.duration_s),
        "seed": seed,
        "lm_seed": seed,
        "lm_batch_size": 1,
        "synth_batch_size": 1,
        "use_cot_caption": False,
        "output_format": "wav24",
        "task_type": "text2music",
    }
    if model := recipe.model or next(iter(wanted.look.models), None):
        request["synth_model"] = model
    for name, sent in SENT_AS.items():
        if (value := wanted.setting(name)) is not None:
            request[sent] = value
    if recipe.draft is not None:
        request["task_type"] = _TASKS[recipe.draft.use]
        if recipe.draft.use == "continuation":
            request |= {"repainting_start": wanted.draft_s, "repainting_end": request["duration"]}
    return request


_MEND = "Correct url or kind in generators.toml."


def _job_of(server: Server, said: Json) -> str:
    job = text_at(said, "id")
    if not job:
        raise ServerError(f"At {server.url} there is no acestep.cpp server: it takes no job.", _MEND)
    return job


async def _cancel(server: Server, job: str) -> None:
    await server.post("/job", query={"id": job, "cancel": "1"})


def _codes(planned: Mapping[str, Any]) -> tuple[int, ...]:
    """The planner's audio codes, by which two plans can be compared; none where they make no sense."""
    text = planned.get("audio_codes")
    codes = text.split(",") if isinstance(text, str) and text else []
    if not all(code.strip().isdecimal() and len(code) < 9 for code in codes):
        return ()
    return tuple(int(code) for code in codes)


def _keep_first_sound(wanted: Wanted, kind: str) -> None:
    """Of an answer of several parts, in the sound's place, keep the first that is a sound. Raises ServerError."""
    boundary = _BOUNDARY.search(kind)
    answer = read_file(wanted.into, wanted.limit)
    sound = first_sound(answer, boundary[1].encode()) if boundary else None
    if sound is None:
        raise ServerError("The server's answer has no sound in it.", _MEND)
    try:
        remove_file(wanted.into)
        with create_file(wanted.into) as file:
            file.write(sound)
    except OSError as error:
        raise LibraryError(f"{wanted.into} can't be written: {error.strerror or error}.") from error


def first_sound(answer: bytes, boundary: bytes) -> bytes | None:
    """The body of the first part of a multipart answer (RFC 2046) whose type is a sound's; None without one.

    A part that isn't closed counts as far as it goes: what reads the sound will find that it is cut off.
    """
    mark = b"--" + boundary
    start = 0 if answer.startswith(mark) else answer.find(b"\r\n" + mark)
    while start >= 0:
        head_end = answer.find(b"\r\n\r\n", start, start + 4096)
        if head_end < 0:
            return None
        head = answer[start:head_end].lower()
        end = answer.find(b"\r\n" + mark, head_end)
        if b"content-type: audio/" in head:
            return answer[head_end + 4 : end if end >= 0 else len(answer)]
        start = end
    return None
