"""Workers with the same key: one commit, whoever waits, wakes up late or minds no lock."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from torture.rivals import failpoints, race, stopped, with_locks, without_locks
from torture.sweeps import Bench
from torture.work import WORKS


pytestmark = [pytest.mark.torture, pytest.mark.timeout(1800)]

every_work = pytest.mark.parametrize("name", WORKS)
MakeBench = Callable[[str], Bench]


@every_work
@pytest.mark.parametrize("prepare", [with_locks, without_locks])
def test_eight_workers_with_one_key(
    prepare: Callable[[], None], name: str, plain_bench: MakeBench
) -> None:
    """One of them loads the records; the others have nothing to do, or are told so."""
    report = race(plain_bench(name), prepare)

    assert report.violations == [], report.shown()


@every_work
def test_a_worker_is_stopped_and_wakes_up_late(name: str, plain_bench: MakeBench) -> None:
    """Meanwhile another one has done the work; the first is refused, or does no harm."""
    report = stopped(plain_bench(name), most=3)

    assert report.violations == [], report.shown()


@every_work
def test_killed_before_any_effect(name: str, plain_bench: MakeBench) -> None:
    """As by strace, for systems that have none: the process kills itself."""
    report = failpoints(plain_bench(name), most=2)

    assert report.violations == [], report.shown()
