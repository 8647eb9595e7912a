"""Records that the program already has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from etlkit.errors import ConfigurationError
from etlkit.sources.source import DataSource


if TYPE_CHECKING:
    from etlkit.records import Record


class RecordsSource(DataSource):
    """The records of any iterable: a list, a generator, the result of a query.

    The records stay the caller's: a run works on copies. A one-shot iterator can be
    read only once, so a retry of its run, or a second run, fails and says so; a list,
    or a callable that returns a new iterator, can be read again.

    Args:
        records: An iterable of dicts, or a callable without arguments that returns one.

    Example:
        >>> RecordsSource([{"id": 1}, {"id": 2}]).extract()
        [{'id': 1}, {'id': 2}]
    """

    def __init__(self, records: object, *, name: str = "records") -> None:
        if isinstance(records, (str, bytes, Mapping)) or not (
            isinstance(records, Iterable) or callable(records)
        ):
            message = (
                "RecordsSource takes an iterable of dicts, or a callable that returns one, got "
                f"{type(records).__name__}"
            )
            raise ConfigurationError(message)
        self._records = records
        self._name = name
        self._read: Iterator[Any] | None = None

    def __repr__(self) -> str:
        return f"RecordsSource(name={self._name!r})"

    @property
    def uri(self) -> str:
        """The name it was given."""
        return self._name

    @property
    def readable_again(self) -> bool:
        """False for a one-shot iterator, and for what was found to give one."""
        records = self._records
        if isinstance(records, Iterator):
            return False
        one_shot = isinstance(records, Iterable) and iter(records) is self._read
        return self._read is None or not one_shot

    @property
    def keeps_records(self) -> bool:
        """True for a list, whose records nobody changes while they are read."""
        return isinstance(self._records, (list, tuple))

    def records(self) -> Iterator[Record]:
        """The records, in the order of the iterable.

        Raises:
            ConfigurationError: It is a one-shot iterator that was read before.
        """
        records = self._records
        if callable(records) and not isinstance(records, Iterable):
            records = records()
        found = iter(records)
        if found is self._read:
            message = (
                f"{self._name}: the iterator was read before and can be read only once; "
                "pass a list, or a callable that returns a new iterator"
            )
            raise ConfigurationError(message)
        self._read = found
        return found
