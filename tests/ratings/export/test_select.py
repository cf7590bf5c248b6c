"""Takes that are named go, whatever was said of them; best first, and those that nobody judged at the end."""

from __future__ import annotations

import csv
import json

from ratings.export.request import ExportRequest
from ratings.export.run import names_in
from ratings.export.select import select, takes_of_filter


def test_named_takes_go_in_order_with_rejected_and_unjudged_ones(shelf, tmp_path):
    new, good, best, bad, other = (shelf.add(n, stars=s) for n, s in ((1, None), (2, 3), (3, 5), (4, None), (5, 5)))
    shelf.say.reject(bad.id)
    shelf.say.label([new.id, good.id], add=["live", "red"])
    ids = (new.id, bad.id, good.id, best.id, "f" * 20)
    report = shelf.export(tmp_path / "out", takes=ids, filter="label:live", name="{rank} {label}")
    assert [file.take for file in report.files] == [best.id, good.id, bad.id, new.id]
    assert [file.path.name for file in report.files] == ["1.wav", "2 red, live.wav", "3.wav", "4 red, live.wav"]
    assert (report.files[-1].score, report.files[-1].stars, report.files[-1].judgements) == (None, None, 0)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["request"]["filter"] == "label:live"
    assert [file["labels"] for file in manifest["files"]] == [[], ["red", "live"], [], ["red", "live"]]
    with (tmp_path / "out" / "ratings.csv").open(encoding="utf-8-sig") as sheet:
        rows = list(csv.DictReader(sheet))
    assert [(row["labels"], row["score"] == "") for row in rows] == [("", False), ("red, live", False), ("", False),
                                                                   ("red, live", True)]  # fmt: skip
    assert other.id not in {file.take for file in report.files}


def test_conditions_hold_for_named_takes_too(shelf, tmp_path):
    takes = [shelf.add(n, stars=s) for n, s in ((1, None), (2, 3), (3, 5), (4, 4))]
    ids = tuple(take.id for take in takes)

    def chosen(**asked):
        request = ExportRequest(destination=tmp_path, takes=ids, **asked)
        return [one.take.seed for one in select(shelf.catalog, shelf.journal.history, request)]

    assert chosen() == [3, 4, 2, 1]
    assert chosen(count=2) == [3, 4]
    assert chosen(min_stars=4) == [3, 4]
    assert chosen(per_prompt=1) == [3]
    assert chosen(picks=True) == []


def test_a_filter_leaves_rejected_takes_out_unless_it_asks_for_them(shelf):
    good, bad, both = (shelf.add(n) for n in (1, 2, 3))
    shelf.say.reject(bad.id)
    shelf.say.reject(both.id)
    bob = shelf.journal.log("bob")
    bob.write([bob.pick(both.id)])
    history, takes = shelf.journal.history, [good, bad, both]
    assert takes_of_filter(takes, history, rejected=False) == (good.id, both.id)
    assert takes_of_filter(takes, history, rejected=True) == (good.id, bad.id, both.id)


def test_names_are_known_before_anything_is_written(shelf, tmp_path):
    for number in (1, 2, 3):
        shelf.add(number, stars=number)
    request = ExportRequest(destination=tmp_path / "out", name="{prompt}", format="flac")
    foretold = names_in(select(shelf.catalog, shelf.journal.history, request), request)
    report = shelf.export(tmp_path / "out", name="{prompt}", format="flac")
    assert foretold == [file.path.name for file in report.files]
    assert foretold == ["slow neon drive.flac", "slow neon drive-2.flac", "slow neon drive-3.flac"]
