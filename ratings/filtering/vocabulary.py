"""The words there are to filter by: what is known of a library, to complete what is typed and to say what is not."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterable

from library.generators import registry
from library.spelling import fold
from library.take import Take
from ratings.filtering.query import ALIASES, NAMES, STATE_NAMES, Fault, Query
from ratings.filtering.said import ME, meant
from ratings.filtering.values import FLAGS
from ratings.history import History
from ratings.labels.names import COLOURS

NAMED = 5
"""So many names are told to who asks for one that there is not."""
_LAST = re.compile(r'(?:^|\s)((?:([A-Za-z]+):)?("?)([^"\s]*|(?<=")[^"]*))$')
"""What is being typed: the name of a filter, a quote, and its value or a word."""
_WORD = re.compile(r"[^\W_][\w'’-]+")
_ORIGINS = ("gen", "model")


class Vocabulary:
    """Words of prompts, generators, models, labels, listeners. Safe to add on one thread and read on another."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._seen: set[tuple[str | None, str | None, str | None]] = set()
        self._prompts: set[str] = set()
        self._words: Counter[str] = Counter()
        self._origins: dict[str, set[str]] = {name: set() for name in _ORIGINS}
        self._lock = threading.Lock()

    def add(self, takes: Iterable[Take]) -> None:
        """Take in the words of takes."""
        with self._lock:
            for take in takes:
                told = (take.prompt, take.generator, take.model)
                if told in self._seen:
                    continue
                self._seen.add(told)
                for name, origin in zip(_ORIGINS, told[1:], strict=True):
                    if origin:
                        self._origins[name].add(origin)
                if take.prompt and take.prompt not in self._prompts:
                    self._prompts.add(take.prompt)
                    self._words.update(_WORD.findall(fold(take.prompt)))

    def faults(self, query: Query) -> list[Fault]:
        """What of a filter means nothing at all, or nothing in this library."""
        found = list(query.faults)
        for term in query.terms:
            name = {"generator": "gen"}.get(term.key, term.key)
            if name in ("gen", "model"):
                known = [one for one in self._values(name) if term.text in fold(one)]
            elif name in ("label", "judged"):
                known = list(meant(term.text, self._values(name)))
            else:
                continue
            if not known:
                found.append(self._unknown(name, term.text))
        return found

    def _unknown(self, name: str, text: str) -> Fault:
        what = {"label": "No take has the label", "judged": "No listener is called",
                "gen": "No take was made by", "model": "No take was made with"}[name]  # fmt: skip
        there = self._values(name)
        from difflib import get_close_matches

        near = get_close_matches(text, there, 1)
        more = f" and {len(there) - NAMED} more" if len(there) > NAMED else ""
        remedy = (
            f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(there[:NAMED])}{more}." if there else ""
        )
        return Fault(f"{name}:{text}", f"{what} {text}.", remedy)

    def complete(self, text: str) -> str | None:
        """`text` with what is being typed at its end completed by the likeliest word; None where there is none."""
        typed = _LAST.search(text)
        if typed is None or not typed[1]:
            return None
        name, quote, start = (typed[2] or "").lower(), typed[3], typed[4]
        rest = None
        if name:
            rest = _rest(self._values(ALIASES.get(name, name)), start)
        elif len(start) > 1 and not quote:
            rest = _rest((f"{one}:" for one in NAMES), start)
        if rest is None and not name:
            rest = self._rest_of_word(fold(start))
        if not rest:
            return None
        return text + (f'{rest}"' if quote else rest.partition(" ")[0])

    def _rest_of_word(self, begun: str) -> str | None:
        if not begun:
            return None
        with self._lock:
            found = ((count, word) for word, count in self._words.items() if word.startswith(begun) and word != begun)
            best = max(found, default=None, key=lambda one: (one[0], -len(one[1]), one[1]))
        return None if best is None else best[1][len(begun) :]

    def _values(self, name: str) -> list[str]:
        """What may stand behind the name, the likeliest first."""
        if name == "label":
            known = self._history.known_labels()
            often = sorted(known, key=lambda one: (-known[one], one))
            return often + [colour for colour in COLOURS if colour not in known]
        if name == "judged":
            return [ME, "no", "yes", *sorted(self._history.listeners())]
        if name in _ORIGINS:
            with self._lock:
                return sorted(self._origins[name])
        if name == "prompt":
            with self._lock:
                return [word for word, _ in self._words.most_common(1000)]
        if name == "set":
            return sorted({f"{setting.name}=" for spec in registry.specs() for setting in spec.settings})
        return {"is": list(STATE_NAMES), "flag": list(FLAGS)}.get(name, [])


def _rest(values: Iterable[str], start: str) -> str | None:
    """What is missing of the first of `values` that begins so, whatever the case."""
    begun, length = fold(start), len(start)
    return next((one[length:] for one in values if len(one) > length and fold(one[:length]) == begun), None)
