"""The clock that tests of pipelines use, beside the one of the computer."""

from __future__ import annotations

import threading

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from etlkit._clock import SYSTEM_CLOCK, Clock
from etlkit.errors import ConfigurationError
from etlkit.testing import FakeClock


both_clocks = pytest.mark.parametrize("clock", [SYSTEM_CLOCK, FakeClock()], ids=["system", "fake"])


@both_clocks
def test_a_clock_tells_the_time_in_utc(clock: Clock) -> None:
    """Times are aware, so nobody guesses a time zone."""
    now = clock.now()

    assert now.utcoffset() == timedelta(0)


@both_clocks
def test_a_clock_never_goes_back(clock: Clock) -> None:
    """What is measured before a sleep is not later than what is measured after it."""
    before = clock.monotonic()

    clock.sleep(0)

    assert clock.monotonic() >= before


def test_the_fake_clock_stands_still() -> None:
    """Nothing but ``sleep`` and ``advance`` moves it."""
    clock = FakeClock()

    times = {(clock.now(), clock.monotonic()) for _ in range(3)}

    assert times == {(datetime(2026, 1, 1, tzinfo=UTC), 0.0)}


def test_a_sleep_passes_at_once_and_is_noted() -> None:
    """A test reads the waits of a run from ``sleeps``."""
    clock = FakeClock()

    clock.sleep(90)
    clock.sleep(0.5)

    assert clock.sleeps == [90, 0.5]
    assert clock.monotonic() == 90.5
    assert clock.now() == datetime(2026, 1, 1, 0, 1, 30, 500_000, tzinfo=UTC)


def test_advancing_is_no_sleep() -> None:
    """Time that passes by itself is not among the waits."""
    clock = FakeClock()

    clock.advance(60)

    assert clock.sleeps == []
    assert clock.monotonic() == 60
    assert clock.now() == datetime(2026, 1, 1, 0, 1, tzinfo=UTC)


def test_the_start_can_be_chosen() -> None:
    """A clock starts where its test begins."""
    start = datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC)
    clock = FakeClock(start)

    clock.advance(1)

    assert clock.now() == datetime(2024, 3, 1, tzinfo=UTC)


def test_a_start_in_another_time_zone_is_told_in_utc() -> None:
    """``now`` is in UTC, wherever the test lives."""
    clock = FakeClock(datetime(2024, 6, 1, 14, tzinfo=timezone(timedelta(hours=2))))

    now = clock.now()

    assert now.isoformat() == "2024-06-01T12:00:00+00:00"


def test_a_start_without_a_time_zone_is_refused() -> None:
    """Whether a naive time is local or UTC cannot be told."""
    naive = datetime(2024, 6, 1)  # noqa: DTZ001 -- what is refused

    with pytest.raises(ConfigurationError) as caught:
        FakeClock(naive)

    assert str(caught.value) == (
        "FakeClock: start needs a time zone, got datetime.datetime(2024, 6, 1, 0, 0); "
        "pass tzinfo=UTC"
    )


def sleep_at_once(clock: FakeClock, seconds: Iterable[float]) -> None:
    """Sleep on one thread for each number, all at the same time."""
    threads = [threading.Thread(target=clock.sleep, args=(each,)) for each in seconds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_several_threads_sleep_on_one_clock() -> None:
    """No sleep is lost, and their times add up."""
    clock = FakeClock()

    sleep_at_once(clock, range(1, 9))

    assert sorted(clock.sleeps) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert clock.monotonic() == 36
