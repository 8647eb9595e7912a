"""The same work as the kernel, as plainly as possible and step by step.

It is what the generated code has to agree with. Where a chain is not compiled it does the
work, and tells how long each step takes.
"""

from __future__ import annotations

import time

from typing import TYPE_CHECKING, Any

from etlkit.engine.kernel import DECODE, ENCODE, Outcome, unfit_for
from etlkit.formats.row_hash import row_hash
from etlkit.records import OutBatch, Unfit, as_object


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.engine.kernel import Keys, Reject
    from etlkit.engine.plan import Stage
    from etlkit.formats.format import Encoder
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
        out = _Encoded()
        sent = {name: _Encoded() for name in self.stage.encoders}
        dropped = [0] * len(self.stage.steps)
        produced = [0] * len(self.stage.steps)
        blank = 0
        for position, item in enumerate(batch.items):
            one = _OneRecord(self, len(self.stage.steps))
            try:
                one.work(batch, item)
            except Exception as error:  # noqa: BLE001 -- handed to reject, which keeps or raises it
                if batch.is_blank is not None and batch.is_blank(item):
                    blank += 1
                else:
                    reject(one.where, error, batch, position, one.record)
                continue
            out.extend(one.out, batch.first + position)
            for name, made in one.sent:
                sent[name].extend([made], batch.first + position)
            dropped = [a + b for a, b in zip(dropped, one.dropped, strict=True)]
            produced = [a + b for a, b in zip(produced, one.produced, strict=True)]
        hashed = self.stage.hashed
        to_outputs = {
            name: made.batch(batch, hashed=hashed) for name, made in sent.items() if made.pairs
        }
        main = out.batch(batch, hashed=hashed and self.stage.end is None)
        return Outcome(main, dropped, produced, blank, to_outputs)


class _Encoded:
    """Encoded records with their hashes, and the numbers of those they were made of."""

    def __init__(self) -> None:
        self.pairs: list[tuple[Any, bytes]] = []
        self.numbers: list[int] = []

    def extend(self, pairs: list[tuple[Any, bytes]], number: int) -> None:
        self.pairs.extend(pairs)
        self.numbers.extend([number] * len(pairs))

    def batch(self, source: Batch, *, hashed: bool) -> OutBatch:
        hashes = [row_hash for _, row_hash in self.pairs] if hashed else None
        items = [item for item, _ in self.pairs]
        return OutBatch(items, source, numbers=self.numbers, hashes=hashes)


class _Results:
    """What a step makes of one record, while it makes it."""

    def __init__(self) -> None:
        self.iterator: Iterator[tuple[str | None, Record]] | None = None
        self.count = 0


class _OneRecord:
    """One source record on its way; it counts only when all of it succeeds."""

    def __init__(self, interpreter: Interpreter, steps: int) -> None:
        self._interpreter = interpreter
        self.where = DECODE
        self.record: Record = {}
        self.dropped = [0] * steps
        self.produced = [0] * steps
        self.out: list[tuple[Any, bytes]] = []
        self.sent: list[tuple[str, tuple[Any, bytes]]] = []

    def work(self, batch: Batch, item: object) -> None:
        record = batch.decode(item)
        if record.__class__ is not dict:
            record = as_object(record)
        self._from_step(0, record)

    def _from_step(self, number: int, record: Record) -> None:
        """Do this step and those after it for a record."""
        steps = self._interpreter.stage.steps
        # No call nested in another: a chain may be longer than Python lets calls nest.
        while number < len(steps) and not steps[number].fans_out:
            results = _Results()
            made = self._next(number, record, results)
            self._count(number, results.count)
            if made is None:
                return
            number, record = number + 1, made
        if number == len(steps):
            stage = self._interpreter.stage
            self.out.append(self._encoded(stage.encoder, record, hashed=stage.end is None))
            return
        results = _Results()
        while (made := self._next(number, record, results)) is not None:
            self._from_step(number + 1, made)
        self._count(number, results.count)

    def _next(self, number: int, record: Record, results: _Results) -> Record | None:
        """The next result of a step that goes on, timed; what it sends is sent."""
        watch = self._interpreter
        while True:
            self.where, self.record = number, record
            started = time.perf_counter()
            if results.iterator is None:
                watch.entered[number] += 1
                if number in watch.keys:
                    watch.keys[number].update(record)
                results.iterator = iter(watch.stage.steps[number].routed(record))
            found = next(results.iterator, None)
            watch.seconds[number] += time.perf_counter() - started
            if found is None:
                return None
            results.count += 1
            output, made = found
            if output is None:
                return made
            encoder = watch.stage.encoders[output]
            try:
                self.sent.append((output, self._encoded(encoder, made, hashed=True)))
            except Unfit as error:
                raise unfit_for(output, error) from error

    def _encoded(self, encoder: Encoder, record: Record, *, hashed: bool) -> tuple[Any, bytes]:
        self.where, self.record = ENCODE, record
        encoded = encoder.encode(record)
        hashed = hashed and self._interpreter.stage.hashed
        return encoded, row_hash(record) if hashed else b""

    def _count(self, number: int, results: int) -> None:
        if results == 0:
            self.dropped[number] += 1
        else:
            self.produced[number] += results - 1
