"""What a preview shows of outputs; the rest is shown through jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit import RecordsSource
from etlkit.engine.plan import make_plan
from etlkit.engine.preview import snapshots
from etlkit.formats.objects import RECORDS
from etlkit.transformations import Map, RecordStep, Transformation


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.records import Record
    from etlkit.transformations.step import StepCode


class Copy(RecordStep):
    """Sends each record to an output, and goes on with it."""

    label = "Copy"
    outputs = ("copies",)

    def each(self, record: Record) -> list[Record]:
        """The record goes on."""
        return [record]

    def routed(self, record: Record) -> Iterator[tuple[str | None, Record]]:
        """To the output, and on."""
        yield "copies", record
        yield None, record

    def write(self, code: StepCode) -> None:
        """A preview compiles nothing."""
        raise NotImplementedError


def double(record: Record) -> Record:
    """Change in place."""
    record["n"] *= 2
    return record


def fail_on_four(record: Record) -> Record:
    """Fail for one."""
    if record["n"] == 4:
        raise ValueError("four")
    return record


def test_a_preview_shows_what_goes_to_each_output() -> None:
    """As it was sent, over all stages, and without what is taken back by a later failure."""
    steps = [Copy(), Map(double), Map(fail_on_four)]
    after = [*Transformation("all", list).parts(), Copy(), Map(fail_on_four)]
    plan = make_plan([*steps, *after], RECORDS, encoders={"copies": RECORDS})
    source = RecordsSource([{"n": 1}, {"n": 2}, {"n": 3}])

    found = snapshots(source, plan, 3, remarks=[])

    assert found[-1].label == "output copies"
    assert found[-1].output == "copies"
    assert found[-1].records == ({"n": 1}, {"n": 3}, {"n": 2}, {"n": 6})
    assert [each.output for each in found[:-1]] == [""] * 7
