"""HTTP to one server, which is not trusted: bounded in bytes and time, without redirects, proxies or cookies."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self, TypeAlias
from urllib.parse import urljoin, urlsplit

import aiohttp
import msgspec
from yarl import URL

from library.errors import LibraryError
from library.files.decoding import NotJsonError, decode_json
from library.files.durable import create_file, remove_file
from library.generators.incoming.sound import looks_like_a_page, text_of
from library.generators.servers.errors import BusyError, NoServerError, ServerError

Json: TypeAlias = Any
"""What a server answers, decoded: of any form, so that each use of it looks first."""
Socket: TypeAlias = aiohttp.ClientWebSocketResponse
MAX_ANSWER = 16 << 20
"""Bytes of an answer that is no sound: what a server tells of a job, or of its models."""
TRIES = 4
"""How often a question that changes nothing is asked before it counts as failed …"""
FIRST_PAUSE_S = 0.2
"""… with pauses between, each three times as long as the one before."""
_CHUNK = 1 << 18
_SHOWN = 200
_ANY = msgspec.json.Decoder()
_TRANSIENT = (500, 502, 503, 504)


@dataclass(frozen=True)
class Patience:
    """How long a server may take."""

    connect_s: float = 5.0
    answer_s: float = 60.0
    """For a whole answer that is no sound."""
    sound_s: float = 300.0
    """For a sound to come over, from its first byte to its last."""
    silence_s: float = 60.0
    """Without a byte, while a sound comes over."""


@dataclass(frozen=True)
class Named:
    """Where the user named the server, in the words of what to do about it."""

    place: str = "generators.toml"
    address: str = "url in generators.toml"
    key: str = "api_key in generators.toml"
    kind: str = ", and kind is its kind"

    @property
    def check(self) -> str:
        return f"Check that {self.address} is that server's{self.kind}."


GENERATOR = Named()


class Server:
    """One server at one address, for the time of an `async with`."""

    def __init__(
        self,
        url: str,
        sender: str,
        *,
        api_key: str | None = None,
        patience: Patience | None = None,
        named: Named = GENERATOR,
    ) -> None:
        """`sender` is what it is called in sentences."""
        self.url = url
        self.sender = sender
        self.named = named
        self.patience = patience or Patience()
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            headers={"Accept-Encoding": "identity", "User-Agent": "earmark", **self._headers},
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,  # a proxy would be a server that nobody named
            auto_decompress=False,
            middlewares=(self._only_here,),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self.patience.connect_s),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Json:
        """What it answers to a question that changes nothing, decoded JSON; asked again where it may help."""
        return await self._again(lambda: self._json("GET", path, query=query))

    async def ask(self, path: str, body: object) -> Json:
        """The same, for a question that is asked by POST."""
        return await self._again(lambda: self._json("POST", path, body=body))

    async def post(
        self,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, str] | None = None,
        form: aiohttp.FormData | None = None,
    ) -> Json:
        """What it answers to a request to do something: decoded JSON, None where it answers nothing. Asked once."""
        return await self._json("POST", path, query=query, body=body, form=form)

    async def fetch(self, path: str, query: Mapping[str, str] | None, into: Path, limit: int) -> str:
        """Put what is at `path` into a new file, `limit` bytes at most: its content type. Tried again where broken."""
        for attempt in range(TRIES):
            try:
                return await self._fetch(path, query, into, limit)
            except _BrokenOffError as error:
                if attempt == TRIES - 1:
                    raise ServerError(str(error), "Try again.") from error
                await asyncio.sleep(FIRST_PAUSE_S)
        raise AssertionError

    @asynccontextmanager
    async def websocket(self, path: str, query: Mapping[str, str]) -> AsyncIterator[Socket | None]:
        """A web socket, whose messages are bounded like all answers; None where the server has none for us."""
        assert self._session is not None  # noqa: S101 - inside `async with`
        socket = None
        with suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with asyncio.timeout(self.patience.connect_s):
                socket = await self._session.ws_connect(
                    self._address(path, query), max_msg_size=MAX_ANSWER, timeout=aiohttp.ClientWSTimeout(ws_close=0.1)
                )
        try:
            yield socket
        finally:
            if socket is not None:
                with suppress(aiohttp.ClientError, TimeoutError, OSError):
                    await socket.close()

    def path_of(self, address: str) -> str:
        """Path and query of an address that the server gave. Raises ServerError where that is on another server."""
        whole = urljoin(f"{self.url}/", address)
        own, given = urlsplit(self.url), urlsplit(whole)
        if (own.scheme, own.netloc) != (given.scheme, given.netloc):
            raise ServerError(
                f"{self._name} sends Earmark to {given.netloc[:_SHOWN]} for the sound.",
                f"Earmark speaks only to the address in {self.named.place}.",
            )
        path = given.path.removeprefix(own.path) if own.path else given.path
        return f"{path}?{given.query}" if given.query else path

    # How it is done

    async def _only_here(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Let no request go anywhere else, whatever leads there."""
        if request.url.origin() != URL(self.url).origin():
            raise aiohttp.InvalidURL(request.url, "it isn't the server that was named")
        return await handler(request)

    @property
    def _name(self) -> str:
        return f"{self.sender[:1].upper()}{self.sender[1:]}"

    def _address(self, path: str, query: Mapping[str, str] | None) -> URL:
        # Encoded already where a query stands in it: what a server encoded must not be encoded anew.
        address = URL(f"{self.url}{path}", encoded="?" in path)
        return address.with_query(dict(query)) if query else address

    async def _again(self, asked: Callable[[], Awaitable[Json]]) -> Json:
        pause = FIRST_PAUSE_S
        for attempt in range(TRIES):
            try:
                return await asked()
            except (NoServerError, BusyError, _PassingError) as error:
                if attempt == TRIES - 1:
                    raise (
                        ServerError(error.what, error.remedy) if isinstance(error, _PassingError) else error
                    ) from error
            await asyncio.sleep(pause)
            pause *= 3
        raise AssertionError

    async def _json(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        form: aiohttp.FormData | None = None,
    ) -> Json:
        assert self._session is not None  # noqa: S101 - inside `async with`
        data: bytes | aiohttp.FormData | None = form
        headers = {}
        if body is not None:
            data, headers = msgspec.json.encode(body), {"Content-Type": "application/json"}
        # A form may hold minutes of sound, which take a while to send.
        limit_s = self.patience.answer_s if form is None else self.patience.sound_s
        try:
            async with asyncio.timeout(limit_s):
                async with self._session.request(
                    method, self._address(path, query), data=data, headers=headers, allow_redirects=False
                ) as answer:
                    read = await self._read(answer)
        except aiohttp.ConnectionTimeoutError as error:
            raise self._unreached(error) from error
        except TimeoutError as error:
            raise _PassingError(f"{self._name} didn't answer within {limit_s:g} s.", _LOOK) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise self._unreached(error) from error
        self._check_status(answer, read)
        if not read.strip():
            return None
        if looks_like_a_page(read):
            raise ServerError(f"{self._name} answers with a web page: “{text_of(read)}”.", self.named.check)
        try:
            return decode_json(read, _ANY)
        except NotJsonError as error:
            raise ServerError(
                f"{self._name} answers with what is no JSON: “{text_of(read)}”.", self.named.check
            ) from error

    async def _read(self, answer: aiohttp.ClientResponse) -> bytes:
        self._check_encoding(answer)
        parts, there = [], 0
        async for part in answer.content.iter_chunked(_CHUNK):
            parts.append(part)
            there += len(part)
            if there > MAX_ANSWER:
                raise ServerError(f"{self._name} gives an answer of over {MAX_ANSWER >> 20} MB.", self.named.check)
        return b"".join(parts)

    async def _fetch(self, path: str, query: Mapping[str, str] | None, into: Path, limit: int) -> str:
        assert self._session is not None  # noqa: S101 - inside `async with`
        patience, there = self.patience, 0
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=patience.connect_s, sock_read=patience.silence_s)
        try:
            async with asyncio.timeout(patience.sound_s):
                async with self._session.get(
                    self._address(path, query), allow_redirects=False, timeout=timeout
                ) as answer:
                    if answer.status != 200:
                        self._check_status(answer, await self._read(answer))
                        raise ServerError(f"{self._name} has no sound to give (status {answer.status}).")
                    self._check_encoding(answer)
                    if answer.content_length is not None and answer.content_length > limit:
                        raise self._too_large(answer.content_length)
                    with _new_file(into) as file:
                        async for part in answer.content.iter_chunked(_CHUNK):
                            there += len(part)
                            if there > limit:
                                raise self._too_large(there)
                            file.write(part)
                    return answer.headers.get("Content-Type", "")
        except aiohttp.ConnectionTimeoutError as error:
            raise self._unreached(error) from error
        except TimeoutError as error:
            what = f"{self._name} gave only {there:,} bytes of the sound within {patience.sound_s:g} s."
            raise ServerError(what, "Look at the server, and at the network between.") from error
        except aiohttp.ClientPayloadError as error:
            raise _BrokenOffError(f"{self._name} broke off after {there:,} bytes of the sound.") from error
        except (aiohttp.ClientError, ValueError) as error:
            raise self._unreached(error) from error
        except OSError as error:
            raise LibraryError(f"{into} can't be written: {error.strerror or error}.") from error

    def _check_status(self, answer: aiohttp.ClientResponse, read: bytes) -> None:
        """Raise ServerError unless the server says that all is well."""
        status = answer.status
        if 200 <= status < 300:
            return
        if 300 <= status < 400:
            place = answer.headers.get("Location", "another place")[:_SHOWN]
            raise ServerError(
                f"{self._name} sends Earmark to {text_of(place.encode())}.",
                f"Earmark follows no redirect: make it {self.named.address} if you trust it.",
            )
        said = _message_in(read)
        quoted = f": {said}" if said else ""
        if status in (401, 403):
            raise ServerError(f"{self._name} wants a key (status {status}){quoted}.", f"Set {self.named.key}.")
        if status == 404:
            raise NotThereError(f"{self._name} has nothing at that place (status 404){quoted}.", self.named.check)
        if status == 429:
            raise BusyError(f"{self._name} has no room just now (status 429){quoted}.", "Try again later.")
        if status in _TRANSIENT:
            raise _PassingError(f"{self._name} failed (status {status}){quoted}.", _LOOK)
        raise RefusedError(f"{self._name} refuses (status {status}){quoted}.", _LOOK)

    def _check_encoding(self, answer: aiohttp.ClientResponse) -> None:
        if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise ServerError(f"{self._name} packs its answers, which Earmark didn't ask for.", self.named.check)

    def _too_large(self, size: int) -> ServerError:
        return ServerError(f"{self._name} gives a file of {size >> 20:,} MB or more, which can't be a take.")

    def _unreached(self, error: Exception) -> ServerError:
        match error:
            case aiohttp.ClientConnectorDNSError():
                what, how = (
                    f"There's no machine called {urlsplit(self.url).hostname}.",
                    f"Correct {self.named.address}.",
                )
                return NoServerError(what, how)
            case aiohttp.ClientSSLError() | ssl.SSLError():
                return ServerError(f"{self._name} at {self.url} can't be spoken to in secret: {_short(error)}.")
            case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
                return NoServerError(
                    f"Nothing answers at {self.url}, where {self.sender} should be.",
                    f"Start the server, or correct {self.named.address}.",
                )
            case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError() | OSError():
                return _PassingError(f"{self._name} broke off in the middle of an answer.", _LOOK)
            case _:
                return ServerError(f"{self._name} doesn't speak HTTP as it should: {_short(error)}.", self.named.check)


class NotThereError(ServerError):
    """The server knows nothing of what it was asked about."""


class RefusedError(ServerError):
    """The server doesn't want what it was asked as it was asked."""


class _PassingError(ServerError):
    """What may pass: worth asking again where that changes nothing."""


class _BrokenOffError(Exception):
    """A sound came over only in part."""


_LOOK = "Look at what the server prints."


def _new_file(path: Path) -> BinaryIO:
    remove_file(path)
    return create_file(path)


def _message_in(read: bytes) -> str:
    """What an error answer says: its message where it has one, else its words."""
    try:
        said = decode_json(read, _ANY)
    except NotJsonError:
        return text_of(read).rstrip(".")
    for key in ("detail", "error", "message"):
        if isinstance(said, dict) and said.get(key):
            said = said[key]
            break
    if isinstance(said, dict) and said.get("message"):
        said = said["message"]
    return text_of(
        (said if isinstance(said, str) else msgspec.json.encode(said, enc_hook=str).decode()).encode()
    ).rstrip(".")


def _short(error: Exception) -> str:
    return text_of(str(error).encode()).rstrip(".")[:_SHOWN]
