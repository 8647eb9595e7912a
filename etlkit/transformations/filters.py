"""Filter: keep the records for which something holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from attrs import field, frozen

from etlkit.records import Record
from etlkit.transformations.step import Called, RecordStep


if TYPE_CHECKING:
    from etlkit.transformations.step import StepCode


@frozen
class Filter(RecordStep):
    """Keep the records for which a predicate is true; the others count as filtered.

    Attributes:
        predicate: Takes a record, returns whether to keep it. Any true value keeps it.
        name: What messages and counts call the step; by default the predicate's name.

    Example:
        >>> Filter(lambda record: record["n"] > 1).apply([{"n": 1}, {"n": 2}])
        [{'n': 2}]
    """

    predicate: Callable[[Record], object]
    name: str | None = field(default=None, kw_only=True)
    _called: Called = field(init=False, repr=False, eq=False)

    @_called.default
    def _(self) -> Called:
        return Called(self.predicate)

    @property
    def label(self) -> str:
        """The name, or ``Filter(function)``."""
        return self.name or f"Filter({self._called.name})"

    @property
    def opaque(self) -> str:
        """Where the predicate is written."""
        return self._called.place

    def each(self, record: Record) -> tuple[Record, ...]:
        """The record, or nothing."""
        return (record,) if self.predicate(record) else ()

    def write(self, code: StepCode) -> None:
        """One call."""
        with code.block(f"if not {code.bind('keep', self.predicate)}(record):"):
            code.drop()
