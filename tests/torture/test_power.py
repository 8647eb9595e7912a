"""A loss of power at any moment: what was acknowledged is there, and nothing is half there.

What a run tells the system is recorded once. Every state that the disk may be in, when it
keeps what was synced and any beginning of the rest, is then made and recovered from.
"""

from __future__ import annotations

import os
import stat

from collections.abc import Callable

import pytest

from etlkit._files import effects
from torture.power import unplugged
from torture.sweeps import Bench
from torture.work import WORKS


pytestmark = [pytest.mark.torture, pytest.mark.timeout(1800)]

MakeBench = Callable[[str], Bench]


def without_fsync() -> None:
    """Let etlkit believe that it syncs."""
    effects.fsync = lambda file: None


def without_fsync_of_folders() -> None:
    """Let etlkit sync the content of files only."""
    real = effects.fsync
    effects.fsync = lambda file: None if stat.S_ISDIR(os.fstat(file).st_mode) else real(file)


@pytest.mark.parametrize("name", WORKS)
def test_power_is_lost_at_any_moment(name: str, bench: MakeBench) -> None:
    """The same key again leaves each record once; after the acknowledgement they are there."""
    report = unplugged(bench(name), most=8)

    assert report.violations == [], report.shown()


@pytest.mark.parametrize("patch", [without_fsync, without_fsync_of_folders])
@pytest.mark.parametrize("name", ["file-replace"])
def test_the_same_test_fails_without_fsync(
    name: str, patch: Callable[[], None], bench: MakeBench
) -> None:
    """A test that would pass all the same would show nothing."""
    report = unplugged(bench(name), most=10**6, patch=patch)

    assert report.violations != []
