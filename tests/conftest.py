"""What holds for all tests: none fails for the time it takes where much else runs, and none knows what others read."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings

from library import locations

pytest_plugins = ["pytester", "tests.needs"]

# A shell's background and nohup have programs ignore these, and so would those that the tests start.
for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, usual)

# As in the app, before numpy is loaded: a second thread only spins, and the model's tests cost thirty times as much.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Where changes are judged the same ones are tried each time; at a desk new ones.
settings.register_profile(
    "earmark", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=bool(os.environ.get("CI"))
)
settings.load_profile("earmark")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """More than there are cores: many tests wait for a process or a terminal, and calculate nothing meanwhile."""
    return (os.cpu_count() or 1) + 2


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache of this run's own in the place of the user's, which many processes would write."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(locations, "cache_folder", lambda: folder)
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))  # nor the user's own generators
        yield


@pytest.fixture(autouse=True)
def own_probes(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No generator has been probed before a test."""
    file = tmp_path_factory.getbasetemp() / "probes" / str(uuid4()) / "probes.json"
    monkeypatch.setattr(locations, "probes_file", lambda: file)
