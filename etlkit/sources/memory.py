"""Records that the program already has."""

from __future__ import annotations

import os

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from etlkit._functions import is_function
from etlkit.errors import ConfigurationError
from etlkit.formats.objects import batched
from etlkit.sources.frames import columns_of, frame_batches, is_frame
from etlkit.sources.source import DataSource, decoded


if TYPE_CHECKING:
    from etlkit.records import Batch, Record


class RecordsSource(DataSource):
    """The records of any iterable, or of a data frame: a list, a generator, a query.

    The records stay the caller's: a run works on copies. A one-shot iterator can be
    read only once, so a retry of its run, or a second run, fails and says so; a list,
    or a callable that returns a new iterator, can be read again.

    A data frame is anything that hands out an Arrow stream (``__arrow_c_stream__``):
    Arrow tables and readers, Polars, pandas and DuckDB. It is read a batch at a time,
    by pyarrow, and each row becomes a dict of plain Python values.

    Args:
        records: An iterable of dicts, a data frame, or a callable without arguments
            that returns one of these.

    Example:
        >>> RecordsSource([{"id": 1}, {"id": 2}]).extract()
        [{'id': 1}, {'id': 2}]
    """

    def __init__(self, records: object, *, name: str = "records") -> None:
        if isinstance(records, (str, bytes, Mapping)) or not (
            isinstance(records, Iterable) or is_function(records) or is_frame(records)
        ):
            message = (
                "RecordsSource takes an iterable of dicts, or a callable that returns one, got "
                f"{type(records).__name__}{_hint(records)}"
            )
            raise ConfigurationError(message)
        self._records = records
        self._name = name
        self._read: object = None

    def __repr__(self) -> str:
        return f"RecordsSource(name={self._name!r})"

    @property
    def uri(self) -> str:
        """The name it was given."""
        return self._name

    @property
    def readable_again(self) -> bool:
        """False for a one-shot iterator or reader, and for what was found to give one."""
        records = self._records
        if isinstance(records, Iterator):
            return False
        if self._read is None or is_frame(records):
            return True
        return not (isinstance(records, Iterable) and iter(records) is self._read)

    @property
    def keeps_records(self) -> bool:
        """True for a list, whose records nobody changes while they are read."""
        return isinstance(self._records, (list, tuple))

    @property
    def known_fields(self) -> tuple[str, ...] | None:
        """The columns of a data frame."""
        return columns_of(self._records) if is_frame(self._records) else None

    def records(self) -> Iterator[Record]:
        """The records, in the order of the iterable.

        Raises:
            ConfigurationError: It is a one-shot iterator that was read before.
        """
        found = self._begun()
        if isinstance(found, Iterator) and not is_frame(found):
            return found
        return (record for batch in frame_batches(found, self._name) for record in decoded(batch))

    def batches(self) -> Iterator[Batch]:
        """The records in batches; those of a data frame are converted batch by batch."""
        found = self._begun()
        if isinstance(found, Iterator) and not is_frame(found):
            yield from batched(found, self._name, kept=self.keeps_records)
        else:
            yield from frame_batches(found, self._name)

    def _begun(self) -> Any:
        """A new iterator over the records, or the data frame."""
        records = self._records
        if callable(records) and not isinstance(records, Iterable) and not is_frame(records):
            records = records()
        found = records if is_frame(records) else iter(_iterable(records))
        if found is self._read and isinstance(found, Iterator):
            message = (
                f"{self._name}: the iterator was read before and can be read only once; "
                "pass a list, or a callable that returns a new iterator"
            )
            raise ConfigurationError(message)
        self._read = found
        return found


def _iterable(records: object) -> Iterable[Any]:
    if isinstance(records, Iterable):
        return records
    message = f"the callable of a RecordsSource returned {type(records).__name__}{_hint(records)}"
    raise ConfigurationError(message)


def _hint(records: object) -> str:
    if isinstance(records, (str, os.PathLike)):
        return "; a file is read by FileSource(...)"
    if isinstance(records, Mapping):
        return "; put a single record into a list"
    return "; call its collect() first" if hasattr(records, "collect") else ""
