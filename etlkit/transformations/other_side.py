"""The other side of a join or lookup: records that are read into a table before the run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from attrs import Factory, frozen

from etlkit._words import missing_field
from etlkit.errors import RecordError
from etlkit.records import Record
from etlkit.transformations.picking import typed
from etlkit.transformations.readable import Beside, Readable


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

    def fill(self, other: Readable, keys: Sequence[str], *, suffix: str, unique: bool) -> None:
        """Read the other side.

        Raises:
            RecordError: A record has no key, or one key has several records although each
                should have one.
        """
        for number, record in enumerate(Beside(other).records(), 1):
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
