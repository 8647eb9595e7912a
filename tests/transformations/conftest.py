"""What the tests of verbs share: the compiled and the plain form of a step, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from etlkit import DataSource, ETLJob, ETLScheduler
from etlkit.destinations import MemoryDestination
from etlkit.testing import FakeClock
from etlkit.testing.forms import Told, both, told


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.records import Record
    from etlkit.transformations import RecordStep, Step


__all__ = ["Told", "after_a_retry", "both", "every_wrong_result", "orders", "told"]

_NOT_RECORDS = {
    "None": (None, "None instead of a record (a dict)"),
    "a list": ([{"n": 1}], "list instead of a record (a dict)"),
    "a text": ("n", "str instead of a record (a dict)"),
    "a number": (5, "int instead of a record (a dict)"),
}
every_wrong_result = pytest.mark.parametrize(
    ("wrong", "words"), _NOT_RECORDS.values(), ids=list(_NOT_RECORDS)
)
"""What a function of a user may return instead of a record, and the words for it."""


def orders(step: RecordStep, *records: Any) -> list[list[list[str]]]:
    """The names of the fields, in order, of what both forms make."""
    return [[list(record) for record in one.records] for one in both(step, *records)]


class _BreaksOnce(DataSource):
    """A source that fails at its end, the first time it is read."""

    def __init__(self, records: list[Record]) -> None:
        self._records = records
        self._failures = 1

    def records(self) -> Iterator[Record]:
        """The records, and then the failure."""
        yield from self._records
        if self._failures:
            self._failures = 0
            message = "cut"
            raise ConnectionResetError(message)


def after_a_retry(step: Step, records: list[Record]) -> list[Record]:
    """What a run loads of which the first attempt failed when all records were read."""
    destination = MemoryDestination()
    scheduler = ETLScheduler(None, clock=FakeClock())
    scheduler.register_job(ETLJob("j", "J", _BreaksOnce(records), step, destination))

    result = scheduler.execute_job("j").raise_if_failed()

    assert len(result.attempts) == 2
    return destination.records
