"""A hub on this machine, as the hub's client asks for one; bodies break off where a test wants it."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "1" * 40


class Hub:
    """What the hub's client asks for, from folders by the names of repositories."""

    def __init__(self, repositories: dict[str, Path]) -> None:
        self.repositories = repositories
        self.breaks = Counter[str]()
        """By file, how often its body ends half way."""
        self.begun: list[tuple[str, int]] = []
        """Files that were asked for, and from which byte on."""
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_HEAD(self) -> None:
                self.answer(body=False)

            def do_GET(self) -> None:
                self.answer(body=True)

            def list_files(self, name: str) -> None:
                root = hub.repositories.get(name)
                files = sorted(path for path in root.rglob("*") if path.is_file()) if root is not None else []
                listing = {"id": name, "siblings": [{"rfilename": path.relative_to(root).as_posix()} for path in files]}
                data = json.dumps(listing).encode()
                self.send_response(200 if root is not None else 404)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def answer(self, *, body: bool) -> None:
                if listed := re.fullmatch(r"/api/models/([^?]+?)(?:/revision/main)?(?:\?.*)?", self.path):
                    self.list_files(listed[1])
                    return
                match = re.fullmatch(r"/(.+)/resolve/[^/]+/(.+)", self.path)
                path = hub.repositories[match[1]] / match[2] if match and match[1] in hub.repositories else None
                if path is None or not path.is_file():
                    self.send_response(404)
                    self.send_header("X-Error-Code", "EntryNotFound")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                data = path.read_bytes()
                asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
                start = int(asked[1]) if asked else 0
                self.send_response(206 if asked else 200)
                self.send_header("ETag", f'"{hashlib.sha256(data).hexdigest()}"')
                self.send_header("X-Repo-Commit", COMMIT)
                self.send_header("Content-Length", str(len(data) - start))
                if asked:
                    self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
                self.end_headers()
                if body:
                    hub.begun.append((path.name, start))
                    stop = len(data)
                    if hub.breaks[path.name]:
                        hub.breaks[path.name] -= 1
                        stop = start + (len(data) - start) // 2
                    self.wfile.write(data[start:stop])
                    self.close_connection = stop < len(data)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
