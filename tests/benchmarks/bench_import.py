"""Import of 1,000 sound files, beside decoding them on all cores and doing nothing else, and beside `beet import -A`.

Run it by itself: `python tests/benchmarks/bench_import.py [files] [rounds]`. beets (MIT) goes into a throw-away
environment, by uv; without uv or the network its line is left out.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
import soundfile

from tests.benchmarks.measuring import PROGRAM, TINY, Cost, Table, environment, median, run, scaled

FILES, ROUNDS = scaled((1000, 3), (5, 1))
SECONDS, RATE = 4.0, 44_100
KINDS = (("flac", "PCM_16"), ("flac", "PCM_24"), ("wav", "PCM_16"), ("ogg", "VORBIS"), ("mp3", "MPEG_LAYER_III"))
DECODE = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
import soundfile
with ThreadPoolExecutor(os.cpu_count()) as pool:
    frames = sum(pool.map(lambda name: len(soundfile.read(name, dtype="float32")[0]), sys.stdin.read().split("\\n")))
assert frames
"""


def make_files(folder: Path, count: int) -> list[Path]:
    """Stereo files of 4 s in every coding, no two alike, named by prompt and seed."""
    folder.mkdir()
    time = np.arange(int(SECONDS * RATE)) / RATE
    hiss = np.random.default_rng(411).standard_normal((len(time), 2)) * 0.02
    files = []
    for number in range(count):
        suffix, subtype = KINDS[number % len(KINDS)]
        pitch = 55 * 2 ** (number % 48 / 12)
        tone = sum(np.sin(2 * np.pi * pitch * part * time) / part for part in (1, 2, 3, 5))
        beat = np.exp(-6 * (time * (1 + number % 7 / 4) % 0.5))
        samples = (0.2 * tone * beat)[:, None] + np.roll(hiss, number, axis=0)
        path = folder / f"prompt {number // 20} tone_s{number}.{suffix}"
        soundfile.write(path, samples.astype(np.float32), RATE, subtype=subtype)
        files.append(path)
    return files


def set_up_beets(folder: Path) -> list[str] | str:
    """The words that begin a beets command, or why there is none."""
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if uv is None or TINY:
        return "uv is not there to install it" if uv is None else "left out"
    python = folder / "beets" / "bin" / "python"
    for words in (["venv", "-q", str(folder / "beets")], ["pip", "install", "-q", "--python", str(python), "beets"]):
        done = subprocess.run([uv, *words], capture_output=True, text=True, check=False)
        if done.returncode:
            return f"it could not be installed: {done.stderr.strip().splitlines()[-1:]}"
    return [str(python.with_name("beet"))]


def beets_library(folder: Path, number: int) -> dict[str, str]:
    """Settings for a new library that leaves files where they are, as Earmark does."""
    home = folder / f"beets-{number}"
    home.mkdir()
    (home / "config.yaml").write_text("import: {copy: no, write: no, timid: no}\nthreaded: yes\n")
    return {"BEETSDIR": str(home)}


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else FILES
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = make_files(folder / "files", count)
        size = sum(path.stat().st_size for path in files) / 1e6
        env = environment(folder / "home")
        names = folder / "names"
        names.write_text("\n".join(map(str, files)))
        decoding: list[Cost] = []
        importing: list[Cost] = []
        again: list[Cost] = []
        beets, beet = list[Cost](), set_up_beets(folder)
        for number in range(rounds):
            library = str(folder / f"library-{number}")
            decoding.append(run([sys.executable, "-c", DECODE], env, cwd=folder, stdin=names))
            importing.append(run([*PROGRAM, "--library", library, "import", str(folder / "files")], env, cwd=folder))
            again.append(run([*PROGRAM, "--library", library, "import", str(folder / "files")], env, cwd=folder))
            if not isinstance(beet, str):
                words = [*beet, "import", "-A", "-q", str(folder / "files")]
                beets.append(run(words, env | beets_library(folder, number), cwd=folder))
        title = (
            f"Import of {count:,} files ({size:.0f} MB, {count * SECONDS / 60:.0f} min of sound), medians of {rounds}"
        )
        table = Table(f"{title}, whole processes")
        table.line("decoding alone, a thread a core", median(decoding).wall_s, "s", note=_cpu(decoding))
        table.line("import: id, loudness, true peak, origin", median(importing).wall_s, "s", note=_cpu(importing))
        table.line("import to decoding alone", _ratio(importing, decoding), "x",
                   note=f"cpu {median(importing).cpu_s / median(decoding).cpu_s:.2f} x")  # fmt: skip
        table.line("the same files once more", median(again).wall_s, "s", note=_cpu(again))
        if isinstance(beet, str):
            print(f"  beet import -A: {beet}")
        else:
            table.line("beet import -A: tags only, no sound is read", median(beets).wall_s, "s", note=_cpu(beets))
            table.line("import to beet import -A", _ratio(importing, beets), "x")


def _cpu(costs: list[Cost]) -> str:
    return f"cpu {median(costs).cpu_s:.2f} s"


def _ratio(over: list[Cost], under: list[Cost]) -> float:
    return statistics.median(a.wall_s / b.wall_s for a, b in zip(over, under, strict=True))


if __name__ == "__main__":
    main()
