"""A test for webMUSHRA, served and answered through a real pymushra; and the CSV that webMUSHRA's PHP writes."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile
import yaml
from click.testing import CliRunner
from tinydb import TinyDB
from werkzeug.serving import make_server

from library.sound.loudness_meter import measure
from library.sound.playback_gain import as_heard
from ratings.export.request import ExportRequest
from ratings.panel.collect import collect
from ratings.panel.panel import Panel
from ratings.panel.webmushra import write_webmushra
from tests.ratings.export.shelf import Shelf
from tests.ratings.panel.answering import fresh
from tui.cli.panel import command


def make(shelf: Shelf, folder: Path, **asked) -> Panel:
    return write_webmushra(shelf.catalog, shelf.journal.history, ExportRequest(destination=folder, **asked))


def config_of(made: Panel) -> dict:
    return yaml.safe_load(made.files[-1].read_text("utf-8"))


def stimuli_of(config: dict) -> dict[str, str]:
    (page,) = (page for page in config["pages"] if page["type"] == "likert_single_stimulus")
    return page["stimuli"]


@contextlib.contextmanager
def pymushra(checkout: Path) -> Iterator[str]:
    """The address of a pymushra that serves this folder."""
    from pymushra import service

    service.app.config |= {
        "webmushra_dir": str(checkout), "db": TinyDB(checkout / "db.json"), "admin_allowlist": ["127.0.0.1"],
    }  # fmt: skip
    server = make_server("127.0.0.1", 0, service.app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        service.app.config["db"].close()


def get(address: str) -> bytes:
    with urllib.request.urlopen(address) as answer:
        return answer.read()


def session(config: dict, name: str, ratings: dict[str, str]) -> dict:
    """What webMUSHRA posts at the end."""
    responses = [
        {"stimulus": stimulus, "stimulusRating": said, "time": 5000 + number}
        for number, (stimulus, said) in enumerate(ratings.items())
    ]
    trial = {"type": "likert_single_stimulus", "id": "stars", "responses": responses}
    return {"testId": config["testId"], "config": "configs/x.yaml", "trials": [trial], "surveyId": None,
            "participant": {"name": ["name"], "response": [name]}}  # fmt: skip


def send(address: str, said: dict) -> None:
    body = urllib.parse.urlencode({"sessionJSON": json.dumps(said)}).encode()
    with urllib.request.urlopen(f"{address}/service/write.php", body) as answer:
        assert json.loads(answer.read())["error"] is False


def php(rows: list[tuple[str, str, str, str, str]]) -> bytes:
    """As service/write.php writes lss.csv: test, name, stimulus, rating, time."""
    into = io.StringIO()
    table = csv.writer(into, lineterminator="\n")
    table.writerow(["session_test_id", "name", "trial_id", "stimuli_rating", "stimuli", "rating_time"])
    table.writerows([test, name, "stars", f" {said} ", stimulus, time] for test, name, stimulus, said, time in rows)
    return into.getvalue().encode()


def test_answers_come_back_through_a_real_pymushra(shelf, tmp_path):
    made = make(shelf, tmp_path / "checkout")
    (tmp_path / "checkout" / "index.html").write_text("webMUSHRA")
    with pymushra(tmp_path / "checkout") as address:
        config = yaml.safe_load(get(f"{address}/configs/{made.files[-1].name}"))
        stimuli = stimuli_of(config)
        assert {key.removeprefix("take-") for key in stimuli} == {take.id for take in shelf.catalog}
        for path in stimuli.values():
            samples, rate = soundfile.read(io.BytesIO(get(f"{address}/{path}")), dtype="float32", always_2d=True)
            assert as_heard(measure(samples, rate))[0] == pytest.approx(-18, abs=0.5)
        keys = list(stimuli)
        send(address, session(config, "Tom", dict.fromkeys(keys, "4")))
        send(address, session(config, "7", {keys[0]: "1", keys[1]: "NA", keys[2]: "5"}))
        first = get(f"{address}/admin/download/{config['testId']}.csv")
        done = collect(shelf.journal, [("results.csv", first)])
        assert (done.failed, done.judgements) == ([], 6 + 2)
        history = fresh(shelf).history
        assert set(history.listeners()) == {"Tom", "7"}
        assert [one.stars for one in history.of("Tom").live()] == [4] * 6
        assert {one.take: one.stars for one in history.of("7").live()} == {keys[0][5:]: 1, keys[2][5:]: 5}
        send(address, session(config, "Tom", {keys[0]: "2"}))
        again = collect(fresh(shelf), [("results.csv", get(f"{address}/admin/download/{config['testId']}.csv"))])
    assert (again.judgements, again.known, again.listeners) == (1, 8, ["Tom 2"])


def test_php_s_file_is_read_and_grows(shelf, tmp_path):
    made = make(shelf, tmp_path / "out", count=3)
    config = config_of(made)
    keys, test = list(stimuli_of(config)), config["testId"]
    rows = [(test, "Tom, B.", key, said, "6000") for key, said in zip(keys, ("1", "NA", "5"), strict=True)]
    assert collect(shelf.journal, [("lss.csv", php(rows))]).judgements == 2
    rows += [(test, "Tom, B.", keys[0], "3", "6000"), ("another", "Tom, B.", keys[1], "3", "1")]
    rows += [
        (test, "Eve", keys[1], "2", "x"),
        (test, "Eve", "take-" + "0" * 20, "2", "1"),
        (test, "Eve", "C1", "9", ""),
    ]
    done = collect(fresh(shelf), [("lss.csv", php(rows))])
    assert (done.judgements, done.known, done.failed) == (2, 2, [])
    assert set(fresh(shelf).history.listeners()) == {"Tom, B.", "Tom, B. 2", "Eve"}


def test_a_test_of_another_library_and_junk_are_named(shelf, tmp_path):
    elsewhere = php([("earmark-" + "0" * 16, "Tom", "take-" + "0" * 20, "3", "1")])
    done = collect(shelf.journal, [("lss.csv", elsewhere), ("mushra.csv", b"session_test_id,name\n1,2\n")])
    assert [name for name, _ in done.failed] == ["lss.csv", "mushra.csv"]


def test_files_tell_nothing_of_takes_and_the_page_is_no_mushra(shelf, tmp_path):
    made = make(shelf, tmp_path / "out")
    config = config_of(made)
    assert [page["type"] for page in config["pages"]] == ["generic", "likert_single_stimulus", "finish"]
    page = config["pages"][1]
    assert (page["mustPlayback"], page["mustRate"]) == ("ended", True)
    assert [point["value"] for point in page["response"]] == ["1", "2", "3", "4", "5"]
    for path in made.files[:-1]:
        assert soundfile.info(path).subtype == "PCM_16"
        assert b"neon" not in path.read_bytes()
    assert not any(take.prompt in made.files[-1].read_text("utf-8") for take in shelf.catalog)
    assert len({path.name for path in made.files}) == 7


def test_on_the_command_line(shelf, tmp_path):
    done = CliRunner().invoke(
        command, [str(tmp_path / "out"), "--format", "webmushra", "-n", "2", "--library", str(shelf.root)]
    )
    assert done.exit_code == 0, done.output
    assert "?config=earmark-" in done.output
