"""What the screens are told of the library: each damage once, and not of files that are still on their way."""

import os
import time

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
    shard = tmp_path / "sessions" / "ana" / "one.json"
    shard.parent.mkdir(parents=True)
    shard.write_bytes(b'{"judg')
    workspace = Workspace(tmp_path, "ana")
    workspace.refresh()
    shard.write_bytes(b'{"judgements": {}}')
    workspace.refresh()
    assert workspace.new_damages() == []
    assert workspace.journal.damages == []
