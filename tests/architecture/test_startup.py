"""What a module loads when it is imported: the first frame must wait for nothing heavy, the core for no screen."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TORCH = {"torch", "torchaudio", "audiocraft", "diffusers", "transformers"}
HEAVY = TORCH | {"scipy", "numpy", "soundfile", "sounddevice", "soxr", "pyloudnorm"}
SCREEN = {"textual", "rich", "sounddevice", "click"}
IN_THE_WORKER = tuple(f"library.generators.{room}" for room in ("musicgen", "diffusion", "machine", "loading"))


def loaded_by(*modules: str) -> set[str]:
    """The top-level packages in memory after a fresh interpreter has imported these modules."""
    program = f"import {', '.join(modules)}, sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def modules_of(package: str) -> list[str]:
    """Every module of a package, but for those that load models: they are imported by the worker process alone."""
    files = sorted((ROOT / package).rglob("*.py"))
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for file in files]
    return [name for name in names if not name.startswith(IN_THE_WORKER) and "__main__" not in name]


@pytest.mark.parametrize("entry", ["tui.app", "tui.cli.main"])
def test_starting_loads_nothing_heavy(entry: str) -> None:
    assert loaded_by(entry) & HEAVY == set()


@pytest.mark.parametrize("package", ["library", "ratings"])
def test_the_core_knows_no_screen_and_no_torch(package: str) -> None:
    assert loaded_by(*modules_of(package)) & (SCREEN | TORCH) == set()


def test_the_app_never_loads_torch() -> None:
    assert loaded_by(*modules_of("tui")) & TORCH == set()


def test_a_heavy_import_would_be_seen() -> None:
    assert {"numpy", "soundfile"} <= loaded_by("soundfile", "numpy")
