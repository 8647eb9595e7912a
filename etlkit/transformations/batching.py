"""Batch: several records in one, for what takes many at once."""

from __future__ import annotations

from collections.abc import Iterator

from etlkit._words import shown
from etlkit.records import Record
from etlkit.transformations.compound_verbs import CompoundVerb
from etlkit.transformations.known_fields import KnownFields
from etlkit.transformations.mistakes import field_name, mistake
from etlkit.transformations.picking import step_name
from etlkit.transformations.step import Memory, StageStep


class Batch(CompoundVerb, StageStep):
    """Gather records that follow each other into one record with a list of them.

    For a service that takes many at once: the ``Map`` behind it is called with the list.
    The last record has what is left. What comes out counts as produced, and the records in
    it as merged; where a later step refuses it, all of them are rejected as one.

    ``FlatMap(lambda record: record["records"])`` takes it apart again.

    Args:
        size: Records in one, at least 1.
        into: The name of the field that has the list.
        name: What messages and counts call the step.

    Example:
        >>> Batch(2).apply([{"id": 1}, {"id": 2}, {"id": 3}])
        [{'records': [{'id': 1}, {'id': 2}]}, {'records': [{'id': 3}]}]
    """

    memory: Memory = "bounded"
    sees = "as many records as you say"
    makes = "one record with a list of them"
    counts_as = "merged and produced"
    accounting = "merge"

    def __init__(self, size: int, *, into: str = "records", name: str | None = None) -> None:
        if type(size) is not int or size < 1:
            message = f"Batch: size is a number of records, at least 1, got {shown(size)}"
            raise mistake(message)
        self._size = size
        self._into = field_name("Batch", into)
        self._name = step_name("Batch", name)
        self.given = self.without_defaults({"size": size, "into": into, "name": name})

    @property
    def label(self) -> str:
        """The name, or ``Batch(size)``."""
        return self._name or f"Batch({self._size})"

    def leaves(self, known: KnownFields) -> KnownFields:
        """The list alone."""
        return known.only([self._into])

    def run(self, batches: Iterator[list[Record]]) -> Iterator[list[Record]]:
        """A record for each so many."""
        held: list[Record] = []
        for batch in batches:
            held += batch
            whole = len(held) - len(held) % self._size
            if whole:
                yield self._gathered(held[:whole])
                held = held[whole:]
        yield self._gathered(held)

    def _gathered(self, records: list[Record]) -> list[Record]:
        starts = range(0, len(records), self._size)
        return [{self._into: records[start : start + self._size]} for start in starts]
