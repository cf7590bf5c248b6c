"""The keys of the recording dialog."""

from __future__ import annotations

from tui.frame.keys import key

RECORD = [
    key("space", "space", "Record", "Record, stop, or play what was recorded", "record.toggle"),
    key("enter", "keep", "Keep", "Use the recording", "record.keep"),
    key("r", "again", "Again", "Discard it and record again", "record.again"),
    key("escape", "leave", "Leave", "Close without a draft; a recording is kept for next time", "record.leave"),
]
