"""Commands that are given what has no end, or is no number."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from tui.cli import main


@pytest.mark.parametrize("endless", ["/dev/zero", "large.txt"])
def test_a_file_of_prompts_without_end_is_refused(tmp_path, monkeypatch, endless):
    monkeypatch.chdir(tmp_path)
    with (tmp_path / "large.txt").open("wb") as file:
        file.truncate(1 << 40)
    words = ["generate", "--prompts-file", endless, "--seeds", "1", "--library", str(tmp_path / "library")]
    done = CliRunner().invoke(main.earmark, words)
    assert done.exit_code == 1
    assert f"{endless} is larger than 16 MB" in str(done.exception)
    assert not (tmp_path / "library").exists()


@pytest.mark.parametrize("minutes", ["nan", "inf", "1e9", "0", "-1"])
def test_a_session_of_no_such_length_is_refused(tmp_path, minutes):
    done = CliRunner().invoke(main.earmark, ["rate", "--minutes", minutes, "--library", str(tmp_path)])
    assert done.exit_code == 2
    assert "--minutes" in done.output
