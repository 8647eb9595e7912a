"""The record-wise work of a stage, compiled into one function over a batch.

For each record: decode, every step, encode, before the next record is touched. The
function keeps no number for the record at hand. For chains that make at most one record
of one, the position is what came out plus what did not, so it is known for free when
something fails, and the step that failed is told by the line of the traceback.
"""

from __future__ import annotations

import time

from bisect import bisect_right
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from attrs import field, frozen

from etlkit._codegen import Code
from etlkit.engine.check import Check
from etlkit.formats.row_hash import write_row_hash
from etlkit.records import OutBatch, Unfit, as_object


if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from etlkit.engine.plan import Stage
    from etlkit.records import Batch, Record

MOST_LOOPS = 8
"""Steps that fan out in one kernel; CPython allows twenty nested blocks in all."""

Keys: TypeAlias = "Mapping[int, set[object]]"
"""The keys of the records that came to a check, by the index of its step in the stage."""

DECODE, ENCODE = -1, -2
"""Where a record failed, when it was in no step."""

_SEND = -3
"""Where a record is encoded for the first named output, and so on downwards."""


class Reject(Protocol):
    """Called for every record that fails.

    Args:
        where: Index of the step among those of the stage, ``DECODE`` or ``ENCODE``.
        error: What was raised.
        batch: The batch of the record.
        position: Its index there.
        record: The decoded record, as far as it was changed; for a step that fans out the
            one that it was given. Empty where there is none.
    """

    def __call__(
        self, where: int, error: Exception, batch: Batch, position: int, record: Record
    ) -> None:
        """Keep the record, or raise to end the run."""


@frozen
class Outcome:
    """What a kernel made of one batch.

    Attributes:
        out: The encoded records.
        dropped: For each step, the records it filtered.
        produced: For each step, the records it added.
        blank: Items that were no records.
        sent: What steps sent to outputs, by name; only those with records.
    """

    out: OutBatch
    dropped: Sequence[int]
    produced: Sequence[int]
    blank: int
    sent: Mapping[str, OutBatch] = field(factory=dict)


class Kernel:
    """The compiled form of a stage; made once for each plan, used by any number of threads.

    One that is timed looks at the clock around each step, and belongs to one run.

    Attributes:
        seconds: Time spent in each step, if it is timed.
        entered: Records that entered each step, if it is timed.
    """

    def __init__(self, stage: Stage, *, timed: bool = False) -> None:
        self.seconds = [0.0] * len(stage.steps)
        self.entered = [0] * len(stage.steps)
        writer = _TimedWriter(stage, self) if timed else _Writer(stage)
        self.source = writer.source()
        self._function = writer.function()
        self._starts = [line for line, _ in writer.places]
        self._places = [place for _, place in writer.places]
        self._numbered = writer.numbered
        self._outputs = writer.outputs

    def run(self, batch: Batch, reject: Reject, keys: Keys | None = None) -> Outcome:
        """Do the work of the stage for one batch; ``keys`` takes those of its records."""

        def fail(error: Exception, position: int, record: Any, given: Mapping[int, Record]) -> None:
            where = self._where(error)
            at_hand = given.get(where, record)
            if where == DECODE or at_hand.__class__ is not dict:
                at_hand = {}
            if where <= _SEND:
                where, error = ENCODE, unfit_for(self._outputs[_SEND - where], error)
            reject(where, error, batch, position, at_hand)

        items, numbers, dropped, produced, blank, *more = self._function(batch, fail, keys)
        hashes, *sent = more or (None,)
        if self._numbered:
            out = _numbered(batch, items, numbers, hashes)
        else:
            out = OutBatch(items, batch, gaps=numbers, hashes=hashes)
        if not sent:
            return Outcome(out, dropped, produced, blank)
        pairs = zip(self._outputs, sent, strict=True)
        to_outputs = {name: _numbered(batch, *made) for name, made in pairs if made[0]}
        return Outcome(out, dropped, produced, blank, to_outputs)

    def _where(self, error: Exception) -> int:
        """The step whose line in the kernel's own frame raised, or let through, the error."""
        traceback = error.__traceback__
        line = traceback.tb_lineno if traceback is not None else 0
        return self._places[bisect_right(self._starts, line) - 1]


def unfit_for(output: str, error: Exception) -> Exception:
    """Why a record has no form in the encoding of a named output, which the words then name."""
    if not isinstance(error, Unfit):
        return error
    told = Unfit(error.code, f"for the output {output!r}: {error}", error.problems)
    told.__cause__ = error
    return told


def _numbered(
    batch: Batch, items: list[Any], positions: Sequence[int], hashes: list[bytes] | None
) -> OutBatch:
    numbers = [batch.first + position for position in positions]
    return OutBatch(items, batch, numbers=numbers, hashes=hashes)


class _Writer:
    """Writes the kernel of a stage, and remembers which lines belong to which step."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._code = Code()
        self._step = 0
        self._loops: list[tuple[int, int]] = []
        self.places: list[tuple[int, int]] = []
        self.outputs = tuple(stage.encoders)
        fans_out = any(step.fans_out for step in stage.steps)
        self.numbered = fans_out or bool(self.outputs)
        self._hashes_main = stage.hashed and stage.end is None
        self._write()

    def source(self) -> str:
        return self._code.text()

    def function(self) -> Callable[..., Any]:
        return self._code.function("kernel")

    # -- what steps use (StepCode)

    def bind(self, hint: str, value: object) -> str:
        return self._code.bind(hint, value)

    def line(self, *texts: str) -> None:
        self._code.line(*texts)

    def block(self, header: str) -> Any:
        return self._code.block(header)

    @property
    def takes_back(self) -> bool:
        return self.numbered

    def drop(self) -> None:
        self._code.line(f"dropped_{self._step} += 1")
        if not self.numbered:
            self._code.line("gap(len(out))")
        self._code.line("continue")

    def fan_out(self, results: str) -> None:
        made = f"made_{self._step}"
        self._loops.append((self._step, self._code.depth))
        self._code.line(f"{made} = 0")
        self._code.open(f"for record in {results}:")
        self._code.line(f"{made} += 1")

    def emit(self, output: str, record: str) -> None:
        number = self.outputs.index(output)
        encoder = self._stage.encoders[output]
        self._code.line(f"produced_{self._step} += 1", f"sending = {record}")
        self._place(_SEND - number)
        encoded = encoder.write(self, "sending")
        self._hash("sending", hashed=self._stage.hashed)
        self._code.line(f"sent_{number}.append({encoded})")
        if self._stage.hashed:
            self._code.line(f"hashes_{number}.append(row_hash)")
        self._code.line(f"places_{number}.append(position)")
        self._place(self._step)

    def leave(self) -> None:
        self._code.line(f"produced_{self._step} -= 1", "continue")

    # -- the parts of the kernel

    def _write(self) -> None:
        code = self._code
        with code.block("def kernel(batch, fail, keys):"):
            self._counters()
            each = (
                "position, item in enumerate(batch.items)"
                if self.numbered
                else ("item in batch.items")
            )
            with code.block(f"for {each}:"):
                if self.numbered:
                    code.line("mark = len(out)", f"before = ({self._counts()})")
                with code.block("try:"):
                    self._record()
                with code.block("except Exception as error:"):
                    self._failure()
            dropped, produced = self._counted("dropped"), self._counted("produced")
            code.line(f"return out, numbers, ({dropped}), ({produced}), blank{self._more()}")

    def _counters(self) -> None:
        self._code.line("decode = batch.decode", "record = None", "blank = 0", "out = []")
        self._code.line("keep = out.append", "numbers = []", "gap = numbers.append")
        for name in self._names():
            self._code.line(f"{name} = 0")
        for number in self._fanning():
            self._code.line(f"given_{number} = None")
        if self._hashes_main:
            self._code.line("hashes = []", "keep_hash = hashes.append")
        if self.outputs:
            self._code.line("sending = None")
        for number in range(len(self.outputs)):
            hashes = "[]" if self._stage.hashed else "None"
            self._code.line(f"sent_{number}, places_{number}, hashes_{number} = [], [], {hashes}")

    def _more(self) -> str:
        """What a kernel returns besides: the hashes, and what goes to each output."""
        if not self.outputs and not self._hashes_main:
            return ""
        sent = "".join(
            f", (sent_{number}, places_{number}, hashes_{number})"
            for number in range(len(self.outputs))
        )
        return f", {'hashes' if self._hashes_main else None}{sent}"

    def _fanning(self) -> list[int]:
        return [number for number, step in enumerate(self._stage.steps) if step.fans_out]

    def _names(self) -> list[str]:
        steps = range(len(self._stage.steps))
        return [f"dropped_{n}" for n in steps] + [f"produced_{n}" for n in steps]

    def _counts(self) -> str:
        return "".join(f"{name}, " for name in self._names())

    def _counted(self, what: str) -> str:
        return "".join(f"{what}_{n}, " for n in range(len(self._stage.steps)))

    def _record(self) -> None:
        code = self._code
        self._place(DECODE)
        code.line("record = decode(item)")
        with code.block("if record.__class__ is not dict:"):
            code.line(f"record = {code.bind('as_object', as_object)}(record)")
        outside = code.depth
        for number, step in enumerate(self._stage.steps):
            self._step = number
            self._place(number)
            if isinstance(step, Check):
                code.line(f"if keys is not None: keys[{number}].update(record)")
            self._enter(number)
            if step.fans_out:  # its record, for it goes on to its results under the same name
                code.line(f"given_{number} = record")
            step.write(self)
        self._place(ENCODE)
        encoded = self._stage.encoder.write(self, "record")
        self._hash("record", hashed=self._hashes_main)
        code.line(f"keep({encoded})")
        if self._hashes_main:
            code.line("keep_hash(row_hash)")
        if self.numbered:
            code.line("gap(position)")
        self._leave_loops()
        for number, depth in reversed(self._loops):
            code.depth = depth
            code.line(f"if made_{number}: produced_{number} += made_{number} - 1")
            code.line(f"else: dropped_{number} += 1")
        code.depth = outside

    def _hash(self, record: str, *, hashed: bool) -> None:
        """The row hash, made before anything is kept: it may fail, and then nothing was."""
        if hashed:
            write_row_hash(self, record)

    def _failure(self) -> None:
        """A blank line is no record; anything else that failed is taken back and rejected."""
        code = self._code
        with code.block("if batch.is_blank is not None and batch.is_blank(item):"):
            code.line("blank += 1")
            if not self.numbered:
                code.line("gap(len(out))")
            code.line("continue")
        if not self.numbered:
            code.line("fail(error, len(out) + len(numbers), record, {})", "gap(len(out))")
            return
        hashes = ", hashes[mark:]" if self._hashes_main else ""
        code.line(f"del out[mark:], numbers[mark:]{hashes}", f"({self._counts()}) = before")
        for number in range(len(self.outputs)):
            self._take_back(number)
        given = [f"{number}: given_{number}" for number in self._fanning()]
        given += [f"{_SEND - number}: sending" for number in range(len(self.outputs))]
        code.line(f"fail(error, position, record, {{{', '.join(given)}}})")

    def _take_back(self, number: int) -> None:
        """What a failed record has sent stands at the end of what was sent."""
        last = f"places_{number}[-1]"
        hashes = f", hashes_{number}[-1]" if self._stage.hashed else ""
        with self._code.block(f"while places_{number} and {last} == position:"):
            self._code.line(f"del sent_{number}[-1], {last}{hashes}")

    def _place(self, where: int) -> None:
        """What the lines that follow belong to."""
        self.places.append((self._code.next_line, where))

    def _enter(self, number: int) -> None:
        """A record enters a step."""

    def _leave_loops(self) -> None:
        """The last thing that happens to a record, before steps that fan out give another."""


class _TimedWriter(_Writer):
    """Adds lines that look at the clock, wherever the lines of one step end."""

    def __init__(self, stage: Stage, kernel: Kernel) -> None:
        self._watched = kernel
        super().__init__(stage)

    def drop(self) -> None:
        self._lap()
        super().drop()

    def leave(self) -> None:
        self._lap()
        super().leave()

    def fan_out(self, results: str) -> None:
        super().fan_out(results)
        self._lap()

    def _place(self, where: int) -> None:
        self._lap()
        super()._place(where)

    def _enter(self, number: int) -> None:
        self._code.line(f"{self.bind('entered', self._watched.entered)}[{number}] += 1")

    def _leave_loops(self) -> None:
        if self._loops:
            self._code.line(f"since = {self.bind('clock', time.perf_counter)}()")

    def _lap(self) -> None:
        """Count the time since the last look for the step that the lines so far belong to."""
        clock = self.bind("clock", time.perf_counter)
        at = self.places[-1][1] if self.places else DECODE
        if at >= 0:
            seconds = self.bind("seconds", self._watched.seconds)
            self._code.line(f"{seconds}[{at}] += {clock}() - since")
        self._code.line(f"since = {clock}()")
