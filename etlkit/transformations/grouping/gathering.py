"""The two steps of Aggregate: what it takes of each record, and the groups of that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import field, frozen

from etlkit.expressions import Expression
from etlkit.records import Record
from etlkit.transformations.called import Called
from etlkit.transformations.grouping.aggregations import Aggregation
from etlkit.transformations.grouping.groups import Groups
from etlkit.transformations.grouping.shape import Output, Shape
from etlkit.transformations.picking import Values, explained_key
from etlkit.transformations.step import Memory, RecordStep, StageStep
from etlkit.transformations.typed_keys import typed_key, write_typed


if TYPE_CHECKING:
    from etlkit.transformations.step import StepCode

Column: TypeAlias = "tuple[int, bool]"
"""The place of a value among those that are picked, and whether None is one of them."""


def opaque_values(values: Mapping[str, Any]) -> str | None:
    """The functions of the user among keys or outputs, by their names; None without any."""
    found = [
        f"{name}: {Called(one).place}"
        for name, one in values.items()
        if not isinstance(one, Expression | Aggregation)
    ]
    return ", ".join(found) or None


@frozen(eq=False)
class Picked:
    """What is taken of each record.

    Attributes:
        names: The fields of the key.
        values: The values of the key, then those that aggregations take.
        checks: Which aggregation a value has to be fit for, by its place in ``values``.
        columns: What goes to the groups, each once; the place behind all values is that of
            the record itself.
        shape: What is made of it.
    """

    names: tuple[str, ...]
    values: Values
    checks: tuple[tuple[int, Aggregation], ...]
    columns: tuple[Column, ...]
    shape: Shape

    @classmethod
    def of(cls, label: str, keys: Mapping[str, Any], outputs: Mapping[str, Output]) -> Picked:
        """What the outputs of groups by such keys need."""
        taken = {
            output.of.node: output.of
            for output in outputs.values()
            if isinstance(output, Aggregation) and output.of is not None
        }
        places = {node: place for place, node in enumerate(taken, len(keys))}
        whole = len(keys) + len(taken)
        wanted = [_column(output, places, whole) for output in outputs.values()]
        columns = tuple(dict.fromkeys(column for column in wanted if column is not None))
        numbers = [None if one is None else columns.index(one) for one in wanted]
        keeps_nulls = [keeps for _, keeps in columns]
        return cls(
            tuple(keys),
            Values((*keys.values(), *taken.values())),
            _checks(outputs.values(), places),
            columns,
            Shape.of(label, keys, outputs, numbers, keeps_nulls),
        )


def _column(output: Output, places: Mapping[Any, int], whole: int) -> Column | None:
    if not isinstance(output, Aggregation):
        return whole, True
    return None if output.of is None else (places[output.of.node], output.keeps_nulls)


def _checks(
    outputs: Iterable[Output], places: Mapping[Any, int]
) -> tuple[tuple[int, Aggregation], ...]:
    """What has to be looked at, each once; what can be added can be compared, too."""
    found: dict[tuple[int, str], Aggregation] = {}
    for output in outputs:
        if isinstance(output, Aggregation) and output.of is not None:
            found.setdefault((places[output.of.node], output.needs), output)
    return tuple(
        (place, one)
        for (place, needs), one in found.items()
        if needs != "nothing" and not (needs == "order" and (place, "number") in found)
    )


@frozen(eq=False)
class Pick(RecordStep):
    """Puts what the groups need of a record where it waits for them, or lets it fail alone.

    What goes on is the groups themselves, once for each record. In a kernel that may take
    back what became of a record, and in plain Python, it is a tuple of the groups, the key
    and the values, which ``Gather`` then puts there.
    """

    shown = False

    label: str = field()
    picked: Picked
    memory_bytes: int
    groups: Groups = field()

    @groups.default
    def _(self) -> Groups:
        return Groups(self.picked.shape, self.memory_bytes)

    @property
    def opaque(self) -> str | None:
        """The functions that work out the key."""
        return opaque_values(dict(zip(self.picked.names, self.picked.values.given, strict=False)))

    def fresh(self) -> RecordStep:
        """The step with groups of its own."""
        return Pick(self.label, self.picked, self.memory_bytes)

    def each(self, record: Record) -> Any:
        """A tuple of what the groups need."""
        picked = self.picked
        values = picked.values.of(record)
        for place, aggregation in picked.checks:
            aggregation.check(values[place])
        key = typed_key(values[: len(picked.names)])
        taken = [*values, record]
        return ((self.groups, key, *[taken[place] for place, _ in picked.columns]),)

    def write(self, code: StepCode) -> None:
        """Lines that put it where it waits, or that make the tuple."""
        picked = self.picked
        texts = picked.values.write(code)
        for place, aggregation in picked.checks:
            write_check(code, aggregation, texts[place])
        key = write_typed(code, texts[: len(picked.names)])
        columns = [[*texts, "record"][place] for place, _ in picked.columns]
        groups = code.bind("groups", self.groups)
        if code.takes_back:
            code.line(f"record = ({', '.join([groups, key, *columns])}, )")
            return
        code.line(f"key = {key}")
        code.line(f"group = {code.bind('waiting', self.groups.waiting.get)}(key)")
        code.line(f"if group is None: group = {code.bind('begin', self.groups.begin)}(key)")
        if not columns:
            code.line("group[0] += 1")
        for number, (text, (_, keeps_nulls)) in enumerate(
            zip(columns, picked.columns, strict=True), 1
        ):
            _write_waiting(code, number, text, keeps_nulls=keeps_nulls)
        code.line(f"record = {groups}")

    def explain(self, error: Exception, record: Record) -> Exception:
        """In the words of the expression that failed."""
        values, width = self.picked.values, len(self.picked.names)
        return explained_key(values.given[:width], values.explain(error, record), record)


def _write_waiting(code: StepCode, number: int, text: str, *, keeps_nulls: bool) -> None:
    append = f"group[{number}]({text})"
    if keeps_nulls:
        code.line(append)
    elif number == 1:
        code.line(f"if {text} is None: group[0] += 1", f"else: {append}")
    else:
        code.line(f"if {text} is not None: {append}")


def write_check(code: StepCode, aggregation: Aggregation, text: str) -> None:
    """Add the lines that look whether an aggregation can take a value."""
    check = f"{code.bind('check', aggregation.check)}({text})"
    if aggregation.needs == "check":
        code.line(check)
        return
    if aggregation.needs == "hash":
        with code.block(f"if {text}.__class__ is not str:"):
            code.line(check)
        return
    plain = "int" if aggregation.needs == "number" else "str"
    with code.block(f"if {text}.__class__ is float:"):
        code.line(f"if {text} - {text}: {check}")  # true for NaN, and so for infinities
    with code.block(f"elif {text}.__class__ is not {plain} and {text} is not None:"):
        code.line(check)


@frozen(eq=False)
class Gather(StageStep):
    """Makes the records of the groups that ``Pick`` filled."""

    accounting = "merge"
    memory: Memory = field(default="spilling", init=False)

    label: str = field()
    picked: Picked
    memory_bytes: int
    functions: str | None = None
    shown: bool = True

    @property
    def opaque(self) -> str | None:
        """The functions that make outputs."""
        return self.functions

    def run(self, batches: Iterator[list[Record]]) -> Iterator[list[Record]]:
        """One record for each group."""
        groups: Groups | None = None
        try:
            for batch in filter(None, batches):
                groups = groups or _groups_of(batch[0])
                _put(batch, groups)
            if groups is None:
                groups = Groups(self.picked.shape, self.memory_bytes)
                if not self.picked.names:  # as in SQL, there is a total of nothing
                    groups.begin(())
            yield from groups.records()
        finally:
            if groups is not None:
                groups.close()


def _groups_of(made: Any) -> Groups:
    """The groups that what ``Pick`` made of a record belongs to."""
    groups: Groups = made if made.__class__ is Groups else made[0]
    return groups


def _put(batch: list[Any], groups: Groups) -> None:
    """Let what ``Pick`` made of the records of a batch wait, if it does not yet."""
    if batch[0] is not groups:
        for _, key, *values in batch:
            groups.put(key, values)
    groups.hold(len(batch))
