"""One sitting of take after take: the order they come in, where it stands, what is left and how long that takes."""

from __future__ import annotations

import random
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from itertools import chain, islice

from library.take import Take

AHEAD = 4
"""Coming takes that are worth getting ready."""
MEASURED = 3
"""Verdicts from which on the pace is worth telling."""
REMEMBERED = 20
"""Verdicts that the pace is the mean of: it follows a listener who gets faster."""


def spread(takes: Iterable[Take], seed: int) -> list[Take]:
    """`takes` in a random order fixed by `seed`, the takes of each prompt far apart.

    Each prompt's takes, shuffled, are laid evenly over the whole with a random offset, as players do to shuffle
    albums. Neighbours share a prompt only where one prompt has more takes than all the others together.
    """
    rng = random.Random(seed)  # noqa: S311 - an order, not a secret
    groups: dict[str, list[Take]] = defaultdict(list)
    for take in takes:
        groups[take.prompt or ""].append(take)
    placed: list[tuple[float, int, Take]] = []
    for number, prompt in enumerate(sorted(groups)):
        group = sorted(groups[prompt], key=lambda take: take.id)
        rng.shuffle(group)
        offset = rng.random()
        placed.extend(((offset + place) / len(group), number, take) for place, take in enumerate(group))
    placed.sort(key=lambda entry: entry[:2])
    order = [take for _, _, take in placed]
    crowd = max(groups, key=lambda prompt: len(groups[prompt]), default="")
    return _among(order, crowd) if 2 * len(groups[crowd]) > len(order) else _apart(order)


def _among(takes: Sequence[Take], crowd: str) -> list[Take]:
    """`takes`, more than half of which are of the prompt `crowd`, with the others each between two of those."""
    most = [take for take in takes if (take.prompt or "") == crowd]
    others = [take for take in takes if (take.prompt or "") != crowd]
    gaps = len(others) + 1
    order = most[: len(most) // gaps]
    for gap, other in enumerate(others, start=1):
        order += [other, *most[gap * len(most) // gaps : (gap + 1) * len(most) // gaps]]
    return order


def _apart(takes: Sequence[Take]) -> list[Take]:
    """`takes` with as few neighbours of one prompt as can be, moved as little as that needs."""
    order: list[Take] = []
    held: deque[Take] = deque()
    """Those whose prompt was just heard; all share it, because they come in as soon as another one was heard."""
    for take in takes:
        if order and order[-1].prompt == take.prompt:
            held.append(take)
            continue
        order.append(take)
        if held and held[0].prompt != take.prompt:
            order.append(held.popleft())
    if not held:
        return order
    prompt, mended = held[0].prompt, list[Take]()
    for take in order:
        if held and take.prompt != prompt and (not mended or mended[-1].prompt != prompt):
            mended.append(held.popleft())
        mended.append(take)
    return [*mended, *held]


class Sitting:
    """A frozen queue of takes to judge, and the place in it. New takes may join at its end."""

    def __init__(self, takes: Iterable[Take] = (), *, seed: int = 0) -> None:
        self._seed = seed
        self._queue: list[Take] = []
        self._places: dict[str, int] = {}
        self._judged: set[str] = set()
        self._place = 0
        self._spent: deque[float] = deque(maxlen=REMEMBERED)
        self._since_verdict = 0.0
        self.listened_s = 0.0
        """Seconds of listening so far; breaks don't count."""
        self.extend(takes)

    def __len__(self) -> int:
        """Takes in the queue, judged or not."""
        return len(self._queue)

    def __contains__(self, take_id: str) -> bool:
        return take_id in self._places

    def extend(self, takes: Iterable[Take]) -> int:
        """Put takes that are not in the queue at its end, spread among themselves; how many there were.

        Nothing before them moves. A sitting that had come to its end goes on with the first of them.
        """
        fresh = spread((take for take in takes if take.id not in self._places), self._seed + len(self._queue))
        for take in fresh:
            self._places[take.id] = len(self._queue)
            self._queue.append(take)
        return len(fresh)

    @property
    def current(self) -> Take | None:
        """The take to hear; None at the end."""
        return self._queue[self._place] if self._place < len(self._queue) else None

    @property
    def coming(self) -> list[Take]:
        """The next few that `advance` will come to."""
        later = islice(self._queue, self._place + 1, None)
        return list(islice((take for take in later if take.id not in self._judged), AHEAD))

    @property
    def left(self) -> int:
        """Takes without a verdict."""
        return len(self._queue) - len(self._judged)

    @property
    def judged(self) -> int:
        """Takes with a verdict."""
        return len(self._judged)

    def is_judged(self, take_id: str) -> bool:
        """Whether that take of the queue has a verdict."""
        return take_id in self._judged

    def judge(self, take_id: str) -> None:
        """Note that a take has its verdict; the listening since the last one is what it took."""
        if take_id in self._places and take_id not in self._judged:
            self._judged.add(take_id)
            self._spent.append(self._since_verdict)
        self._since_verdict = 0.0

    def settle(self, take_id: str, rated: bool) -> None:
        """Note what others, other screens or an undo have made of a take. Says nothing of the pace."""
        if take_id in self._places:
            (self._judged.add if rated else self._judged.discard)(take_id)

    def step(self, by: int) -> bool:
        """Go back or on without judging; False where there is nothing that way."""
        place = self._place + by
        if not 0 <= place < len(self._queue):
            return False
        self._place = place
        return True

    def go_to(self, take_id: str) -> bool:
        """Go to that take; False if it is not in the queue."""
        if take_id not in self._places:
            return False
        self._place = self._places[take_id]
        return True

    def advance(self) -> bool:
        """Go on to the next take without a verdict, to those passed over after the last; False when none is left."""
        count = len(self._queue)
        for place in chain(range(self._place + 1, count), range(min(self._place + 1, count))):
            if self._queue[place].id not in self._judged:
                self._place = place
                return True
        self._place = count
        return False

    def listen(self, seconds: float) -> None:
        """Count listening time."""
        self.listened_s += seconds
        self._since_verdict += seconds

    @property
    def pace_s(self) -> float | None:
        """Seconds of listening that a verdict takes of late; None before MEASURED of them."""
        return sum(self._spent) / len(self._spent) if len(self._spent) >= MEASURED else None

    @property
    def left_s(self) -> float | None:
        """Seconds of listening that all that is left will take at this pace."""
        return None if self.pace_s is None else self.pace_s * self.left
