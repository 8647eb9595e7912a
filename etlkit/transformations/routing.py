"""Split, Route and Tap: records sent to the named outputs of a job."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from etlkit._words import shown
from etlkit.expressions import Expression
from etlkit.records import Record
from etlkit.transformations.called import Called
from etlkit.transformations.conditions import Condition, holds, write_holds
from etlkit.transformations.known_fields import fields_needed
from etlkit.transformations.mistakes import condition, mistake
from etlkit.transformations.verbs import Verb, comparable, explained


if TYPE_CHECKING:
    from etlkit.transformations.known_fields import KnownFields
    from etlkit.transformations.step import StepCode


class _Sending(Verb):
    """A verb that sends records to outputs by conditions."""

    @abstractmethod
    def _conditions(self) -> Iterable[Condition]:
        """The conditions, in the order in which they are asked."""

    @property
    def opaque(self) -> str | None:
        """Where the functions are written; None where there are none."""
        functions = [one for one in self._conditions() if not isinstance(one, Expression)]
        return ", ".join(Called(one).place for one in functions) or None

    def leaves(self, known: KnownFields) -> KnownFields:
        """The same fields."""
        return known.reading(self.label, fields_needed(*self._conditions()))

    def each(self, record: Record) -> Iterable[Record]:
        """The record, if it goes on."""
        return [made for output, made in self.routed(record) if output is None]

    def explain(self, error: Exception, record: Record) -> Exception:
        """The condition that has no answer for the record, and why."""
        works = [one.holds for one in self._conditions() if isinstance(one, Expression)]
        return explained(works, error, record)


def _output(verb: str, argument: str, given: object) -> str:
    if isinstance(given, str) and given:
        return given
    message = f"{verb}: {argument} is the name of an output, a text, got {shown(given)}"
    raise mistake(message)


@frozen(init=False, repr=False)
class Tap(_Sending):
    """Send a copy of each record to an output, and go on with the record.

    Args:
        output: The name of the output, for which the job has a loader in ``loaders=``.
        where: Only of records for which this is true: an expression, of which False and
            None send nothing, or a function of the record. All by default.

    Example:
        >>> from etlkit import F
        >>> tap = Tap("large", where=F.n > 10)
        >>> list(tap.routed({"n": 12}))
        [('large', {'n': 12}), (None, {'n': 12})]
    """

    takes = "output"
    expression = "where"
    makes = "the record, and a copy of it at an output"
    counts_as = "produced"

    output: str
    where: Condition | None = field(default=None, eq=comparable)

    def __init__(self, output: str, *, where: Condition | None = None) -> None:
        self.__attrs_init__(
            _output("Tap", "output", output),
            None if where is None else condition("Tap: where", where),
        )

    @property
    def outputs(self) -> tuple[str, ...]:  # type: ignore[override]  # it depends on the argument
        """The one output."""
        return (self.output,)

    def routed(self, record: Record) -> Iterator[tuple[str | None, Record]]:
        """To the output, and on."""
        if self.where is None or holds("Tap: where", self.where, record):
            yield self.output, record
        yield None, record

    def write(self, code: StepCode) -> None:
        """The lines of the condition, and what sends the record."""
        if self.where is None:
            code.emit(self.output, "record")
            return
        with code.block(f"if {write_holds(code, 'Tap: where', self.where)}:"):
            code.emit(self.output, "record")

    def _conditions(self) -> Iterable[Condition]:
        return [] if self.where is None else [self.where]


@frozen(init=False, repr=False)
class Route(_Sending):
    """Send each record to the output of the first condition that is true of it.

    Each record goes one way: to one of the outputs, or on. A condition that is None of a
    record is not true of it.

    Args:
        routes: A dict of outputs and conditions, which are asked in this order. A condition
            is an expression or a function of the record. The job has a loader for each
            output in ``loaders=``.
        default: The output for records of which none is true; by default they go on to the
            next step, and to the loader of the job.

    Example:
        >>> from etlkit import F
        >>> route = Route({"eu": F.zone == "EU", "us": F.zone.is_in(["US", "CA"])})
        >>> list(route.routed({"zone": "US"})), list(route.routed({"zone": None}))
        ([('us', {'zone': 'US'})], [(None, {'zone': None})])
    """

    sends_last = True
    takes = "routes"
    expressions = "routes"
    makes = "the record, on its way or at an output"

    routes: Mapping[str, Condition] = field(eq=comparable)
    default: str | None = None

    def __init__(self, routes: Mapping[str, Condition], *, default: str | None = None) -> None:
        given: object = routes
        if not isinstance(given, Mapping) or not given:
            message = (
                "Route takes a dict of outputs and conditions, such as "
                f"{{'eu': F.zone == 'EU'}}, got {shown(routes)}"
            )
            raise mistake(message)
        checked = {
            _output("Route", "a key", name): condition(f"Route: {name!r}", said)
            for name, said in routes.items()
        }
        self.__attrs_init__(
            checked, None if default is None else _output("Route", "default", default)
        )

    @property
    def outputs(self) -> tuple[str, ...]:  # type: ignore[override]  # it depends on the arguments
        """Those of the conditions, and the one for the other records."""
        names = [*self.routes] if self.default is None else [*self.routes, self.default]
        return tuple(dict.fromkeys(names))

    def routed(self, record: Record) -> Iterator[tuple[str | None, Record]]:
        """The one way that the record goes."""
        for output, said in self.routes.items():
            if holds(f"Route: {output!r}", said, record):
                yield output, record
                return
        yield self.default, record

    def write(self, code: StepCode) -> None:
        """The lines of each condition, and what sends the record."""
        for output, said in self.routes.items():
            answer = write_holds(code, f"Route: {output!r}", said)
            with code.block(f"if {answer}:"):
                code.emit(output, "record")
                code.leave()
        if self.default is not None:
            code.emit(self.default, "record")
            code.leave()

    def _conditions(self) -> Iterable[Condition]:
        return self.routes.values()


@frozen(init=False, repr=False)
class Split(_Sending):
    """Part the records in two by a condition.

    At least one part is sent to an output; the one that has none goes on to the next step,
    and to the loader of the job. A record of which the condition is None is not matched.

    Args:
        predicate: An expression or a function of the record.
        matched: The output for records of which it is true; None: they go on.
        unmatched: The output for the others; None: they go on.

    Example:
        >>> from etlkit import F
        >>> split = Split(F.plan == "free", matched="free")
        >>> split.apply([{"plan": "free"}, {"plan": "paid"}, {"plan": None}])
        [{'plan': 'paid'}, {'plan': None}]
    """

    sends_last = True
    takes = "predicate"
    expression = "predicate"
    makes = "the record, on its way or at an output"

    predicate: Condition = field(eq=comparable)
    matched: str | None = None
    unmatched: str | None = None

    def __init__(
        self, predicate: Condition, *, matched: str | None = None, unmatched: str | None = None
    ) -> None:
        names = {"matched": matched, "unmatched": unmatched}
        given = {name: one for name, one in names.items() if one is not None}
        if not given:
            message = (
                "Split sends at least one part to an output: matched='...' or unmatched='...'; "
                "Filter leaves records out"
            )
            raise mistake(message)
        outputs = [_output("Split", name, one) for name, one in given.items()]
        if len(set(outputs)) < len(outputs):
            message = f"Split: both parts would go to {matched!r}"
            raise mistake(message)
        self.__attrs_init__(_checked(predicate), matched, unmatched)

    @property
    def outputs(self) -> tuple[str, ...]:  # type: ignore[override]  # it depends on the arguments
        """The one or two."""
        return tuple(name for name in (self.matched, self.unmatched) if name is not None)

    def routed(self, record: Record) -> Iterator[tuple[str | None, Record]]:
        """The one way that the record goes."""
        is_matched = holds("Split", self.predicate, record)
        yield self.matched if is_matched else self.unmatched, record

    def write(self, code: StepCode) -> None:
        """The lines of the condition, and what sends the record."""
        said = write_holds(code, "Split", self.predicate)
        if self.matched is not None:
            with code.block(f"if {said}:"):
                code.emit(self.matched, "record")
                code.leave()
            said = "False"
        if self.unmatched is not None:
            with code.block(f"if not {said}:"):
                code.emit(self.unmatched, "record")
                code.leave()

    def _conditions(self) -> Iterable[Condition]:
        return [self.predicate]


def _checked(given: object) -> Any:
    return condition("Split", given)
