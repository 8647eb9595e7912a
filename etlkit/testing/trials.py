"""A step that is tried on records, and how what it made of them differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING

from etlkit._words import named
from etlkit.engine.kernel import Kernel
from etlkit.engine.reference import Interpreter
from etlkit.records import own
from etlkit.testing.differences import difference
from etlkit.testing.forms import Told, told_once
from etlkit.testing.matching import compared
from etlkit.transformations.step import RecordStep


if TYPE_CHECKING:
    from etlkit.records import Record
    from etlkit.testing.matching import Match
    from etlkit.transformations.step import StageStep, Step

_SHOWN = 3


class Trial:
    """A step and the records that it is tried on.

    Attributes:
        parts: The parts of the step.
        given: The records, which stay as they are.
        handed: Copies of them that the step got the first time.
        first: What it made of them then.
        unread: It did not ask for all of the records.
    """

    def __init__(self, step: Step, given: Sequence[Record]) -> None:
        self.parts = step.parts()
        self.given = given
        self.handed = [deepcopy(record) for record in given]
        self.unread = False
        self._failure: Exception | None = None
        try:
            self.first = self._run(Interpreter, self.handed)
        except Exception as error:  # noqa: BLE001 -- told by failure()
            self._failure = error

    @property
    def only(self) -> RecordStep | None:
        """The one part of the step, if it sees one record at a time."""
        part, *more = self.parts
        return part if isinstance(part, RecordStep) and not more else None

    def failure(self) -> str | None:
        """Why it could not be tried at all, or None."""
        if self._failure is None:
            return None
        return (
            f"Nothing is known of it: with these records a run fails, with "
            f"{named(self._failure)}. Pass records that it can work with."
        )

    def all_refused(self) -> str | None:
        """That it refuses every record, or None."""
        if not self.given or len(self.first.refused) < len(self.given):
            return None
        _, code, words = self.first.refused[0]
        return (
            f"Nothing is known of it: it refuses each of the {len(self.given)} record(s), the "
            f"first as {code!r}: {words}\n  Pass records that it can work with."
        )

    def again(self, kind: type[Interpreter | Kernel] = Interpreter) -> Told:
        """What it makes of the same records, in its plain form or its compiled one."""
        return self._run(kind, [own(record) for record in self.given])

    def _run(self, kind: type[Interpreter | Kernel], records: Sequence[Record]) -> Told:
        """What an attempt makes of records, which it may change.

        What goes from part to part of a step is its own affair.
        """
        whole = Told(list(records))
        for part in self.parts:
            if isinstance(part, RecordStep):
                whole = whole.then(told_once(kind, part, whole.records, decode=_itself))
            else:
                whole = whole.then(Told(self._gathered(part, whole.records)))
        return whole

    def _gathered(self, part: StageStep, records: Sequence[Record]) -> list[Record]:
        batches = _Batches(records, 1 if part.memory == "streaming" else 2)
        made = [one for batch in part.run(batches) for one in batch]
        self.unread = self.unread or not batches.ended
        return made


def _itself(record: Record) -> Record:
    return record


class _Batches:
    """Records in batches, and whether somebody asked for more."""

    def __init__(self, records: Sequence[Record], number: int) -> None:
        size = -(-len(records) // number) or 1
        batches = range(0, len(records), size)
        self._batches = iter([list(records[start : start + size]) for start in batches])
        self.ended = False

    def __iter__(self) -> Iterator[list[Record]]:
        return self

    def __next__(self) -> list[Record]:
        batch = next(self._batches, None)
        if batch is None:
            self.ended = True
            raise StopIteration
        return batch


def unlike(first: Told, other: Told) -> str | None:
    """How two attempts differ, in words; None if they do not."""
    match = compared(other.records, first.records, ordered=True)
    if match is not None:
        return in_words(match)
    for name in {**first.sent, **other.sent}:
        match = compared(other.sent.get(name, []), first.sent.get(name, []), ordered=True)
        if match is not None:
            return f"of the output {name!r} {in_words(match)}"
    if [*map(list, other.records)] != [*map(list, first.records)]:
        return "the fields of a record are in another order"
    for one, another in zip(first.refused, other.refused, strict=False):
        if one != another:
            return f"it refuses a record as {another[1:]}, expected {one[1:]}"
    if len(first.refused) != len(other.refused):
        return f"it refuses {len(other.refused)} record(s), expected {len(first.refused)}"
    return None


def in_words(match: Match) -> str:
    """How records differ, for a message that goes on behind it."""
    return difference(match, _SHOWN).replace("\n", "\n  ")
