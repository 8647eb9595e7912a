"""What a step reads beside the records of the run: a source, or records at hand."""

from __future__ import annotations

import os

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

from attrs import Factory, define, evolve, field, frozen

from etlkit._words import shown
from etlkit.errors import RecordError
from etlkit.formats.objects import batched
from etlkit.records import Batch, Record, expect_records, own
from etlkit.runs.commit import Position
from etlkit.runs.tally import OtherSide
from etlkit.transformations.mistakes import mistake


if TYPE_CHECKING:
    from collections.abc import Callable

    from etlkit.schema.fields import Place


class Reads(Protocol):
    """One reading of a source by one attempt; see :class:`etlkit.sources.source.Reading`."""

    def batches(self) -> Iterator[Batch]:
        """The records in batches; called once."""

    def records(self) -> Iterator[Record]:
        """Or the decoded records, one after the other."""

    def position(self) -> Position:
        """The files that were read to their end."""

    def version(self, uri: str) -> str | None:
        """What tells the content of a file from an earlier one of the same name."""


@runtime_checkable
class Readable(Protocol):
    """A source, as far as a step needs it; see :class:`etlkit.DataSource`."""

    @property
    def uri(self) -> str:
        """What messages call it."""

    @property
    def sensitive_places(self) -> tuple[Place, ...]:
        """Places of fields whose values no message may show."""

    @property
    def readable_again(self) -> bool:
        """Whether the records can be read more than once."""

    @property
    def known_fields(self) -> tuple[str, ...] | None:
        """The fields that every record has, and no others; None where reading has to tell."""

    @property
    def incremental(self) -> bool:
        """Whether a run of it would read only what is new."""

    def check(self) -> None:
        """Look whether it can be read."""

    def reads(self, uri: str) -> bool:
        """Whether it reads the place that a destination of this uri writes."""

    def remarks(self) -> Sequence[str]:
        """What the user should know of it although nothing failed."""

    def batches(self) -> Iterator[Batch]:
        """The records in batches."""

    def splits(self, n: int) -> Sequence[Readable]:
        """At most ``n`` sources that hold the records of this one between them."""

    def reading(self, known: Position) -> Reads:
        """Begin one reading; of an empty position, so that everything is read."""


Other: TypeAlias = "Readable | Iterable[Record]"
"""A source, or records at hand that can be gone through more than once."""


@frozen(eq=False)
class AtHand:
    """Records at hand, as a source and its reading; they stay the caller's.

    Attributes:
        given: The records.
        uri: What messages call them.
    """

    given: Iterable[Record]
    uri: str
    sensitive_places: tuple[Place, ...] = ()
    readable_again: bool = True
    incremental: bool = False
    known_fields: tuple[str, ...] | None = None

    def check(self) -> None:
        """They are there."""

    def reads(self, uri: str) -> bool:
        """They are read from nowhere."""
        del uri
        return False

    def remarks(self) -> Sequence[str]:
        """Nothing is to be known of them."""
        return ()

    def splits(self, n: int) -> Sequence[Readable]:
        """Itself, whole."""
        del n
        return [self]

    def reading(self, known: Position) -> Reads:
        """Itself, since nothing changes while it is read."""
        del known
        return self

    def batches(self) -> Iterator[Batch]:
        """Copies of the records, in batches."""
        return batched(self.given, self.uri, kept=isinstance(self.given, (list, tuple)))

    def records(self) -> Iterator[Record]:
        """Copies of the records.

        Raises:
            RecordError: One of them is no record.
        """
        for number, record in enumerate(self.given, 1):
            copy = own(record)
            if copy.__class__ is not dict:
                message = (
                    f"record {number} of the other side is no dict but {type(record).__name__}"
                )
                raise RecordError(message)
            yield copy

    def position(self) -> Position:
        """No files."""
        return Position()

    def version(self, uri: str) -> str | None:
        """Nothing tells them from others."""
        del uri
        return None


def readable(step: str, given: object, *, name: str = "") -> Readable:
    """What users pass as the other side.

    Args:
        step: The step, for messages.
        given: A source, or records.
        name: What messages call records at hand; by default their number.

    Raises:
        ConfigurationError: It is something else, or can be gone through only once.
    """
    if isinstance(given, (str, os.PathLike)):
        message = f"{step}: the records of a file come from FileSource({shown(given)})"
        raise mistake(message)
    if isinstance(given, Readable):
        if given.readable_again:
            return given
        _refuse_once(step)
    expect_records(given, step)
    if isinstance(given, Iterator):
        _refuse_once(step)
    records: Iterable[Record] = given  # type: ignore[assignment]  # as was looked
    length = f"{len(records)} records" if isinstance(records, Sequence) else type(given).__name__
    return AtHand(records, name or length)


def _refuse_once(step: str) -> None:
    message = (
        f"{step}: an iterator can be gone through only once, and a run may be tried again; "
        "pass a list or a source"
    )
    raise mistake(message)


@define(eq=False)
class Beside:
    """One reading of an other side by one attempt, and its line in the tally.

    Attributes:
        source: What is read.
        line: The counts so far.
    """

    source: Readable
    line: OtherSide = field()
    _begun: list[Reads] = Factory(list)

    @line.default
    def _(self) -> OtherSide:
        return OtherSide(self.source.uri)

    def records(self) -> Iterator[Record]:
        """The records, counted as they are read."""
        for record in self._reading().records():
            self.line.read += 1
            yield record

    def batches(self) -> Iterator[Batch]:
        """The records in batches, counted; blank lines are taken off once they are seen."""
        reading = self._reading()
        for batch in reading.batches():
            self.line.read += len(batch.items) + len(batch.refused)
            origin = evolve(batch.origin, version=reading.version(batch.origin.uri))
            yield evolve(batch, origin=origin, is_blank=self._blank(batch.is_blank))

    def told(self) -> OtherSide:
        """The line, with the files that were read."""
        files = [file for reading in self._begun for file in reading.position().inputs]
        return evolve(self.line, files=tuple(files))

    def _reading(self) -> Reads:
        self.source.check()
        self._begun.append(self.source.reading(Position()))
        return self._begun[-1]

    def _blank(self, is_blank: Callable[[object], bool] | None) -> Callable[[object], bool] | None:
        if is_blank is None:
            return None

        def counted(item: object) -> bool:
            blank = is_blank(item)
            self.line.read -= blank
            return blank

        return counted
