"""The same work as the kernel, as plainly as possible and step by step.

It is what the generated code has to agree with, and it measures: a batch that runs here
tells how long each step takes.
"""

from __future__ import annotations

import time

from typing import TYPE_CHECKING, Any

from etlkit.engine.kernel import DECODE, ENCODE, Outcome
from etlkit.records import OutBatch, as_object


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.engine.kernel import Keys, Reject
    from etlkit.engine.plan import Stage
    from etlkit.records import Batch, Record


class Interpreter:
    """Runs a stage without generated code.

    Attributes:
        seconds: Time spent in each step, summed over the batches that ran here.
        entered: Records that entered each step during those batches.
        keys: Takes the keys of records that come to a check, during the batch at hand.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.seconds = [0.0] * len(stage.steps)
        self.entered = [0] * len(stage.steps)
        self.keys: Keys = {}

    def run(self, batch: Batch, reject: Reject, keys: Keys | None = None) -> Outcome:
        """Do the work of the stage for one batch; ``keys`` takes those of its records."""
        self.keys = keys or {}
        items: list[Any] = []
        numbers: list[int] = []
        dropped = [0] * len(self.stage.steps)
        produced = [0] * len(self.stage.steps)
        blank = 0
        for position, item in enumerate(batch.items):
            one = _OneRecord(self, len(self.stage.steps))
            try:
                made = one.work(batch, item)
            except Exception as error:  # noqa: BLE001 -- handed to reject, which keeps or raises it
                if batch.is_blank is not None and batch.is_blank(item):
                    blank += 1
                else:
                    reject(one.where, error, batch, position, one.record)
                continue
            items.extend(made)
            numbers.extend([batch.first + position] * len(made))
            dropped = [a + b for a, b in zip(dropped, one.dropped, strict=True)]
            produced = [a + b for a, b in zip(produced, one.produced, strict=True)]
        return Outcome(OutBatch(items, batch, numbers=numbers), dropped, produced, blank)


class _OneRecord:
    """One source record on its way; it counts only when all of it succeeds."""

    def __init__(self, interpreter: Interpreter, steps: int) -> None:
        self._interpreter = interpreter
        self.where = DECODE
        self.record: Record = {}
        self.dropped = [0] * steps
        self.produced = [0] * steps

    def work(self, batch: Batch, item: object) -> list[Any]:
        record = batch.decode(item)
        if record.__class__ is not dict:
            record = as_object(record)
        return list(self._from_step(0, record))

    def _from_step(self, number: int, record: Record) -> list[Any]:
        """What this step and those after it make of a record, encoded."""
        steps = self._interpreter.stage.steps
        # No call nested in another: a chain may be longer than Python lets calls nest.
        while number < len(steps) and not steps[number].fans_out:
            made = self._next(number, record, [])
            self._count(number, 0 if made is None else 1)
            if made is None:
                return []
            number, record = number + 1, made
        if number == len(steps):
            self.where, self.record = ENCODE, record
            return [self._interpreter.stage.encoder.encode(record)]
        encoded: list[Any] = []
        count = 0
        results: list[Iterator[Record]] = []
        while (made := self._next(number, record, results)) is not None:
            count += 1
            encoded.extend(self._from_step(number + 1, made))
        self._count(number, count)
        return encoded

    def _next(self, number: int, record: Record, results: list[Iterator[Record]]) -> Record | None:
        """The next result of a step, timed; ``results`` holds its iterator once it began."""
        watch = self._interpreter
        self.where, self.record = number, record
        started = time.perf_counter()
        if not results:
            watch.entered[number] += 1
            if number in watch.keys:
                watch.keys[number].update(record)
            results.append(iter(watch.stage.steps[number].each(record)))
        made = next(results[0], None)
        watch.seconds[number] += time.perf_counter() - started
        return made

    def _count(self, number: int, results: int) -> None:
        if results == 0:
            self.dropped[number] += 1
        else:
            self.produced[number] += results - 1
