"""Records on their way from stage to stage, and the counts of what became of them."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, TypeVar

from attrs import frozen

from etlkit.engine.check import Check, unseen
from etlkit.engine.delivering import MAIN, Deliverer, Outgoing
from etlkit.engine.kernel import MOST_LOOPS, Kernel
from etlkit.engine.reference import Interpreter
from etlkit.records import Batch, Origin, own


if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from etlkit.engine.delivering import Delivery
    from etlkit.engine.kernel import Keys, Outcome
    from etlkit.engine.plan import Plan, Stage
    from etlkit.engine.rejecting import Rejects
    from etlkit.records import OutBatch, Record
    from etlkit.runs.tally import StepTally
    from etlkit.sources.source import Reading
    from etlkit.transformations.step import RecordStep, StageStep

_Item = TypeVar("_Item")

SAMPLED = 64
"""Of so many batches one is timed, which tells how long each step takes."""


@frozen
class Kernels:
    """The compiled form of a plan: made once, used by any number of runs and threads."""

    stages: tuple[Kernel | None, ...]

    @classmethod
    def compile(cls, plan: Plan) -> Kernels:
        """One kernel a stage; None where the chain fans out too often for one function."""
        return cls(tuple(_kernel(stage) for stage in plan.stages))


def _kernel(stage: Stage) -> Kernel | None:
    loops = sum(step.fans_out for step in stage.steps)
    return Kernel(stage) if loops <= MOST_LOOPS else None


def _timed(stage: Stage, kernel: Kernel | None) -> Kernel | Interpreter:
    """What does the work of the kernel, or without one, and tells how long each step takes."""
    return Interpreter(stage) if kernel is None else Kernel(stage, timed=True)


class Course:
    """The way of the records of one attempt; ``run`` or ``batches`` is called once.

    The plan and its kernels are those of the attempt: see ``Plan.fresh``.
    """

    def __init__(
        self,
        reading: Reading,
        plan: Plan,
        kernels: Kernels,
        rejects: Rejects,
        *,
        remarks: list[str],
        on_batch: Callable[[], None],
    ) -> None:
        self._reading = reading
        self._plan = plan
        self._kernels = kernels
        self._rejects = rejects
        self._tally = rejects.tally
        self._remarks = remarks
        self._on_batch = on_batch

    def run(self, delivery: Delivery) -> None:
        """Read everything, and give what leaves the chain to the outputs as it comes."""
        for _ in self.batches(delivery):
            pass

    def batches(self, delivery: Delivery) -> Generator[OutBatch]:
        """The same, a batch at a time: what the last stage made, once it was handed over.

        What leaves a stage is handed over before the next batch of the source is read,
        also where a later step waits for the end of the input, so nothing piles up. At
        the end, when something fails, or when the iterator is closed, whatever the source
        and the steps have open is closed.
        """
        deliverer = Deliverer(delivery, self._rejects, self._plan.outputs)
        with ExitStack() as opened:
            batches = opened.enter_context(_closing(self._read()))
            for stage, kernel in zip(self._plan.stages, self._kernels.stages, strict=True):
                out = opened.enter_context(_closing(self._work(stage, kernel, batches, deliverer)))
                if stage.end is not None:
                    number = stage.first + len(stage.steps)
                    batches = opened.enter_context(_closing(self._through(stage.end, number, out)))
            yield from out

    def _read(self) -> Generator[Batch]:
        origins = set()
        with _closing(self._reading.batches()) as batches:
            while True:
                try:
                    batch = next(batches)
                except StopIteration:
                    return
                except Exception as error:
                    read = self._tally.read
                    error.add_note(
                        f"while reading {self._reading.source.uri}, after {read} record(s)"
                    )
                    raise
                origins.add(batch.origin.uri)
                self._remarks.extend(batch.remarks)
                self._tally.extracted_from = len(origins)
                self._tally.read += len(batch.items) + len(batch.refused)
                if batch.refused:
                    self._rejects.refused(batch, batch.refused, "read")
                yield batch
                self._on_batch()
                if self._has_enough():
                    return

    def _has_enough(self) -> bool:
        """Whether what is left of the source can change nothing."""
        if not self._reading.may_end_early:
            return False
        for step in self._plan.stages[0].steps:
            if step.is_done:
                return True
            if step.outputs or step.adds or isinstance(step, Check):
                return False
        return False

    def _work(
        self,
        stage: Stage,
        kernel: Kernel | None,
        batches: Iterable[Batch],
        deliverer: Deliverer,
    ) -> Generator[OutBatch]:
        """What a stage makes; what goes to outputs is delivered on the way.

        When there is no more, what steps of the stage have of their own comes behind it.
        """
        yield from self._done(stage, kernel, batches, deliverer)
        for index, step in enumerate(stage.steps):
            if step.adds:
                tally = self._tally.steps[stage.first + index]
                rest = stage.behind(index)
                with _closing(self._added(step, tally)) as added:
                    yield from self._done(rest, _kernel(rest), added, deliverer, tally)

    def _added(self, step: RecordStep, tally: StepTally) -> Generator[Batch]:
        """The records that a step has of its own, counted as produced."""
        with _closing(step.added()) as batches:
            for batch in batches:
                self._remarks.extend(batch.remarks)
                tally.produced += len(batch.items) + len(batch.refused)
                if batch.refused:
                    self._rejects.refused(batch, batch.refused, "read")
                yield batch
                self._on_batch()

    def _done(
        self,
        stage: Stage,
        kernel: Kernel | None,
        batches: Iterable[Batch],
        deliverer: Deliverer,
        owner: StepTally | None = None,
    ) -> Generator[OutBatch]:
        """What the steps of a stage make of batches, of the source or of one of its steps."""
        watch: Kernel | Interpreter | None = None
        reject = self._rejects.of_stage(stage)
        steps = enumerate(stage.steps)
        checks = {number: step for number, step in steps if isinstance(step, Check)}
        keys: Keys | None = {number: set() for number in checks}
        try:
            for number, batch in enumerate(batches, 1):
                if kernel is None or (stage.steps and number % SAMPLED == 0):
                    watch = watch or _timed(stage, kernel)
                    outcome = watch.run(batch, reject, keys)
                else:
                    outcome = kernel.run(batch, reject, keys)
                self._count(stage, outcome, owner)
                if keys is not None and batch.items:
                    for index, check in checks.items():
                        self._remarks.extend(unseen(check, keys[index]))
                    keys = None
                yield from self._delivered(stage, outcome, deliverer)
        finally:
            if watch is not None:
                for number in range(len(stage.steps)):
                    step = self._tally.steps[stage.first + number]
                    step.sampled_seconds += watch.seconds[number]
                    step.sampled_records += watch.entered[number]

    def _delivered(
        self, stage: Stage, outcome: Outcome, deliverer: Deliverer
    ) -> Iterable[OutBatch]:
        """Hand over what a stage made of a batch; gives what is made of it next."""
        outgoing = [Outgoing(name, batch) for name, batch in outcome.sent.items()]
        steps = self._tally.steps[stage.first : stage.first + len(stage.steps)]
        if stage.end is None:
            deliverer.deliver([Outgoing(MAIN, outcome.out), *outgoing], steps)
            return (outcome.out,)
        kept = deliverer.deliver(outgoing, steps, outcome.out) if outgoing else outcome.out
        return () if kept is None else (kept,)

    def _count(self, stage: Stage, outcome: Outcome, owner: StepTally | None) -> None:
        """Count what became of a batch; one that a step has added counts as produced by it."""
        self._tally.blank += outcome.blank
        if owner is None:
            self._tally.read -= outcome.blank
        else:
            owner.produced -= outcome.blank
        for number in range(len(stage.steps)):
            step = self._tally.steps[stage.first + number]
            step.filtered += outcome.dropped[number]
            step.produced += outcome.produced[number]

    def _through(
        self, end: StageStep, number: int, batches: Iterable[OutBatch]
    ) -> Generator[Batch]:
        """Derived batches, made by a step that sees several records at once."""
        given = _Given(batches)
        came_out = 0
        origin = Origin(f"step {end.label}", derived=True)
        with _closing(end.run(given.lists())) as made:
            for records in made:
                if records:
                    yield Batch(records, origin, came_out + 1, own)
                    came_out += len(records)
        if given.failed is not None:
            raise given.failed
        step = self._tally.steps[number]
        if end.accounting == "merge":
            step.merged, step.produced = given.records, came_out
        else:
            step.by_difference = True
            step.filtered = max(given.records - came_out, 0)
            step.produced = max(came_out - given.records, 0)


class _Given:
    """What a step over several records gets.

    Attributes:
        records: How many so far.
        failed: What ended the input; the step may have gone on as if that were its end.
    """

    def __init__(self, batches: Iterable[OutBatch]) -> None:
        self._batches = batches
        self.records = 0
        self.failed: Exception | None = None

    def lists(self) -> Iterator[list[Record]]:
        try:
            for batch in self._batches:
                self.records += len(batch.items)
                if batch.items:
                    yield batch.items
        except Exception as error:
            self.failed = error
            raise


@contextmanager
def _closing(items: Iterable[_Item]) -> Iterator[Iterator[_Item]]:
    """An iterator of somebody else's, closed at the end if it can be."""
    iterator = iter(items)
    try:
        yield iterator
    finally:
        close = getattr(iterator, "close", None)
        if close is not None:
            close()
