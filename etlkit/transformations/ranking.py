"""TopK: the first records of an order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from etlkit._words import shown
from etlkit.expressions import Expression
from etlkit.records import Record
from etlkit.transformations.compound_verbs import CompoundVerb
from etlkit.transformations.known_fields import fields_needed
from etlkit.transformations.mistakes import mistake
from etlkit.transformations.ordering import Nulls, Order, OrderBy
from etlkit.transformations.picking import step_name
from etlkit.transformations.step import Memory, RecordStep, StageStep


if TYPE_CHECKING:
    from etlkit.transformations.known_fields import KnownFields


_WAITING = 1024
_OUT = 1024


class TopK(CompoundVerb):
    """Keep the records with the largest values, in order; the others count as filtered.

    It makes what ``Sort`` and then ``Limit`` make, and holds no more than about twice as
    many records as it keeps. Of records that are equal the first ones are kept. The values
    are of one kind, as in ``Sort``.

    Args:
        k: How many records to keep.
        by: A field, an expression, or a list of them: of records that are equal by the
            first the second decides, and so on.
        descending: The largest first; False keeps the smallest, and for several a list of
            bools may say so for each.
        nulls: Where None stands: ``"last"`` or ``"first"``.
        name: What messages and counts call the step.

    Example:
        >>> TopK(2, by="n").apply([{"n": 1}, {"n": None}, {"n": 3}, {"n": 2}])
        [{'n': 3}, {'n': 2}]
        >>> TopK(1, by="n", descending=False).apply([{"n": 3}, {"n": 1}, {"n": 2}])
        [{'n': 1}]
    """

    memory: Memory = "bounded"
    sees = "all records"
    makes = "the first ones of an order"
    counts_as = "filtered"

    def __init__(
        self,
        k: int,
        by: str | Expression | Iterable[str | Expression],
        *,
        descending: bool | Iterable[bool] = True,
        nulls: Nulls = "last",
        name: str | None = None,
    ) -> None:
        if type(k) is not int or k < 0:
            message = f"TopK: k is a number of records, got {shown(k)}"
            raise mistake(message)
        self._k = k
        self._by = OrderBy.of("TopK", by, descending, nulls)
        self._name = step_name("TopK", name)
        self.given = self.without_defaults({"k": k, **self._by.settings(), "name": name})

    @property
    def label(self) -> str:
        """The name, or ``TopK(k, by fields)``."""
        return self._name or f"TopK({self._k}, by {self._by.label})"

    def leaves(self, known: KnownFields) -> KnownFields:
        """The same fields."""
        return known.reading(self.label, fields_needed(*self._by.keys))

    def parts(self) -> tuple[RecordStep | StageStep, ...]:
        """Working out the keys, which a record may fail alone, and then the choice."""
        return (self._by.key_step(self.label), _Top(self.label, self._k, self._by.order))


@frozen(eq=False)
class _Top(StageStep):
    """Keeps the first of the rows that ``SortKeys`` made.

    Rows are gathered until there are twice as many as are kept, and then sorted at once,
    which is faster than a heap that compares them one by one.
    """

    memory: Memory = field(default="bounded", init=False)

    label: str = field()
    k: int
    order: Order

    def run(self, batches: Iterator[list[Record]]) -> Iterator[list[Record]]:
        kept: list[Any] = []
        bound: Any = None
        for batch in batches:
            rows: list[Any] = batch
            kept += rows if bound is None else self.order.sooner(rows, bound)
            if len(kept) > self.k + max(self.k, _WAITING):
                kept = self.order.sorted(kept)[: self.k]
                bound = kept[-1] if kept else None
        kept = self.order.sorted(kept)[: self.k]
        for start in range(0, len(kept), _OUT):
            yield [row[-1] for row in kept[start : start + _OUT]]
