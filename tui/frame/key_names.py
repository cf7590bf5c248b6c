"""What the key of an action is called on screen, as its user has mapped it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from textual.app import App
from textual.binding import Binding, BindingsMap
from textual.dom import DOMNode

from tui.frame.keys import DUELLING, GOING, JUDGING, PLAYING

SHARED = (*PLAYING, *JUDGING, *DUELLING, *GOING)


class AppWithKeys(App[None]):
    """Knows which keys its user has mapped anew."""

    keys: Mapping[str, str] = {}  # never changed, only replaced
    """Binding id → keys, as in Textual's keymaps; only those that are not the defaults."""

    def get_key_display(self, binding: Binding) -> str:
        """`enter` is a word, as on most keyboards."""
        return super().get_key_display(binding).replace("⏎", "enter")


def bindings_of(kind: type) -> Iterator[Binding]:
    """What a class declares itself, without what it inherits; for several keys, one binding each."""
    return (binding for _, binding in BindingsMap(vars(kind).get("BINDINGS")))


def key_name(node: DOMNode, identity: str) -> str:
    """The first key of the action with that id, as it is written on screen: `g`, `^e`, `↓`.

    The action is one of `node`, of what it stands in, or of those that the main screens share.
    """
    app = node.app
    mapped = app.keys.get(identity) if isinstance(app, AppWithKeys) else None
    key = mapped.split(",")[0].strip() if mapped else _default_key(node, identity)
    return app.get_key_display(Binding(key, ""))


def star_keys(node: DOMNode) -> str:
    """`1–5`: the keys of the stars, from the first to the last."""
    return f"{key_name(node, 'judge.1')}–{key_name(node, 'judge.5')}"


def _default_key(node: DOMNode, identity: str) -> str:
    kinds = (kind for owner in node.ancestors_with_self for kind in type(owner).__mro__)
    for bindings in (*map(bindings_of, kinds), Binding.make_bindings(SHARED)):
        for binding in bindings:
            if binding.id == identity:
                return binding.key
    raise KeyError(identity)
