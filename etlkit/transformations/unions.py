"""Union: the records of other sources behind those of the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from etlkit._words import shown
from etlkit.records import Batch, Record
from etlkit.transformations.compound_verbs import CompoundVerb
from etlkit.transformations.mistakes import mistake
from etlkit.transformations.picking import step_name
from etlkit.transformations.readable import Beside, Other, Readable, readable
from etlkit.transformations.step import Memory, RecordStep


if TYPE_CHECKING:
    from etlkit.runs.tally import StepTally
    from etlkit.transformations.step import StepCode


class Union(CompoundVerb):
    """Put the records of other sources behind those of the run, as SQL's ``UNION ALL`` does.

    First come the records of the run, then those of each other source, in order; none is
    left out for being there twice. The steps behind it see all of them, those before it
    only the run's own. Each source is read once for each attempt, when its turn comes, and
    nothing is held in memory.

    Records keep the fields that they have: ``Select(..., missing="null")`` behind it gives
    all of them the same ones. A record that fails in a later step is rejected by itself,
    with the source that it came from, its number there and its bytes. The records that were
    added count as produced, and have a line of their own in the tally of the step. A job whose
    source is read in increments refuses the step, which would add the same to each of them.

    Args:
        others: Sources, or lists of records.
        name: What messages and counts call the step.

    Example:
        >>> Union([{"id": 2}, {"id": 3, "n": 5}]).apply([{"id": 1}, {"id": 2}])
        [{'id': 1}, {'id': 2}, {'id': 2}, {'id': 3, 'n': 5}]
    """

    memory: Memory = "streaming"
    sees = "one record"
    makes = "the record; behind them all those of other sources"
    counts_as = "produced"

    def __init__(self, *others: Other, name: str | None = None) -> None:
        if not others:
            message = "Union needs other sources, such as Union(FileSource('more.jsonl'))"
            raise mistake(message)
        self._others = tuple(
            _checked(other, number, len(others)) for number, other in enumerate(others, 1)
        )
        self._name = step_name("Union", name)
        self.given = self.without_defaults({"others": list(others), "name": name})

    @classmethod
    def of_settings(cls, settings: Mapping[str, Any]) -> Union:
        """The verb of arguments by name."""
        more = dict(settings)
        others = more.pop("others", ())
        if not isinstance(others, (list, tuple)):
            message = f"Union: others is a list of lists of records, got {shown(others)}"
            raise mistake(message)
        return cls(*others, **more)

    def __repr__(self) -> str:
        return f"Union({', '.join(other.uri for other in self._others)})"

    @property
    def label(self) -> str:
        """The name, or ``Union(others)``."""
        return self._name or repr(self)

    def parts(self) -> tuple[RecordStep, ...]:
        """One step, which lets the records of the run pass."""
        return (_Added(self.label, self._others),)


def _checked(other: object, number: int, count: int) -> Readable:
    name = "more records" if count == 1 else f"more records, list {number}"
    found = readable("Union", other, name=name)
    if found.incremental:
        message = (
            f"Union: {found.uri} is read in increments, which only the source of a job can be; "
            "make it a job of its own with the same destination"
        )
        raise mistake(message)
    return found


@frozen(eq=False)
class _Added(RecordStep):
    """Lets records pass, and adds those of other sources; what was read is of one attempt."""

    adds = True
    releases = True

    label: str = field()
    reads: tuple[Readable, ...] = field()
    beside: tuple[Beside, ...] = ()

    def fresh(self) -> RecordStep:
        return _Added(self.label, self.reads, tuple(Beside(one) for one in self.reads))

    def finish(self, tally: StepTally) -> None:
        tally.others = [one.told() for one in self.beside]
        for line in tally.others:
            line.added = line.read

    def each(self, record: Record) -> tuple[Record]:
        return (record,)

    def write(self, code: StepCode) -> None:
        """No lines."""

    def added(self) -> Iterator[Batch]:
        for one in self.beside:
            try:
                yield from one.batches()
            except Exception as error:
                error.add_note(f"while reading {one.source.uri} for {self.label}")
                raise
