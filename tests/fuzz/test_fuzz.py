"""Everything that is read from elsewhere, fed whole, lying and mutated files: a clear error or a result, no crash."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "100"))
"""Of each target; the same ones each time unless more are asked for."""
FILES = sorted(path for path in CORPUS.glob("*/*") if path.is_file())


def corpus(target: str) -> list[bytes]:
    return [path.read_bytes() for path in FILES if path.parent.name == target]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_saved(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())


@st.composite
def mutated(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """A saved file with bytes changed, put in, taken out, doubled, or its end cut off."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 6))):
        early = draw(st.booleans())  # most of what can go wrong is in the headers
        place = draw(st.integers(0, min(len(data), 120 if early else len(data))))
        match draw(st.integers(0, 4)):
            case 0:
                new = draw(st.binary(min_size=1, max_size=8))
                data[place : place + len(new)] = new
            case 1:
                data[place:place] = draw(st.binary(min_size=1, max_size=20))
            case 2:
                del data[place : place + draw(st.integers(1, 40))]
            case 3:
                data[place:place] = data[place : place + 60]
            case _:
                del data[place:]
    return bytes(data)


@pytest.mark.parametrize("target", TARGETS)
def test_mutated(target: str) -> None:
    @settings(
        max_examples=EXAMPLES,
        derandomize="FUZZ_EXAMPLES" not in os.environ,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(mutated(corpus(target)))
    def run(data: bytes) -> None:
        TARGETS[target](data)

    run()
