"""A server that speaks as OpenAI-compatible ones do, over real HTTP, and says what it is told to say."""

from __future__ import annotations

import json

from aiohttp import web

from tests.library.generators.servers.music_server import MusicServer


class ChatServer(MusicServer):
    """Its answers are `content`, whatever it is asked; its `faults` are those of all servers here."""

    def __init__(self) -> None:
        super().__init__()
        self.content: object = None
        """Of the message: text, or what stands in its place."""
        self.keys: list[str | None] = []

    def say(self, *prompts: object) -> None:
        """Answer with these prompts as they are asked for."""
        self.content = json.dumps({"ideas": [{"prompt": prompt, "because": "it swings"} for prompt in prompts]})

    def route(self, app: web.Application) -> None:
        app.router.add_get("/v1/models", self._models)
        app.router.add_post("/v1/chat/completions", self._complete)

    async def _models(self, request: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": "tiny"}, {"id": "huge"}]})

    async def _complete(self, request: web.Request) -> web.Response:
        self.keys.append(request.headers.get("Authorization"))
        if "no bounds" in self.faults and "maxItems" in json.dumps(request["sent"]):
            return web.json_response({"error": {"message": "maxItems is not permitted"}}, status=400)
        return web.json_response({"choices": [{"message": {"role": "assistant", "content": self.content}}]})
