"""Map and FlatMap: one record becomes one other, or any number of others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from attrs import field, frozen

from etlkit.records import Record, Unfit, own
from etlkit.transformations.called import Called
from etlkit.transformations.mistakes import function_of_record
from etlkit.transformations.verbs import Verb


if TYPE_CHECKING:
    from etlkit.transformations.step import StepCode


@frozen(repr=False)
class Map(Verb):
    """Replace each record by what a function makes of it.

    The function gets a dict that it may change in place, and returns the record, which
    then belongs to the run: to keep a dict for later, return a copy of it. An exception
    that it raises is the record's failure.

    Attributes:
        func: Takes a record, returns a record.
        name: What messages and counts call the step; by default the function's name.

    Example:
        >>> Map(lambda record: {**record, "total": record["price"] * record["n"]}).apply(
        ...     [{"price": 2, "n": 3}]
        ... )
        [{'price': 2, 'n': 3, 'total': 6}]
    """

    takes = "func"

    func: Callable[[Record], Record] = field()
    name: str | None = field(default=None, kw_only=True)
    _called: Called = field(init=False, repr=False, eq=False)

    @_called.default
    def _(self) -> Called:
        return Called(function_of_record("Map", self.func))

    @property
    def label(self) -> str:
        """The name, or ``Map(function)``."""
        return self.name or f"Map({self._called.name})"

    @property
    def opaque(self) -> str:
        """Where the function is written."""
        return self._called.place

    def each(self, record: Record) -> tuple[Record]:
        """The one record that the function returns.

        Raises:
            Unfit: It returned something else.
        """
        made = self.func(record)
        return (made if made.__class__ is dict else self._as_record(made),)

    def write(self, code: StepCode) -> None:
        """One call, and one look at the type of what it returned."""
        code.line(f"record = {code.bind('map', self.func)}(record)")
        with code.block("if record.__class__ is not dict:"):
            code.line(f"record = {code.bind('as_record', self._as_record)}(record)")

    def _as_record(self, value: object) -> Record:
        return as_record(value, self.label, _instead(value))


@frozen(repr=False)
class FlatMap(Verb):
    """Replace each record by the records that a function makes of it: none, one or more.

    The source record stays one unit: when one of its results fails in a later step, the
    source record is rejected and its other results are taken back. Results are copied,
    so a function may yield the same dict again and again and change it in between.

    Attributes:
        func: Takes a record, returns an iterable of records.
        name: What messages and counts call the step; by default the function's name.

    Example:
        >>> split = FlatMap(lambda record: [{"tag": tag} for tag in record["tags"]])
        >>> split.apply([{"tags": ["a", "b"]}, {"tags": []}])
        [{'tag': 'a'}, {'tag': 'b'}]
    """

    fans_out = True
    takes = "func"
    makes = "none, one or more records"
    counts_as = "filtered, or produced"

    func: Callable[[Record], Iterable[Record]] = field()
    name: str | None = field(default=None, kw_only=True)
    _called: Called = field(init=False, repr=False, eq=False)

    @_called.default
    def _(self) -> Called:
        return Called(function_of_record("FlatMap", self.func))

    @property
    def label(self) -> str:
        """The name, or ``FlatMap(function)``."""
        return self.name or f"FlatMap({self._called.name})"

    @property
    def opaque(self) -> str:
        """Where the function is written."""
        return self._called.place

    def each(self, record: Record) -> Iterable[Record]:
        """The records that the function returns.

        Raises:
            Unfit: It returned no iterable, or one with something else in it.
        """
        # no generator: it would turn a StopIteration of the function into a RuntimeError
        return map(self._one, self._results(self.func(record)))

    def write(self, code: StepCode) -> None:
        """A loop around the rest of the chain."""
        call = f"{code.bind('flat_map', self.func)}(record)"
        code.fan_out(f"{code.bind('results', self._results)}({call})")
        with code.block("if record.__class__ is not dict:"):
            code.line(f"record = {code.bind('as_record', self._as_record)}(record)")
        code.line(f"record = {code.bind('own', own)}(record)")

    def _results(self, results: object) -> Iterable[Record]:
        if isinstance(results, (dict, str, bytes)) or not isinstance(results, Iterable):
            what = "one record" if isinstance(results, dict) else type(results).__name__
            message = (
                f"{self.label} returned {what} instead of a list of records; "
                "return [] for none and [record] for one"
            )
            raise Unfit("step", message)
        return results

    def _one(self, made: Record) -> Record:
        copy: Record = own(made if made.__class__ is dict else self._as_record(made))
        return copy

    def _as_record(self, value: object) -> Record:
        return as_record(value, self.label)


def as_record(value: object, label: str, hint: str = "") -> Record:
    """A record from what a function returned.

    Args:
        value: What it returned.
        label: The step.
        hint: What to write instead.

    Raises:
        Unfit: It is no dict.
    """
    if isinstance(value, dict):
        return dict(value)
    kind = "None" if value is None else type(value).__name__
    message = f"{label} returned {kind} instead of a record (a dict){hint}"
    raise Unfit("step", message)


def _instead(value: object) -> str:
    """What a function that returned something else was perhaps meant to be."""
    if value is None:
        return (
            "; to change the record in place, end the function with 'return record'; a lambda "
            "makes a new one: {**record, 'name': value}"
        )
    if isinstance(value, bool):
        return "; Filter(...) keeps the records for which a function is true"
    if isinstance(value, (list, tuple)):
        return "; FlatMap(...) makes several records of one"
    if isinstance(value, (str, int, float)):
        return "; Derive(name=...) gives records a field with this value"
    return ""
