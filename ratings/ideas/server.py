"""Ideas from a language model behind an OpenAI-compatible server: Ollama, llama.cpp, LM Studio and others.

One question by `POST /v1/chat/completions`, with a JSON schema for the answer. Nothing that comes back is trusted.
"""

from __future__ import annotations

import asyncio
import os
import re
import unicodedata
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

import msgspec

from library.files.decoding import NotJsonError, decode_json
from library.generators.incoming.report import clean
from library.generators.servers.client import Named, Patience, RefusedError, Server
from library.generators.servers.errors import ServerError
from library.machine_text import is_machine_text
from library.spelling import fold, one_spelling
from ratings.ideas.idea import Idea, IdeasError

KEY_VARIABLE = "EARMARK_IDEAS_KEY"
"""The environment variable with the key for a server that wants one."""
PATIENCE = Patience(answer_s=180.0)
MOST = 100
"""Ideas in one answer."""
_LONGEST = 400
"""Letters of a prompt; more is a story."""
_LONGEST_REASON = 160
_MARKS = 2
_LONGEST_MODEL = 200
_NAMED = Named("--server", "the server's address", KEY_VARIABLE, "")
_SENDER = "the server"
_PATH = "/v1/chat/completions"
_ANY = msgspec.json.Decoder()
_LEADING = re.compile(r"^(?:[#*•\-–—]|\d+[.)])+\s+")
_ROLE = (
    "You suggest prompts for a text-to-music model. A prompt is one line of at most 25 words: genre, mood, "
    "instruments, rhythm, tempo, key, era, production, form. No artist names, no lyrics. "
    "Each has a short reason why it is worth a try. Answer with JSON only."
)


def server_address(text: str) -> str:
    """The address below which `/v1` is, from one with or without that, with or without `http://`, or a port alone.

    Without a host it is this machine. Raises IdeasError.
    """
    typed = text.strip()
    if re.fullmatch(r":?\d+", typed):
        typed = f"127.0.0.1:{typed.lstrip(':')}"
    whole = typed if "://" in typed else f"http://{typed}"
    try:
        parts = urlsplit(whole)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        host = parts.netloc
    except ValueError:
        usable, host = False, ""
    if not usable or parts.query or parts.fragment or not whole.isprintable() or " " in whole:
        raise IdeasError("That's no server's address.", "Write it like http://127.0.0.1:11434.")
    if "@" in host:
        raise IdeasError("The address has a user or password in it.", f"Set {KEY_VARIABLE} to the key instead.")
    path = re.sub(r"(?:/v1)?(?:/chat/completions)?/*$", "", parts.path)
    return f"{parts.scheme}://{host}{path}"


def ask_server(
    address: str,
    model: str | None,
    text: str,
    count: int,
    known: Collection[str],
    *,
    liked: Sequence[str] = (),
    disliked: Sequence[str] = (),
    patience: Patience = PATIENCE,
    stopped: Callable[[], bool] = lambda: False,
) -> list[Idea]:
    """At most `count` ideas of the server at `address`; none that is `known` (folded).

    `liked` and `disliked` are sent to it, `text` is what the prompts are to be about. Without a `model` it is the first
    that the server names. Raises IdeasError; gives nothing where it is `stopped` meanwhile.
    """
    url = server_address(address)
    asked = min(count, MOST)
    question = _question(text, asked, liked, disliked)
    try:
        answer = asyncio.run(_until_stopped(_ask(url, model, question, asked, patience), stopped))
    except ServerError as error:
        raise IdeasError(error.what, error.remedy) from error
    return [] if answer is None else list(_ideas_in(answer, count, known))


def _question(text: str, count: int, liked: Sequence[str], disliked: Sequence[str]) -> str:
    parts = [f"Suggest {count} different prompts{f' with or about: {text}' if text else ''}."]
    if liked:
        parts.append("The listener liked: " + "; ".join(liked) + ". Keep what works and change one thing at a time.")
    if disliked:
        parts.append("The listener disliked: " + "; ".join(disliked) + ". Avoid that.")
    return "\n".join(parts)


async def _until_stopped(question: Coroutine[None, None, str], stopped: Callable[[], bool]) -> str | None:
    asking = asyncio.ensure_future(question)
    while not (await asyncio.wait([asking], timeout=0.1))[0]:
        if stopped():
            asking.cancel()
            with suppress(asyncio.CancelledError):
                await asking
            return None
    return asking.result()


async def _ask(url: str, model: str | None, question: str, count: int, patience: Patience) -> str:
    key = os.environ.get(KEY_VARIABLE, "").strip() or None
    async with Server(url, _SENDER, api_key=key, patience=patience, named=_NAMED) as server:
        asked = {
            "model": model or await _first_model(server),
            "messages": [{"role": "system", "content": _ROLE}, {"role": "user", "content": question}],
            "stream": False,
            "max_tokens": 4096,
        }
        try:
            answer = await server.post(_PATH, asked | _answer_by(_schema(count, bounded=True)))
        except RefusedError:  # some know no bounds in a schema
            answer = await server.post(_PATH, asked | _answer_by(_schema(count, bounded=False)))
    match answer:
        case {"choices": [{"message": {"content": str(content)}}, *_]}:
            return content
        case _:
            raise ServerError("The server's answer has no text in it.", _NAMED.check)


def _answer_by(schema: Mapping[str, object]) -> dict[str, object]:
    form = {"name": "ideas", "strict": True, "schema": schema}
    return {"response_format": {"type": "json_schema", "json_schema": form}}


def _schema(count: int, *, bounded: bool) -> dict[str, object]:
    """Of a list of ideas; `bounded`: one at least and `count` at most, and each a line."""

    def text(most: int) -> dict[str, object]:
        return {"type": "string"} | ({"maxLength": most} if bounded else {})

    idea = _object(prompt=text(_LONGEST // 2), because=text(_LONGEST_REASON))
    return _object(ideas={"type": "array", "items": idea} | ({"minItems": 1, "maxItems": count} if bounded else {}))


def _object(**properties: object) -> dict[str, object]:
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


async def _first_model(server: Server) -> str:
    match await server.get("/v1/models"):
        case {"data": [{"id": str(name)}, *_]} if 0 < len(name) <= _LONGEST_MODEL:
            return name
        case _:
            raise ServerError("The server names no model.", "Name one with --model.")


def _ideas_in(content: str, count: int, known: Collection[str]) -> Iterator[Idea]:
    """The ideas in what a model wrote. Raises IdeasError where that isn't what was asked for."""
    begin, end = content.find("{"), content.rfind("}")
    try:
        found = decode_json(content[begin : end + 1].encode(errors="replace"), _ANY)
    except NotJsonError:
        found = None
    ideas = found.get("ideas") if isinstance(found, dict) else None
    if not isinstance(ideas, list):
        raise IdeasError("The model's answer isn't the list that was asked for.", "Try again, or name another model.")
    there, given = set(known), 0
    for one in ideas:
        if not isinstance(one, dict) or given == count:
            continue
        prompt = clean_prompt(one.get("prompt"))
        if prompt is not None and fold(prompt) not in there:
            there.add(fold(prompt))
            given += 1
            yield Idea(prompt, "server", _cut(_cleaned(one.get("because")), _LONGEST_REASON) or "the server's idea")


def clean_prompt(said: object) -> str | None:
    """A prompt in what a server said, fit for the screen and the library; None where there is none."""
    prompt = _LEADING.sub("", _cleaned(said)).strip(" \"'“”#")
    fits = len(prompt) <= _LONGEST and sum(map(str.isalpha, prompt)) >= 3 and not is_machine_text(prompt)
    return prompt if fits else None


def _cleaned(said: object) -> str:
    """One line without controls, private letters, or more than two marks on a letter."""
    if not isinstance(said, str):
        return ""
    kept, marks = list[str](), _MARKS  # a mark at the beginning has no letter below it
    for letter in one_spelling(clean(said[: 1 << 14])):
        marks = marks + 1 if unicodedata.combining(letter) or unicodedata.category(letter) in ("Mn", "Me") else 0
        if marks <= _MARKS:
            kept.append(letter)
    return one_spelling("".join(kept))


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
