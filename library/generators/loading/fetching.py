"""Fetches files from the hub: how much and how far it is, whether there is room, on from where it broke off.

The hub's own client fetches, checks and resumes; it is only watched, through the HTTP sessions it lets one provide.
What is in its cache is taken from there, without a look at the network.
"""

from __future__ import annotations

import errno
import os
import shlex
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("HF_HUB_DISABLE_XET", "1")  # fetches past the sessions that are watched

import requests
from huggingface_hub import (
    configure_http_backend,
    constants,
    get_hf_file_metadata,
    hf_hub_download,
    hf_hub_url,
    try_to_load_from_cache,
)
from huggingface_hub.errors import OfflineModeIsEnabled
from huggingface_hub.file_download import repo_folder_name

from library.errors import GenerationError
from library.generators.api import CancelledError

PIECE_BYTES = 1 << 16
"""What is taken from the network at a time: a cancellation waits for no more than that."""
MOST_ATTEMPTS = 5
"""In a row without a byte more."""
PAUSE_S = 1.0
_BROKEN = (requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError, requests.exceptions.Timeout)


class Fetch:
    """What one thread fetches, and another looks at."""

    def __init__(self) -> None:
        self.note = ""
        self.done = 0
        """Bytes, with those that were there from an earlier try."""
        self.of = 0
        self.stopping = threading.Event()

    def begin(self, name: str, there: int, of: int) -> None:
        self._name, self.done, self.of = name, there, of
        self.count(0)

    def count(self, more: int) -> None:
        """So many bytes have come. Raises CancelledError where nobody wants more."""
        if self.stopping.is_set():
            raise CancelledError
        self.done += more
        self.note = f"downloading {self._name}: {gigabytes(self.done)} of {gigabytes(self.of)} GB"

    def end(self) -> None:
        self.note, self.done, self.of = "", 0, 0


def fetch_files(repository: str, files: Sequence[str], fetch: Fetch | None) -> list[Path]:
    """Where those files of a repository are, fetched if need be.

    Raises what the hub's client does, all of it an OSError but HFValidationError; GenerationError where there is no
    room; CancelledError.
    """
    fetch = fetch or Fetch()
    cached = {file: try_to_load_from_cache(repository, file) for file in files}
    missing = [file for file, path in cached.items() if not isinstance(path, str)]
    if missing:
        if constants.HF_HUB_OFFLINE:
            raise OfflineModeIsEnabled(f"{repository} isn't in the cache, and HF_HUB_OFFLINE is set.")
        with watched(fetch):
            wanted = {file: get_hf_file_metadata(hf_hub_url(repository, file)) for file in missing}
            total = sum(metadata.size or 0 for metadata in wanted.values())
            there = sum(_there(repository, metadata.etag) for metadata in wanted.values())
            _check_room(repository, total, there)
            fetch.begin(repository, there, total)
            try:
                for file in missing:
                    cached[file] = _fetch(repository, file, fetch)
            finally:
                fetch.end()
    return [Path(str(path)) for path in cached.values()]


def download_command(repository: str, *files: str) -> str:
    """What can be pasted into a shell, whatever is on its PATH."""
    return hub_command("download", repository, *files)


def hub_command(*words: str) -> str:
    """The hub's own program, which lies beside this environment's Python, as a line for the shell."""
    return shlex.join([str(Path(sys.executable).parent / "hf"), *words])


def gigabytes(size: int) -> str:
    return f"{size / 1e9:.2f}" if size >= 5_000_000 else f"{size / 1e9:.4f}"


def _fetch(repository: str, file: str, fetch: Fetch) -> str:
    attempts = 0
    while True:
        before = fetch.done
        try:
            return str(hf_hub_download(repository, file))
        except _BROKEN:
            attempts = attempts + 1 if fetch.done == before else 0
            if attempts >= MOST_ATTEMPTS:
                raise
            fetch.stopping.wait(PAUSE_S)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            raise _no_room(repository, fetch.of - fetch.done, 0) from error


def _there(repository: str, etag: str | None) -> int:
    """Bytes of a file that an earlier try left."""
    folder = Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=repository, repo_type="model") / "blobs"
    try:
        return int((folder / f"{etag}.incomplete").stat().st_size)
    except OSError:
        return 0


def _check_room(repository: str, total: int, there: int) -> None:
    """Raise GenerationError where what is still to come doesn't fit beside what is on the disk."""
    folder = Path(constants.HF_HUB_CACHE)
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    disk = os.statvfs(folder)
    free = disk.f_bavail * disk.f_frsize
    if free < total - there:
        raise _no_room(repository, total - there, free)


def _no_room(repository: str, needed: int, free: int) -> GenerationError:
    return GenerationError(
        f"{repository} needs {gigabytes(needed)} GB more in {constants.HF_HUB_CACHE}, which has room for "
        f"{gigabytes(free)} GB.",
        "Make room there, or set HF_HOME to a folder on a larger disk. What has come is kept.",
    )


def _count_body(fetch: Fetch, response: requests.Response, **_: object) -> None:
    """Have a file's body come in small pieces, and counted."""
    whole = response.iter_content

    def counted(chunk_size: int | None = 1) -> Iterator[bytes]:
        if chunk_size is None or chunk_size <= PIECE_BYTES:  # not a file's
            yield from whole(chunk_size)
            return
        for piece in whole(PIECE_BYTES):
            fetch.count(len(piece))
            yield piece

    vars(response)["iter_content"] = counted


def _session(fetch: Fetch) -> requests.Session:
    session = requests.Session()
    session.hooks["response"].append(partial(_count_body, fetch))
    return session


@contextmanager
def watched(fetch: Fetch) -> Iterator[None]:
    """Count what the hub's client fetches meanwhile, and let it be stopped."""
    configure_http_backend(partial(_session, fetch))
    try:
        yield
    finally:
        configure_http_backend()
