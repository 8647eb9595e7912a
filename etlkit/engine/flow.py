"""Records on their way from stage to stage, and the counts of what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, frozen

from etlkit.engine.kernel import MOST_LOOPS, Kernel
from etlkit.engine.reference import Interpreter
from etlkit.errors import BalanceError
from etlkit.records import Batch, Origin, own


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from etlkit.engine.kernel import Outcome
    from etlkit.engine.plan import Plan, Stage
    from etlkit.engine.rejecting import Rejects
    from etlkit.records import OutBatch, Record, Refusal
    from etlkit.runs import Tally
    from etlkit.sources.source import DataSource
    from etlkit.transformations.step import StageStep

SAMPLED = 64
"""Of so many batches one runs step by step, which tells how long each step takes."""


@frozen
class Workers:
    """The kernels of a plan: compiled once, used by any number of runs and threads."""

    kernels: tuple[Kernel | None, ...]

    @classmethod
    def compile(cls, plan: Plan) -> Workers:
        """One kernel a stage; None where the chain fans out too often for one function."""
        return cls(tuple(_kernel(stage) for stage in plan.stages))


def _kernel(stage: Stage) -> Kernel | None:
    loops = sum(step.fans_out for step in stage.steps)
    return Kernel(stage) if loops <= MOST_LOOPS else None


class Flow:
    """The way of the records of one attempt; ``batches`` is read once."""

    def __init__(
        self, source: DataSource, plan: Plan, workers: Workers, rejects: Rejects, tally: Tally
    ) -> None:
        self._source = source
        self._plan = plan
        self._workers = workers
        self._rejects = rejects
        self._tally = tally

    def batches(self) -> Iterator[OutBatch]:
        """The encoded records of the last stage."""
        batches = self._read()
        for stage, kernel in zip(self._plan.stages, self._workers.kernels, strict=True):
            out = self._work(stage, kernel, batches)
            if stage.end is not None:
                batches = self._through(stage.end, stage.first + len(stage.steps), out)
        return out

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
                message = (
                    f"{out.source.origin.uri}:{number}: the destination refused one result of the "
                    "record and took another one, so nothing was published; a load session "
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

    def _read(self) -> Iterator[Batch]:
        batches = iter(self._source.batches())
        origins = set()
        while True:
            try:
                batch = next(batches, None)
            except Exception as error:
                error.add_note(
                    f"while reading {self._source.uri}, after {self._tally.read} records"
                )
                raise
            if batch is None:
                return
            origins.add(batch.origin.uri)
            self._tally.extracted_from = len(origins)
            self._tally.read += len(batch.items) + len(batch.refused)
            if batch.refused:
                self._rejects.refused(batch, batch.refused, "read")
            yield batch

    def _work(
        self, stage: Stage, kernel: Kernel | None, batches: Iterable[Batch]
    ) -> Iterator[OutBatch]:
        interpreter = Interpreter(stage)
        reject = self._rejects.of_stage(stage)
        try:
            for number, batch in enumerate(batches, 1):
                plain = kernel is None or number % SAMPLED == 0
                worker = interpreter if plain or kernel is None else kernel
                outcome = worker.run(batch, reject)
                self._count(stage, outcome)
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

    def _through(self, end: StageStep, number: int, batches: Iterable[OutBatch]) -> Iterator[Batch]:
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
        for records in end.run(lists()):
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
