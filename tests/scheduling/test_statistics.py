"""Counters of runs that do not forget, and percentiles of the recent ones."""

from __future__ import annotations

import json

import pytest

from etlkit import JobResult, JobStatus
from etlkit.runs import Tally
from etlkit.scheduling.statistics import Counters, percentile
from etlkit.testing import FakeClock


def result_of(
    seconds: float, status: JobStatus = JobStatus.COMPLETED, *, records: int = 0, rejected: int = 0
) -> JobResult:
    """A result of a run that took so long."""
    now = FakeClock().now()
    tally = Tally(read=records, rejected=rejected)
    loaded = records - rejected if status is JobStatus.COMPLETED else 0
    return JobResult("j", status, now, now, seconds, records, loaded, loaded, tally=tally)


def counters_of(*results: JobResult) -> Counters:
    """Counters that were given these results."""
    counters = Counters()
    for result in results:
        counters.add(result)
    return counters


@pytest.mark.parametrize(
    ("values", "p50", "p95"),
    [
        pytest.param([7.0], 7.0, 7.0, id="one"),
        pytest.param([2.0, 1.0], 1.0, 2.0, id="two"),
        pytest.param([3.0, 1.0, 2.0], 2.0, 3.0, id="three"),
        pytest.param([float(each) for each in range(20, 0, -1)], 10.0, 19.0, id="twenty"),
        pytest.param([float(each) for each in range(1, 22)], 11.0, 20.0, id="twenty-one"),
        pytest.param([float(each) for each in range(1, 101)], 50.0, 95.0, id="hundred"),
        pytest.param([1.0] * 95 + [9.0] * 5, 1.0, 1.0, id="five slow ones of hundred"),
        pytest.param([1.0] * 94 + [9.0] * 6, 1.0, 9.0, id="six slow ones of hundred"),
    ],
)
def test_a_percentile_is_one_of_the_values(values: list[float], p50: float, p95: float) -> None:
    """Nearest rank: the least value that this share of the values does not exceed."""
    found = percentile(values, 0.5), percentile(values, 0.95)

    assert found == (p50, p95)


def test_nothing_has_no_percentile() -> None:
    """None is not nought seconds."""
    found = percentile([], 0.5)

    assert found is None


def test_before_the_first_run_nothing_is_known() -> None:
    """A rate of nothing is neither good nor bad."""
    statistics = Counters().statistics()

    assert statistics.to_dict() == {
        "runs": 0,
        "by_status": {},
        "success_rate": None,
        "rows_extracted": 0,
        "rows_loaded": 0,
        "rows_rejected": 0,
        "p50_seconds": None,
        "p95_seconds": None,
    }


def test_results_add_up() -> None:
    """Every run counts; a skipped one is a success, an interrupted one is none."""
    counters = counters_of(
        result_of(1.0, records=10, rejected=1),
        result_of(2.0, records=20),
        result_of(3.0, JobStatus.FAILED, records=5, rejected=5),
        result_of(4.0, JobStatus.SKIPPED),
        result_of(5.0, JobStatus.INTERRUPTED, records=1),
    )

    statistics = counters.statistics()

    assert json.loads(json.dumps(statistics.to_dict())) == {
        "runs": 5,
        "by_status": {"completed": 2, "failed": 1, "skipped": 1, "interrupted": 1},
        "success_rate": 0.6,
        "rows_extracted": 36,
        "rows_loaded": 29,
        "rows_rejected": 1,
        "p50_seconds": 3.0,
        "p95_seconds": 5.0,
    }


def test_percentiles_are_those_of_the_last_thousand() -> None:
    """Counts go on for ever, durations are those of now."""
    counters = counters_of(*[result_of(9.0)] * 1000, *[result_of(1.0)] * 1000)

    statistics = counters.statistics()

    assert statistics.runs == 2000
    assert (statistics.p50_seconds, statistics.p95_seconds) == (1.0, 1.0)


def test_statistics_do_not_change_afterwards() -> None:
    """They are the figures as they were when somebody asked."""
    counters = counters_of(result_of(1.0))
    statistics = counters.statistics()

    counters.add(result_of(2.0))

    assert (statistics.runs, statistics.by_status) == (1, {"completed": 1})
