"""Killed, failing and interrupted at every change of a file: nothing lost, nothing doubled.

The ordinary suite tries some of the points, by a seed that it prints; ``nox -s torture``
tries all of them.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from torture.sweeps import Bench, failing, interrupted, killed, killed_twice
from torture.work import WORKS


pytestmark = [pytest.mark.torture, pytest.mark.timeout(1800)]

every_work = pytest.mark.parametrize("name", WORKS)
MakeBench = Callable[[str], Bench]


@every_work
def test_killed_before_any_change_of_a_file(name: str, bench: MakeBench) -> None:
    """The same key again leaves each record once, and a third run changes nothing."""
    report = killed(bench(name), most=8)

    assert report.violations == [], report.shown()


@every_work
def test_killed_again_while_the_next_run_recovers(name: str, bench: MakeBench) -> None:
    """Recovery may die as well, anywhere, and the next one finishes the work."""
    report = killed_twice(bench(name), most=3)

    assert report.violations == [], report.shown()


@every_work
def test_any_change_of_a_file_fails(name: str, bench: MakeBench) -> None:
    """A full disk or a broken one fails the run; the old state stays, or the new one is whole."""
    report = failing(bench(name), most=6)

    assert report.violations == [], report.shown()


@every_work
@pytest.mark.parametrize(("signal", "status"), [("INT", 1), ("TERM", 143)])
def test_interrupted_at_any_change_of_a_file(
    signal: str, status: int, name: str, bench: MakeBench
) -> None:
    """Ctrl-C unwinds the run and SIGTERM ends it at once; both leave work that can be done again."""
    report = interrupted(bench(name), signal, status, most=3)

    assert report.violations == [], report.shown()
