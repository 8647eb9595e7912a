"""A step for one attempt is finished once, however the attempt ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from attrs import evolve, field, frozen

from etlkit import ETLJob, RecordsSource
from etlkit.transformations import Map, RecordStep, StageStep


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.records import Record
    from etlkit.runs import StepTally
    from etlkit.transformations.step import StepCode


@frozen
class Watched(RecordStep):
    """A step that notes when it is made for an attempt, and when it is finished.

    Attributes:
        label: What it is called.
        log: Takes the notes.
        fails_at: ``fresh`` or ``finish``, if that raises.
        is_fresh: It was made for an attempt.
    """

    label: str = field()
    log: list[str] = field()
    fails_at: str = ""
    is_fresh: bool = False

    def each(self, record: Record) -> tuple[Record]:
        """The record."""
        return (record,)

    def write(self, code: StepCode) -> None:
        """Nothing to do."""

    def fresh(self) -> Watched:
        """Note it."""
        self._note("fresh")
        return evolve(self, is_fresh=True)

    def finish(self, tally: StepTally) -> None:
        """Note it, and whose counts are asked for."""
        assert (self.is_fresh, tally.name) == (True, self.label)
        self._note("finish")

    def _note(self, what: str) -> None:
        self.log.append(f"{what} {self.label}")
        if what == self.fails_at:
            raise OSError(f"{what} of {self.label} failed")


class Deaf(StageStep):
    """A step that asks for no record at all, so that the stage before it never begins."""

    label = "deaf"

    def run(self, batches: Iterator[list[Record]]) -> Iterator[list[Record]]:
        """One record."""
        return iter([[{"n": 0}]])


def fail(record: Record) -> Record:
    """Raise what is the fault of no record."""
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    "between", [[], [Deaf()], [Map(fail)]], ids=["complete", "a stage that never begins", "broken"]
)
def test_each_step_is_finished_once(work: Any, between: list[Any]) -> None:
    """Whether or not a record came by."""
    log: list[str] = []

    work([{"n": 1}], [Watched("a", log), *between, Watched("b", log)])

    assert log[:2] == ["fresh a", "fresh b"]
    assert sorted(log[2:]) == ["finish a", "finish b"]


def test_steps_are_finished_when_another_one_cannot_be_made(work: Any) -> None:
    """Those that were made hold something; the others do not."""
    log: list[str] = []

    worked = work(
        [{"n": 1}], [Watched("a", log), Watched("b", log, fails_at="fresh"), Watched("c", log)]
    )

    assert str(worked.error) == "fresh of b failed"
    assert log == ["fresh a", "fresh b", "finish a"]


def test_steps_are_finished_when_another_one_cannot_be(work: Any) -> None:
    """Nothing is loaded then, since the counts are not known."""
    log: list[str] = []

    worked = work([{"n": 1}], [Watched("a", log), Watched("b", log, fails_at="finish")])

    assert (str(worked.error), worked.records) == ("finish of b failed", [])
    assert sorted(log[2:]) == ["finish a", "finish b"]


def test_the_steps_of_a_preview_are_finished_too() -> None:
    """Also when a step over several records ends it."""
    log: list[str] = []

    class Broken(Deaf):
        def run(self, batches: Iterator[list[Record]]) -> Iterator[list[Record]]:
            raise OSError("no room")

    steps = [Watched("a", log), Broken(), Watched("b", log)]

    with pytest.raises(OSError, match="no room"):
        ETLJob("j", "J", RecordsSource([{"n": 1}]), steps, "memory:").preview(1)

    assert sorted(log) == ["finish a", "finish b", "fresh a", "fresh b"]
