"""The records that a plan makes, handed to the caller as they come; nothing is loaded."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from attrs import define

from etlkit.engine.flow import Course, Kernels
from etlkit.engine.rejecting import Rejects, located
from etlkit.runs.commit import Position
from etlkit.runs.context import RunContext, new_run_id, random_mark
from etlkit.runs.tally import StepTally, Tally


if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from etlkit._clock import Clock
    from etlkit.engine.delivering import Outgoing
    from etlkit.engine.plan import Plan
    from etlkit.records import Record, Refusal, Rejection
    from etlkit.schema.fields import Place
    from etlkit.sources.source import DataSource


def pulled(
    source: DataSource,
    plan: Plan,
    *,
    sensitive: Sequence[Place],
    remarks: list[str],
    clock: Clock,
) -> Generator[Record]:
    """The records at the end of the chain, made by the kernels that a run would use.

    A batch of the source is read when its first record is asked for. Closing the generator
    closes the source. What goes to named outputs is made and forgotten.

    Args:
        source: Where the records come from.
        plan: What happens to them; it has to end with an encoder that leaves them records.
        sensitive: Places of fields whose values no message may show.
        remarks: Takes what the user should know although nothing failed.
        clock: The time.

    Raises:
        RecordError: A record fails; the message has step, file and record number.
        BalanceError: Not every record is accounted for.
    """
    tally = Tally(steps=[StepTally(step.label) for step in plan.steps])
    rejects = _Strict(_nobodys_run(clock), None, None, tally, tuple(sensitive))
    remarks.extend(source.remarks())
    reading = source.reading(Position())
    with plan.fresh(tally.steps, clock) as fresh:
        course = Course(
            reading,
            fresh,
            Kernels.compile(fresh),
            rejects,
            remarks=remarks,
            on_batch=_nothing,
        )
        with closing(course.batches(_Forgetting())) as batches:
            for batch in batches:
                yield from batch.items
    tally.loaded = tally.transformed
    tally.check()


def _nobodys_run(clock: Clock) -> RunContext:
    now = clock.now()
    run_id = new_run_id(now)
    return RunContext("", run_id, run_id, 1, random_mark(), now)


def _nothing() -> None:
    """Nobody watches."""


class _Forgetting:
    """Outputs that take everything and keep nothing; the caller has the records."""

    def screen(self, outgoing: Sequence[Outgoing]) -> Mapping[str, Sequence[Refusal]]:
        del outgoing
        return {}

    def write(self, outgoing: Sequence[Outgoing]) -> Mapping[str, Sequence[Refusal]]:
        del outgoing
        return {}


@define
class _Strict(Rejects):
    """The first record that fails ends it, in words that speak of no job."""

    @property
    def _whose(self) -> str:
        return ""

    def _stopped(self, rejection: Rejection) -> str:
        return (
            f"{located(rejection)} Mend the record or the step; .preview() shows the first "
            "records at each step, and .load(..., on_error=Quarantine()) sets such records aside"
        )
