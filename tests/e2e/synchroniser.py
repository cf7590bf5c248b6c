"""A folder synchroniser, as a process: `synchroniser.py FROM TO` brings what is new in one folder into the other.

Every second file the careful way, under a name of its own until it is whole; the others byte by byte in their place,
as a plain copy over a slow network does. Never touches a file that is there already.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

PIECES, PAUSE_S = 8, 0.15


def bring(source: Path, target: Path) -> None:
    """Copy the files of `source` that `target` has not."""
    missing = [path for path in sorted(source.rglob("*")) if path.is_file()]
    for number, path in enumerate(missing):
        there = target / path.relative_to(source)
        if there.exists():
            continue
        there.parent.mkdir(parents=True, exist_ok=True)
        data = path.read_bytes()
        if number % 2:
            temporary = there.with_name(f".syncthing.{there.name}.tmp")
            temporary.write_bytes(data[: len(data) // 2])
            time.sleep(PAUSE_S)
            temporary.write_bytes(data)
            temporary.rename(there)
        else:
            size = -(-len(data) // PIECES)
            with there.open("xb", buffering=0) as file:
                for start in range(0, len(data), size):
                    file.write(data[start : start + size])
                    time.sleep(PAUSE_S)
        print(there, flush=True)


if __name__ == "__main__":
    bring(Path(sys.argv[1]), Path(sys.argv[2]))
