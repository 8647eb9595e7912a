"""Aggregate: records into groups, one record for each group."""

from __future__ import annotations

from abc import ABCMeta
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import field, frozen

from etlkit._words import shown
from etlkit.errors import ConfigurationError
from etlkit.expressions import Expression
from etlkit.records import Record
from etlkit.transformations.aggregations import Aggregation, Count, Running
from etlkit.transformations.picking import (
    Given,
    Values,
    named_values,
    typed_key,
    write_typed,
)
from etlkit.transformations.stage_verbs import StageVerb, by_as_data, without_defaults
from etlkit.transformations.step import Called, Memory, RecordStep, StageStep


if TYPE_CHECKING:
    from etlkit.transformations.step import StepCode

Output: TypeAlias = "Aggregation | Callable[[list[Record]], Any]"

_HELD = 16_384
"""Records whose values wait to be added to their groups, all of a group at once."""

_BATCH = 4096
"""Groups that come out at once."""


class Aggregate(StageVerb):
    """Make one record of each group of records.

    Groups come out in the order in which they were first seen. Keys that Python takes
    for equal although they differ in type (1, 1.0 and True) are different groups, and
    None is a group of its own. A record whose key cannot be worked out, or whose value an
    aggregation cannot take, is rejected by itself, with its bytes.

    What is kept of each group is what its aggregations need: a number or two for ``Count``,
    ``Sum``, ``Mean``, ``Min``, ``Max``, ``First`` and ``Last``. The others keep values, and
    a function of your own all records of the group; ``len`` is taken for ``Count()``.

    Args:
        by: A field, a list of fields, or a dict of new field names and expressions (or
            functions that take a record and return a value).
        outputs: New fields, each with an aggregation such as ``Sum("amount")``, or with a
            function that takes the list of records of a group and returns a value.

    Example:
        >>> from etlkit.transformations import Count, Max
        >>> Aggregate("state", cases=Count(), worst=Max("severity")).apply(
        ...     [{"state": "CA", "severity": 2}, {"state": "CA", "severity": 4}]
        ... )
        [{'state': 'CA', 'cases': 2, 'worst': 4}]
    """

    arguments = ("by", "name", "outputs")
    memory: Memory = "keyed"
    sees = "all records"
    makes = "one record for each group"
    counts_as = "merged and produced"

    def __init__(
        self,
        by: str | Expression | Iterable[str | Expression] | Mapping[str, Given],
        *,
        name: str | None = None,
        **outputs: Output,
    ) -> None:
        self._keys = named_values(by, "Aggregate", "groups")
        self._outputs = _checked(outputs, self._keys)
        self._name = _checked_name(name)
        memories: set[str] = {_memory(output) for output in self._outputs.values()}
        self.memory = "materialising" if "materialising" in memories else "keyed"
        settings = {"by": by_as_data(self._keys), "name": name, "outputs": dict(self._outputs)}
        self.given = without_defaults(settings, {"name": None})

    @classmethod
    def of_settings(cls, settings: Mapping[str, Any]) -> Aggregate:
        """The verb of arguments by name; the outputs are a dict."""
        more = dict(settings)
        return cls(more.pop("by"), name=more.pop("name", None), **more.pop("outputs", {}))

    def __repr__(self) -> str:
        return f"Aggregate({list(self._keys)!r}, {', '.join(self._outputs)})"

    @property
    def label(self) -> str:
        """The name, or ``Aggregate(by fields)``."""
        return self._name or f"Aggregate(by {', '.join(self._keys)})"

    @property
    def opaque(self) -> str | None:
        """The functions of the user, by the names of the fields that they make."""
        return _opaque({**self._keys, **self._outputs})

    def parts(self) -> tuple[RecordStep | StageStep, ...]:
        """Picking the values, which a record may fail alone, and then the grouping."""
        picked = _Picked.of(self._keys, self._outputs)
        return (
            _Pick(f"{self.label}: key", picked),
            _Group(self.label, picked, self._outputs, self.memory),
        )


def _memory(output: Output) -> Memory:
    return output.memory if isinstance(output, Aggregation) else "materialising"


def _checked(outputs: Mapping[str, Any], keys: Mapping[str, object]) -> Mapping[str, Output]:
    for name, output in outputs.items():
        if not _is_output(output):
            hint = f"; write {output.__name__}(...)" if output.__class__ is ABCMeta else ""
            message = (
                f"Aggregate: {name!r} needs an aggregation such as Sum('amount'), or a function "
                f"of a list of records, got {shown(output)}{hint}"
            )
            raise ConfigurationError(message)
        if name in keys:
            message = f"Aggregate: {name!r} is already the name of a field it groups by"
            raise ConfigurationError(message)
    return {name: Count() if output is len else output for name, output in outputs.items()}


def _is_output(given: object) -> bool:
    if isinstance(given, Aggregation):
        return True
    # an expression can be called, to say what is wrong with that
    return callable(given) and not isinstance(given, Expression | ABCMeta)


def _checked_name(name: object) -> str | None:
    if name is None or isinstance(name, str):
        return name
    message = (
        f"Aggregate: name is what messages call the step, got {shown(name)}; "
        "an output needs another name"
    )
    raise ConfigurationError(message)


def _opaque(values: Mapping[str, Any]) -> str | None:
    found = [
        f"{name}: {Called(one).place}"
        for name, one in values.items()
        if not isinstance(one, Expression | Aggregation)
    ]
    return ", ".join(found) or None


@frozen(eq=False)
class _Picked:
    """What is taken of each record: ``(key, value, ..., record)``.

    Attributes:
        names: The fields of the key.
        values: The values of the key, then those that aggregations take.
        checks: Which aggregation a value has to be fit for, by its place in ``values``.
        places: Where the value of each output stands in what is taken; for an output that
            takes none that of the key.
        whole: The record itself is taken, too, as the last item.
    """

    names: tuple[str, ...]
    values: Values
    checks: tuple[tuple[int, Aggregation], ...]
    places: tuple[int, ...]
    whole: bool

    @classmethod
    def of(cls, keys: Mapping[str, Any], outputs: Mapping[str, Output]) -> _Picked:
        taken = [output for output in outputs.values() if isinstance(output, Aggregation)]
        columns = {one.of.node: one.of for one in taken if one.of is not None}
        order = {node: place for place, node in enumerate(columns)}
        checks = {
            (len(keys) + order[one.of.node], one.needs): one
            for one in taken
            if one.of is not None and one.needs != "nothing"
        }
        places = tuple(
            len(columns) + 1
            if not isinstance(output, Aggregation)
            else (0 if output.of is None else 1 + order[output.of.node])
            for output in outputs.values()
        )
        return cls(
            tuple(keys),
            Values((*keys.values(), *columns.values())),
            tuple((place, one) for (place, _), one in checks.items()),
            places,
            len(taken) < len(outputs),
        )


@frozen(eq=False)
class _Pick(RecordStep):
    """Takes of a record what the groups need, or lets it fail alone.

    What goes on is a tuple, which only ``_Group`` understands.
    """

    shown = False

    label: str = field()
    picked: _Picked

    @property
    def opaque(self) -> str | None:
        keys = dict(zip(self.picked.names, self.picked.values.given, strict=False))
        return _opaque(keys)

    def each(self, record: Record) -> Any:
        picked = self.picked
        values = picked.values.of(record)
        for place, aggregation in picked.checks:
            aggregation.check(values[place])
        count = len(picked.names)
        last = (record,) if picked.whole else ()
        return ((typed_key(values[:count]), *values[count:], *last),)

    def write(self, code: StepCode) -> None:
        picked = self.picked
        texts = picked.values.write(code)
        for place, aggregation in picked.checks:
            write_check(code, aggregation, texts[place])
        key = write_typed(code, texts[: len(picked.names)])
        last = ["record"] if picked.whole else []
        others = "".join(f"{text}, " for text in [*texts[len(picked.names) :], *last])
        code.line(f"record = ({key}, {others})")

    def explain(self, error: Exception, record: Record) -> Exception:
        return self.picked.values.explain(error, record)


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
class _Group(StageStep):
    """Takes what ``_Pick`` made, group by group.

    The values of some ten thousand records are sorted into their groups before they are
    added there, all of a group in one call, which is faster than one by one.
    """

    accounting = "merge"

    label: str = field()
    picked: _Picked
    outputs: Mapping[str, Output]
    memory: Memory = field(default="keyed")
    _columns: tuple[tuple[int, bool], ...] = field(init=False)

    @_columns.default
    def _(self) -> tuple[tuple[int, bool], ...]:
        """For each output the place of its values, and whether None is one of them."""
        kept = [getattr(output, "keeps_nulls", True) for output in self.outputs.values()]
        places = self.picked.places
        return tuple((place, not place or keeps) for place, keeps in zip(places, kept, strict=True))

    @property
    def opaque(self) -> str | None:
        return _opaque(self.outputs)

    def run(self, batches: Iterator[list[Record]]) -> Iterator[list[Record]]:
        groups: dict[Any, list[Running]] = {}
        pending: defaultdict[Any, list[Any]] = defaultdict(list)
        held = 0
        for batch in batches:
            for taken in batch:
                pending[taken[0]].append(taken)  # type: ignore[index]  # a tuple of _Pick's
            held += len(batch)
            if held >= _HELD:
                self._add(pending, groups)
                held = 0
        self._add(pending, groups)
        yield from self._made(groups)

    def _add(self, pending: defaultdict[Any, list[Any]], groups: dict[Any, list[Running]]) -> None:
        """Add what waits to its groups."""
        for key, taken in pending.items():
            group = groups.get(key)
            if group is None:
                group = groups[key] = [_begin(output) for output in self.outputs.values()]
            columns: dict[tuple[int, bool], list[Any]] = {}
            for running, name, column in zip(group, self.outputs, self._columns, strict=True):
                values = columns.get(column)
                if values is None:
                    values = columns[column] = _column(taken, *column)
                if values:
                    try:
                        running.add(values)
                    except Exception as error:
                        self._note(error, name, list(groups).index(key) + 1)
                        raise
        pending.clear()

    def _made(self, groups: dict[Any, list[Running]]) -> Iterator[list[Record]]:
        made: list[Record] = []
        for number, (key, group) in enumerate(groups.items(), 1):
            record = self._key(key)
            for name, running in zip(self.outputs, group, strict=True):
                try:
                    record[name] = running.result()
                except Exception as error:
                    self._note(error, name, number)
                    raise
            made.append(record)
            if len(made) == _BATCH:
                yield made
                made = []
        yield made

    def _key(self, key: Any) -> Record:
        names = self.picked.names
        if len(names) == 1:
            return {names[0]: _plain(key)}
        return dict(zip(names, map(_plain, key), strict=True))

    def _note(self, error: Exception, name: str, number: int) -> None:
        # told by its number: the key of a group may be a sensitive value
        error.add_note(f"in step {self.label}, output {name!r} of group {number}")


def _column(taken: list[Any], place: int, keeps_nulls: bool) -> list[Any]:  # noqa: FBT001 -- a part of a key
    """The values at one place of what was taken of the records of a group."""
    if keeps_nulls:
        return taken if place == 0 else [each[place] for each in taken]
    return [value for each in taken if (value := each[place]) is not None]


def _plain(value: Any) -> Any:
    """The value that ``typed`` made this of."""
    if value.__class__ is not tuple:
        return value
    kind, inside = value
    if kind is tuple:
        return tuple(map(_plain, inside))
    return kind(inside) if inside == "nan" and kind is not str else inside


def _begin(output: Output) -> Running:
    return output.begin() if isinstance(output, Aggregation) else _Whole(output)


class _Whole:
    """All records of a group, for a function of the user's."""

    __slots__ = ("_function", "_records")

    def __init__(self, function: Callable[[list[Record]], Any]) -> None:
        self._function = function
        self._records: list[Record] = []

    def add(self, values: Iterable[Record]) -> None:
        self._records.extend(values)

    def result(self) -> Any:
        return self._function(self._records)
