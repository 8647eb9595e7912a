"""The cells of a pivot: what is kept of a group that becomes one wide record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from attrs import Factory, field, frozen

from etlkit._words import did_you_mean, shown
from etlkit.expressions import Expression
from etlkit.expressions.casting import cast
from etlkit.records import Problem, Record, Unfit
from etlkit.transformations.grouping.aggregations import Aggregation, Needs
from etlkit.transformations.grouping.running import Partial, Running
from etlkit.transformations.grouping.shape import beginning
from etlkit.transformations.mistakes import field_name, mistake
from etlkit.transformations.picking import Values
from etlkit.transformations.spilling.sorter import ByItem, Sorter
from etlkit.transformations.step import Memory, RecordStep, StageStep
from etlkit.transformations.typed_keys import typed, typed_key, write_typed


if TYPE_CHECKING:
    from etlkit.runs.tally import StepTally
    from etlkit.transformations.step import StepCode


@frozen(eq=False)
class Columns:
    """Which field a value belongs to.

    Attributes:
        on: What the values are of.
        stated: The names of the fields by their values, as ``typed`` tells these apart; None
            where each text is the name of a field.
        taken: The names of the fields that the wide records have besides.
    """

    on: Expression
    stated: Mapping[Any, str] | None
    taken: frozenset[str]

    def name(self, value: Any) -> str:
        """The field of a value.

        Raises:
            Unfit: There is none.
        """
        if self.stated is None:
            return self._found(value)
        try:
            name = self.stated.get(value if value.__class__ is str else typed(value))
        except TypeError:  # a list, which is the value of no column
            name = None
        if name is None:
            near = did_you_mean(value, self._texts()) if isinstance(value, str) else ""
            self._refuse("{} is none of the columns", value, near)
        return name

    def _texts(self) -> list[str]:
        return [value for value in self.stated or () if isinstance(value, str)]

    def _found(self, value: Any) -> str:
        if not isinstance(value, str):
            call = "fill_null('none')" if value is None else "cast(str)"
            hint = f"; write {self.on!r}.{call}, or columns= with a name for it"
            self._refuse("a text is expected to name a field, got {}", value, hint)
        if value in self.taken:
            self._refuse("{} is the name of a field of the index", value)
        return value

    def _refuse(self, words: str, value: object, hint: str = "") -> NoReturn:
        told, masked = (f"{words.format(text)}{hint}" for text in (shown(value), "***"))
        problem = Problem(self.on.fields()[:1], "column", told, masked=masked)
        raise Unfit.of("column", (problem,))


def stated_columns(given: object, index: Mapping[str, object]) -> dict[Any, str] | None:
    """The names of the columns by their values, as ``typed`` tells these apart.

    Args:
        given: A list of values, or a dict of values and names; None where columns are found.
        index: The fields that wide records have besides.

    Raises:
        ConfigurationError: It is something else, or two fields would have one name.
    """
    if given is None:
        return None
    if isinstance(given, dict):
        pairs = list(given.items())
    else:
        pairs = [(one, _named(one)) for one in given] if isinstance(given, list) else []
    if not pairs:
        message = (
            f"Pivot: columns is a list of values, or a dict of values and names, got {shown(given)}"
        )
        raise mistake(message)
    made: dict[Any, str] = {}
    for value, name in pairs:
        if field_name("Pivot", name) in index:
            message = f"Pivot: {name!r} is a field of index and a column"
            raise mistake(message)
        if name in made.values():
            message = f"Pivot: two columns would be called {name!r}"
            raise mistake(message)
        made[typed(value)] = name
    return made


def _named(value: object) -> str:
    try:
        name = cast(value, str)
    except ValueError:
        name = None
    if name is None:
        message = (
            f"Pivot: the column {shown(value)} has no text to be called by; write a dict: "
            f"columns={{{shown(value)}: 'name'}}"
        )
        raise mistake(message)
    return str(name)


@frozen
class Cells(Aggregation):
    """What another aggregation makes of the values of each column, by the name of its field.

    Attributes:
        of: Pairs, as lists: the value of a column, and what goes into its cell.
        inner: The other aggregation.
        columns: The columns.
    """

    needs: ClassVar[Needs] = "check"
    keeps_nulls: ClassVar[bool] = True

    inner: Aggregation
    columns: Columns = field(eq=False)

    @property
    def memory(self) -> Memory:  # type: ignore[override]  # that of the other aggregation
        """What the cells keep."""
        return self.inner.memory

    def check(self, value: Any) -> None:
        """Whether there is a column, and whether the other aggregation takes the value."""
        column, inside = value
        self.columns.name(column)
        self.inner.check(inside)

    def begin(self) -> Running:
        """No cells yet."""
        return _Gathering(self.inner, self.columns)


class _Gathering:
    """The cells of one group."""

    __slots__ = ("_begin", "_cells", "_columns", "_keeps_nulls")

    def __init__(self, inner: Aggregation, columns: Columns) -> None:
        self._columns = columns
        self._keeps_nulls = inner.keeps_nulls or inner.of is None
        self._begin = beginning(inner)
        self._cells: dict[str, Partial] = {}

    def add(self, values: Sequence[Any]) -> None:
        parts: defaultdict[Any, list[Any]] = defaultdict(list)
        for column, value in values:
            parts[column if column.__class__ is str else typed(column)].append(value)
        stated = self._columns.stated
        for key, part in parts.items():
            name = key if stated is None else stated[key]
            cell = self._cells.get(name)
            if cell is None:
                cell = self._cells[name] = self._begin()
            kept = part if self._keeps_nulls else [one for one in part if one is not None]
            if kept:
                cell.add(kept)

    def result(self) -> dict[str, Any]:
        """The values of the cells; an empty one has what the aggregation makes of no value."""
        stated = self._columns.stated
        names = self._cells if stated is None else stated.values()
        return {name: self._cell(name).result() for name in names}

    def kept(self) -> int:
        return len(self._cells) + sum(cell.kept() for cell in self._cells.values())

    def state(self) -> list[list[Any]]:
        return [[name, cell.state()] for name, cell in self._cells.items()]

    def absorb(self, state: list[list[Any]]) -> None:
        for name, known in state:
            if name not in self._cells:
                self._cells[name] = self._begin()
            self._cells[name].absorb(known)

    def _cell(self, name: str) -> Partial:
        cell = self._cells.get(name)
        return self._begin() if cell is None else cell


@frozen(eq=False)
class Once(RecordStep):
    """Lets one record pass for each cell.

    Attributes:
        values: Those of the index, of the column, and of the cell: what has none of these is
            for no cell.
    """

    memory: Memory = field(default="keyed", init=False)
    releases = True
    shown = False

    label: str = field()
    values: Values
    columns: Columns
    seen: set[Any] = Factory(set)

    def fresh(self) -> RecordStep:
        """A step that has seen none."""
        return Once(self.label, self.values, self.columns)

    def finish(self, tally: StepTally) -> None:
        """Forget them."""
        del tally
        self.seen.clear()

    def each(self, record: Record) -> tuple[Record]:
        """The record."""
        *index, column, _ = self.values.of(record)
        self._look(typed_key(index), column)
        return (record,)

    def write(self, code: StepCode) -> None:
        """A call with the key and the column."""
        *index, column, _ = self.values.write(code)
        code.line(f"{code.bind('look', self._look)}({write_typed(code, index)}, {column})")

    def explain(self, error: Exception, record: Record) -> Exception:
        """Why there is no key."""
        return self.values.explain(error, record)

    def _look(self, key: Any, column: Any) -> None:
        cell = key, self.columns.name(column)
        if cell in self.seen:
            message = (
                "an earlier record is for the same cell; give an aggregation, such as "
                "values=Sum('amount'), or First, to make one value of several"
            )
            raise Unfit("cell", message)
        self.seen.add(cell)


@frozen(eq=False)
class Spread(RecordStep):
    """Puts the cells into the record itself.

    Attributes:
        cells: The field that has them.
    """

    releases = True

    label: str = field()
    cells: str

    def each(self, record: Record) -> tuple[Record]:
        """The record with its cells."""
        record.update(record.pop(self.cells))
        return (record,)

    def write(self, code: StepCode) -> None:
        """One line."""
        code.line(f"record.update(record.pop({code.bind('cells', self.cells)}))")


@frozen(eq=False)
class Widen(StageStep):
    """Puts the cells into the records, and those that other records have.

    Attributes:
        cells: The field that has them.
        inner: Makes the value of an empty cell.
    """

    memory: Memory = field(default="spilling", init=False)

    label: str = field()
    cells: str
    inner: Aggregation
    memory_bytes: int

    def run(self, batches: Iterator[list[Record]]) -> Iterator[list[Record]]:
        """The wide records in their order, once all names are known."""
        names: dict[str, None] = {}
        numbers = count()
        waiting = Sorter(self.label, ByItem(), memory_bytes=self.memory_bytes)
        with closing(waiting):
            for batch in batches:
                waiting.add([(next(numbers), record) for record in batch])
                for record in batch:
                    names.update(dict.fromkeys(record[self.cells]))
            for rows in waiting.rows():
                yield [self._wide(record, names) for _, record in rows]

    def _wide(self, record: Record, names: Iterable[str]) -> Record:
        cells = record.pop(self.cells)
        for name in names:
            record[name] = cells[name] if name in cells else self.inner.begin().result()
        return record
