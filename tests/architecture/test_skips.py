"""A test is skipped only for what the machine lacks: each skip names a need (tests/needs.py), which is looked at."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.test_sources import SOURCES, lines_that_match

ROOT = Path(__file__).parents[2]
OWN_SKIP = re.compile(r"importor" r"skip|mark\.sk" r"ip|pytest\.sk" r"ip|mark\.xf" r"ail|unittest\.sk" r"ip")
RUN = ["-p", "no:cacheprovider", "-o", "asyncio_default_fixture_loop_scope=function", "-rs"]


@pytest.fixture
def tests(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder of tests that obeys the rule."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("CI", raising=False)
    pytester.makeconftest('pytest_plugins = ["tests.needs"]')
    return pytester


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "by workers"])
def test_only_what_names_a_need_that_is_not_met_is_skipped(tests: pytest.Pytester, workers: tuple[str, ...]) -> None:
    tests.makepyfile("""
        import pytest
        from tests.needs import Unmet, package, program, require

        @pytest.mark.needs(package("no-such-package"))
        def test_by_mark():
            raise AssertionError

        def test_by_call():
            require(program("sh"), program("no-such-program"))

        @pytest.mark.needs(package("pytest"), program("sh"))
        def test_that_runs():
            pass

        @pytest.mark.skip(reason="no audiocraft")
        def test_marked():
            pass

        @pytest.mark.skipif("True", reason="no audiocraft")
        def test_marked_if():
            pass

        def test_that_imports():
            pytest.importorskip("no_such_package")

        def test_that_says_so():
            pytest.skip("no tmux")

        def test_that_lies():
            raise Unmet(package("pytest"))
    """)
    done = tests.runpytest_subprocess(*RUN, *workers) if workers else tests.runpytest_inprocess(*RUN)
    done.assert_outcomes(passed=1, skipped=2, failed=3, errors=2)
    done.stdout.fnmatch_lines(
        [
            "*test_that_imports was skipped for this, and no need*: could not import 'no_such_package'*",
            "*test_that_lies was skipped for this, which is there: *needs the Python package pytest",
            "SKIPPED [[]1] test_only*.py:*: needs the Python package no-such-package",
            "SKIPPED [[]1] test_only*.py:*: needs the program no-such-program",
        ]
    )


def test_a_module_is_not_skipped_as_a_whole(tests: pytest.Pytester) -> None:
    tests.makepyfile("import pytest\npytest.importorskip('no_such_package')\n")
    tests.runpytest_inprocess(*RUN).assert_outcomes(errors=1)


def test_a_package_that_is_installed_and_does_not_import_is_a_failure(tests: pytest.Pytester) -> None:
    """As audiocraft, which imports xformers, was: for months three tests never ran."""
    tests.mkdir("broken-1.dist-info").joinpath("METADATA").write_text(
        "Metadata-Version: 2.1\nName: broken\nVersion: 1\n"
    )
    tests.makepyfile(broken="import no_such_package")
    tests.makepyfile("""
        import pytest
        from tests.needs import package

        @pytest.mark.needs(package("broken"))
        def test_it():
            import broken
    """)
    tests.syspathinsert()
    tests.runpytest_inprocess(*RUN).assert_outcomes(failed=1)


def test_what_the_set_up_brings_is_not_missing_in_continuous_integration(
    tests: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    tests.makepyfile("""
        import pytest
        from tests.needs import program

        @pytest.mark.needs(program("no-such-program", apt="some-package"))
        def test_it():
            pass
    """)
    tests.runpytest_inprocess(*RUN).assert_outcomes(skipped=1)
    monkeypatch.setenv("CI", "true")
    done = tests.runpytest_inprocess(*RUN)
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines("*apt-get install some-package*")


def test_those_that_have_the_machine_to_themselves_are_where_make_looks_for_them() -> None:
    marked = [path for path in SOURCES if list(lines_that_match(re.compile(r"mark\.al" r"one\b"), path))]
    assert marked
    assert [path for path in marked if not path.is_relative_to(ROOT / "tests" / "tui" / "playing")] == []


def test_no_test_skips_in_its_own_way() -> None:
    own = {ROOT / "tests" / "needs.py", Path(__file__)}
    assert [line for path in SOURCES if path not in own for line in lines_that_match(OWN_SKIP, path)] == []
