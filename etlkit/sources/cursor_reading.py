"""One reading of records behind a cursor."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

from attrs import evolve, frozen

from etlkit._words import shown
from etlkit.errors import RecordError
from etlkit.records import Batch, Origin, Unfit, as_object
from etlkit.runs.commit import Position
from etlkit.sources.decoding import decoded_items
from etlkit.sources.source import DataSource, Reading


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeAlias

    from etlkit.records import Places
    from etlkit.sources.window import OpenWindow

    Verdict: TypeAlias = Literal["take", "leave", "refuse"]


class CursorReading(Reading):
    """Reads what lies in the window, record by record, and moves the cursor.

    Args:
        source: The source.
        begun: Begins to read what is behind it, from a start to an end.
        window: What is to be read.
        moves: The cursor is part of the position.
    """

    def __init__(
        self,
        source: DataSource,
        begun: Callable[[Any, Any], Reading],
        window: OpenWindow,
        *,
        moves: bool,
    ) -> None:
        super().__init__(source)
        self._window = window
        self._inner = None if window.is_empty else begun(window.start, window.end)
        self._moves = moves

    def batches(self) -> Iterator[Batch]:
        """The records in the window, with the numbers that they have in the source.

        Raises:
            RecordError: A record has no value, and that is an error.
        """
        if self._inner is None:
            window = self._window
            remark = (
                f"nothing was read: the cursor of {window.window.field!r} is at or near "
                f"{shown(window.start)}, beyond the end of {shown(window.end)}"
            )
            yield self._saying(remark)
            return
        found = False
        for batch in self._inner.batches():
            for part in self._parts(batch):
                found = found or bool(part.items or part.refused)
                yield part
        if not found and self._moves:
            yield self._saying(
                f"nothing new: no record beyond the cursor of {self._window.window.field!r}"
            )

    def position(self) -> Position:
        """The cursor, and the files that were read where there are any."""
        inputs = () if self._inner is None else self._inner.position().inputs
        return Position(inputs, self._window.cursor if self._moves else None)

    def version(self, uri: str) -> str | None:
        """That of the source behind the cursor."""
        return None if self._inner is None else self._inner.version(uri)

    def _saying(self, remark: str) -> Batch:
        return Batch((), Origin(self.source.uri), 1, as_object, remarks=(remark,))

    def _parts(self, batch: Batch) -> Iterator[Batch]:
        """The records in the window; in pieces, so that they keep their numbers."""
        verdicts = self._verdicts(batch)
        if all(verdict == "take" for verdict in verdicts):
            yield batch
            return
        end = 0
        for verdict, group in groupby(verdicts):
            start, end = end, end + len(list(group))
            if verdict != "leave":
                part = _piece(batch, start, end)
                yield part if verdict == "take" else self._refusing(part, batch)
        if batch.refused or batch.remarks:
            yield _rest(batch)

    def _verdicts(self, batch: Batch) -> Sequence[Verdict]:
        verdicts: list[Verdict] = ["take"] * len(batch.items)
        for position, found in decoded_items(batch):
            if isinstance(found, Exception):  # the engine finds the same, and knows what to do
                continue
            try:
                if not self._window.takes(found):
                    verdicts[position] = "leave"
            except Unfit as error:
                if error.code == "cursor_missing" and self._window.window.missing == "error":
                    message = f"{batch.place(position)}: {error}"
                    raise RecordError(message) from error
                verdicts[position] = "refuse"
        return verdicts

    def _refusing(self, part: Batch, batch: Batch) -> Batch:
        """The same items, with a decoder that says what is wrong with each."""

        def decode(item: Any) -> Any:
            record = as_object(batch.decode(item))
            self._window.expect_fit(record)
            return record

        return evolve(part, decode=decode, is_blank=None, explain=None)


@frozen
class _Shifted:
    """Where the items of a piece stand, by where those of its batch do."""

    batch: Batch
    start: int

    def raw(self, position: int) -> bytes:
        return self.batch.raw(self.start + position) or b""

    def line(self, position: int) -> int | None:
        return self.batch.line(self.start + position)


def _piece(batch: Batch, start: int, end: int) -> Batch:
    places: Places | None = None if batch.places is None else _Shifted(batch, start)
    return evolve(
        batch,
        items=batch.items[start:end],
        first=batch.first + start,
        refused=(),
        remarks=(),
        ends_open=batch.ends_open and end == len(batch.items),
        places=places,
    )


def _rest(batch: Batch) -> Batch:
    """What a batch has besides its items."""
    count = len(batch.items)
    refused = tuple(evolve(each, position=each.position - count) for each in batch.refused)
    return evolve(
        batch, items=(), first=batch.first + count, refused=refused, ends_open=False, places=None
    )
