"""Throttle: not more records a second than somebody can take."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit import ETLJob, ETLPipelineService, F, Quarantine, RecordsSource
from etlkit.engine.plan import make_plan
from etlkit.engine.pulling import pulled
from etlkit.errors import ConfigurationError
from etlkit.formats.objects import RECORDS as RECORDS_OUT
from etlkit.testing import FakeClock
from etlkit.transformations import Cast, Filter, Map, Throttle, from_dict, to_dict
from transformations.conftest import Told, both


RECORDS = [{"n": n} for n in range(4)]


def job_of(steps: Any, clock: FakeClock, records: Any = RECORDS) -> ETLJob:
    """A job that loads a few records into memory."""
    return ETLJob("j", "J", RecordsSource(records), steps, "memory:", clock=clock)


def test_records_go_on_at_equal_distances() -> None:
    """The first one at once."""
    clock = FakeClock()

    result = job_of(Throttle(per_second=4), clock).execute().raise_if_failed()

    assert result.rows_loaded == 4
    assert clock.sleeps == [0.25, 0.25, 0.25]


def test_there_may_be_several_seconds_between_two() -> None:
    """For a rate below one."""
    clock = FakeClock()

    job_of(Throttle(per_second=0.5), clock).execute().raise_if_failed()

    assert clock.sleeps == [2, 2, 2]


def test_the_step_behind_it_is_called_at_that_rate() -> None:
    """A record goes on before the next one is let through."""
    clock = FakeClock()
    calls: list[float] = []

    def ask(record: dict[str, Any]) -> dict[str, Any]:
        calls.append(clock.monotonic())
        return record

    job_of(Throttle(per_second=2) | Map(ask), clock).execute().raise_if_failed()

    assert calls == [0, 0.5, 1, 1.5]


def test_only_the_time_that_is_left_is_waited_for() -> None:
    """What the step behind it takes counts, and is not made up for."""
    clock = FakeClock()
    takes = iter([0.25, 5, 0, 0])

    def ask(record: dict[str, Any]) -> dict[str, Any]:
        clock.advance(next(takes))
        return record

    job_of(Throttle(per_second=1) | Map(ask), clock).execute().raise_if_failed()

    assert clock.sleeps == [0.75, 1]


def test_a_clock_that_wakes_too_late_makes_no_two_records_come_closer() -> None:
    """The distance is kept from when a record went on, not from when it should have."""
    calls: list[float] = []

    class Late(FakeClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds + 0.125)

    clock = Late()

    def ask(record: dict[str, Any]) -> dict[str, Any]:
        calls.append(clock.monotonic())
        return record

    job_of(Throttle(per_second=2) | Map(ask), clock).execute().raise_if_failed()

    assert calls == [0, 0.625, 1.25, 1.875]


def test_only_records_that_come_to_it_count() -> None:
    """Those that were left out or refused before take no time."""
    clock = FakeClock()
    source = RecordsSource([{"n": "1"}, {"n": "x"}, {"n": "0"}, {"n": "2"}])
    chain = Cast(n=int) | Filter(F.n > 0) | Throttle(per_second=1)

    job = ETLJob("j", "J", source, chain, "memory:", on_error=Quarantine(), clock=clock)
    job.execute().raise_if_failed()

    assert clock.sleeps == [1]


def test_it_holds_over_batches() -> None:
    """Also those that are run step by step to measure the time."""
    clock = FakeClock()
    records = [{"n": n} for n in range(20_000)]

    job_of(Throttle(per_second=1), clock, records).execute().raise_if_failed()

    assert clock.monotonic() == 19_999


def test_each_run_begins_anew() -> None:
    """A step is a value that several runs share; the first record of each waits for nothing."""
    clock = FakeClock()
    job = job_of(Throttle(per_second=1), clock, RECORDS[:2])

    _ = [job.execute().raise_if_failed() for _ in range(3)]

    assert clock.sleeps == [1, 1, 1]


def test_the_time_is_that_of_the_service() -> None:
    """As it is for the waits between attempts."""
    clock = FakeClock()
    service = ETLPipelineService(None, clock=clock)
    service.create_pipeline("ask", RecordsSource(RECORDS[:3]), [Throttle(per_second=2)], "memory:")

    service.run("ask").raise_if_failed()

    assert clock.sleeps == [0.5, 0.5]


def test_who_asks_a_flow_for_its_records_waits_as_well() -> None:
    """Each of them comes when its time has come."""
    clock = FakeClock()
    plan = make_plan(Throttle(per_second=2).parts(), RECORDS_OUT)

    records = pulled(RecordsSource(RECORDS[:3]), plan, sensitive=(), remarks=[], clock=clock)

    assert list(records) == RECORDS[:3]
    assert clock.sleeps == [0.5, 0.5]


def test_an_interrupt_during_a_wait_ends_the_run() -> None:
    """Nothing is loaded."""

    class Interrupted(FakeClock):
        def sleep(self, seconds: float) -> None:
            raise KeyboardInterrupt

    job = job_of(Throttle(per_second=1), Interrupted())

    with pytest.raises(KeyboardInterrupt):
        job.execute()

    assert job.loader.destination.records == []  # type: ignore[attr-defined]  # of a memory


def test_only_runs_wait() -> None:
    """Nobody waits for previews, nor for records at hand."""
    clock = FakeClock()
    step = Throttle(per_second=1)

    made = [step.apply(RECORDS), job_of(step, clock).preview(4)]

    assert made[0] == RECORDS
    assert clock.sleeps == []


def test_the_records_stay_as_they_are() -> None:
    """In both forms."""
    assert both(Throttle(per_second=1), *RECORDS) == [Told(RECORDS)] * 2


@pytest.mark.parametrize(
    "given",
    [0, -1, True, "5", None, float("nan"), float("inf")],
    ids=["zero", "negative", "bool", "text", "none", "nan", "inf"],
)
def test_another_number_is_refused_when_the_step_is_made(given: Any) -> None:
    """The message says where it was written."""
    with pytest.raises(ConfigurationError) as caught:
        Throttle(per_second=given)

    words = f"Throttle: per_second is a number above 0, got {given!r} (test_throttle.py:"
    assert str(caught.value).startswith(words)


def test_a_rate_that_no_clock_can_keep_is_refused_too() -> None:
    """Else each record but the first would fail. A great one only waits less."""
    with pytest.raises(ConfigurationError) as caught:
        Throttle(per_second=1e-300)

    words = "Throttle: per_second is 1e-09 or more, got 1e-300 (test_throttle.py:"
    assert str(caught.value).startswith(words)
    assert Throttle(per_second=10**400).apply([{"id": 1}]) == [{"id": 1}]


@pytest.mark.parametrize("step", [Throttle(per_second=5), Throttle(per_second=0.5)], ids=repr)
def test_its_text_and_its_dict_form_read_back(step: Throttle) -> None:
    """Both say all there is to say."""
    made = [from_dict(to_dict(step)), eval(repr(step))]

    assert made == [step, step]


def test_it_holds_one_record_at_a_time() -> None:
    """And calls no function of the user."""
    step = Throttle(per_second=5)

    assert (step.label, step.memory, step.opaque) == ("Throttle(per_second=5)", "streaming", None)
