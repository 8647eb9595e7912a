"""Limit: the first records."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit import ETLJob, RecordsSource
from etlkit.errors import ConfigurationError
from etlkit.transformations import Limit
from transformations.conftest import Told, both


RECORDS = [{"n": n} for n in range(5)]


@pytest.mark.parametrize(("n", "kept"), [(0, 0), (2, 2), (5, 5), (9, 5)])
def test_the_first_records_go_on(n: int, kept: int) -> None:
    """The others count as filtered."""
    made = both(Limit(n), *RECORDS)

    assert made == [Told(RECORDS[:kept], filtered=5 - kept)] * 2


def test_each_run_begins_to_count() -> None:
    """A step is a value that several runs share."""
    step = Limit(2)
    job = ETLJob("j", "J", RecordsSource(RECORDS), step, "memory:")

    results = [job.execute().raise_if_failed() for _ in range(2)]

    assert [result.rows_loaded for result in results] == [2, 2]
    assert [step.apply(RECORDS), step.apply(RECORDS)] == [RECORDS[:2]] * 2


def test_it_counts_over_batches() -> None:
    """Also those that are run step by step to measure the time."""
    source = RecordsSource([{"n": n} for n in range(5000)])

    result = ETLJob("j", "J", source, Limit(3000), "memory:").execute().raise_if_failed()

    assert (result.rows_extracted, result.rows_loaded) == (5000, 3000)


@pytest.mark.parametrize("n", [-1, True, 1.5, "2", None], ids=repr)
def test_another_number_is_refused_when_the_step_is_made(n: Any) -> None:
    """The message says where it was written."""
    with pytest.raises(ConfigurationError) as caught:
        Limit(n)

    assert str(caught.value).startswith(f"Limit: n is a number of records, got {n!r} (")
    assert "(test_limit.py:" in str(caught.value)
