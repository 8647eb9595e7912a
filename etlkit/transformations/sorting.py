"""Sort: records in the order of what they hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from etlkit.expressions import Expression
from etlkit.records import Record
from etlkit.transformations.compound_verbs import CompoundVerb
from etlkit.transformations.known_fields import fields_needed
from etlkit.transformations.ordering import Nulls, Order, OrderBy
from etlkit.transformations.picking import step_name
from etlkit.transformations.spilling.sorter import MEMORY_BYTES, Sorter, memory_budget
from etlkit.transformations.step import Memory, RecordStep, StageStep


if TYPE_CHECKING:
    from etlkit.transformations.known_fields import KnownFields


class Sort(CompoundVerb):
    """Put the records into the order of the values of fields or expressions.

    Records that are equal there keep their order. None comes last, or first, whatever the
    direction. The values of one key are of one kind: numbers, texts, dates, times ...; that
    of the first record decides, and a record with another kind, or with NaN, is rejected by
    itself. Texts are compared by their code points.

    Above a budget of memory the records go to a file without a name in the folder for
    temporary files (``TMPDIR``), of which nothing is left however the run ends. They come
    back exactly as they were.

    Args:
        by: A field, an expression, or a list of them: of records that are equal by the
            first the second decides, and so on.
        descending: From the largest to the smallest; for several a list of bools may say
            so for each.
        nulls: Where None stands: ``"last"`` or ``"first"``.
        memory_bytes: The budget, of the records as Python holds them.
        name: What messages and counts call the step.

    Example:
        >>> Sort("n", descending=True).apply([{"n": 1}, {"n": None}, {"n": 3}])
        [{'n': 3}, {'n': 1}, {'n': None}]
    """

    memory: Memory = "spilling"
    sees = "all records"
    makes = "the same records"
    counts_as = "nothing"

    def __init__(
        self,
        by: str | Expression | Iterable[str | Expression],
        *,
        descending: bool | Iterable[bool] = False,
        nulls: Nulls = "last",
        memory_bytes: int = MEMORY_BYTES,
        name: str | None = None,
    ) -> None:
        self._by = OrderBy.of("Sort", by, descending, nulls)
        self._memory_bytes = memory_budget("Sort", memory_bytes)
        self._name = step_name("Sort", name)
        self.given = self.without_defaults(
            {**self._by.settings(), "memory_bytes": memory_bytes, "name": name}
        )

    def __repr__(self) -> str:
        order = self._by.order
        more = "".join(
            [
                f", descending={order.descending!r}" if any(order.descending) else "",
                ", nulls='first'" if order.nulls_first else "",
            ]
        )
        return f"Sort([{', '.join(map(repr, self._by.keys))}]{more})"

    @property
    def label(self) -> str:
        """The name, or ``Sort(by fields)``."""
        return self._name or f"Sort(by {self._by.label})"

    def leaves(self, known: KnownFields) -> KnownFields:
        """The same fields."""
        return known.reading(self.label, fields_needed(*self._by.keys))

    def parts(self) -> tuple[RecordStep | StageStep, ...]:
        """Working out the keys, which a record may fail alone, and then the sorting."""
        return (
            self._by.key_step(self.label),
            _Sorted(self.label, self._by.order, self._memory_bytes),
        )


@frozen(eq=False)
class _Sorted(StageStep):
    """Sorts what ``SortKeys`` made."""

    memory: Memory = field(default="spilling", init=False)

    label: str = field()
    order: Order
    memory_bytes: int

    def run(self, batches: Iterator[list[Record]]) -> Iterator[list[Record]]:
        with closing(Sorter(self.label, self.order, memory_bytes=self.memory_bytes)) as sorter:
            for batch in batches:
                rows: list[Any] = batch
                sorter.add(rows)
            for made in sorter.rows():
                yield [row[-1] for row in made]
