"""A server that speaks as ace-server of acestep.cpp does."""

from __future__ import annotations

import json
import uuid
from typing import Any

import numpy as np
from aiohttp import web

from tests.library.generators.servers.music_server import MusicServer


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
