"""The drum part: a groove, hats that breathe, fills at the ends of phrases."""

from __future__ import annotations

from library.generators.sketch.form import Bar
from library.generators.sketch.random_streams import RandomStreams
from library.generators.sketch.score import DrumHit
from library.generators.sketch.style import Style

# Sixteenths of a bar of four: X loud, x normal, o soft.
_GROOVES: dict[str, tuple[dict[str, str], ...]] = {
    "four": (
        {"kick": "X...X...X...X...", "snare": "....X.......X..."},
        {"kick": "X...X...X...X..x", "clap": "....X.......X..."},
        {"kick": "X...X...X...X...", "snare": "....X.......X.o."},
    ),
    "back": (
        {"kick": "X.......X.......", "snare": "....X.......X..."},
        {"kick": "X......xX.......", "snare": "....X.......X..."},
        {"kick": "X.....x.X.x.....", "snare": "....X.......X..."},
        {"kick": "X..x..x...x.....", "snare": "....X.......X..o"},
    ),
    "half": (
        {"kick": "X.........x.....", "snare": "........X......."},
        {"kick": "X.....x.......x.", "snare": "........X......."},
        {"kick": "X..x......x.....", "snare": "........X.....o."},
    ),
}
_WALTZES: tuple[dict[str, str], ...] = (
    {"kick": "X...........", "snare": "....x...x..."},
    {"kick": "X.........x.", "snare": "........X..."},
    {"kick": "X.....x.....", "snare": "....x...X..."},
)
_HATS = {
    # busyness: closed hats, open hats
    0: ("x...x...x...x...", "................"),
    1: ("x.o.x.o.x.o.x.o.", "................"),
    2: ("x.o.x.o.x.o.x...", "..............x."),
    3: ("xoxoxoxoxoxoxoxo", "................"),
    4: ("xo..xo..xo..xo..", "..x...x...x...x."),
}
_FILLS = (
    {"tom high": "xx......", "tom mid": "..xx....", "tom low": "....x.x.", "snare": "......x."},
    {"snare": "x.x.xxxx"},
    {"tom high": "x.x.....", "tom mid": "...x.x..", "tom low": "......xx"},
    {"snare": "..x..x.x", "tom low": "x..x..x."},
    {"snare": "....x.xx"},
)
_LOUDNESS = {"X": 1.0, "x": 0.8, "o": 0.45}


class Drums:
    """One groove a take, with hats to suit its energy."""

    def __init__(self, style: Style, streams: RandomStreams) -> None:
        self._style = style
        self._streams = streams
        waltz = style.beats == 3
        self._groove = streams.stream("groove").pick(_WALTZES if waltz else _GROOVES[style.beat])
        busy = streams.stream("hats").uniform(-1, 1) + 4 * style.energy
        self._hats = _HATS[max(0, min(4, round(busy)))]

    def hits(self, bar: Bar) -> list[DrumHit]:
        """The bar's strokes, in order of drum."""
        length = self._style.steps
        rng = self._streams.stream("drums", bar.index)
        lines = {**self._groove, "hat": self._hats[0], "open hat": self._hats[1]}
        filling = bar.closes and rng.happens(0.85 if bar.phrase % 2 else 0.5)
        free_until = length - 8 if filling else length
        hits = []
        for drum, line in lines.items():
            for step, sign in enumerate(line[:length]):
                if sign == "." or (step >= free_until and drum != "kick"):
                    continue
                feel = 1 - 0.1 * rng.uniform() if "hat" in drum else 1.0
                hits.append(DrumHit(step, drum, _LOUDNESS[sign] * feel))
        if filling:
            for drum, line in rng.pick(_FILLS).items():
                hits.extend(
                    DrumHit(free_until + step, drum, (0.6 + 0.05 * step) * _LOUDNESS[sign] / 0.8)
                    for step, sign in enumerate(line)
                    if sign != "."
                )
        if bar.opens and (bar.index > 0 or rng.happens(0.4)) and self._style.energy > 0.2:
            hits.append(DrumHit(0, "crash", 0.7 if bar.phrase in {0, 2} else 0.45))
        return hits
