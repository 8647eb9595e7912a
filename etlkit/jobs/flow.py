"""Flow: ``source | step | ...``, which reads nothing before it is asked for something."""

from __future__ import annotations

import os

from collections.abc import Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from attrs import evolve, field, frozen

from etlkit import transformations
from etlkit._clock import SYSTEM_CLOCK
from etlkit._words import nearest, shown
from etlkit.destinations.destination import Destination
from etlkit.destinations.loader import DataLoader
from etlkit.engine.pulling import pulled
from etlkit.errors import ConfigurationError, RecordError
from etlkit.expressions.places import place
from etlkit.jobs.arguments import known_fields
from etlkit.jobs.explain import outline, rows
from etlkit.jobs.html import paragraph, table
from etlkit.jobs.job import ETLJob
from etlkit.records import Unfit
from etlkit.sources.source import DataSource, log_remarks
from etlkit.transformations.known_fields import check_fields
from etlkit.transformations.mistakes import not_a_step
from etlkit.transformations.step import Chain, RecordStep, Step
from etlkit.validation.validator import DataValidator


if TYPE_CHECKING:
    from etlkit.engine.progress import ProgressCallback
    from etlkit.jobs.preview import Preview
    from etlkit.jobs.result import JobResult
    from etlkit.records import Record
    from etlkit.retry import RetryPolicy
    from etlkit.state.quarantine import Quarantine

_ASK = ".preview(n) shows the first records, .records() gives all, .load(destination) loads them"


@frozen(repr=False)
class Flow:
    """A source and the steps that its records go through; made by ``source | step``.

    A flow is a value that reads nothing by itself: each further ``|`` makes another one, and
    each question reads the source anew and gives the same answer, as long as the source does.
    A validator may stand before the first step and after the last one.

    Attributes:
        source: Where the records come from.
        steps: What happens to them.
        validator: Checks them after the last step, or None.
        input_validator: Checks them before the first step, or None.

    Example:
        >>> from etlkit import F, RecordsSource
        >>> from etlkit.transformations import Derive, Filter
        >>> orders = RecordsSource([{"price": 2, "n": 3}, {"price": 5, "n": 0}])
        >>> flow = orders | Filter(F.n > 0) | Derive(total=F.price * F.n)
        >>> flow
        RecordsSource(name='records') | Filter(F.n > 0) | Derive(total=F.price * F.n)
        >>> list(flow.records())
        [{'price': 2, 'n': 3, 'total': 6}]
        >>> flow.load("memory:").rows_loaded
        1
    """

    source: DataSource = field()
    steps: Chain = field(factory=Chain)
    validator: DataValidator | None = None
    input_validator: DataValidator | None = None

    def __or__(self, other: object) -> Flow:
        """The flow that does this as well: a step, a chain, or a validator.

        Raises:
            ConfigurationError: It is something else; the message says what to write.
        """
        if isinstance(other, DataValidator):
            return self._checked_by(other)
        if not isinstance(other, Step):
            raise ConfigurationError(_after(other))
        if self.validator is None:
            return self._with(steps=self.steps | other)
        if not self.steps.steps and self.input_validator is None:
            return self._with(
                steps=self.steps | other, validator=None, input_validator=self.validator
            )
        message = (
            f"{other.label} stands behind the last validator; a flow has one before its first "
            f"step and one after its last step ({place()})"
        )
        raise ConfigurationError(message)

    def _checked_by(self, validator: DataValidator) -> Flow:
        if self.validator is None:
            return self._with(validator=validator)
        if not self.steps.steps and self.input_validator is None:
            return self._with(validator=validator, input_validator=self.validator)
        message = (
            "the flow has a validator after its last step already; put all rules into one, or "
            "the first one before the first step: source | validator | step | validator "
            f"({place()})"
        )
        raise ConfigurationError(message)

    def _with(self, **changes: Any) -> Flow:
        made = evolve(self, **changes)
        known, _ = known_fields(made.source, made.input_validator)
        check_fields(made.steps.steps, known)  # so that a mistake is told where it is written
        return made

    def __repr__(self) -> str:
        parts = (self.source, self.input_validator, *self.steps.steps, self.validator)
        return " | ".join(_written(part) for part in parts if part is not None)

    def __iter__(self) -> Iterator[Record]:
        return self.records()

    if not TYPE_CHECKING:  # so that checkers know what there is

        def __getattr__(self, name: str) -> NoReturn:
            message = f"a flow has no {name!r}{_instead(name)} ({place()})"
            raise AttributeError(name if name.startswith("_") else message)

    def records(self) -> Generator[Record]:
        """The records at the end of the flow, one after the other.

        They are read as they are asked for, a batch of the source at a time, so memory stays
        flat; each call reads the source anew. ``list(flow.records())`` holds them all. Closing
        the iterator closes the source. What a run would warn of is logged. Records that
        steps send to named outputs are not among them.

        Raises:
            RecordError: A record fails; the message has the step, the file and its number.
                Those that were read together with it, in one batch, are not given.
            EtlkitError: The source cannot be read.
        """
        self.source.check()
        return self._pulled()

    def _pulled(self) -> Generator[Record]:
        job = self._job("memory:").definition
        remarks: list[str] = []
        try:
            yield from pulled(
                job.source,
                job.plan,
                sensitive=job.sensitive_places,
                remarks=remarks,
                clock=SYSTEM_CLOCK,
            )
        except RecordError as error:
            raise _without_engine(error) from error.__cause__
        finally:
            log_remarks(remarks)

    def preview(self, n: int = 5) -> Preview:
        """The first records before and after each step; nothing is written.

        See :meth:`etlkit.ETLJob.preview`.
        """
        return self._job("memory:").preview(n)

    def load(
        self,
        destination: DataLoader | Destination | str | os.PathLike[str],
        mode: str | None = None,
        *,
        loaders: Mapping[str, DataLoader | Destination | str | os.PathLike[str]] | None = None,
        on_error: str | Quarantine = "fail",
        retry: RetryPolicy | None = None,
        progress: ProgressCallback | None = None,
    ) -> JobResult:
        """Load the records now, as a job would that is called ``flow``.

        Args:
            destination: What a :class:`~etlkit.DataLoader` takes, or one.
            mode: As in a DataLoader; not beside one.
            loaders: Where named outputs of steps go.
            on_error: ``"fail"``, or a :class:`~etlkit.Quarantine` that sets records aside.
            retry: How often the run is tried again.
            progress: Called after each batch.

        Returns:
            The result, also of a run that failed: see ``raise_if_failed``.

        Raises:
            ConfigurationError: An argument is of the wrong kind.
        """
        loader = _loader(destination, mode)
        job = self._job(loader, loaders or {}, on_error=on_error, retry=retry)
        return job.execute(progress=progress)

    def explain(self) -> str:
        """What happens to the records, step by step; reads and writes nothing."""
        return outline(self._job("memory:").definition)

    def _job(
        self,
        loader: DataLoader | str,
        loaders: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> ETLJob:
        if loaders is None:
            loaders = dict.fromkeys(self._outputs(), "memory:")
        return ETLJob(
            "flow",
            "flow",
            self.source,
            self.steps,
            loader,
            self.validator,
            input_validator=self.input_validator,
            loaders=loaders or None,
            **options,
        )

    def _outputs(self) -> list[str]:
        parts = [part for part in self.steps.parts() if isinstance(part, RecordStep)]
        return [name for part in parts for name in part.outputs]

    def _repr_html_(self) -> str:
        job = self._job("memory:").definition
        ways = [row for row in rows(job) if row.kind != "load"]
        cells = [(row.kind, row.label, row.memory, row.remark) for row in ways]
        head = ("", "what", "memory", "remark")
        return table("flow", head, cells) + paragraph("nothing is read yet:", _ASK)


def _written(part: object) -> str:
    return part.label if isinstance(part, Step) else repr(part)


def _without_engine(error: RecordError) -> RecordError:
    """The error without the lines of the engine; those of functions of the user stay."""
    error.__traceback__ = None
    cause: BaseException | None = error.__cause__ if isinstance(error.__cause__, Unfit) else None
    while cause is not None:  # what is told in words needs no lines
        cause.__traceback__ = None
        cause = cause.__cause__
    return error


def _instead(name: str) -> str:
    """What to write for what other tools ask a table for."""
    if name in _ASKED:
        return f"; write {_ASKED[name]}"
    verb = nearest(name, transformations.__all__, _VERBS, likeness=1)
    return "" if verb is None else f"; a step is joined by |: flow | {verb}(...)"


_VERBS = {
    **dict.fromkeys(("count", "first", "last", "max", "mean", "min", "sum"), "Aggregate"),
    "assign": "Derive",
    "drop_duplicates": "Deduplicate",
    "group_by": "Aggregate",
    "groupby": "Aggregate",
    "merge": "Join",
    "order_by": "Sort",
    "sort_values": "Sort",
    "where": "Filter",
    "with_columns": "Derive",
}
_ASKED = {
    **dict.fromkeys(("head", "show", "look"), "flow.preview(n)"),
    **dict.fromkeys(("collect", "extract", "fetchall", "to_list"), "list(flow.records())"),
    **dict.fromkeys(("execute", "run", "save", "to_csv", "write"), "flow.load('out.csv')"),
    "to_pandas": "flow.load('memory:').to_pandas()",
    "to_polars": "flow.load('memory:').to_polars()",
}


def _loader(given: Any, mode: str | None) -> DataLoader:
    if not isinstance(given, DataLoader):
        return DataLoader(given, mode)
    if mode is not None:
        message = f"load: the DataLoader says its mode itself, got mode={mode!r} ({place()})"
        raise ConfigurationError(message)
    return given


def _after(given: object) -> str:
    """What to say of something after ``|`` that is neither a step nor a validator."""
    if isinstance(given, (str, os.PathLike, DataLoader, Destination)):
        where = repr(given) if isinstance(given, str) else "..."
        return (
            f"records are loaded by .load, not by |: (source | step).load({where}), got "
            f"{shown(given)} ({place()})"
        )
    return f"{not_a_step(given)} ({place()})"
