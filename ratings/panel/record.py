"""The library's own side of a panel: what its page asks, and the key that tells answers to it from others."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from library.errors import LibraryError
from library.files.decoding import NotJsonError, decode_json
from library.library import Library
from library.take import ID_LENGTH
from ratings.errors import PanelError
from ratings.judgement import Time

FOLDER = "panels"
"""In the library: a file a panel, which is written once."""
MOST_TAKES, MOST_QUESTIONS, MOST_ORDERS = 500, 2_000, 16
PANEL_ID = re.compile("[0-9a-f]{16}")
_MOST_BYTES = 16 << 20
_Place = Annotated[int, Meta(ge=0, lt=MOST_TAKES)]


class Asked(Struct, frozen=True, array_like=True, gc=False):
    """A question of a page: stars for one take, or which of two is better. Takes are places in `PanelRecord.takes`."""

    a: _Place
    b: _Place | None = None
    """What stands on the side of B; None where it is no duel."""
    first: Literal["a", "b"] = "a"
    """Which one of a duel is heard first."""


class PanelRecord(Struct, frozen=True, kw_only=True):
    """A panel, as the library keeps it."""

    id: Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
    key: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    created_at: Time
    takes: Annotated[
        tuple[Annotated[str, Meta(pattern=f"^[0-9a-f]{{{ID_LENGTH}}}$")], ...], Meta(max_length=MOST_TAKES)
    ]
    """Ids, in the order in which the page has their sounds."""
    orders: Annotated[
        tuple[Annotated[tuple[Asked, ...], Meta(max_length=MOST_QUESTIONS)], ...], Meta(max_length=MOST_ORDERS)
    ]
    """The same questions and like ones in several orders: a friend is asked one of these."""
    least_s: Annotated[float, Meta(ge=0, le=600)] = 0.0
    """Seconds of each take that are heard before an answer counts, or all of it."""

    def sign(self, words: str) -> str:
        """The signature of what a page of this panel says: HMAC-SHA-256 (RFC 2104), hexadecimal.

        The page must sign by itself, so the key is in it: whoever has the page can sign anything. A signature that is
        right proves that the words belong to this panel and came through whole, not who said them.
        """
        return hmac.new(bytes.fromhex(self.key), words.encode(), hashlib.sha256).hexdigest()


def new_ids() -> dict[str, str]:
    """An id and a key that no panel has."""
    return {"id": secrets.token_hex(8), "key": secrets.token_hex(32)}


def write_record(library: Library, record: PanelRecord) -> None:
    """Keep a panel, durably. Raises LibraryError."""
    library.found()
    folder = library.root / FOLDER
    library.make_folder(folder)
    library.write(folder / f"{record.id}.json", msgspec.json.encode(record))


def read_record(library: Library, panel: str) -> PanelRecord:
    """The panel of that id. Raises PanelError where this library has none, or it can't be read."""
    if not PANEL_ID.fullmatch(panel):
        raise PanelError("It names no panel.")
    path = library.root / FOLDER / f"{panel}.json"
    try:
        record = decode_json(library.read(path, _MOST_BYTES), _DECODER)
    except FileNotFoundError:
        raise PanelError(
            "Its panel isn't of this library.", "Open the library that made the page, with --library."
        ) from None
    except (OSError, LibraryError, NotJsonError) as error:
        raise PanelError(f"{path} can't be read: {error}.", "Restore it from a backup.") from error
    if record.id != panel or any(
        place >= len(record.takes) or (asked.b == asked.a)
        for order in record.orders
        for asked in order
        for place in (asked.a, asked.b or 0)
    ):
        raise PanelError(f"{path} is damaged.", "Restore it from a backup.")
    return record


_DECODER = msgspec.json.Decoder(PanelRecord)
