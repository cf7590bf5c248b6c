"""What came back of webMUSHRA: the CSV of its PHP service, or of pymushra.

PHP writes commas, and in Likert tests no word of who answered but what was typed; the ratings have blanks around them.
pymushra writes semicolons, columns in any order, and a uuid a participant. Both append to what is there. That is
written down in webMUSHRA's service/write.php and pymushra's casting.py, read in November 2026.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

from library.take import utc_now
from ratings.panel.answers import Answer, Said, Submission
from ratings.panel.record import MOST_QUESTIONS, PanelRecord
from ratings.panel.webmushra import TAKE, TEST

MOST_ROWS = 200_000
_TEST = re.compile(rf"{TEST}([0-9a-f]{{16}})")
_TAKE = re.compile(rf"{TAKE}([0-9a-f]{{20}})")
_PHP = ("session_test_id", "stimuli", "stimuli_rating", "rating_time")
_PYMUSHRA = ("wm_testId", "responses_stimulus", "responses_stimulusRating", "responses_time")
_OF_PYMUSHRA = "questionaire_"
_MOST_S = 1e6


@dataclass
class Sheet:
    """One participant's ratings."""

    panel: str
    who: str
    """All that tells this participant from others, as text."""
    name: str
    began: str
    ratings: dict[str, tuple[str, float]] = field(default_factory=dict)
    """By take: the rating as it stands there, and seconds."""

    def submission(self, record: PanelRecord) -> Submission:
        """As what a panel's own page sends; what was not rated ("NA"), or is of no take of that panel, is left out."""
        answers, at_s = list[Answer](), 0.0
        for take, (said, seconds) in self.ratings.items():
            at_s += seconds
            if take in record.takes and said in ("1", "2", "3", "4", "5") and len(answers) < MOST_QUESTIONS:
                place = record.takes.index(take)
                answers.append(Answer(place, cast("Said", said), 0.0, seconds, min(at_s, _MOST_S)))
        run = hashlib.sha256(self.who.encode(errors="replace")).hexdigest()[:16]
        return Submission(self.panel, run, self.name, 0, self.began, tuple(answers))


def read_results(data: bytes) -> list[Sheet] | None:
    """The participants in a file of results, each by itself, in tests of ours; None for what is no such file."""
    text = data.decode("utf-8-sig", errors="replace").replace("\0", "")
    header = text.partition("\n")[0]
    comma, columns = (",", _PHP) if _PHP[0] in header else (";", _PYMUSHRA)
    if not all(column in header for column in columns):
        return None
    sheets = dict[tuple[str, str], list[Sheet]]()
    for row in _rows(text, comma):
        test, stimulus, said, time = (str(row.get(column) or "").strip() for column in columns)
        panel, take = _TEST.fullmatch(test), _TAKE.fullmatch(stimulus)
        if panel is None or take is None:
            continue
        who, name, began = _participant(row, columns)
        runs = sheets.setdefault((panel[1], who), [])
        # Of two who typed the same, or one who came twice, the second begins where a take comes again.
        if not runs or take[1] in runs[-1].ratings:
            runs.append(Sheet(panel[1], f"{test} {who} {len(runs)}", name, began))
        runs[-1].ratings[take[1]] = said.removesuffix(".0"), _seconds(time)
    return [run for runs in sheets.values() for run in runs]


def _rows(text: str, comma: str) -> Iterator[Mapping[str, str | None]]:
    rows = csv.DictReader(io.StringIO(text), delimiter=comma)
    try:
        for number, row in enumerate(rows):
            if number >= MOST_ROWS:
                return
            yield {str(key): value for key, value in row.items() if isinstance(value, str)}
    except csv.Error:  # an endless field, say
        return


def _participant(row: Mapping[str, str | None], columns: tuple[str, ...]) -> tuple[str, str, str]:
    """What tells who it is, the name, and when it was."""
    if columns is _PHP:
        typed = {key: value or "" for key, value in row.items() if key not in (*_PHP, "trial_id")}
        return repr(sorted(typed.items())), _name(typed.get("name", "")), utc_now()
    own = {key: value or "" for key, value in row.items() if key.startswith(_OF_PYMUSHRA)}
    uuid = own.get(f"{_OF_PYMUSHRA}uuid", "")
    who = uuid or repr(sorted(own.items()))
    return who, _name(own.get(f"{_OF_PYMUSHRA}name", "")), _time(row.get("wm_date") or "")


def _name(typed: str) -> str:
    return typed.strip()[:200] or "guest"


def _time(text: str) -> str:
    """A server's own time, without a zone, as if it were UTC; now where it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return utc_now()
    return f"{moment.replace(tzinfo=UTC):%Y-%m-%dT%H:%M:%S}Z" if moment.year > 1970 else utc_now()


def _seconds(milliseconds: str) -> float:
    try:
        seconds = float(milliseconds) / 1000
    except ValueError:
        return 0.0
    return min(seconds, _MOST_S) if seconds > 0 else 0.0
