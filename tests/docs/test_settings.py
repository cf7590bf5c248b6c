"""The page about settings and keys names every setting and every key there is, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from tui.every_key import every_scope
from tui.frame.key_map import places
from tui.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text("utf-8")
BEFORE, AFTER = PAGE.split("| ID | keys | does | in |\n|---|---|---|---|\n")


def test_every_setting_is_there_with_its_default() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", BEFORE, re.MULTILINE))
    defaults = {name: msgspec.json.encode(value).decode() for name, value in msgspec.structs.asdict(Settings()).items()}
    assert {name: msgspec.json.decode(value) for name, value in told.items()} == {
        name: msgspec.json.decode(value) for name, value in defaults.items()
    }


def test_every_key_is_there() -> None:
    rows = [
        f"| `{action.id}` | {' '.join(f'`{key}`' for key in action.keys)} | {action.what} | {', '.join(where)} |"
        for action, where in places(every_scope())
    ]
    assert AFTER.splitlines() == rows, "write these:\n" + "\n".join(rows)


def test_every_class_of_ours_that_binds_keys_is_in_a_place() -> None:
    known = {action.id for scope in every_scope() for action in scope.actions.values()}
    found = {identity for kind in _classes() for identity in _ids(kind)}
    assert found - known == set()


def _classes() -> list[type]:
    from textual.dom import DOMNode

    seen, kinds = set[type](), [DOMNode]
    while kinds:
        kind = kinds.pop()
        kinds += [each for each in kind.__subclasses__() if each not in seen]
        seen.add(kind)
    return [kind for kind in seen if kind.__module__.startswith("tui.")]


def _ids(kind: type) -> list[str]:
    return [binding.id for binding in vars(kind).get("BINDINGS", ()) if getattr(binding, "id", None)]
