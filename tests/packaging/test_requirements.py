"""The pinned lists: exact, complete, in step with pyproject.toml, and without an address."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
DOCUMENT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT, GROUPS = DOCUMENT["project"], DOCUMENT["dependency-groups"]
EXTRAS = PROJECT["optional-dependencies"]
DIRECT = {"app": [*PROJECT["dependencies"], *EXTRAS["samples"]]}
DIRECT["dev"] = [*DIRECT["app"], *GROUPS["dev"]]
DIRECT["musicgen"] = [*DIRECT["app"], *EXTRAS["musicgen"]]
MACHINES = [
    {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": system, "platform_system": name}
    for python in ("3.11", "3.12", "3.13", "3.14")
    for system, name in (("linux", "Linux"), ("darwin", "Darwin"))
]


NEXT_BREAK = re.compile(r"<(?:0\.\d+|[1-9]\d*)|==.+")
"""Below the next minor version of 0.x, or the next major one; or one exact version."""


def lines(name: str) -> list[str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    return [line.split(" #")[0].strip() for line in text.splitlines() if not line.lstrip().startswith("#")]


def pins(name: str, machine: dict[str, str]) -> dict[str, str]:
    """The version of each package that a list gives such a machine."""
    found: dict[str, str] = {}
    for requirement in map(Requirement, lines(name)):
        if requirement.marker and not requirement.marker.evaluate({**default_environment(), **machine}):
            continue
        key = canonicalize_name(requirement.name)
        assert key not in found, f"{key} is pinned twice for {machine}"
        found[key] = str(requirement.specifier).removeprefix("==")
    return found


@pytest.mark.parametrize("name", sorted(DIRECT))
def test_every_line_is_one_exact_version(name: str) -> None:
    exact = re.compile(r"[a-z0-9][a-z0-9-]*==\d[\w.]*( ; [\w .<>=!'()]+)?")
    assert [line for line in lines(name) if not exact.fullmatch(line)] == []
    assert "/" not in "".join(lines(name))


@pytest.mark.parametrize("of", [PROJECT["dependencies"], *EXTRAS.values(), *GROUPS.values()])
def test_every_dependency_ends_before_the_version_that_may_break_it(of: list[str]) -> None:
    unbounded = [
        line for line in of if not any(NEXT_BREAK.fullmatch(str(bound)) for bound in Requirement(line).specifier)
    ]
    assert unbounded == []


@pytest.mark.parametrize("name", sorted(DIRECT))
@pytest.mark.parametrize(
    "machine", MACHINES, ids=lambda machine: f"{machine['sys_platform']}-{machine['python_version']}"
)
def test_every_dependency_is_pinned_within_its_bounds(name: str, machine: dict[str, str]) -> None:
    pinned = pins(name, machine)
    for requirement in map(Requirement, DIRECT[name]):
        assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)]), requirement


@pytest.mark.parametrize(
    "machine", MACHINES, ids=lambda machine: f"{machine['sys_platform']}-{machine['python_version']}"
)
def test_the_checks_run_on_what_the_app_runs_on(machine: dict[str, str]) -> None:
    assert pins("app", machine).items() <= pins("dev", machine).items()


@pytest.mark.parametrize(
    "machine", MACHINES, ids=lambda machine: f"{machine['sys_platform']}-{machine['python_version']}"
)
def test_musicgen_changes_nothing_of_what_is_beside_it(machine: dict[str, str]) -> None:
    mine, others = pins("musicgen", machine), pins("dev", machine)
    assert pins("app", machine).items() <= mine.items()
    assert {name: mine[name] for name in mine.keys() & others.keys()} == {
        name: others[name] for name in mine.keys() & others.keys()
    }


@pytest.mark.parametrize("name", ["app", "dev"])
def test_torch_comes_only_with_musicgen(name: str) -> None:
    names = {Requirement(line).name for line in lines(name)}
    assert not names & {"torch", "torchaudio", "audiocraft"}
    assert not [name for name in names if name.startswith(("nvidia", "triton"))]
