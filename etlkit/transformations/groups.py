"""Aggregate: records into groups, one record for each group."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import field, frozen

from etlkit._words import missing_field, shown
from etlkit.errors import ConfigurationError
from etlkit.records import Record, Unfit
from etlkit.transformations.step import Memory, RecordStep, StageStep, Step


if TYPE_CHECKING:
    from etlkit.transformations.step import StepCode

Keys: TypeAlias = Mapping[str, Callable[[Record], Any]]
Outputs: TypeAlias = Mapping[str, Callable[[list[Record]], Any]]


class Aggregate(Step):
    """Make one record of each group of records.

    Groups come out in the order in which they were first seen. Keys that Python takes
    for equal although they differ in type (1, 1.0 and True) are different groups, and
    None is a group of its own. A record whose key cannot be worked out is rejected by
    itself, with its bytes.

    Args:
        by: A field, a list of fields, or a dict of new field names and functions that
            take a record and return a value.
        outputs: New fields, each with a function that takes the list of records of a
            group and returns a value.

    Example:
        >>> Aggregate(
        ...     "state", cases=len, worst=lambda group: max(r["severity"] for r in group)
        ... ).apply([{"state": "CA", "severity": 2}, {"state": "CA", "severity": 4}])
        [{'state': 'CA', 'cases': 2, 'worst': 4}]
    """

    memory: Memory = "materialising"

    def __init__(
        self,
        by: str | Iterable[str] | Keys,
        *,
        name: str | None = None,
        **outputs: Callable[[list[Record]], Any],
    ) -> None:
        self._keys = _keys(by)
        self._outputs = _checked(outputs, self._keys)
        self._name = _checked_name(name)

    def __repr__(self) -> str:
        return f"Aggregate({list(self._keys)!r}, {', '.join(self._outputs)})"

    @property
    def label(self) -> str:
        """The name, or ``Aggregate(by fields)``."""
        return self._name or f"Aggregate(by {', '.join(self._keys)})"

    @property
    def opaque(self) -> str:
        """The functions are the user's."""
        return f"functions for {', '.join(self._outputs)}" if self._outputs else "no functions"

    def parts(self) -> tuple[RecordStep | StageStep, ...]:
        """Working out the key, which a record may fail alone, and then the grouping."""
        return (
            _HasKey(f"{self.label}: key", self._keys),
            _Group(self.label, self._outputs),
        )


def _keys(by: object) -> Keys:
    names = [by] if isinstance(by, str) else by
    if isinstance(names, Iterable):
        fields = list(names)
        if fields and all(isinstance(name, str) for name in fields):
            if isinstance(by, Mapping):
                return _checked(by, {})
            return {name: _Field(name) for name in fields}
    message = (
        "Aggregate groups by a field, a list of fields, or a dict of names and functions, "
        f"got {shown(by)}"
    )
    raise ConfigurationError(message)


def _checked(functions: Mapping[str, Any], taken: Mapping[str, object]) -> Mapping[str, Any]:
    for name, function in functions.items():
        if not callable(function):
            message = f"Aggregate: {name!r} needs a function, got {shown(function)}"
            raise ConfigurationError(message)
        if name in taken:
            message = f"Aggregate: {name!r} is already the name of a field it groups by"
            raise ConfigurationError(message)
    return dict(functions)


def _checked_name(name: object) -> str | None:
    if name is None or isinstance(name, str):
        return name
    message = (
        f"Aggregate: name is what messages call the step, got {shown(name)}; "
        "an output needs another name"
    )
    raise ConfigurationError(message)


@frozen
class _Field:
    """The value of a field, which has to be there."""

    name: str

    def __call__(self, record: Record) -> Any:
        try:
            return record[self.name]
        except KeyError:
            raise Unfit("step", missing_field(self.name, record)) from None


def _identity(key: Record) -> tuple[Any, ...]:
    """What tells groups apart: the values with their types, since 1 == 1.0 == True."""
    return tuple([_typed(value) for value in key.values()])


def _typed(value: Any) -> tuple[type, Any]:
    inside = tuple(map(_typed, value)) if isinstance(value, tuple) else value
    return value.__class__, inside


@frozen
class _HasKey(RecordStep):
    """Lets a record fail alone when its key cannot be worked out or hashed.

    The functions of the key are called here and nowhere else, so the key goes on to
    ``_Group`` together with the record.
    """

    shown = False

    label: str = field()
    keys: Keys

    def each(self, record: Record) -> tuple[Record]:
        return (self._keyed(record),)

    def write(self, code: StepCode) -> None:
        code.line(f"record = {code.bind('keyed', self._keyed)}(record)")

    def _keyed(self, record: Record) -> Record:
        key = {name: function(record) for name, function in self.keys.items()}
        hash(_identity(key))
        return {"key": key, "record": record}


@frozen
class _Group(StageStep):
    """Takes what ``_HasKey`` made, group by group."""

    accounting = "merge"
    memory: Memory = field(default="materialising", init=False)

    label: str = field()
    outputs: Outputs

    def run(self, batches: Iterator[list[Record]]) -> Iterator[list[Record]]:
        groups: dict[tuple[Any, ...], tuple[Record, list[Record]]] = {}
        for batch in batches:
            for keyed in batch:
                key = keyed["key"]
                groups.setdefault(_identity(key), (key, []))[1].append(keyed["record"])
        yield [
            self._made(number, key, group) for number, (key, group) in enumerate(groups.values(), 1)
        ]

    def _made(self, number: int, key: Record, group: list[Record]) -> Record:
        made = dict(key)
        for name, function in self.outputs.items():
            try:
                made[name] = function(group)
            except Exception as error:
                # told by its number: the key of a group may be a sensitive value
                error.add_note(f"in step {self.label}, output {name!r} of group {number}")
                raise
        return made
