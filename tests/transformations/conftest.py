"""What the tests of verbs share: the compiled and the plain form of a step, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from attrs import field, frozen

from etlkit import DataSource, ETLJob, ETLScheduler
from etlkit.destinations import MemoryDestination
from etlkit.engine.kernel import Kernel
from etlkit.engine.plan import Stage
from etlkit.engine.reference import Interpreter
from etlkit.formats.objects import RECORDS
from etlkit.records import Batch, Origin, Unfit, own
from etlkit.testing import FakeClock


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.records import Record
    from etlkit.transformations import RecordStep, Step


_NOT_RECORDS = {
    "None": (None, "NoneType instead of a record (a dict); does it end without 'return record'?"),
    "a list": ([{"n": 1}], "list instead of a record (a dict)"),
    "a text": ("n", "str instead of a record (a dict)"),
    "a number": (5, "int instead of a record (a dict)"),
}
every_wrong_result = pytest.mark.parametrize(
    ("wrong", "words"), _NOT_RECORDS.values(), ids=list(_NOT_RECORDS)
)
"""What a function of a user may return instead of a record, and the words for it."""


@frozen
class Told:
    """What a step made of some records.

    Attributes:
        records: Those that went on.
        filtered: How many it left out.
        produced: How many it added.
        refused: For each that failed its position, the code, and what is said.
        sent: What went to outputs.
    """

    records: list[Record] = field(factory=list)
    filtered: int = 0
    produced: int = 0
    refused: list[tuple[int, str, str]] = field(factory=list)
    sent: dict[str, list[Record]] = field(factory=dict)

    @property
    def balance(self) -> int:
        """The records that must have come in."""
        sent = sum(map(len, self.sent.values()))
        return len(self.records) + sent + self.filtered + len(self.refused) - self.produced


def told(kind: Any, step: RecordStep, records: list[Any]) -> Told:
    """What one form of a step does with records."""
    stage = Stage((step,), 0, RECORDS, encoders=dict.fromkeys(step.outputs, RECORDS))
    refused = []

    def reject(where: int, error: Exception, _: Batch, position: int, record: Record) -> None:
        assert where == 0, error
        better = step.explain(error, record)
        code = better.code if isinstance(better, Unfit) else type(better).__name__
        refused.append((position, code, str(better)))

    outcome = kind(stage).run(Batch(list(records), Origin("records"), 1, own), reject)
    return Told(
        list(outcome.out.items),
        sum(outcome.dropped),
        sum(outcome.produced),
        refused,
        {name: list(out.items) for name, out in outcome.sent.items()},
    )


def both(step: RecordStep, *records: Any) -> list[Told]:
    """What the compiled form and the plain form do; they have to be equal."""
    fresh = [step.fresh(), step.fresh()]
    return [told(Kernel, fresh[0], [*records]), told(Interpreter, fresh[1], [*records])]


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
