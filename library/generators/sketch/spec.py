"""What the sketcher is and takes."""

from __future__ import annotations

from library.generators.spec import Spec

LONGEST_S = 1200.0
"""A take is held in memory as a whole: 20 minutes are 420 MB."""

SPEC = Spec(
    name="sketch",
    title="the sketcher",
    line=(
        "Earmark's own synthwave sketcher: no model, no network. Words it knows: "
        "slow, fast, 120 bpm, major, minor, dark, dreamy, no drums, piano, strings, waltz …"
    ),
    made_by="library.generators.sketch.sketcher:Sketcher",
    extends=True,
    longest_s=LONGEST_S,
    seeded="yes",
    exact=True,
)


def specs() -> tuple[Spec, ...]:
    """The one generator of this folder."""
    return (SPEC,)
