"""A server that makes music over real HTTP and misbehaves on request; each kind of server derives from it.

The music is noise of the seed. What each protocol does is as in the projects' own sources: see the modules that speak
to them.
"""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
import soundfile
from aiohttp import web

RATE = 16_000
PAGE = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
HUGE = 10 << 30


def music(seed: int, seconds: float, prompt: str = "") -> np.ndarray:
    """Mono noise of a seed: float32 [frames]."""
    generator = np.random.default_rng([seed, len(prompt)])
    return generator.uniform(-0.3, 0.3, max(1, round(seconds * RATE))).astype(np.float32)


def encoded(samples: np.ndarray, kind: str = "FLAC", subtype: str = "PCM_24") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, format=kind, subtype=subtype)
    return file.getvalue()


def _field(value: Any) -> Any:
    """What a form's field holds: text, or a file's bytes."""
    match value:
        case str():
            return value
        case bytes() | bytearray():
            return value.decode()
        case _:
            return value.file.read()


class MusicServer:
    """One server on a port of its own; `faults` are the misbehaviours that are asked of it."""

    def __init__(self) -> None:
        self.faults: set[str] = set()
        self.asked: list[tuple[str, str, Any]] = []
        """Every request: method, path, and what was sent."""
        self.cancelled: list[str] = []
        self.steps = 3
        """How often a job is asked about before it is done."""
        self.failures = 0
        """How many answers fail from here on."""
        self.hold = threading.Event()
        """Jobs are done only once this is set."""
        self.hold.set()
        self.drawn = 0
        self.at_once = 0
        self.most_at_once = 0
        self.url = ""

    # For the protocols

    def route(self, app: web.Application) -> None:
        raise NotImplementedError

    def sound(self, seed: int, seconds: float, prompt: str = "", kind: str = "FLAC") -> bytes:
        """What a job made, or what stands in its place."""
        if "wrong length" in self.faults:
            seconds *= 1.5
        if "far too long" in self.faults:
            return encoded(np.zeros(3600 * RATE, np.float32))
        samples = music(seed, seconds, prompt)
        if "silence" in self.faults:
            samples = np.zeros_like(samples)
        data = encoded(samples, kind)
        if "half a file" in self.faults:
            return data[: len(data) // 2]
        if "page" in self.faults:
            return PAGE
        if "nothing" in self.faults:
            return b""
        return data

    def real_seed(self, asked: int) -> int:
        self.drawn += 1
        return asked + 1000 if "other seed" in self.faults else asked

    async def send_sound(self, request: web.Request, data: bytes, kind: str = "audio/flac") -> web.StreamResponse:
        """The sound's bytes, unless the way they come is to go wrong."""
        if "redirect sound" in self.faults:
            raise web.HTTPFound("http://127.0.0.1:9/elsewhere")
        if "huge" in self.faults:
            response = web.StreamResponse(headers={"Content-Length": str(HUGE), "Content-Type": kind})
            await response.prepare(request)
            return await self._flood(response)
        if "endless" in self.faults:
            response = web.StreamResponse(headers={"Content-Type": kind})
            await response.prepare(request)
            return await self._flood(response)
        if "drip" in self.faults:
            response = web.StreamResponse(headers={"Content-Length": str(len(data)), "Content-Type": kind})
            await response.prepare(request)
            with suppress(ConnectionError):
                for byte in data:
                    await response.write(bytes([byte]))
                    await asyncio.sleep(0.02)
            return response
        if "broken off" in self.faults:
            response = web.StreamResponse(headers={"Content-Length": str(len(data)), "Content-Type": kind})
            await response.prepare(request)
            await response.write(data[: len(data) // 2])
            assert request.transport is not None
            request.transport.close()
            return response
        headers = {"Content-Type": kind}
        if "packed" in self.faults:
            headers["Content-Encoding"] = "gzip"
        return web.Response(body=data, headers=headers)

    async def _flood(self, response: web.StreamResponse) -> web.StreamResponse:
        with suppress(ConnectionError):
            while True:
                await response.write(b"fLaC" * (1 << 16))
        return response

    # Running

    @web.middleware
    async def _look_at(self, request: web.Request, handler: Any) -> web.StreamResponse:
        sent: Any = None
        if request.content_type == "application/json" and request.can_read_body:
            sent = await request.json()
        elif request.content_type == "multipart/form-data":
            sent = {name: _field(value) for name, value in (await request.post()).items()}
        request["sent"] = sent
        self.asked.append((request.method, request.path, sent))
        if self.failures > 0:
            self.failures -= 1
            return web.json_response({"detail": "out of memory"}, status=500)
        if "fail" in self.faults:
            return web.json_response({"error": {"message": "out of memory"}}, status=500)
        if "garbage" in self.faults:
            return web.Response(body=b'{"data": [1, 2', content_type="application/json")
        if "web page" in self.faults:
            return web.Response(body=PAGE, content_type="text/html")
        if "redirect" in self.faults:
            raise web.HTTPTemporaryRedirect(f"http://127.0.0.1:9{request.path}")
        if "hang" in self.faults:
            await asyncio.sleep(3600)
        if "long answer" in self.faults:
            return web.Response(body=b'"' + b"x" * (20 << 20) + b'"', content_type="application/json")
        if "deep" in self.faults:
            return web.Response(body=b"[" * 100_000, content_type="application/json")
        if "list" in self.faults:
            return web.json_response([])
        return await handler(request)

    @contextmanager
    def running(self) -> Iterator[str]:
        """Serve, on a thread; the address."""
        loop = asyncio.new_event_loop()
        app = web.Application(middlewares=[self._look_at], client_max_size=1 << 30)
        self.route(app)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)

        async def start() -> int:
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            return runner.addresses[0][1]

        async def stop() -> None:
            await runner.cleanup()
            left = asyncio.all_tasks() - {asyncio.current_task()}
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

        thread = threading.Thread(target=loop.run_forever, name="music server")
        thread.start()
        port = asyncio.run_coroutine_threadsafe(start(), loop).result()
        self.url = f"http://127.0.0.1:{port}"
        try:
            yield self.url
        finally:
            self.hold.set()
            asyncio.run_coroutine_threadsafe(stop(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    def sent_to(self, path: str) -> list[Any]:
        """What was sent to that path."""
        return [sent for _, asked, sent in self.asked if asked == path]
