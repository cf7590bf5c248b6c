"""A server that speaks as the API server of ACE-Step 1.5 does."""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.parse import quote

from aiohttp import web

from tests.library.generators.servers.music_server import MusicServer


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
