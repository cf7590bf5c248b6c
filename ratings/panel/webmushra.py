"""A listening test for a webMUSHRA of the user's own: its configuration, and the stimuli, blind and equally loud.

webMUSHRA's pages that follow ITU-R BS.1534 need a reference, and takes have none: this is a Likert scale of five stars
for one take after the other (`likert_single_stimulus`), so no MUSHRA in the standard's sense.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from library.errors import AudioError, LibraryError
from library.files.durable import make_folder, write_durably
from library.locations import typed_path
from library.purging.restore import bring_back
from library.sound.file_bytes import StoppedError
from library.store.catalog import Catalog
from library.take import utc_now
from ratings.errors import ExportError
from ratings.export.placing import check_outside
from ratings.export.request import ExportRequest
from ratings.history import History
from ratings.judgement import QUESTION
from ratings.model.question_value import ListeningCosts
from ratings.panel.panel import Panel, wanted_takes
from ratings.panel.record import Asked, PanelRecord, new_ids, write_record
from ratings.web.web_sound import wav_sound

TEST, TAKE = "earmark-", "take-"
"""Before a panel's id and a take's: as such pymushra doesn't read them for numbers, as it reads "12e4"."""
CONFIGS = "configs"


def write_webmushra(
    catalog: Catalog,
    history: History,
    request: ExportRequest,
    *,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Panel:
    """Write a test into the folder of the request, which may be a checkout of webMUSHRA: a file in `configs`, and WAVs.

    Its page asks for stars for each take, in an order that webMUSHRA draws. The configuration comes last; when
    cancelled there is none. Raises ExportError where the destination can't be used, RatingError.
    """
    root = typed_path(request.destination).absolute()
    check_outside(root, catalog.library)
    wanted = wanted_takes(catalog, history, request, secrets.randbits(31))
    secrets.SystemRandom().shuffle(wanted)  # the number of a file tells nothing of it
    ids = new_ids()
    name = f"{TEST}{ids['id']}"
    sounds = Path(CONFIGS) / "resources" / name
    files, takes, failed = list[Path](), list[str](), list[tuple[str, str]]()
    try:
        bring_back(catalog, map(catalog.find, wanted), stopped=cancelled)
        make_folder(root / sounds)
        for number, take in enumerate(map(catalog.find, wanted)):
            progress(number, len(wanted))
            try:
                data = wav_sound(catalog, take, cancelled)
            except AudioError as error:
                failed.append((take.id, str(error)))
                continue
            takes.append(take.id)
            files.append(root / sounds / f"{len(takes):03}.wav")
            write_durably(files[-1], data)
        if not takes:
            return Panel(failed=failed)
        order = tuple(map(Asked, range(len(takes))))
        record = PanelRecord(id=ids["id"], key=ids["key"], created_at=utc_now(), takes=tuple(takes), orders=(order,))
        write_record(catalog.library, record)
        paths = [(sounds / path.name).as_posix() for path in files]
        files.append(root / CONFIGS / f"{name}.yaml")
        write_durably(files[-1], _config(name, takes, paths).encode())
    except StoppedError:
        return Panel(files, len(takes), failed=failed, cancelled=True)
    except LibraryError as error:
        raise ExportError(error.what, error.remedy) from error
    return Panel(files, len(takes), len(takes), len(takes) * ListeningCosts().star / 60, failed)


def _config(name: str, takes: Sequence[str], paths: Sequence[str]) -> str:
    """As webMUSHRA's experimenter.md describes it. Every text is a JSON string, which YAML reads alike."""
    text = json.dumps
    stimuli = "\n".join(f"      {text(TAKE + take)}: {text(path)}" for take, path in zip(takes, paths, strict=True))
    response = "\n".join(
        f'      - value: "{n}"\n        label: {text("★" * n, ensure_ascii=False)}' for n in range(1, 6)
    )
    return f"""testname: "Listening test"
testId: {text(name)}
bufferSize: 2048
stopOnErrors: true
showButtonPreviousPage: true
remoteService: "service/write.php"
pages:
  - type: generic
    id: welcome
    name: "Listening test"
    content: {text(_WELCOME)}
  - type: likert_single_stimulus
    id: stars
    name: "Would you call it good?"
    content: {text(QUESTION)}
    mustRate: true
    mustPlayback: ended
    stimuli:
{stimuli}
    response:
{response}
  - type: finish
    name: "Thank you!"
    content: "Please send your answers."
    showResults: false
    writeResults: true
    questionnaire:
      - type: text
        label: "Your name"
        name: name
"""


_WELCOME = (
    "You hear pieces of music and say how good each one is, as a composition: how well it is recorded doesn't count. "
    "Use headphones or good speakers; all pieces are equally loud."
)
