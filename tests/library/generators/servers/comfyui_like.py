"""A server that speaks as ComfyUI does, and a workflow for it."""

from __future__ import annotations

import asyncio
import threading
import uuid
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

from tests.library.generators.servers.music_server import MusicServer


class ComfyUI(MusicServer):
    """As server.py and execution.py of ComfyUI: prompts in line, one run at a time, told of over a web socket."""

    def __init__(self) -> None:
        super().__init__()
        self.pending: list[tuple[str, Any, str]] = []
        self.running_job: tuple[str, Any, str] | None = None
        self.history: dict[str, Any] = {}
        self.files: dict[str, bytes] = {}
        self.uploads: dict[str, bytes] = {}
        self.sockets: dict[str, web.WebSocketResponse] = {}
        self.interrupted: list[Any] = []
        self.begun = threading.Event()
        """Once a job runs."""
        self._wake = asyncio.Event()

    def route(self, app: web.Application) -> None:
        app.router.add_get("/system_stats", self.stats)
        app.router.add_post("/prompt", self.prompt)
        app.router.add_get("/history/{prompt_id}", self.get_history)
        app.router.add_get("/queue", self.get_queue)
        app.router.add_post("/queue", self.post_queue)
        app.router.add_post("/interrupt", self.interrupt)
        app.router.add_post("/upload/image", self.upload)
        app.router.add_get("/view", self.view)
        app.router.add_get("/ws", self.socket)
        app.cleanup_ctx.append(self.work)

    async def stats(self, request: web.Request) -> web.Response:
        system = {"os": "posix", "comfyui_version": "0.3.71", "pytorch_version": "2.9.1+cpu", "argv": ["main.py"]}
        return web.json_response({"system": system, "devices": [{"name": "cpu", "type": "cpu", "index": None}]})

    async def socket(self, request: web.Request) -> web.StreamResponse:
        if "no socket" in self.faults:
            raise web.HTTPNotFound
        if "socket elsewhere" in self.faults:
            raise web.HTTPFound("http://127.0.0.1:9/ws")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets[request.query["clientId"]] = socket
        await socket.send_json(
            {"type": "status", "data": {"status": {"exec_info": {"queue_remaining": 0}}, "sid": "x"}}
        )
        await socket.send_bytes(b"\x00\x00\x00\x01" + b"picture" * 100)
        await socket.send_str("no JSON")
        async for message in socket:
            if message.type == WSMsgType.ERROR:
                break
        return socket

    async def tell(self, client: str, kind: str, data: Any) -> None:
        if (socket := self.sockets.get(client)) is not None and not socket.closed:
            with suppress(ConnectionError):
                await socket.send_json({"type": kind, "data": data})

    async def prompt(self, request: web.Request) -> web.Response:
        sent = request["sent"]
        if "invalid" in self.faults:
            error = {
                "type": "prompt_outputs_failed_validation",
                "message": "Prompt outputs failed validation",
                "details": "",
            }
            return web.json_response({"error": error, "node_errors": {"4": {"errors": []}}}, status=400)
        job = str(uuid.uuid4())
        self.pending.append((job, sent["prompt"], sent.get("client_id", "")))
        self._wake.set()
        return web.json_response({"prompt_id": job, "number": len(self.history), "node_errors": {}})

    async def work(self, app: web.Application):
        self._wake = asyncio.Event()
        task = asyncio.create_task(self.run())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self.pending:
                self.running_job = self.pending.pop(0)
                job, prompt, client = self.running_job
                self.history[job] = await self.execute(job, prompt, client)
                self.running_job = None
                await self.tell(client, "executing", {"node": None, "prompt_id": job})

    async def execute(self, job: str, prompt: Any, client: str) -> Any:
        self.begun.set()

        def ended(status: str, messages: list[Any], outputs: Any) -> Any:
            return {"prompt": [0, job, prompt, {}, []], "outputs": outputs, "status": {
                "status_str": status, "completed": status == "success", "messages": messages}}  # fmt: skip

        for step in range(self.steps):
            await self.tell(client, "progress", {"value": step + 1, "max": self.steps, "prompt_id": job, "node": "3"})
            await self.tell(client, "progress", {"value": 1, "max": 1, "prompt_id": "somebody else's", "node": "3"})
            await asyncio.sleep(0.01 * self.steps)  # long enough for many to be looked at on their way
        while not self.hold.is_set() and job not in self.interrupted:
            await asyncio.sleep(0.01)
        if job in self.interrupted:
            return ended("error", [["execution_interrupted", {"prompt_id": job, "node_id": "3"}]], {})
        if "task fails" in self.faults:
            told = {
                "node_type": "KSampler",
                "exception_message": "Allocation on device",
                "exception_type": "OutOfMemoryError",
            }
            return ended("error", [["execution_error", told]], {})
        if "lost" in self.faults:
            return None
        seconds = next((n["inputs"]["seconds"] for n in prompt.values() if "seconds" in n["inputs"]), 5.0)
        sampler = prompt["3"]["inputs"]
        name = f"ComfyUI_{len(self.files):05}_.flac"
        self.files[name] = self.sound(self.real_seed(sampler["seed"]), seconds, prompt["6"]["inputs"]["text"])
        found = [{"filename": name, "subfolder": "audio", "type": "output"}]
        if "no sound" in self.faults:
            return ended("success", [], {"11": {"images": []}})
        cached = [["execution_cached", {"nodes": ["3", "6"], "prompt_id": job}]] if "cached" in self.faults else []
        return ended("success", [["execution_start", {"prompt_id": job}], *cached], {"9": {"audio": found}})

    async def get_history(self, request: web.Request) -> web.Response:
        job = request.match_info["prompt_id"]
        entry = self.history.get(job)
        return web.json_response({job: entry} if entry is not None else {})

    async def get_queue(self, request: web.Request) -> web.Response:
        running = [self.running_job] if self.running_job is not None else []
        return web.json_response({
            "queue_running": [[0, job, prompt, {}, []] for job, prompt, _ in running],
            "queue_pending": [[0, job, prompt, {}, []] for job, prompt, _ in self.pending],
        })  # fmt: skip

    async def post_queue(self, request: web.Request) -> web.Response:
        for job in request["sent"].get("delete", []):
            if any(each[0] == job for each in self.pending):
                self.cancelled.append(job)
            self.pending = [each for each in self.pending if each[0] != job]
        return web.Response(status=200)

    async def interrupt(self, request: web.Request) -> web.Response:
        job = (request["sent"] or {}).get("prompt_id")
        self.interrupted.append(job)
        self.cancelled.append(job)
        return web.Response(status=200)

    async def upload(self, request: web.Request) -> web.Response:
        name = f"upload-{len(self.uploads)}.wav"
        self.uploads[name] = request["sent"]["image"]
        return web.json_response({"name": name, "subfolder": "", "type": "input"})

    async def view(self, request: web.Request) -> web.StreamResponse:
        return await self.send_sound(request, self.files[request.query["filename"]])


WORKFLOW: dict[str, Any] = {
    "3": {"class_type": "KSampler", "_meta": {"title": "KSampler"}, "inputs": {
        "seed": 42, "steps": 50, "cfg": 5.0, "sampler_name": "euler", "scheduler": "simple", "denoise": 1.0,
        "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0]}},
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "stable-audio-open-1.0.safetensors"}},
    "5": {"class_type": "EmptyLatentAudio", "inputs": {"seconds": 47.6, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "_meta": {"title": "Prompt"}, "inputs": {
        "text": "heaven church", "clip": ["10", 0]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "low quality", "clip": ["10", 0]}},
    "8": {"class_type": "VAEDecodeAudio", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
    "9": {"class_type": "SaveAudio", "inputs": {"filename_prefix": "audio/ComfyUI", "audio": ["8", 0]}},
    "10": {"class_type": "CLIPLoader", "inputs": {"clip_name": "t5_base.safetensors", "type": "stable_audio"}},
}  # fmt: skip
"""As ComfyUI's own example of Stable Audio is exported."""
