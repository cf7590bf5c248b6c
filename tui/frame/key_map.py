"""What a user may map to other keys, and what in a key map makes no sense."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from string import punctuation
from typing import NamedTuple

from textual.binding import Binding, BindingsMap, BindingType
from textual.keys import Keys, key_to_character

from tui.settings import IgnoredSettingError

EVERYWHERE = ("all main screens",)
MODIFIERS = ("ctrl", "alt", "shift", "super", "hyper", "meta")


class Action(NamedTuple):
    """What can be done by keys."""

    id: str
    keys: tuple[str, ...]
    what: str


@dataclass(frozen=True)
class Scope:
    """A place in the app, and all actions that hold there at once."""

    name: str
    actions: Mapping[str, Action]
    taken: Mapping[str, str] = field(default_factory=dict)
    """Keys that can't be had here: what each does."""


@dataclass(frozen=True)
class KeyMap:
    """What of a user's key map holds, and what is wrong with the rest."""

    keys: Mapping[str, str]
    """Binding id → keys, as in Textual's keymaps."""
    problems: tuple[IgnoredSettingError, ...]


def scope_of(name: str, *bound: Iterable[BindingType]) -> Scope:
    """What these bindings come to together: those of a screen, of what stands in it, and of the app."""
    actions: dict[str, Action] = {}
    taken: dict[str, str] = {}
    for key, binding in (each for bindings in bound for each in BindingsMap(bindings)):
        if binding.id:
            known = actions.get(binding.id)
            keys = (*known.keys, key) if known else (key,)
            what = binding.tooltip or binding.description
            actions[binding.id] = Action(binding.id, tuple(dict.fromkeys(keys)), what)
        elif binding.priority:
            taken[key] = binding.description
    return Scope(name, actions, taken)


def checked(wanted: Mapping[str, object], scopes: Sequence[Scope]) -> KeyMap:
    """What of `wanted` holds: known ids on keys that exist, none of which has another meaning in the same place."""
    known = {action.id: action for scope in scopes for action in scope.actions.values()}
    problems: list[IgnoredSettingError] = []
    mapped: dict[str, tuple[str, ...]] = {}
    for identity, text in wanted.items():
        keys = tuple(_normal(key.strip()) for key in text.split(",")) if isinstance(text, str) else ("",)
        if identity not in known:
            near = get_close_matches(identity, known, 1)
            hint = f"Did you mean “{near[0]}”? " if near else ""
            what, remedy = f"There's no key ID “{identity[:40]}”.", f"{hint}Run `earmark keys` to see them all."
            problems.append(IgnoredSettingError(what, remedy))
        elif bad := [key for key in keys if not is_key(key)]:
            what = f"{identity}: “{bad[0][:40] or text}” isn't a key."
            problems.append(IgnoredSettingError(what, "Write keys like g, G, f5, ctrl+x, space or left."))
        else:
            mapped[identity] = keys
    while (clash := _clash(mapped, scopes)) is not None:
        identity, key, other, scope = clash
        del mapped[identity]
        what = f"{identity}: “{key}” already means “{other}” in {scope}."
        problems.append(IgnoredSettingError(what, "Choose another key, or move that one too."))
    return KeyMap({identity: ",".join(keys) for identity, keys in mapped.items()}, tuple(problems))


def complete(keys: Mapping[str, str], scopes: Sequence[Scope]) -> dict[str, str]:
    """`keys`, and the defaults of what shares a key with them: Textual would take theirs away, too."""
    whole = dict(keys)
    for scope in scopes:
        freed = {key for identity in keys if identity in scope.actions for key in scope.actions[identity].keys}
        for action in scope.actions.values():
            if freed.intersection(action.keys):
                whole.setdefault(action.id, ",".join(action.keys))
    return whole


def _normal(key: str) -> str:
    """The name by which Textual tells of it: of a sign, the one in Unicode."""
    return next(iter(BindingsMap([Binding(key, "none")]).key_to_bindings)) if key else key


NAMED = {key.value for key in Keys if "<" not in key.value} | {_normal(sign) for sign in punctuation.replace(",", "")}
"""Keys of Textual's that are no letter or digit."""


def is_key(key: str) -> bool:
    """Whether Textual may ever tell of such a key."""
    *modifiers, name = [key] if key in NAMED else key.split("+")
    return all(modifier in MODIFIERS for modifier in modifiers) and (
        name in NAMED or (bool(name) and key_to_character(name) is not None)
    )


def _clash(mapped: Mapping[str, tuple[str, ...]], scopes: Iterable[Scope]) -> tuple[str, str, str, str] | None:
    """The last of `mapped` that would have a key that means something else in the same place."""
    for identity in reversed(list(mapped)):
        for scope in scopes:
            if identity in scope.actions:
                for key, other in _others(identity, mapped, scope):
                    if key in mapped[identity]:
                        return identity, key, other, scope.name
    return None


def _others(identity: str, mapped: Mapping[str, tuple[str, ...]], scope: Scope) -> Iterator[tuple[str, str]]:
    """The keys of all else in that place, but for what shares a key with it by design."""
    own = set(scope.actions[identity].keys)
    yield from scope.taken.items()
    for action in scope.actions.values():
        if action.id != identity and not own.intersection(action.keys):
            for key in mapped.get(action.id, action.keys):
                yield key, action.what


def places(scopes: Sequence[Scope]) -> list[tuple[Action, tuple[str, ...]]]:
    """Every action there is, once, and the names of the places where it holds; EVERYWHERE for all main screens."""
    found: dict[str, tuple[Action, list[str]]] = {}
    main = [scope.name for scope in scopes if scope.taken]
    for scope in scopes:
        for action in scope.actions.values():
            found.setdefault(action.id, (action, []))[1].append(scope.name)
    return [(action, EVERYWHERE if where == main else tuple(where)) for action, where in found.values()]
