"""Transformation: a function of the user as a step, over a record, a batch or everything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, get_args

from attrs import field, frozen

from etlkit._words import did_you_mean, shown
from etlkit.errors import ConfigurationError, DataError
from etlkit.records import Record, own
from etlkit.transformations.called import Called, without_result
from etlkit.transformations.maps import Map
from etlkit.transformations.mistakes import mistake
from etlkit.transformations.step import Memory, StageStep, Step


if TYPE_CHECKING:
    from etlkit.transformations.step import RecordStep

Scope = Literal["dataset", "batch", "record"]


@frozen
class Transformation(Step):
    """A function of yours as a step.

    ``func(records, **config)`` gets a list of all records of the run and returns an
    iterable of records. With ``scope="batch"`` it gets the records of one batch (about
    128 KiB of input) at a time, with ``scope="record"`` one record, and returns one.

    Prefer ``scope="record"`` where you can: only then is a failure the failure of one
    record, which can be set aside; and the run needs no memory for all of them.

    Attributes:
        name: What messages and counts call the step.
        func: The function. It may change the records it gets.
        config: Keyword arguments for every call.
        scope: What it sees: ``"dataset"``, ``"batch"`` or ``"record"``.

    Example:
        >>> def top(records, n):
        ...     return sorted(records, key=lambda record: -record["amount"])[:n]
        >>> Transformation("top", top, {"n": 1}).apply([{"amount": 1}, {"amount": 5}])
        [{'amount': 5}]
    """

    name: str = field()
    func: Callable[..., Any]
    config: Mapping[str, Any] | None = None
    scope: Scope = field(default="dataset", kw_only=True)
    _called: Called = field(init=False, repr=False, eq=False)

    @_called.default
    def _(self) -> Called:
        return Called(self.func)

    @name.validator
    def _check_name(self, _: object, value: object) -> None:
        if not isinstance(value, str) or not value:
            message = f"a Transformation needs a name, got {shown(value)}"
            raise ConfigurationError(message)

    def __attrs_post_init__(self) -> None:
        if (wrong := without_result(self.func)) is not None:
            message = f"Transformation {self.name!r}: {wrong}"
            raise mistake(message)
        if self.scope not in get_args(Scope):
            hint = did_you_mean(str(self.scope), get_args(Scope))
            message = f"scope is 'dataset', 'batch' or 'record', got {shown(self.scope)}{hint}"
            raise ConfigurationError(message)
        if self.config is not None and not _is_config(self.config):
            message = (
                f"Transformation {self.name!r}: config is a dict of keyword arguments for the "
                f"function, got {shown(self.config)}"
            )
            raise ConfigurationError(message)

    @property
    def label(self) -> str:
        """The name."""
        return self.name

    @property
    def memory(self) -> Memory:  # type: ignore[override]  # depends on the scope
        """``materialising`` over the dataset, otherwise ``streaming``."""
        return "materialising" if self.scope == "dataset" else "streaming"

    @property
    def opaque(self) -> str:
        """Where the function is written."""
        return self._called.place

    def parts(self) -> tuple[RecordStep | StageStep, ...]:
        """A map for the scope of one record, otherwise a step that ends a stage."""
        func = partial(self.func, **self.config) if self.config else self.func
        if self.scope == "record":
            return (Map(func, name=self.name),)
        return (_Opaque(self, func, self.scope == "dataset"),)


def _is_config(given: object) -> bool:
    return isinstance(given, Mapping) and all(isinstance(name, str) for name in given)


@frozen
class _Opaque(StageStep):
    """A function over several records, which nobody can look into."""

    step: Transformation
    func: Callable[[list[Record]], Iterable[Record]]
    whole: bool

    @property
    def label(self) -> str:
        return self.step.name

    @property
    def memory(self) -> Memory:  # type: ignore[override]  # depends on the scope
        return self.step.memory

    @property
    def opaque(self) -> str:
        return self.step.opaque

    def run(self, batches: Iterator[list[Record]]) -> Iterator[list[Record]]:
        if self.whole:
            yield self._call([record for batch in batches for record in batch])
        else:
            yield from map(self._call, batches)

    def _call(self, records: list[Record]) -> list[Record]:
        try:
            results = self.func(records)
            made = _listed(results)
        except Exception as error:
            error.add_note(
                f"in step {self.label}, a function over "
                f"{'the whole dataset' if self.whole else 'a batch'}: its failure cannot be blamed "
                "on one record. With scope='record' the record would be named, and "
                "Quarantine could set it aside."
            )
            raise
        wrong = _wrong(results, made)
        if made is None or wrong is not None:
            message = (
                f"{self.label} returned {wrong}; a function over records returns an iterable of "
                "records (dicts)"
            )
            raise DataError(message)
        return made


def _listed(results: object) -> list[Any] | None:
    """The results of a function in a list, or None when they are no list of anything."""
    if not isinstance(results, Iterable) or isinstance(results, (Mapping, str, bytes)):
        return None
    return [own(record) for record in results]  # it may yield one dict again and again


def _wrong(results: object, made: list[Any] | None) -> str | None:
    """What is wrong with the results, told by types alone: values may be sensitive."""
    if made is None:
        hint = "; does it end without 'return records'?" if results is None else ""
        return f"{type(results).__name__}{hint}"
    for number, record in enumerate(made, 1):
        if not isinstance(record, dict):
            return f"{type(record).__name__} as item {number} of its results"
    return None
