"""What Earmark does with bytes from elsewhere, each as a function of the bytes that raises nothing but a fault."""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from library.errors import AudioError, EarmarkError
from library.importing.origin import Origin, OriginError, clean_text
from library.importing.sources.file_names import from_name
from library.importing.sources.sheet import read_sheet
from library.importing.sources.sidecar import Folders
from library.importing.sources.told_words import ask_sources
from library.jobs.saving import read_tokens
from library.library import Library
from library.machine_text import is_machine_text
from library.sound import audio
from library.store.catalog import Catalog
from library.take import utc_now
from ratings.errors import PackError
from ratings.history import UNJUDGED
from ratings.journal import Journal
from ratings.pack.opening import open_pack
from ratings.panel.collect import collect
from ratings.panel.record import Asked, PanelRecord, write_record
from ratings.report import judgement_json, take_json
from tests.fuzz.hostile import OBEYED
from tests.judging import Judge
from tui.cli.output import take_line
from tui.playing.player.sound_reader import SoundReader
from tui.settings import load_settings

MOST_BLOCKS = 50
_FOLDER = tempfile.TemporaryDirectory(prefix="earmark-fuzz-")
SCRATCH = Path(_FOLDER.name)


def sound(data: bytes) -> None:
    """A sound file: its header, its samples, its id, its tags, and what the player makes of it."""
    path = put("sound.wav", data)
    with contextlib.suppress(AudioError):
        info = audio.probe(path)
        assert 0 < info.channels <= audio.MAX_CHANNELS
    with contextlib.suppress(AudioError):
        audio.read(path, start=3, frames=1000)
    with contextlib.suppress(AudioError):
        examined = audio.examine(path, lambda samples, rate: None)
        assert examined.info.frames > 0
    with contextlib.suppress(AudioError):
        reader = SoundReader(path)
        for _, block in zip(range(MOST_BLOCKS), reader.blocks(), strict=False):
            assert block.shape[1] == 2
        reader.close()


def tags(data: bytes) -> None:
    """The tags of a sound file."""
    with contextlib.suppress(OriginError):
        check_origin(ask_sources(put("tagged.mp3", data), Origin(), None, Folders()).origin)


def sidecar(data: bytes) -> None:
    """A JSON file beside a sound."""
    put("beside.wav.json", data)
    with contextlib.suppress(OriginError):
        check_origin(ask_sources(put("beside.wav", b""), Origin(), None, Folders()).origin)


def sheet(data: bytes) -> None:
    """A CSV sheet."""
    with contextlib.suppress(EarmarkError):
        for row in read_sheet(put("sheet.csv", data)).rows:
            check_origin(row.origin)


def name(data: bytes) -> None:
    """A file's name."""
    with contextlib.suppress(OriginError):
        check_origin(from_name(Path("music") / data.decode(errors="surrogateescape").replace("/", "_")))


def batch(data: bytes) -> None:
    """A batch's documents, read, listed, and printed."""
    root = library()
    (root / "batches" / "b").mkdir(parents=True)
    (root / "batches" / "b" / "batch.json").write_bytes(data)
    catalog, history = Catalog.load(Library(root)), Journal.load(Library(root)).history
    for take in catalog:
        msgspec.json.encode(take_json(take, catalog, history))
        assert not set(take_line(take, history)) & set(OBEYED)
        place = catalog.path_of(take)
        assert place.is_absolute()
        assert ".." not in place.parts or take.file.startswith("/")
    assert (root / "batches" / "b" / "batch.json").read_bytes() == data


def session(data: bytes) -> None:
    """A session's judgements, read, counted, and one more said."""
    root = library()
    (root / "sessions" / "l").mkdir(parents=True)
    (root / "sessions" / "l" / "s.json").write_bytes(data)
    journal = Journal.load(Library(root))
    for event in journal.history.live():
        msgspec.json.encode(judgement_json(event))
        assert journal.history.ratings(event.take) != UNJUDGED
        said = Judge(journal.log("ana")).stars(event.take, 2)
        assert said.id in journal.history


def marker(data: bytes) -> None:
    """A library's marker."""
    root = library()
    (root / "library.json").write_bytes(data)
    with contextlib.suppress(EarmarkError):
        Catalog(Library(root))
    assert (root / "library.json").read_bytes() == data


def settings(data: bytes) -> None:
    """The user's settings."""
    load_settings(put("settings.json", data))


def tokens(data: bytes) -> None:
    """A model's tokens."""
    read_tokens(put("tokens.npz", data))


def panel(data: bytes) -> None:
    """What came back from a panel; whatever it is, the library holds it and reads it again."""
    root = library()
    write_record(Library(root), PANEL)
    journal = Journal.load(Library(root))
    done = collect(journal, [("sent", data)])
    read_again = Journal.load(Library(root))
    assert read_again.damages == []
    assert len(read_again.history) == len(journal.history) == done.judgements
    for event in read_again.history.live():
        assert event.take in PANEL.takes
        assert not set(event.listener) & set(OBEYED)
        assert PANEL.created_at <= event.at <= utc_now()


PANEL = PanelRecord(
    id="0123456789abcdef", key="11" * 32, created_at="2026-01-01T00:00:00.000000Z", least_s=5.0,
    takes=tuple(f"{number:020x}" for number in range(4)),
    orders=tuple((Asked(at), Asked(1, 2), Asked(3), Asked(2, 0, "b"), Asked(at)) for at in range(3)),
)  # fmt: skip


def results(data: bytes) -> None:
    """What may be the results of a webMUSHRA, as PHP or pymushra write them."""
    panel(data)


def answers(data: bytes) -> None:
    """What a friend answered, rightly signed all the same."""
    words = base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    panel(f"EARMARK-PANEL-1.{words}.{PANEL.sign(words)}".encode())


def pack(data: bytes) -> None:
    """A file that may be a pack: it is opened or refused, and what is in it is read within bounds."""
    with contextlib.suppress(PackError), open_pack(put("pack.zip", data)) as opened:
        for take in opened.pack.takes:
            if (found := opened.sound(take.id)) is not None:
                sum(len(chunk) for chunk in opened.chunks(found[0], take.id))


TARGETS: dict[str, Callable[[bytes], None]] = {
    function.__name__: function
    for function in (
        sound,
        tags,
        sidecar,
        sheet,
        name,
        batch,
        session,
        marker,
        settings,
        tokens,
        panel,
        answers,
        results,
        pack,
    )
}


def put(name: str, data: bytes) -> Path:
    """A file of these bytes."""
    path = SCRATCH / name
    path.write_bytes(data)
    return path


def library() -> Path:
    """An empty library."""
    root = SCRATCH / "library"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    (root / "library.json").write_bytes(json.dumps({"format": 1}).encode())
    return root


def check_origin(origin: Origin) -> None:
    """What came of a source is safe to keep and to show."""
    for text in (origin.prompt, origin.model, origin.generator):
        assert text is None or text == clean_text(text)
        assert not set(text or "") & set(OBEYED)
    assert origin.prompt is None or not is_machine_text(origin.prompt)
    assert origin.seed is None or 0 <= origin.seed < 1 << 64
