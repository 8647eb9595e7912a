"""The contract of a source."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from etlkit._words import shown
from etlkit.errors import ConfigurationError, EtlkitError, RecordError
from etlkit.formats.objects import batched
from etlkit.records import refused_place
from etlkit.runs.commit import Position
from etlkit.sources.decoding import decoded_items


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from etlkit.formats.format import Format
    from etlkit.jobs.flow import Flow
    from etlkit.records import Batch, Record
    from etlkit.schema.fields import Place


class DataSource(ABC):
    """Where the records of a job come from; one method makes a source.

    A source is a value: it opens nothing when it is made, a job may read it several
    times, and what changes while reading lives in the iterators it returns. The engine
    calls ``check`` and then ``batches`` once for each attempt, on the thread of the run;
    both may block. Each attempt reads from the beginning, so a source should give the
    same records in the same order. Its iterator is closed when the attempt ends, however
    it ends.

    Example:
        >>> class Countdown(DataSource):
        ...     def records(self):
        ...         yield from ({"left": left} for left in (3, 2, 1))
        >>> Countdown().extract()
        [{'left': 3}, {'left': 2}, {'left': 1}]
    """

    @property
    def uri(self) -> str:
        """What messages call the source."""
        return type(self).__name__

    @property
    def readable_again(self) -> bool:
        """Whether the records can be read more than once; without it no run is retried."""
        return True

    @property
    def may_hold_nan(self) -> bool:
        """Whether a record may hold a NaN or an infinity, which no JSON text does."""
        return True

    @property
    def sensitive_places(self) -> tuple[Place, ...]:
        """Places of fields whose values no message may show, beside those of validators."""
        return ()

    @property
    def keeps_records(self) -> bool:
        """Whether a record stays as it was given while the next ones are read."""
        return False

    @property
    def known_fields(self) -> tuple[str, ...] | None:
        """The fields that every record has, and no others; None where reading has to tell."""
        return None

    def reads(self, uri: str) -> bool:
        """Whether the source reads the place that a destination of this uri writes.

        Such a job would read what it loaded before, so it does not run.
        """
        del uri
        return False

    @abstractmethod
    def records(self) -> Iterator[Record]:
        """The records, in a stable order. They stay the source's own: a run copies them.

        An exception that it raises fails the run and surfaces as it is.
        """

    def batches(self) -> Iterator[Batch]:
        """The records in batches, for the engine.

        A source with bytes of its own overrides this, so that rejected records keep
        their bytes and the kernel decodes what it needs.
        """
        return batched(_iterated(self), self.uri, kept=self.keeps_records)

    @property
    def incremental(self) -> bool:
        """Whether a run reads only what the committed runs of its job have not read."""
        return False

    @property
    def extent(self) -> str:
        """Which of its records a run reads, in the words of ``explain``; empty for all."""
        return "only what is new" if self.incremental else ""

    def reading(self, known: Position, *, supersedes: bool = False) -> Reading:
        """Begin one reading; called by the engine once for each attempt, before ``batches``.

        Args:
            known: How far the committed runs of the job have read. A source that is not
                incremental takes no notice and reads everything.
            supersedes: A file that has changed may be read again, since the destination
                puts its records in the place of the earlier ones.
        """
        del known, supersedes
        return Reading(self)

    def format_for(self, uri: str) -> Format | None:
        """How the bytes of a file of this source become records; for replays.

        None for a source that reads no files: then its records are replayed as they were,
        where JSON holds them.
        """
        del uri
        return None

    def check(self) -> None:  # noqa: B027 -- there may be nothing to look at
        """Look whether the source can be read, without reading it.

        Raises:
            EtlkitError: It cannot; the message says why and how to mend it.
        """

    def validate(self) -> bool:
        """Whether ``check`` passes.

        Example:
            >>> from etlkit import FileSource
            >>> FileSource("missing.jsonl").validate()
            False
        """
        try:
            self.check()
        except EtlkitError:
            return False
        return True

    def __or__(self, other: object) -> Flow:
        """A lazy flow of the records through a step, a chain, or a validator.

        Nothing is read before the flow is asked: see :class:`etlkit.jobs.Flow`.

        Raises:
            ConfigurationError: It is something else.

        Example:
            >>> from etlkit import F, RecordsSource
            >>> from etlkit.transformations import Filter
            >>> list(RecordsSource([{"n": 1}, {"n": 2}]) | Filter(F.n > 1))
            [{'n': 2}]
        """
        from etlkit.jobs.flow import Flow  # the one import that points up; see pyproject.toml

        return Flow(self) | other

    def extract(self, query: Callable[[Record], bool] | None = None) -> list[Record]:
        """All records in a list; for notebooks and tests, since it holds them all.

        What a run would warn of is logged.

        Args:
            query: Keep only the records for which it is true; None keeps all.

        Raises:
            ConfigurationError: ``query`` is no function.
            RecordError: A record cannot be decoded; the message has file and number.
            EtlkitError: The source cannot be read.
        """
        _check_query(query)
        found = self._decoded()
        return list(found) if query is None else [record for record in found if query(record)]

    def to_arrow(self) -> Any:
        """All records as a ``pyarrow.Table``, with a column for each key of any record.

        It holds the whole source in memory, for a moment as Python values too. A key
        that a record lacks is null, at every depth. Whole numbers among floats become
        floats where that changes nothing; other mixtures in one column are errors.

        Raises:
            MissingExtra: pyarrow is not installed.
            RecordError: A record cannot be decoded, or a column would have several
                types; the message names it.
            EtlkitError: The source cannot be read.
        """
        from etlkit.formats.frames import arrow_table

        return arrow_table(self._decoded())

    def to_pandas(self) -> Any:
        """All records as a ``pandas.DataFrame``; made by way of Arrow, see ``to_arrow``.

        A column of whole numbers or booleans with gaps has a nullable type of pandas, and
        lists and dicts stay what they are.

        Raises:
            MissingExtra: pandas or pyarrow is not installed.
            EtlkitError: As for ``to_arrow``.
        """
        from etlkit.formats.frames import pandas_frame

        return pandas_frame(self._decoded())

    def to_polars(self) -> Any:
        """All records as a ``polars.DataFrame``; made by way of Arrow, see ``to_arrow``.

        Raises:
            MissingExtra: Polars or pyarrow is not installed.
            EtlkitError: As for ``to_arrow``.
        """
        from etlkit.formats.frames import polars_frame

        return polars_frame(self._decoded())

    def _decoded(self) -> Iterator[Record]:
        self.check()
        return self._told()

    def _told(self) -> Iterator[Record]:
        """The decoded records; what a run would warn of is logged."""
        log_remarks(self.remarks())
        for batch in self.batches():
            log_remarks(batch.remarks)
            yield from decoded(batch)

    def splits(self, n: int) -> Sequence[DataSource]:
        """At most ``n`` sources that hold the records of this one between them.

        Workers read them independently. A source that cannot be split is its only part.
        """
        del n
        return [self]

    def remarks(self) -> Sequence[str]:
        """What the user should know of the source although nothing failed.

        Asked once, before the first batch is read; becomes warnings of the result.
        """
        return ()


class Reading:
    """One reading of a source by one attempt: its records, and how far it came.

    What changes while a source is read lives here. This one reads everything that
    ``batches`` gives; incremental sources return one of their own.
    """

    def __init__(self, source: DataSource) -> None:
        self.source = source

    def batches(self) -> Iterator[Batch]:
        """The records in batches; called once."""
        return self.source.batches()

    @property
    def may_end_early(self) -> bool:
        """Whether it may be closed before its end by a run that needs no more records.

        Not where what was left unread would count as read from then on.
        """
        return not self.source.incremental

    def records(self) -> Iterator[Record]:
        """The decoded records, for a step that reads the source beside a run.

        Raises:
            RecordError: One cannot be decoded; the message has file and number.
        """
        for batch in self.batches():
            log_remarks(batch.remarks)
            yield from decoded(batch)

    def position(self) -> Position:
        """How far this reading came, for the commit record.

        Asked for after the last batch, and not at all when the attempt failed before.
        """
        return Position()

    def version(self, uri: str) -> str | None:
        """What tells the content of a file from an earlier one of the same name.

        A hint such as size and time of change; asked for a file when its first record is
        rejected, and the same from then on. None where there is nothing.
        """
        del uri
        return None


def _check_query(query: object) -> None:
    if query is None or callable(query):
        return
    message = (
        "query is a function of the record such as lambda record: record['age'] > 3, "
        f"got {shown(query)}"
    )
    raise ConfigurationError(message)


def log_remarks(remarks: Iterable[str]) -> None:
    """Say what the user should know; there is no result to keep it."""
    every = list(remarks)
    if not every:  # also at the end of the program, when nothing can be imported any more
        return
    import logging

    logger = logging.getLogger("etlkit.sources")
    for remark in every:
        logger.warning("%s", remark, extra={"action": "read_remark"})


def _iterated(source: DataSource) -> Iterator[Record]:
    records: object = source.records()
    if not isinstance(records, Iterable):
        message = (
            f"{type(source).__name__}.records() returned {type(records).__name__} instead of an "
            "iterator of records; does it lack 'yield' or 'return'?"
        )
        raise ConfigurationError(message)
    return iter(records)


def decoded(batch: Batch) -> Iterator[Record]:
    """The records of a batch, for callers outside a run.

    Raises:
        RecordError: One cannot be decoded; the message has file and number.
    """
    for refusal in batch.refused:
        message = f"{refused_place(batch, refusal)}: {refusal.message}"
        raise RecordError(message)
    for position, found in decoded_items(batch):
        if isinstance(found, Exception):
            message = f"{batch.place(position)}: {found}"
            raise RecordError(message) from found
        yield found
