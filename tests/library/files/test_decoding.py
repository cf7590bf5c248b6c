"""JSON of every bad kind ends in one error."""

from __future__ import annotations

import msgspec
import pytest

from library.files.decoding import MOST_OBJECTS, NotJsonError, decode_json
from library.take import Take

ANYTHING = msgspec.json.Decoder()
TABLES = msgspec.json.Decoder(dict[str, dict[str, object]])
RAW = msgspec.json.Decoder(dict[str, dict[str, msgspec.Raw]])


@pytest.mark.parametrize("decoder", [ANYTHING, TABLES, msgspec.json.Decoder(Take)], ids=["any", "tables", "take"])
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{half",
        b"\xff\xfe",
        b'"\xc3"',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a":{"b":' + b"9" * 5_000 + b"}}",
        b'{"a":{"b":-' + b"9" * 5_000 + b"}}",
        b"\0" * 1_000,
    ],
    ids=["empty", "half", "no text", "half a letter", "deep", "deep objects", "5,000 digits", "negative", "zeros"],
)
def test_what_is_no_json_is_told_by_one_error(decoder, data):
    with pytest.raises(NotJsonError) as caught:
        decode_json(data, decoder)
    assert str(caught.value)


def test_a_document_of_another_form_is_told_by_the_same_error():
    with pytest.raises(NotJsonError, match="Expected"):
        decode_json(b'{"a": [1]}', TABLES)


def test_what_is_kept_raw_is_not_looked_into():
    assert bytes(decode_json(b'{"a":{"b":' + b"9" * 5_000 + b"}}", RAW)["a"]["b"]) == b"9" * 5_000


def table_of(objects: int) -> bytes:
    return b'{"takes":{%s}}' % b",".join(b'"%d":{}' % number for number in range(objects))


def test_more_objects_than_memory_has_room_for_are_not_read():
    with pytest.raises(NotJsonError, match="too many"):
        decode_json(table_of(MOST_OBJECTS + 1), RAW)


def test_as_many_as_a_large_file_of_ours_has_are_read():
    assert len(decode_json(table_of(MOST_OBJECTS // 2), RAW)["takes"]) == MOST_OBJECTS // 2
