"""Speaks to ACE-Step 1.5's API server: release_task, query_result, v1/audio (its docs/en/API.md, February 2026)."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec

from library.files.decoding import NotJsonError, decode_json
from library.files.reading import read_file
from library.generators.incoming.report import Report, facts_of, read_name, read_seed
from library.generators.servers.ace_step.settings import SENT_AS, SHORTEST_S
from library.generators.servers.client import Json, Server
from library.generators.servers.errors import BusyError, ServerError
from library.generators.servers.protocol import Look, Made, Wanted, member, polls, text_at
from library.take import SettingValue

LOST_AFTER = 3
"""A job that the server says nothing of so many times is lost: it keeps jobs in memory."""
_BUSY_TRIES = 30
_RESULTS = msgspec.json.Decoder(list[dict[str, Any]])
_TASKS = {"melody": "cover", "continuation": "repaint"}
_BOUND_UPLOAD = 512 << 20


class AceStepServer:
    """One take is one task. The server can't be told to stop one: what is cancelled here ends there by itself."""

    usual_jobs = 1

    def __init__(self, audio_format: str = "flac") -> None:
        self._audio_format = audio_format

    async def look(self, server: Server) -> Look:
        """Its health, and its models."""
        health = _data(server, await server.get("/health"))
        if text_at(health, "status") != "ok":
            raise ServerError(
                f"At {server.url} there is no ACE-Step server.", "Correct url or kind in generators.toml."
            )
        listed = _data(server, await server.get("/v1/models"))
        names = [text_at(model, "name") for model in member(listed, "models") or [] if text_at(model, "name")]
        usual = text_at(listed, "default_model")
        models = tuple(dict.fromkeys([*([usual] if usual else []), *names]))
        return Look(version=text_at(health, "version")[:100], models=models[:100])

    async def make(self, server: Server, wanted: Wanted) -> Made:
        task = await self._release(server, wanted)
        result = await self._follow(server, wanted, task)
        await server.fetch(server.path_of(text_at(result, "file")), None, wanted.into, wanted.limit)
        metas = member(result, "metas")
        facts = facts_of(
            {"lm_model": result.get("lm_model"), "generation_info": result.get("generation_info"), "metas": metas}
        )
        report = Report(read_seed(result.get("seed_value")), read_name(result.get("dit_model")), facts)
        if wanted.recipe.duration_s < SHORTEST_S:
            wanted.tell(f"ACE-Step makes {SHORTEST_S:g} s at least: shorter takes are the beginning of one that long.")
        return Made(report, cut=wanted.recipe.duration_s < SHORTEST_S, settings=_chosen(wanted, metas))

    async def _release(self, server: Server, wanted: Wanted) -> str:
        fields = request_of(wanted, self._audio_format)
        for _ in range(_BUSY_TRIES):
            try:
                said = (
                    await server.post("/release_task", fields)
                    if wanted.draft is None
                    else await server.post("/release_task", form=_form(fields, wanted))
                )
            except BusyError:
                wanted.progress(0.0, "the server's queue is full")
                async for _ in polls():
                    break
                continue
            task = text_at(_data(server, said), "task_id")
            if not task:
                raise ServerError(f"{_name(server)} took no task: {_short(said)}.")
            return task
        raise BusyError("The server's queue stays full.", "Try again later.")

    async def _follow(self, server: Server, wanted: Wanted, task: str) -> dict[str, Any]:
        """What the server says of a task once it is done."""
        silent = 0
        async for _ in polls():
            data = _data(server, await server.ask("/query_result", {"task_id_list": [task]}))
            entry = member(data, 0)
            status, result = member(entry, "status"), _result(entry)
            if status == 1:
                if text_at(result, "file"):
                    return result
                raise ServerError(f"{_name(server)} says it is done, and names no sound.")
            if status == 2:
                said = text_at(result, "error") or text_at(entry, "progress_text")
                raise ServerError(
                    f"{_name(server)} failed{f': {_line(said)}' if said else ''}.", "Look at what it prints."
                )
            if status != 0:
                raise ServerError(f"{_name(server)} says nothing of its task that makes sense: {_short(entry)}.")
            silent = 0 if result else silent + 1
            if silent >= LOST_AFTER:
                raise ServerError(
                    f"{_name(server)} no longer knows the task: it may have been started anew.", "Try again."
                )
            done = member(result, "progress")
            wanted.progress(done if isinstance(done, int | float) else 0.0, _line(text_at(result, "stage")))
        raise AssertionError


def request_of(wanted: Wanted, audio_format: str) -> dict[str, Any]:
    """The fields of a task: nothing in it is left to chance, or to a language model."""
    recipe = wanted.recipe
    fields: dict[str, Any] = {
        "prompt": recipe.prompt,
        "audio_duration": max(SHORTEST_S, recipe.duration_s),
        "seed": recipe.seed,
        "use_random_seed": False,
        "batch_size": 1,
        "thinking": False,
        "sample_mode": False,
        "use_format": False,
        "use_cot_caption": False,
        "use_cot_language": False,
        "audio_format": audio_format,
        "task_type": "text2music",
    }
    if recipe.model is not None:
        fields["model"] = recipe.model
    for name, sent in SENT_AS.items():
        if (value := wanted.setting(name)) is not None:
            fields[sent] = value
    if recipe.draft is not None:
        fields["task_type"] = _TASKS[recipe.draft.use]
        if recipe.draft.use == "continuation":
            fields |= {"repainting_start": wanted.draft_s, "repainting_end": fields["audio_duration"]}
    return fields


def _form(fields: Mapping[str, Any], wanted: Wanted) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for name, value in fields.items():
        form.add_field(name, str(value).lower() if isinstance(value, bool) else str(value))
    if wanted.draft is not None:
        sound = read_file(wanted.draft, _BOUND_UPLOAD)
        form.add_field("src_audio", io.BytesIO(sound), filename="draft.wav", content_type="audio/wav")
    return form


def _data(server: Server, said: Json) -> Json:
    """What is in the server's wrapper. Raises ServerError where that says that something failed."""
    if not isinstance(said, dict) or "data" not in said:
        raise ServerError(f"At {server.url} there is no ACE-Step server: it says {_short(said)}.", _MEND)
    if said.get("code") not in (None, 200):
        raise ServerError(f"{_name(server)} refuses: {_line(str(said.get('error')))}.", "Look at what it prints.")
    return said["data"]


_MEND = "Correct url or kind in generators.toml."


def _result(entry: Json) -> dict[str, Any]:
    """The first result of a task, which is JSON in a JSON text; empty where there is none yet."""
    text = member(entry, "result")
    if not isinstance(text, str):
        return {}
    try:
        results = decode_json(text.encode(errors="replace"), _RESULTS)
    except NotJsonError:
        return {}
    return results[0] if results else {}


def _chosen(wanted: Wanted, metas: Json) -> dict[str, SettingValue]:
    """What the server decided of its own where the recipe said nothing: said next time, it makes the same again."""
    chosen: dict[str, SettingValue] = {}
    bpm, key, signature = (member(metas, name) for name in ("bpm", "keyscale", "timesignature"))
    if wanted.setting("bpm") is None and isinstance(bpm, int) and not isinstance(bpm, bool) and 30 <= bpm <= 300:
        chosen["bpm"] = bpm
    if wanted.setting("key") is None and isinstance(key, str) and key not in ("", "N/A"):
        chosen["key"] = _line(key)[:40]
    if wanted.setting("time_signature") is None and str(signature) in ("2", "3", "4", "6"):
        chosen["time_signature"] = str(signature)
    return chosen


def _name(server: Server) -> str:
    return f"{server.sender[:1].upper()}{server.sender[1:]}"


def _line(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()[:200].rstrip(".")


def _short(said: Json) -> str:
    return _line(msgspec.json.encode(said, enc_hook=str).decode()) if said is not None else "nothing"
