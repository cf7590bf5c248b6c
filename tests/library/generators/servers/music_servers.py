"""Servers that make music as ACE-Step 1.5, acestep.cpp and ComfyUI do, over real HTTP, and misbehave on request.

The music is noise of the seed. What each protocol does is as in the projects' own sources: see the modules that speak
to them.
"""

from __future__ import annotations

import asyncio
import io
import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote

import numpy as np
import soundfile
from aiohttp import WSMsgType, web

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
            sent = {
                name: value if isinstance(value, str) else value.file.read()
                for name, value in (await request.post()).items()
            }
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

        port = loop.run_until_complete(start())
        thread = threading.Thread(target=loop.run_forever, name="music server")
        thread.start()
        self.url = f"http://127.0.0.1:{port}"
        try:
            yield self.url
        finally:
            self.hold.set()
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    def sent_to(self, path: str) -> list[Any]:
        """What was sent to that path."""
        return [sent for _, asked, sent in self.asked if asked == path]


class AceStep(MusicServer):
    """As acestep/api_server.py of ACE-Step 1.5."""

    def __init__(self) -> None:
        super().__init__()
        self.tasks: dict[str, dict[str, Any]] = {}
        self.key: str | None = None
        self.full = 0
        """How many tasks are refused because the queue is full."""

    def route(self, app: web.Application) -> None:
        app.router.add_get("/health", self.health)
        app.router.add_get("/v1/models", self.models)
        app.router.add_post("/release_task", self.release)
        app.router.add_post("/query_result", self.query)
        app.router.add_get("/v1/audio", self.audio)

    def wrap(self, data: Any) -> web.Response:
        return web.json_response({"data": data, "code": 200, "error": None, "timestamp": 1700000000000, "extra": None})

    async def health(self, request: web.Request) -> web.Response:
        return self.wrap({"status": "ok", "service": "ACE-Step API", "version": "1.0"})

    def check_key(self, request: web.Request) -> None:
        if self.key is not None and request.headers.get("Authorization") != f"Bearer {self.key}":
            raise web.HTTPUnauthorized(text='{"detail": "Invalid API key"}', content_type="application/json")

    async def models(self, request: web.Request) -> web.Response:
        self.check_key(request)
        listed = [{"name": "acestep-v15-turbo", "is_default": True}, {"name": "acestep-v15-base", "is_default": False}]
        return self.wrap({"models": listed, "default_model": "acestep-v15-turbo"})

    async def release(self, request: web.Request) -> web.Response:
        self.check_key(request)
        if self.full > 0:
            self.full -= 1
            return web.json_response({"detail": "Server busy: queue is full"}, status=429)
        sent = request["sent"]
        task = str(uuid.uuid4())
        self.tasks[task] = {"asked": 0, "sent": sent, "seed": self.real_seed(int(sent["seed"]))}
        return self.wrap({"task_id": task, "status": "queued", "queue_position": 1})

    async def query(self, request: web.Request) -> web.Response:
        return self.wrap([self.state(task) for task in request["sent"]["task_id_list"]])

    def state(self, name: str) -> dict[str, Any]:
        task = self.tasks.get(name)
        if task is None or "lost" in self.faults:
            return {"task_id": name, "result": "[]", "status": 0}
        task["asked"] += 1
        if "task fails" in self.faults:
            result = [{"file": "", "status": 2, "progress": 0.0, "stage": "failed", "error": "CUDA out of memory"}]
            return {"task_id": name, "result": json.dumps(result), "status": 2}
        if task["asked"] <= self.steps or not self.hold.is_set():
            progress = min(0.9, task["asked"] / (self.steps + 1))
            result = [{"file": "", "status": 0, "progress": progress, "stage": "Generating music"}]
            return {"task_id": name, "result": json.dumps(result), "status": 0, "progress_text": "step"}
        seeds = f"{task['seed']},{task['seed'] + 1}"
        where = "http://127.0.0.1:9/v1/audio" if "other host" in self.faults else "/v1/audio"
        result = [
            {
                "file": f"{where}?path={quote(f'/tmp/api_audio/{name}.flac', safe='')}",
                "wave": "",
                "status": 1,
                "create_time": 1700000000,
                "env": "development",
                "prompt": task["sent"]["prompt"],
                "lyrics": "",
                "metas": {"bpm": 97, "duration": 10, "genres": "N/A", "keyscale": "D minor", "timesignature": "4"},
                "generation_info": "8 steps \u001b[31min red\u001b[0m",
                "seed_value": "random" if "no seed" in self.faults else seeds,
                "lm_model": "acestep-5Hz-lm-0.6B",
                "dit_model": task["sent"].get("model", "acestep-v15-turbo"),
                "progress": 1.0,
                "stage": "succeeded",
            }
        ]
        return {"task_id": name, "result": json.dumps(result), "status": 1}

    async def audio(self, request: web.Request) -> web.StreamResponse:
        self.check_key(request)
        task = self.tasks[request.query["path"].rpartition("/")[2].removesuffix(".flac")]
        sent = task["sent"]
        seconds = max(10.0, float(sent["audio_duration"]))  # it makes no less
        return await self.send_sound(request, self.sound(task["seed"], seconds, sent["prompt"]))


class AceStepCpp(MusicServer):
    """As tools/ace-server.cpp of acestep.cpp."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs: dict[str, dict[str, Any]] = {}
        self.knows_planner_seeds = True

    def route(self, app: web.Application) -> None:
        app.router.add_get("/health", self.health)
        app.router.add_get("/props", self.props)
        app.router.add_post("/lm", self.lm)
        app.router.add_post("/synth", self.synth)
        app.router.add_get("/job", self.job)
        app.router.add_post("/job", self.cancel)

    async def health(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def props(self, request: web.Request) -> web.Response:
        default: dict[str, Any] = {"caption": "", "duration": 0, "seed": -1}
        if self.knows_planner_seeds:
            default["lm_seed"] = -1
        models = {
            "lm": ["acestep-5Hz-lm-4B-Q8_0"],
            "embedding": ["Qwen3"],
            "dit": ["acestep-v15-turbo-Q8_0"],
            "vae": ["vae"],
        }
        return web.json_response(
            {"version": "1.2.3", "models": models, "adapters": [], "cli": {"max_batch": 1}, "default": default}
        )

    def begin(self, kind: str, sent: Any) -> web.Response:
        job = uuid.uuid4().hex[:16]
        self.jobs[job] = {"kind": kind, "sent": sent, "asked": 0, "status": "running"}
        return web.json_response({"id": job})

    async def lm(self, request: web.Request) -> web.Response:
        if not request["sent"].get("caption"):
            return web.json_response({"error": "Caption is required"}, status=400)
        return self.begin("lm", request["sent"])

    async def synth(self, request: web.Request) -> web.Response:
        sent = request["sent"]
        if "request" in sent:
            sent = json.loads(sent["request"]) | {"audio": sent["audio"]}
        return self.begin("synth", sent)

    async def job(self, request: web.Request) -> web.StreamResponse:
        job = self.jobs.get(request.query.get("id", ""))
        if job is None or "lost" in self.faults:
            return web.json_response({"error": "Job not found"}, status=404)
        if request.query.get("result") == "1":
            if job["status"] != "done":
                return web.json_response({"error": "Result not ready"}, status=404)
            return await self.result(request, job)
        job["asked"] += 1
        if job["status"] == "running" and job["asked"] > self.steps and self.hold.is_set():
            job["status"] = "failed" if "task fails" in self.faults else "done"
        return web.json_response({"status": job["status"]})

    async def result(self, request: web.Request, job: dict[str, Any]) -> web.StreamResponse:
        sent = job["sent"]
        if job["kind"] == "lm":
            codes = np.random.default_rng(sent.get("lm_seed", 0)).integers(0, 64000, 50)
            plan = dict(sent) | {
                "bpm": 97,
                "keyscale": "D minor",
                "audio_codes": ",".join(map(str, codes)),
                "lyrics": "la",
            }
            return web.json_response([plan])
        wav = self.sound(int(sent["seed"]), max(10.0, float(sent["duration"])), sent["caption"], kind="WAV")
        latent = b"\x00" * 512
        if "page" in self.faults:
            return await self.send_sound(request, wav, "text/html")
        mark = b"--ace-batch-boundary"
        body = (
            mark + b"\r\nContent-Type: audio/wav\r\n\r\n" + wav + b"\r\n" + mark
            + b'\r\nContent-Type: application/octet-stream\r\nContent-Disposition: form-data; name="latent"\r\n\r\n'
            + latent + b"\r\n" + mark + b"--\r\n"
        )  # fmt: skip
        if "no sound" in self.faults:
            body = mark + b"\r\nContent-Type: text/plain\r\n\r\nsorry\r\n" + mark + b"--\r\n"
        return await self.send_sound(request, body, "multipart/mixed; boundary=ace-batch-boundary")

    async def cancel(self, request: web.Request) -> web.Response:
        job = self.jobs[request.query["id"]]
        if request.query.get("cancel") == "1" and job["status"] == "running":
            job["status"] = "cancelled"
            self.cancelled.append(request.query["id"])
        return web.json_response({"status": job["status"]})


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
        def ended(status: str, messages: list[Any], outputs: Any) -> Any:
            return {"prompt": [0, job, prompt, {}, []], "outputs": outputs, "status": {
                "status_str": status, "completed": status == "success", "messages": messages}}  # fmt: skip

        for step in range(self.steps):
            await self.tell(client, "progress", {"value": step + 1, "max": self.steps, "prompt_id": job, "node": "3"})
            await self.tell(client, "progress", {"value": 1, "max": 1, "prompt_id": "somebody else's", "node": "3"})
            await asyncio.sleep(0.01)
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
