"""Records gone through partition by partition, in order, within a budget of memory.

A row is ``(hash, order ..., number, key ..., value ..., record)``: the hash of the partition
and the values of the order bring rows where they are gone through, their numbers bring the
records back to where they were, the key tells partitions of equal hashes apart, and the
values are those that functions take.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import chain, count, groupby, islice, repeat
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import field, frozen

from etlkit._copying import own_values
from etlkit.records import Record
from etlkit.transformations.grouping.aggregations import Aggregation, Last
from etlkit.transformations.grouping.gathering import write_check
from etlkit.transformations.ordering import OneKind, Order
from etlkit.transformations.picking import Values, explained_key
from etlkit.transformations.positions import Cursor, Lead, Same, WindowFunction
from etlkit.transformations.spilling.runs import Row
from etlkit.transformations.spilling.sorter import ByItem, Sorter
from etlkit.transformations.step import Memory, RecordStep, StageStep
from etlkit.transformations.typed_keys import typed, typed_key, write_typed


if TYPE_CHECKING:
    from etlkit.transformations.step import StepCode

Output: TypeAlias = "Aggregation | WindowFunction"

_HASH = itemgetter(0)
_AT_ONCE = 1024
_ONE_KEY = 2
"""The place of the number of a record behind a single value of the order."""

_NOTHING = object()


@frozen(eq=False)
class Layout:
    """Where everything stands in a row.

    Attributes:
        keys: What tells partitions apart.
        order: What is compared inside of a partition.
        taken: What functions take.
        outputs: The new fields.
    """

    keys: tuple[Any, ...]
    order: tuple[Any, ...]
    taken: tuple[Any, ...]
    outputs: Mapping[str, Output]

    @classmethod
    def of(
        cls, keys: tuple[Any, ...], order: tuple[Any, ...], outputs: Mapping[str, Output]
    ) -> Layout:
        """The layout with each value once that functions take."""
        taken = {one.of.node: one.of for one in outputs.values() if one.of is not None}
        return cls(keys, order, tuple(taken.values()), outputs)

    @property
    def values(self) -> Values:
        """All that is worked out from a record."""
        return Values((*self.order, *self.keys, *self.taken))

    @property
    def number(self) -> int:
        """The place of the number of a record."""
        return 1 + len(self.order)

    def parts(self, rows: Iterator[Row]) -> Iterator[tuple[Any, list[Row]]]:
        """Rows of one hash, some of a partition at a time, with what tells that apart."""
        while some := list(islice(rows, _AT_ONCE)):
            keys = self._keys_of(some)
            if keys.count(keys[0]) == len(keys):
                yield keys[0], some
                continue
            parts: defaultdict[Any, list[Row]] = defaultdict(list)
            for key, row in zip(keys, some, strict=True):
                parts[key].append(row)
            yield from parts.items()

    def _keys_of(self, rows: list[Row]) -> list[Any]:
        first, count = self.number + 1, len(self.keys)
        if count == 1:
            values = [row[first] for row in rows]
            return [value if value.__class__ is str else typed(value) for value in values]
        return [typed_key(list(row[first : first + count])) for row in rows]

    def place(self, output: Output) -> int:
        """The place of what an output takes; for one that takes nothing that of the number."""
        if output.of is None:
            return self.number
        nodes = [one.node for one in self.taken]
        return self.number + 1 + len(self.keys) + nodes.index(output.of.node)

    def is_whole(self, output: Output) -> bool:
        """Whether an output needs its whole partition before the first record can go on."""
        running = bool(self.order) and not isinstance(output, Last)
        return isinstance(output, Aggregation) and not running


@frozen(eq=False)
class Rows(RecordStep):
    """Makes a row of a record, or lets it fail alone; only ``Windowed`` understands the row."""

    shown = False

    label: str = field()
    layout: Layout
    numbers: Iterator[int] = field(factory=count)
    kinds: tuple[OneKind, ...] = field()

    @kinds.default
    def _(self) -> tuple[OneKind, ...]:
        return tuple(map(OneKind, self.layout.order))

    @property
    def opaque(self) -> str | None:
        """Where the functions are written that tell partitions apart."""
        return Values(self.layout.keys).opaque

    def fresh(self) -> RecordStep:
        """A step that begins to count, and does not know yet of what kind the order is."""
        return Rows(self.label, self.layout)

    def each(self, record: Record) -> Any:
        """The row."""
        values = self.layout.values.of(record)
        for kind, value in zip(self.kinds, values, strict=False):
            kind.check(value)
        for place, aggregation in self._checks():
            aggregation.check(values[place])
        order, keys, taken = self._split(values)
        key = hash(typed_key(keys)) if keys else 0
        return ((key, *order, next(self.numbers), *keys, *taken, record),)

    def write(self, code: StepCode) -> None:
        """The lines of the values, looks at their classes, and a tuple."""
        texts = self.layout.values.write(code)
        for kind, text in zip(self.kinds, texts, strict=False):
            kind.write(code, text)
        for place, aggregation in self._checks():
            write_check(code, aggregation, texts[place])
        order, keys, taken = self._split(texts)
        key = f"hash({write_typed(code, keys)})" if keys else "0"
        number = f"next({code.bind('numbers', self.numbers)})"
        code.line(f"record = ({', '.join([key, *order, number, *keys, *taken, 'record'])})")

    def explain(self, error: Exception, record: Record) -> Exception:
        """The value that could not be worked out, and why."""
        told = self.layout.values.explain(error, record)
        return explained_key(self.layout.keys, told, record)

    def _checks(self) -> list[tuple[int, Aggregation]]:
        """Which aggregation a value has to be fit for, by its place among the values."""
        before = len(self.layout.order) + len(self.layout.keys)
        nodes = [one.node for one in self.layout.taken]
        found = {
            (before + nodes.index(one.of.node), one.needs): one
            for one in self.layout.outputs.values()
            if isinstance(one, Aggregation) and one.of is not None and one.needs != "nothing"
        }
        return [(place, one) for (place, _), one in found.items()]

    def _split(self, values: list[Any]) -> tuple[list[Any], list[Any], list[Any]]:
        order = len(self.layout.order)
        keys = order + len(self.layout.keys)
        return values[:order], values[order:keys], values[keys:]


@frozen(eq=False)
class Windowed(StageStep):
    """Goes through the rows of each partition in order, and gives the records as they came."""

    memory: Memory = field(default="spilling", init=False)

    label: str = field()
    layout: Layout
    order: Order
    memory_bytes: int

    def run(self, batches: Iterator[list[Record]]) -> Iterator[list[Record]]:
        """The records with the new fields."""
        rows = Sorter(self.label, self.order, memory_bytes=self.memory_bytes)
        back = Sorter(self.label, ByItem(), memory_bytes=self.memory_bytes)
        with closing(rows), closing(back):
            for batch in batches:
                given: list[Any] = batch
                rows.add(given)
            for made in self._made(rows):
                back.add(made)
            rows.close()
            for made in back.rows():
                yield [record for _, record in made]

    def _made(self, rows: Sorter) -> Iterator[list[Row]]:
        """Numbers and records, some at a time."""
        whole = self._whole(rows) if any(map(self.layout.is_whole, self._outputs())) else repeat({})
        done: list[Row] = []
        for results, group in zip(whole, _by_hash(rows), strict=False):
            partitions: dict[Any, _Partition] = {}
            for key, part in self.layout.parts(group):
                if key not in partitions:
                    partitions[key] = _Partition(self.label, self.layout, results.get(key, {}))
                partitions[key].take(part, done)
                if len(done) >= _AT_ONCE:
                    yield done
                    done = []
            for partition in partitions.values():
                partition.end(done)
        yield done

    def _whole(self, rows: Sorter) -> Iterator[dict[Any, dict[str, Any]]]:
        """For partitions of one hash after the other what is made of each as a whole."""
        for group in _by_hash(rows):
            wholes: dict[Any, _Whole] = {}
            for key, part in self.layout.parts(group):
                if key not in wholes:
                    wholes[key] = _Whole(self.label, self.layout)
                wholes[key].add(part)
            yield {key: whole.results() for key, whole in wholes.items()}

    def _outputs(self) -> Iterable[Output]:
        return self.layout.outputs.values()


def _by_hash(rows: Sorter) -> Iterator[Iterator[Row]]:
    """The rows of one hash after the other; they are those of a partition, or rarely of two."""
    for _, group in groupby(chain.from_iterable(rows.rows()), _HASH):
        yield group


class _Whole:
    """What is known of a partition as a whole."""

    __slots__ = ("_label", "_parts")

    def __init__(self, label: str, layout: Layout) -> None:
        self._label = label
        self._parts = [
            (name, layout.place(output), _keeps_nulls(output), output.begin())
            for name, output in layout.outputs.items()
            if isinstance(output, Aggregation) and layout.is_whole(output)
        ]

    def add(self, rows: list[Row]) -> None:
        """Take further rows."""
        for name, place, keeps_nulls, running in self._parts:
            values = [row[place] for row in rows if keeps_nulls or row[place] is not None]
            if values:
                with _telling(self._label, name):
                    running.add(values)

    def results(self) -> dict[str, Any]:
        """The values by the names of the outputs."""
        found = {}
        for name, _, _, running in self._parts:
            with _telling(self._label, name):
                found[name] = running.result()
        return found


class _Partition:
    """Goes through the rows of one partition, some at a time."""

    __slots__ = ("_before", "_cursors", "_held", "_label", "_leads", "_most", "_number")

    def __init__(self, label: str, layout: Layout, whole: Mapping[str, Any]) -> None:
        self._label = label
        self._number = layout.number
        self._before: Any = _NOTHING
        self._cursors: list[tuple[str, int, Cursor]] = []
        self._leads: list[tuple[str, int, int]] = []
        self._held: list[tuple[int, Record]] = []
        for name, output in layout.outputs.items():
            place = layout.place(output)
            cursor = Same(whole[name]) if name in whole else _cursor(output)
            self._cursors.append((name, place, cursor))
            if isinstance(output, Lead):
                self._leads.append((name, place, output.n))
        self._most = max((n for _, _, n in self._leads), default=0)

    def take(self, rows: list[Row], done: list[Row]) -> None:
        """Take further rows; what is done goes on."""
        records = [{**row[-1]} for row in rows]
        equal = self._equal(rows)
        for name, place, cursor in self._cursors:
            with _telling(self._label, name):
                made = cursor.take([row[place] for row in rows], equal)
            for record, value in zip(records, made, strict=True):
                record[name] = value
        number = self._number
        numbers = [row[number] for row in rows]
        if not self._leads:
            done += zip(numbers, records, strict=True)
            return
        self._held += zip(numbers, records, strict=True)
        self._give_back(rows)
        done += self._held[: -self._most]
        del self._held[: -self._most]

    def end(self, done: list[Row]) -> None:
        """What waited for further rows goes on."""
        done += self._held

    def _equal(self, rows: list[Row]) -> list[bool]:
        """For each whether it is equal in the order to the one before it."""
        number = self._number
        orders = [row[1:number] for row in rows] if number != _ONE_KEY else [row[1] for row in rows]
        equal = [
            one == before for one, before in zip(orders, [self._before, *orders], strict=False)
        ]
        self._before = orders[-1]
        return equal

    def _give_back(self, rows: list[Row]) -> None:
        """Give the values of rows to those that wait for them."""
        for name, place, n in self._leads:
            first = len(self._held) - len(rows) - n
            waiting = self._held[max(first, 0) :]
            values = own_values([row[place] for row in rows[max(-first, 0) :]])
            for (_, record), value in zip(waiting, values, strict=False):
                record[name] = value


class _Accumulating:
    """What an aggregation makes of the values up to a record, and of its own."""

    __slots__ = ("_keeps_nulls", "_running")

    def __init__(self, aggregation: Aggregation) -> None:
        self._keeps_nulls = _keeps_nulls(aggregation)
        self._running = aggregation.begin()

    def take(self, values: list[Any], equal: list[bool]) -> list[Any]:
        del equal
        add, result, keeps_nulls = self._running.add, self._running.result, self._keeps_nulls
        made = []
        for value in values:
            if keeps_nulls or value is not None:
                add((value,))
            made.append(result())
        return own_values(made)


def _cursor(output: Output) -> Cursor:
    return _Accumulating(output) if isinstance(output, Aggregation) else output.begin()


def _keeps_nulls(aggregation: Aggregation) -> bool:
    """Whether it takes None; one that takes nothing of a record counts each."""
    return aggregation.keeps_nulls or aggregation.of is None


@contextmanager
def _telling(label: str, name: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        _tell(error, label, name)
        raise


def _tell(error: Exception, label: str, name: str) -> None:
    error.add_note(f"in step {label}, output {name!r}")
