"""What the screens are told of the library (each damage once, whole files only), and picks that come and go."""

import os
import time

from ratings.judgement import Pick, Retraction
from tests.judging import Judge
from tui.workspace import Workspace


def test_a_damage_is_told_once_and_not_while_the_file_is_being_written(tmp_path):
    shard = tmp_path / "batches" / "one" / "batch.json"
    shard.parent.mkdir(parents=True)
    shard.write_bytes(b'{"takes": {"1": ')
    workspace = Workspace(tmp_path, "ana")
    workspace.refresh()
    assert workspace.new_damages() == []
    an_hour_ago = time.time() - 3600
    os.utime(shard, (an_hour_ago, an_hour_ago))
    workspace.refresh()
    assert [damage.path for damage in workspace.new_damages()] == [shard]
    assert workspace.new_damages() == []


def test_a_shard_that_comes_whole_is_never_called_damaged(tmp_path):
    Judge(Workspace(tmp_path, "ana").log).note("0" * 20, "fine")
    (shard,) = (tmp_path / "sessions" / "ana").glob("*.json")
    whole = shard.read_bytes()
    shard.write_bytes(whole[:12])
    workspace = Workspace(tmp_path, "ana")
    workspace.refresh()
    shard.write_bytes(whole)
    workspace.refresh()
    assert workspace.new_damages() == []
    assert workspace.journal.damages == []


def test_a_pick_is_taken_back_only_while_it_is_ones_own_latest_word(tmp_path):
    workspace = Workspace(tmp_path, "ana")
    take = "0" * 20
    ana = Judge(workspace.log)
    toggle = lambda: ana.toggle_pick(take, heard_s=1.0, blind=False)  # noqa: E731
    assert [type(toggle()), type(toggle())] == [Pick, Retraction]
    assert not workspace.history.ratings(take).picked
    toggle()
    ana.reject(take)
    Judge(workspace.journal.log("bob")).pick(take)
    assert isinstance(toggle(), Pick), "that bob picks it is no pick of ana's"
    assert not workspace.history.ratings(take).rejected
