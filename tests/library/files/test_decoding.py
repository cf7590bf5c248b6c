"""JSON from anywhere: what would fill memory or the stack is refused like what is no JSON."""

from __future__ import annotations

import msgspec
import pytest

from library.files.decoding import MOST_OBJECTS, NotJsonError, decode_json

TABLES = msgspec.json.Decoder(dict[str, dict[str, msgspec.Raw]])


def table(objects: int) -> bytes:
    return b'{"takes":{%s}}' % b",".join(b'"%d":{}' % number for number in range(objects))


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b'{"takes":', b'{"takes":{"1":' + b"[" * 100_000, table(MOST_OBJECTS + 1)]
)
def test_what_can_t_be_read_is_one_error(data):
    with pytest.raises(NotJsonError):
        decode_json(data, TABLES)


def test_a_large_file_of_ours_is_read():
    assert len(decode_json(table(MOST_OBJECTS // 2), TABLES)["takes"]) == MOST_OBJECTS // 2
