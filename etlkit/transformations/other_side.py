"""The other side of a join or lookup: records that are read into a table before the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeAlias, runtime_checkable

from attrs import Factory, frozen

from etlkit._words import missing_field
from etlkit.errors import ConfigurationError, RecordError
from etlkit.records import Record, expect_records, own
from etlkit.transformations.picking import typed


@runtime_checkable
class Readable(Protocol):
    """A source, as far as a step needs it."""

    @property
    def uri(self) -> str:
        """What messages call it."""

    def extract(self) -> list[Record]:
        """Its records."""


Other: TypeAlias = "Readable | Iterable[Record]"
"""A source, or records at hand that can be gone through more than once."""


def checked_other(step: str, given: object) -> Other:
    """What users pass as the other side.

    Raises:
        ConfigurationError: It is something else, or can be gone through only once.
    """
    if isinstance(given, Readable):
        return given
    expect_records(given, step)
    if isinstance(given, Iterator):
        message = (
            f"{step}: an iterator can be gone through only once, and a run may be tried again; "
            "pass a list or a source"
        )
        raise ConfigurationError(message)
    return given  # type: ignore[return-value]  # as was looked


def shown_other(given: Other) -> str:
    """The other side as plans show it."""
    if isinstance(given, Readable):
        return given.uri
    return f"{len(given)} records" if isinstance(given, Sequence) else type(given).__name__


def records_of(given: Other) -> Iterator[tuple[int, Record]]:
    """The records of the other side with their numbers; they are copies.

    Raises:
        RecordError: One of them is no record.
    """
    records: Any = given.extract() if isinstance(given, Readable) else given
    for number, record in enumerate(records, 1):
        copy = own(record)
        if copy.__class__ is not dict:
            message = f"record {number} of the other side is no dict but {type(record).__name__}"
            raise RecordError(message)
        yield number, copy


def key_of(values: Iterable[Any]) -> Any:
    """What is looked up, or None where there is nothing to find: None and NaN match nothing."""
    found = []
    for value in values:
        if value is None or value != value:  # noqa: PLR0124 -- NaN
            return None
        found.append(typed(value))
    return found[0] if len(found) == 1 else tuple(found)


@frozen(eq=False)
class Table:
    """The records of the other side by their keys; filled once for each attempt.

    Attributes:
        found: For each key its records without the fields of the key, in order.
        names: All fields that these records have.
        values: The values of each key.
        keyless: Records without a key, which match nothing, with the values of their keys.
    """

    found: dict[Any, list[Record]] = Factory(dict)
    names: dict[str, None] = Factory(dict)
    values: dict[Any, list[Any]] = Factory(dict)
    keyless: list[tuple[list[Any], Record]] = Factory(list)

    def fill(self, other: Other, keys: Sequence[str], *, suffix: str, unique: bool) -> None:
        """Read the other side.

        Raises:
            RecordError: A record has no key, or one key has several records although each
                should have one.
        """
        for number, record in records_of(other):
            key, values = self._key(number, record, keys)
            made = {f"{name}{suffix}": one for name, one in record.items() if name not in keys}
            self.names.update(dict.fromkeys(made))
            if key is None:
                self.keyless.append((values, made))
                continue
            self.values[key] = values
            group = self.found.setdefault(key, [])
            if group and unique:
                # told by its number: the key may be a sensitive value
                message = (
                    f"record {number} of the other side has the {' and '.join(map(repr, keys))} of "
                    "an earlier one, but each record should match one at most (validate)"
                )
                raise RecordError(message)
            group.append(made)

    @staticmethod
    def _key(number: int, record: Record, keys: Sequence[str]) -> tuple[Any, list[Any]]:
        try:
            values = [record[name] for name in keys]
            return key_of(values), values
        except KeyError as error:
            words = missing_field(str(error.args[0]), record)
        except TypeError as error:
            words = str(error)
        message = f"record {number} of the other side: {words}"
        raise RecordError(message)
