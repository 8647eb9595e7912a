"""The contracts of a step: one record at a time, or several at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from itertools import repeat
from typing import TYPE_CHECKING, Literal, NoReturn, Protocol, TypeAlias

from attrs import frozen

from etlkit._words import shown
from etlkit.errors import ConfigurationError
from etlkit.records import expect_records, own
from etlkit.runs.tally import StepTally
from etlkit.transformations.calls import Fitting
from etlkit.transformations.mistakes import mistake, no_source, not_a_step


if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from etlkit._clock import Clock
    from etlkit.records import Batch, Record
    from etlkit.schema.fields import Place
    from etlkit.transformations.known_fields import KnownFields
    from etlkit.transformations.readable import Readable

Memory: TypeAlias = Literal["streaming", "bounded", "keyed", "spilling", "materialising"]
"""What a step holds at once.

A batch; as many records as its arguments say; a value for each key; a part, while the rest
is on disk; or everything.
"""

Accounting: TypeAlias = Literal["difference", "merge"]


class Step(Fitting, ABC):
    """One step of a pipeline. Steps are values: immutable, and equal results each time.

    ``|`` makes a chain of two steps; ``apply`` runs a step on records at hand.
    """

    memory: Memory = "streaming"

    @property
    @abstractmethod
    def label(self) -> str:
        """What messages, counts and plans call the step."""

    @property
    def opaque(self) -> str | None:
        """Where the function that the step calls is written, or None."""
        return None

    def leaves(self, known: KnownFields) -> KnownFields | None:
        """What is known of the fields of its records before a run; None where nothing is."""
        del known
        return None

    def parts(self) -> tuple[RecordStep | StageStep, ...]:
        """The steps that the engine runs for this one, in order."""
        message = f"{type(self).__name__} is neither a RecordStep nor a StageStep"
        raise ConfigurationError(message)

    def __or__(self, other: object) -> Chain:
        """A chain that does this step and then the other."""
        if not isinstance(other, Step):
            raise mistake(not_a_step(other))
        return Chain((*_steps(self), *_steps(other)))

    def __rshift__(self, other: object) -> NoReturn:
        """Refuse what other tools write between steps."""
        message = f"steps are joined by |: {self.label} | ..."
        raise mistake(message)

    __add__ = __and__ = __rshift__

    def __ror__(self, other: object) -> Chain:
        """Refuse what is no step and stands before one; sources know themselves what to do."""
        raise mistake(no_source(other, self.label))

    def apply(self, records: Iterable[Record]) -> list[Record]:
        """The records that the step makes of these, which stay as they are.

        Raises:
            Exception: What the step's function raises; a note has the step and record.
        """
        expect_records(records, f"{type(self).__name__}.apply")
        current = [_copied(record) for record in records]
        for part in self.parts():
            current = part._applied(current)  # noqa: SLF001 -- a step's own machinery
        return current


class StepCode(Protocol):
    """What a step uses to write its lines into a kernel.

    The variable ``record`` holds the record; the lines of a step read it and change it
    or bind it to another dict.
    """

    @property
    def takes_back(self) -> bool:
        """Whether what became of a record may be taken back when it fails later.

        A step must leave no trace of it anywhere else then.
        """

    def bind(self, hint: str, value: object) -> str:
        """A name for a value of the user; user values never enter the text."""

    def line(self, *texts: str) -> None:
        """Add lines."""

    def block(self, header: str) -> AbstractContextManager[None]:
        """The lines added inside stand one level below ``header``."""

    def drop(self) -> None:
        """Add the lines that count the record as filtered and go on with the next one.

        Not for use inside a loop that the step writes itself: they end with ``continue``.
        """

    def fan_out(self, results: str) -> None:
        """Go on, for the rest of the chain, with each record of an iterable expression."""

    def emit(self, output: str, record: str) -> None:
        """Add the lines that send a record to one of the ``outputs`` of the step.

        It is encoded at once, so what is changed later does not matter. The step may go on
        with the record, or end it by ``leave``. A step that fans out sends after
        ``fan_out`` only.

        Args:
            output: The name of the output.
            record: An expression.
        """

    def leave(self) -> None:
        """Add the lines that go on with the next record, since this one was sent elsewhere.

        For a record that the step has sent to one output or more; one that goes nowhere is
        dropped. Not for use inside a loop that the step writes itself.
        """


class RecordStep(Step):
    """A step that sees one record at a time.

    Such steps are fused: the kernel runs all of them for one record before it touches
    the next. ``each`` says what the step means, ``write`` says the same as code;
    :func:`~etlkit.testing.check_transformation` holds the two together. These and the
    ``label`` are all that most steps need. The rest is for a step that

    - remembers, counts or waits: ``fresh`` or ``timed``, ``finish``, ``depends_on_earlier``,
      ``is_done``;
    - makes several records of one, or sends some elsewhere: ``fans_out``, ``outputs``,
      ``routed``, ``sends_last``;
    - reads beside the records of the run: ``reads``, and ``adds`` with ``added``;
    - has better words for a failure than the exception: ``explain``.

    Attributes:
        stage: Word that rejections use: ``transform`` or ``validate``.
        fans_out: The step may make several records of one.
        outputs: Names of the outputs that it may send records to; one that has any says in
            ``routed`` what goes where.
        shown: What it makes are records as users know them, so previews show them.
        releases: Nobody but the run has what it passes on: the step keeps nothing of it, and
            shows it to no function of the user. An output may then have it without a copy.
        sends_last: What it sends to an output goes nowhere else.
        depends_on_earlier: What becomes of a record depends on those that came before it, so
            that a rejected one cannot be replayed alone.
        adds: The step has records of its own, in ``added``, to go on behind those of the run.
        reads: Sources that the step reads besides, each looked at before a run begins.
    """

    _lacking = "; where a function is enough, write Map(function) or FlatMap(function)"

    stage: str = "transform"
    fans_out: bool = False
    outputs: tuple[str, ...] = ()
    shown: bool = True
    releases: bool = False
    sends_last: bool = False
    depends_on_earlier: bool = False
    adds: bool = False
    reads: tuple[Readable, ...] = ()

    @property
    def sensitive_places(self) -> tuple[Place, ...]:
        """Places of fields whose values no message may show, for what the step reads besides."""
        return tuple(place for one in self.reads for place in one.sensitive_places)

    def parts(self) -> tuple[RecordStep | StageStep, ...]:
        """The step itself."""
        return (self,)

    @abstractmethod
    def each(self, record: Record) -> Iterable[Record]:
        """The records made of one record, which may be changed in place."""

    def routed(self, record: Record) -> Iterable[tuple[str | None, Record]]:
        """What the step sends to outputs, by name, and under None what goes on.

        A step with ``outputs`` overrides it, and gives in ``each`` what goes on. What is
        sent to outputs comes before what goes on, and each record is encoded before the
        next one is asked for.

        Args:
            record: The record, which may be changed in place.
        """
        return zip(repeat(None), self.each(record), strict=False)

    @abstractmethod
    def write(self, code: StepCode) -> None:
        """Add the lines that do the same to a kernel."""

    def added(self) -> Iterator[Batch]:
        """Records that go on with the next step, when there are no more before this one.

        Asked once of a fresh step that ``adds``; the iterator is closed at the end. What is
        in the batches counts as produced, and a record that fails later has the origin,
        number and bytes that its batch says.
        """
        return iter(())

    @property
    def is_done(self) -> bool:
        """Whether each record that comes from now on is left out; asked between batches.

        A source is read no further then, unless an earlier step needs to see the records.
        """
        return False

    def explain(self, error: Exception, record: Record) -> Exception:
        """Put a failure of the step into better words; called for failures only.

        Args:
            error: What the step raised for the record.
            record: The record, as far as the step had changed it.

        Returns:
            What the record is rejected for.

        Raises:
            Exception: What is the fault of no record, such as a full disk. It ends the
                run, whatever becomes of records that fail.
        """
        del record
        return error

    def fresh(self) -> RecordStep:
        """The step for one attempt; itself, unless it remembers or counts something.

        Steps are values that several threads share, so what one attempt remembers is kept
        in a step of its own. Called before each attempt and each preview, and followed by
        one ``finish`` of what it returned.
        """
        return self

    def timed(self, clock: Clock) -> RecordStep:
        """The step for one attempt that may wait and measure; by default ``fresh()``.

        Runs call it in place of ``fresh``; previews and traces, which nobody waits for, do
        not.

        Args:
            clock: The time of the job.
        """
        del clock
        return self.fresh()

    def finish(self, tally: StepTally) -> None:
        """Hand over what was counted, and let go of what is held; called for a fresh step.

        Called once for each ``fresh`` or ``timed``, when everything was read or the attempt
        or preview failed, even if the step never saw a record; before anything is committed.
        """

    def _applied(self, records: list[Record]) -> list[Record]:
        step = self.fresh()
        made: list[Record] = []
        try:
            for number, record in enumerate(records, 1):
                try:
                    made.extend(map(own, step.each(record)))
                except Exception as error:
                    error.add_note(f"in step {self.label}, record {number}")
                    raise
            for batch in step.added():
                made.extend(map(batch.decode, batch.items))
        finally:
            step.finish(StepTally(self.label))
        return made


class StageStep(Step):
    """A step that needs more than one record; it ends a stage.

    What comes out are derived records: they have no bytes of their own.

    Attributes:
        accounting: ``merge`` counts what went in as merged and what came out as
            produced; ``difference`` counts by what is missing or added.
        shown: What it makes are records as users know them, so previews show them.
    """

    accounting: Accounting = "difference"
    shown: bool = True

    def parts(self) -> tuple[RecordStep | StageStep, ...]:
        """The step itself."""
        return (self,)

    @abstractmethod
    def run(self, batches: Iterator[list[Record]]) -> Iterator[list[Record]]:
        """The records made of all batches. Both kinds of lists belong to the run.

        Called once for each attempt. Closing the iterator must release what it holds.
        """

    def _applied(self, records: list[Record]) -> list[Record]:
        return [record for batch in self.run(iter([records])) for record in batch]


@frozen
class Chain(Step):
    """Steps one after the other; made by ``|``."""

    steps: tuple[Step, ...] = ()

    @property
    def label(self) -> str:
        """The labels of the steps."""
        return " | ".join(step.label for step in self.steps)

    def parts(self) -> tuple[RecordStep | StageStep, ...]:
        """The parts of all steps, in order."""
        return tuple(part for step in self.steps for part in step.parts())

    @classmethod
    def of(cls, steps: object) -> Chain:
        """A chain of what users pass as transformations: None, a step, or a list of steps.

        Raises:
            ConfigurationError: Something else was passed.
        """
        if steps is None:
            return cls()
        if isinstance(steps, Step):
            return cls(_steps(steps))
        if isinstance(steps, Iterable) and not isinstance(steps, (str, bytes, Mapping)):
            return cls(tuple(step for one in steps for step in _steps(one)))
        raise ConfigurationError(not_a_step(steps))


def _steps(step: object) -> tuple[Step, ...]:
    if isinstance(step, Chain):
        return step.steps
    if isinstance(step, Step):
        return (step,)
    raise ConfigurationError(not_a_step(step))


def _copied(record: object) -> Record:
    copy = own(record)
    if copy.__class__ is not dict:
        message = f"a record is a dict, got {shown(record)}"
        raise ConfigurationError(message)
    return copy
