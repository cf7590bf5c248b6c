"""Makes the corpora that fuzzing starts from: small whole files of every kind, and headers that lie. Run it by hand."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import soundfile

from tests.fuzz.hostile import TEXTS, judgements, take
from tests.fuzz.targets import PANEL
from tests.ratings.panel.answering import answers, token

CORPUS = Path(__file__).parent / "corpus"
FORMATS = {
    "wav": ("WAV", "PCM_16"), "wav24": ("WAVEX", "PCM_24"), "float": ("WAV", "FLOAT"), "rf64": ("RF64", "PCM_16"),
    "aiff": ("AIFF", "PCM_16"), "flac": ("FLAC", "PCM_16"), "ogg": ("OGG", "VORBIS"), "opus": ("OGG", "OPUS"),
    "mp3": ("MP3", "MPEG_LAYER_III"), "adpcm": ("WAV", "IMA_ADPCM"),
}  # fmt: skip
RATE = 16000


@cache
def encoded(kind: str) -> bytes:
    """A fortieth of a second of noise."""
    container, subtype = FORMATS[kind]
    file = io.BytesIO()
    noise = np.random.default_rng(7).uniform(-0.4, 0.4, (RATE // 40, 2))
    soundfile.write(file, noise, RATE, subtype=subtype, format=container)
    return file.getvalue()


def patched(data: bytes, place: int, layout: str, *values: int) -> bytes:
    """`data` with some bytes replaced."""
    return data[:place] + struct.pack(layout, *values) + data[place + struct.calcsize(layout) :]


def liars() -> dict[str, bytes]:
    """Files whose headers promise what is not there."""
    wav, flac, rf64 = encoded("wav"), encoded("flac"), encoded("rf64")
    size = wav.index(b"data") + 4
    return {
        **{f"wav-rate-{rate}": patched(wav, 24, "<I", rate) for rate in (0, 1, 10**9, 0xFFFFFFFF)},
        **{f"wav-channels-{count}": patched(wav, 22, "<H", count) for count in (0, 1000, 65535)},
        **{f"wav-size-{length}": patched(wav, size, "<I", length) for length in (0, 0x7FFFFFFF, 0xFFFFFFFF)},
        **{f"flac-frames-{high}": patched(flac, 21, ">BI", flac[21] & 0xF0 | high, 0xFFFFFFFF) for high in (0, 15)},
        "flac-frames-unknown": patched(flac, 21, ">BI", flac[21] & 0xF0, 0),
        "rf64-size": patched(rf64, 20, "<QQQ", 2**62, 2**63 - 1, 2**62),
        "id3-size": b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + encoded("mp3"),
        "id3-many": b"ID3\x04\0\0\0\0\0\0" * 500 + encoded("mp3"),
    }


def id3(**frames: str) -> bytes:
    """An ID3v2.4 tag (id3.org) with text frames."""
    body = b""
    for name, text in frames.items():
        content = b"\x03" + (b"eng\0" if name == "COMM" else b"") + text.encode(errors="surrogatepass")
        body += name.encode() + _sync_safe(len(content)) + b"\0\0" + content
    return b"ID3\x04\0\0" + _sync_safe(len(body)) + body


def _sync_safe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def tagged() -> dict[str, bytes]:
    """A file with tags of each kind, as tools write them."""
    from tests.library.importing.imitations import IMITATIONS

    wanted = ("m4a, comment", "m4a, tag of its name", "mp3, UTF-16", "mp3, version 2.4", "flac", "opus", "wav, ID3",
              "tags, APEv2", "tags, mp3 2.2", "comment, Japanese", "one line")  # fmt: skip
    found = {imitation.variant: next(iter(imitation.files.values())) for imitation in IMITATIONS}
    return {f"tool-{variant.replace(', ', '-')}": found[variant] for variant in wanted}


def lines(comma: str) -> str:
    """Two participants' ratings of every take, one of them missing."""
    rows = [[f"earmark-{PANEL.id}", name, "stars", " 4 " if number else "NA", f"take-{take}", "6000"]
            for name in ("Tom", "Eve") for number, take in enumerate(PANEL.takes)]  # fmt: skip
    return "\n".join(comma.join(row) for row in rows)


def packed(text: str, kind: int) -> bytes:
    """A pack of one take with a sound."""
    into = io.BytesIO()
    document = {"format": 1, "takes": [take(1, text)], "judgements": judgements(1, text)}
    with zipfile.ZipFile(into, "w", kind) as entries:
        entries.writestr(zipfile.ZipInfo("pack.json"), json.dumps(document))
        entries.writestr(zipfile.ZipInfo(f"sounds/{1:020x}.wav"), encoded("wav")[:200])
    return into.getvalue()


def corpora() -> dict[str, dict[str, bytes]]:
    """Every corpus: name of the target, name of the file, its bytes."""
    npz = io.BytesIO()
    np.savez_compressed(npz, codes=np.arange(12).reshape(3, 4))
    texts = {key: text[:300] for key, text in TEXTS.items()}
    deep = b"[" * 5000 + b"]" * 5000
    documents = [take(number, text) for number, text in enumerate(texts.values(), 1)]
    events = [event for number, text in enumerate(texts.values(), 1) for event in judgements(number, text)]
    odd = {"id": "0" * 20, "file": "../../x", "duration_s": 1e308, "sample_rate": 10**30, "channels": -1, "seed": 1e99}
    said = {"panel": PANEL.id, "run": "0" * 16, "name": "Tom", "order": 0, "began": "2026-06-01T10:00:00Z",
            "answers": answers(PANEL)}  # fmt: skip
    comments = [json.dumps({"prompt": text, "seed": 2**64}) for text in texts.values()]
    return {
        "sound": {**{kind: encoded(kind) for kind in FORMATS}, **liars()},
        "tags": {
            **{f"id3-{key}": id3(TIT2=text, COMM=text) + encoded("mp3")[:500] for key, text in texts.items()},
            "id3-json": id3(COMM=comments[0], TXXX="prompt\0[red]") + encoded("mp3")[:500],
            "wav": encoded("wav"), "flac": encoded("flac"), "ogg": encoded("ogg"), "opus": encoded("opus"),
            "aiff": encoded("aiff"), **tagged(),
        },
        "sidecar": {
            **{f"text-{number}": comment.encode() for number, comment in enumerate(comments)},
            "deep": deep, "nested": b'{"params": ' * 200 + b"1" + b"}" * 200,
            "numbers": b'{"seed": 1e999, "prompt": 1, "recipe": {"seed": NaN, "duration_s": Infinity}}',
            "surrogate": b'{"prompt": "\\ud800\\udc00 \\udfff", "seed": "411.0"}',
        },
        "sheet": {
            "plain": b"file,prompt,seed\na.wav,night,1\n../../b.wav,\x1b[31m,-1\n",
            "semicolons": b'file;prompt\n"a\nb";"=1+1"\n', "utf16": "file\tprompt\na.wav\té\n".encode("utf-16"),
            "quotes": b'file,prompt\n"a,b\n' + b'"' * 99, "nul": b"file,prompt\na\0.wav,b\0\n",
        },
        "name": {key: f"{text[:80]}_s41.wav".encode(errors="surrogatepass") for key, text in texts.items()},
        "batch": {
            "hostile": json.dumps({"takes": {str(n): one for n, one in enumerate(documents)}}).encode(),
            "odd": json.dumps({"takes": {"1": odd, "2": documents[0]}}).encode(), "deep": b'{"takes": ' + deep + b"}",
            "surrogate": json.dumps({"takes": {"1": take(1, "\ud800")}}).encode(),
        },
        "session": {
            "hostile": json.dumps({"judgements": {str(n): one for n, one in enumerate(events)}}).encode(),
            "late": json.dumps({"judgements": {"1": events[0] | {"at": "9999-12-31T23:59:59.999999Z"}}}).encode(),
            "no-day": json.dumps({"judgements": {"1": events[0] | {"at": "2026-13-45T99:99:99Z"}}}).encode(),
        },
        "panel": {
            "plain": token(PANEL), "quoted": b"Hi\n> " + token(PANEL).replace(b"\n", b"\n> "),
            "utf16": token(PANEL).decode().encode("utf-16"), "twice": token(PANEL) + b"x" + token(PANEL, run="f" * 16),
            "changed": token(PANEL).replace(b"I", b"J", 3), "unknown": token(PANEL, panel="f" * 16),
        },
        "results": {
            "php": f"session_test_id,name,trial_id,stimuli_rating,stimuli,rating_time\n{lines(',')}".encode(),
            "pymushra": "wm_testId;questionaire_uuid;wm_id;responses_stimulusRating;responses_stimulus;"
                        f"responses_time\n{lines(';')}".encode(),
            **{key: f"session_test_id,name,stimuli_rating,stimuli,rating_time\nearmark-{PANEL.id},{text},3,"
                    f"take-{PANEL.takes[0]},1e9\n".encode(errors="surrogatepass") for key, text in texts.items()},
        },
        "pack": {
            **{kind: packed(text, level) for text in ("night",) for kind, level in (("stored", 0), ("deflated", 8))},
            **{key: packed(text, 0) for key, text in texts.items()},
        },
        "answers": {
            **{key: json.dumps({**said, "name": text[:200]}).encode() for key, text in texts.items()},
            "late": json.dumps({**said, "began": "9999-12-31T23:59:59.999999Z"}).encode(),
            "no-day": json.dumps({**said, "began": "2026-13-45T99:99:99Z"}).encode(),
            "odd": json.dumps({**said, "answers": [[0, "6", -1, 1e999, 1], [9, "a", 1, 1, 1]]}).encode(), "deep": deep,
            "long": json.dumps({**said, "answers": [[0, "1", 1e6, 1e6, 1e9]]}).encode(),
        },
        "marker": {"plain": b'{"format": 1}', "newer": b'{"format": 99}', "odd": b'{"format": true}', "deep": deep},
        "settings": {"plain": b'{"theme": "ink", "volume_db": -3, "keys": {"a": "b"}}', "deep": deep},
        "tokens": {"plain": npz.getvalue(), "no-deflate": npz.getvalue().replace(b"\xec\x17", b"\x00\xec\x17", 1)},
    }  # fmt: skip


def main() -> None:
    """Write them all."""
    for target, files in corpora().items():
        folder = CORPUS / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (folder / name.replace(" ", "-")).write_bytes(data)


if __name__ == "__main__":
    main()
