"""Pages as their readers open them: in Chromium, which tells whatever a page asks for or is refused."""

from __future__ import annotations

import contextlib
import functools
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.needs import find_program

_WORDS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--mute-audio",
]  # fmt: skip
LISTEN = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) => window.refused.push(event.violatedDirective));
"""


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_program("chromium"), args=_WORDS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visit:
    """A page that is open, and what it did."""

    page: Page
    asked: list[str] = field(default_factory=list)
    """Addresses, but for what stands in the page itself."""
    errors: list[str] = field(default_factory=list)

    def refused(self) -> list[str]:
        """What the page's own policy kept it from."""
        found: list[str] = self.page.evaluate("window.refused")
        return found


@contextlib.contextmanager
def visit(browser: Browser, address: str, **context: object) -> Iterator[Visit]:
    """`address`, opened by somebody new; `context` as Playwright's new_context has it."""
    visitor = browser.new_context(**context)  # type: ignore[arg-type]
    page = visitor.new_page()
    page.add_init_script(LISTEN)
    made = Visit(page)
    page.on("request", lambda request: made.asked.append(request.url) if request.url[:5] != "data:" else None)
    page.on("pageerror", lambda error: made.errors.append(str(error)))
    page.on("console", lambda message: made.errors.append(message.text) if message.type == "error" else None)
    try:
        page.goto(address)
        yield made
    finally:
        visitor.close()


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a plain web server for `folder`."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
