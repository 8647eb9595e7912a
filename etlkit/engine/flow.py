"""Records on their way from stage to stage, and the counts of what became of them."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, TypeVar

from attrs import evolve, frozen

from etlkit.engine.check import Check, unseen
from etlkit.engine.kernel import MOST_LOOPS, Kernel
from etlkit.engine.reference import Interpreter
from etlkit.errors import BalanceError
from etlkit.records import Batch, Origin, own


if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    from etlkit.engine.kernel import Keys, Outcome
    from etlkit.engine.plan import Plan, Stage
    from etlkit.engine.rejecting import Rejects
    from etlkit.records import OutBatch, Record, Refusal
    from etlkit.sources.source import DataSource
    from etlkit.transformations.step import StageStep

_Item = TypeVar("_Item")

SAMPLED = 64
"""Of so many batches one runs step by step, which tells how long each step takes."""


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


class Flow:
    """The way of the records of one attempt; ``batches`` is read once.

    The plan and its kernels are those of the attempt: see ``Plan.fresh``.
    """

    def __init__(
        self,
        source: DataSource,
        plan: Plan,
        kernels: Kernels,
        rejects: Rejects,
        *,
        remarks: list[str],
        on_batch: Callable[[], None],
    ) -> None:
        self._source = source
        self._plan = plan
        self._kernels = kernels
        self._rejects = rejects
        self._tally = rejects.tally
        self._remarks = remarks
        self._on_batch = on_batch

    def batches(self) -> Generator[OutBatch]:
        """The encoded records of the last stage.

        Closing it, or its end, closes whatever the source and the steps have open.
        """
        with ExitStack() as opened:
            batches = opened.enter_context(_closing(self._read()))
            for stage, kernel in zip(self._plan.stages, self._kernels.stages, strict=True):
                out = opened.enter_context(_closing(self._work(stage, kernel, batches)))
                if stage.end is not None:
                    number = stage.first + len(stage.steps)
                    batches = opened.enter_context(_closing(self._through(stage.end, number, out)))
            yield from out

    def take_back(self, out: OutBatch, refusals: Sequence[Refusal]) -> None:
        """Count records as rejected that the destination refused after the chain.

        Raises:
            BalanceError: It refused a result of a record and took another one.
        """
        numbers = out.record_numbers
        first = out.source.first
        by_position = {refusal.position: refusal for refusal in refusals}
        by_number: dict[int, Refusal] = {}
        for position, refusal in sorted(by_position.items()):
            by_number.setdefault(numbers[position], refusal)
        for position, number in enumerate(numbers):
            if number in by_number and position not in by_position:
                place = out.source.place(number - first)
                message = (
                    f"{place}: the destination refused one result of the record "
                    "and took another one, so nothing was published; a load session "
                    "refuses all results of a record or none"
                )
                raise BalanceError(message)
        self._rejects.refused(
            out.source,
            [evolve(one, position=number - first) for number, one in by_number.items()],
            "write",
        )
        # Siblings of one source record count as produced; refused together, they are one.
        siblings = len(by_position) - len(by_number)
        for step in reversed(self._tally.steps[self._plan.stages[-1].first :]):
            taken = min(siblings, step.produced)
            step.produced -= taken
            siblings -= taken

    def _read(self) -> Generator[Batch]:
        origins = set()
        with _closing(self._source.batches()) as batches:
            while True:
                try:
                    batch = next(batches)
                except StopIteration:
                    return
                except Exception as error:
                    read = self._tally.read
                    error.add_note(f"while reading {self._source.uri}, after {read} record(s)")
                    raise
                origins.add(batch.origin.uri)
                self._remarks.extend(batch.remarks)
                self._tally.extracted_from = len(origins)
                self._tally.read += len(batch.items) + len(batch.refused)
                if batch.refused:
                    self._rejects.refused(batch, batch.refused, "read")
                yield batch
                self._on_batch()

    def _work(
        self, stage: Stage, kernel: Kernel | None, batches: Iterable[Batch]
    ) -> Generator[OutBatch]:
        interpreter = Interpreter(stage)
        reject = self._rejects.of_stage(stage)
        steps = enumerate(stage.steps)
        checks = {number: step for number, step in steps if isinstance(step, Check)}
        keys: Keys | None = {number: set() for number in checks}
        try:
            for number, batch in enumerate(batches, 1):
                plain = kernel is None or (stage.steps and number % SAMPLED == 0)
                worker = interpreter if plain or kernel is None else kernel
                outcome = worker.run(batch, reject, keys)
                self._count(stage, outcome)
                if keys is not None and batch.items:
                    for index, check in checks.items():
                        self._remarks.extend(unseen(check, keys[index]))
                    keys = None
                yield outcome.out
        finally:
            for number in range(len(stage.steps)):
                step = self._tally.steps[stage.first + number]
                step.sampled_seconds = interpreter.seconds[number]
                step.sampled_records = interpreter.entered[number]

    def _count(self, stage: Stage, outcome: Outcome) -> None:
        self._tally.blank += outcome.blank
        self._tally.read -= outcome.blank
        for number in range(len(stage.steps)):
            step = self._tally.steps[stage.first + number]
            step.filtered += outcome.dropped[number]
            step.produced += outcome.produced[number]

    def _through(
        self, end: StageStep, number: int, batches: Iterable[OutBatch]
    ) -> Generator[Batch]:
        """Derived batches, made by a step that sees several records at once."""
        went_in = 0
        came_out = 0

        def lists() -> Iterator[list[Record]]:
            nonlocal went_in
            for batch in batches:
                went_in += len(batch.items)
                if batch.items:
                    yield batch.items

        origin = Origin(f"step {end.label}", derived=True)
        with _closing(end.run(lists())) as made:
            for records in made:
                if records:
                    yield Batch(records, origin, came_out + 1, own)
                    came_out += len(records)
        step = self._tally.steps[number]
        if end.accounting == "merge":
            step.merged, step.produced = went_in, came_out
        else:
            step.by_difference = True
            step.filtered = max(went_in - came_out, 0)
            step.produced = max(came_out - went_in, 0)


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
