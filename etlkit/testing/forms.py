"""The compiled and the plain form of a record-wise step, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve, field, frozen

from etlkit.engine.kernel import Kernel
from etlkit.engine.plan import Stage
from etlkit.engine.reference import Interpreter
from etlkit.formats.objects import RECORDS
from etlkit.records import Batch, Origin, Unfit, own
from etlkit.runs.tally import StepTally


if TYPE_CHECKING:
    from collections.abc import Sequence

    from etlkit.records import Decoder, Record
    from etlkit.transformations.step import RecordStep


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

    def then(self, later: Told) -> Told:
        """What this and a later step made between them, of which the later one got this."""
        return Told(
            later.records,
            self.filtered + later.filtered,
            self.produced + later.produced,
            [*self.refused, *later.refused],
            {**self.sent, **later.sent},
        )


def told(
    kind: type[Interpreter | Kernel],
    step: RecordStep,
    records: Sequence[Any],
    *,
    decode: Decoder = own,
) -> Told:
    """What one form of a step does with records.

    Args:
        kind: ``Kernel``, the compiled form, or ``Interpreter``, the plain one.
        step: The step, one that is fresh.
        records: The records.
        decode: Makes of each the record that the step gets; a copy by default.
    """
    stage = Stage((step,), 0, RECORDS, encoders=dict.fromkeys(step.outputs, RECORDS))
    refused: list[tuple[int, str, str]] = []

    def reject(where: int, error: Exception, batch: Batch, position: int, record: Record) -> None:
        del batch
        if where != 0:
            raise error
        better = step.explain(error, record)
        code = better.code if isinstance(better, Unfit) else type(better).__name__
        refused.append((position, code, str(better)))

    outcome = kind(stage).run(Batch(list(records), Origin("records"), 1, decode), reject)
    return Told(
        list(outcome.out.items),
        sum(outcome.dropped),
        sum(outcome.produced),
        refused,
        {name: list(out.items) for name, out in outcome.sent.items()},
    )


def both(step: RecordStep, *records: Any) -> list[Told]:
    """What the compiled form and the plain form do; they have to be equal."""
    return [told_once(kind, step, records) for kind in (Kernel, Interpreter)]


def told_once(
    kind: type[Interpreter | Kernel],
    step: RecordStep,
    records: Sequence[Any],
    *,
    decode: Decoder = own,
) -> Told:
    """What one form of a step does with records in an attempt of its own, and what it adds."""
    fresh = step.fresh()
    try:
        made = told(kind, fresh, records, decode=decode)
        added = [batch.decode(item) for batch in fresh.added() for item in batch.items]
        return evolve(made, records=[*made.records, *added], produced=made.produced + len(added))
    finally:
        fresh.finish(StepTally(step.label))
