"""JSON from anywhere: whatever is wrong with it, there is one error."""

from __future__ import annotations

from typing import TypeVar

import msgspec

_Value = TypeVar("_Value")
MOST_OBJECTS = 1_000_000
"""More are in no file of ours, and would fill memory: the documents of 100,000 takes have 400,000."""


class NotJsonError(ValueError):
    """Bytes that are no JSON, or not of the form that was asked for. Its text says why."""


def decode_json(data: bytes | msgspec.Raw, decoder: msgspec.json.Decoder[_Value]) -> _Value:
    """What `data` says. Raises NotJsonError, also for what is nested too deeply, and for too many digits or objects."""
    if isinstance(data, bytes) and len(data) > MOST_OBJECTS and data.count(b"{") > MOST_OBJECTS:
        raise NotJsonError("it has too many entries")
    try:
        return decoder.decode(data)
    except RecursionError as error:
        raise NotJsonError("it is nested too deeply") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotJsonError(str(error)) from error
    except (ValueError, OverflowError) as error:
        raise NotJsonError("a number has too many digits") from error
