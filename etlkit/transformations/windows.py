"""Window: values that a record gets from the records around it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from etlkit._words import did_you_mean, shown
from etlkit.expressions import Expression
from etlkit.transformations.compound_verbs import CompoundVerb, by_as_data
from etlkit.transformations.grouping.aggregations import Aggregation, output_hint
from etlkit.transformations.known_fields import fields_needed
from etlkit.transformations.mistakes import mistake
from etlkit.transformations.ordering import Nulls, Order, OrderBy
from etlkit.transformations.partitions import Layout, Output, Rows, Windowed
from etlkit.transformations.picking import Given, Values, named_values, step_name
from etlkit.transformations.positions import DenseRank, Rank, WindowFunction
from etlkit.transformations.spilling.sorter import MEMORY_BYTES, memory_budget
from etlkit.transformations.step import Memory, RecordStep, StageStep


if TYPE_CHECKING:
    from etlkit.transformations.known_fields import KnownFields


class Window(CompoundVerb):
    """Give each record values from the records around it, as window functions of SQL do.

    The records stay as many as they are, and in the order in which they come. A new field
    takes the place of one of the same name.

    Partitions are told apart as the groups of ``Aggregate``: 1, 1.0 and True are different,
    and None is one of its own. In a partition the records are gone through in an order like
    that of ``Sort``: records that are equal there stay in the order in which they come, and
    one with a value of another kind, or with NaN, is rejected by itself.

    With ``order_by`` an aggregation runs: it is that of the records up to each record, and
    that one, so records that are equal in the order have different values (``ROWS`` in SQL,
    which takes ``RANGE`` where nothing is said). ``Last`` is that of the whole partition.
    Without ``order_by`` each aggregation is that of the whole partition, and ``RowNumber``,
    ``Lag`` and ``Lead`` take the order in which records come.

    Above a budget of memory the records go to a file without a name, as with ``Sort``.

    Args:
        by: What records of a partition have in common: a field, a list of fields, or a dict
            of names and expressions or functions; by default all records are in one.
        order_by: A field, an expression, or a list of them.
        descending: From the largest to the smallest; for several a list of bools may say
            so for each.
        nulls: Where None stands in the order: ``"last"`` or ``"first"``.
        memory_bytes: The budget, of the records as Python holds them.
        name: What messages and counts call the step.
        outputs: New fields, each with a function such as ``RowNumber()`` or ``Lag("price")``,
            or with an aggregation such as ``Sum("amount")``.

    Example:
        >>> from etlkit.transformations import RowNumber, Sum
        >>> step = Window("shop", order_by="day", n=RowNumber(), total=Sum("v"))
        >>> step.apply([{"shop": "A", "day": 2, "v": 5}, {"shop": "A", "day": 1, "v": 3}])[0]
        {'shop': 'A', 'day': 2, 'v': 5, 'n': 2, 'total': 8}
    """

    memory: Memory = "spilling"
    sees = "all records"
    makes = "the same records, each with new fields"
    counts_as = "nothing"

    def __init__(
        self,
        by: str | Expression | Iterable[str | Expression] | Mapping[str, Given] | None = None,
        *,
        order_by: str | Expression | Iterable[str | Expression] | None = None,
        descending: bool | Iterable[bool] = False,
        nulls: Nulls = "last",
        memory_bytes: int = MEMORY_BYTES,
        name: str | None = None,
        **outputs: Output,
    ) -> None:
        self._keys = {} if by is None else named_values(by, "Window", "partitions")
        self._order = _order(order_by, descending, nulls)
        self._outputs = _checked(outputs, ordered=self._order is not None)
        self._memory_bytes = memory_budget("Window", memory_bytes)
        self._name = step_name("Window", name)
        self.memory = _memory(self._outputs)
        order = {} if self._order is None else self._order.settings()
        self.given = self.without_defaults(
            {
                "by": by_as_data(self._keys) if self._keys else None,
                "order_by": order.get("by"),
                "descending": order.get("descending", False),
                "nulls": nulls,
                "memory_bytes": memory_bytes,
                "name": name,
                "outputs": self._outputs,
            }
        )

    @classmethod
    def of_settings(cls, settings: Mapping[str, Any]) -> Window:
        """The verb of arguments by name; the outputs are a dict."""
        more = dict(settings)
        outputs = more.pop("outputs", {})
        return cls(**more, **outputs)

    @property
    def label(self) -> str:
        """The name, or ``Window(by fields, order by fields)``."""
        parts = [f"by {', '.join(self._keys)}"] if self._keys else []
        parts += [] if self._order is None else [f"order by {self._order.label}"]
        return self._name or f"Window({', '.join(parts)})"

    @property
    def opaque(self) -> str | None:
        """Where functions of the user are written."""
        return Values(tuple(self._keys.values())).opaque

    def leaves(self, known: KnownFields) -> KnownFields:
        """The fields, and those of the outputs."""
        order = () if self._order is None else self._order.keys
        taken = [one.of for one in self._outputs.values()]
        known.reading(self.label, fields_needed(*self._keys.values(), *order, *taken))
        return known.adding(self._outputs)

    def parts(self) -> tuple[RecordStep | StageStep, ...]:
        """Working out the values, which a record may fail alone, and then the windows."""
        by = self._order or OrderBy((), Order((), nulls_first=False))
        layout = Layout.of(tuple(self._keys.values()), by.keys, self._outputs)
        order = Order((False, *by.order.descending), by.order.nulls_first)  # by the hash first
        return (
            Rows(f"{self.label}: key", layout),
            Windowed(self.label, layout, order, self._memory_bytes),
        )


def _memory(outputs: Mapping[str, Output]) -> Memory:
    kept = [one.memory for one in outputs.values() if isinstance(one, Aggregation)]
    return "materialising" if "materialising" in kept else "spilling"


def _order(by: object, descending: object, nulls: object) -> OrderBy | None:
    if by is not None:
        return OrderBy.of("Window", by, descending, nulls)
    if descending is False and nulls == "last":
        return None
    message = "Window: descending and nulls are about an order, which order_by= has to say"
    raise mistake(message)


def _checked(outputs: Mapping[str, Any], *, ordered: bool) -> dict[str, Output]:
    if not outputs:
        message = "Window has nothing to do; write for example Window('shop', n=Count())"
        raise mistake(message)
    options = [*Window.arguments()][:-1]
    for name, output in outputs.items():
        if not isinstance(output, Aggregation | WindowFunction):
            message = (
                f"Window: {name!r} needs a function such as RowNumber(), or an aggregation such "
                f"as Sum('amount'), got {shown(output)}"
                f"{output_hint('Window', name, output) or did_you_mean(name, options)}"
            )
            raise mistake(message)
        if ordered and isinstance(output, Aggregation) and output.memory == "materialising":
            message = (
                f"Window: {name!r} would be worked out anew for each record, since {output!r} "
                "keeps all values; without order_by it is that of the whole partition"
            )
            raise mistake(message)
        if not ordered and isinstance(output, Rank | DenseRank):
            message = f"Window: {name!r} ranks records by an order, which order_by= has to say"
            raise mistake(message)
    return dict(outputs)
