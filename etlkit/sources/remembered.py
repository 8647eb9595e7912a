"""Which records at the end of a cursor have been read already; bounded."""

from __future__ import annotations

from collections import Counter
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any

from etlkit._words import shown
from etlkit.errors import ConfigurationError


if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Held = dict[Any, Counter[str]]


class Remembered:
    """Marks of the records that the next run will be given again; belongs to one reading.

    Records that are alike are counted, so that a third one is new where two were read.

    Args:
        held: How many records of each mark were read at each value of the cursor.
        most: How many marks may be held.
        floor: The least value that the next run reads when the cursor stands at a value.
        field: Name of the field, for messages.
    """

    def __init__(
        self,
        held: Mapping[Any, Mapping[str, int]],
        *,
        most: int,
        floor: Callable[[Any], Any],
        field: str,
    ) -> None:
        self._expected: Held = {value: Counter(marks) for value, marks in held.items()}
        self._held: Held = {value: Counter(marks) for value, marks in held.items()}
        self._count = sum(map(len, self._held.values()))
        self._order = list(self._held)
        heapify(self._order)
        self._most = most
        self._floor = floor
        self._field = field

    @property
    def held(self) -> Mapping[Any, Mapping[str, int]]:
        """What the next run has to know."""
        return self._held

    def expects(self, value: Any) -> bool:
        """Whether a record of this value may have been read before."""
        return value in self._expected

    def recognises(self, value: Any, mark: str) -> bool:
        """Whether a record was read before; each record that was is recognised once."""
        marks = self._expected.get(value)
        if marks is None or not marks[mark]:
            return False
        marks[mark] -= 1
        return True

    def take(self, value: Any, mark: str) -> None:
        """Hold the mark of a record that is read now.

        Raises:
            ConfigurationError: There are too many.
        """
        marks = self._held.get(value)
        if marks is None:
            marks = self._held[value] = Counter()
            heappush(self._order, value)
        if not marks[mark]:
            self._count += 1
            if self._count > self._most:
                raise self._too_many(value)
        marks[mark] += 1

    def forget_before(self, last: Any) -> None:
        """Forget what the next run does not read again when the cursor stands here."""
        floor = self._floor(last)
        while self._order and self._order[0] < floor:
            self._count -= len(self._held.pop(heappop(self._order)))

    def _too_many(self, value: Any) -> ConfigurationError:
        message = (
            f"more than {self._most} records at the end of the cursor, where {self._field!r} is "
            f"{shown(value)} or near it, would have to be remembered to read none of them twice; "
            "take a field with finer values, a smaller lag, or closed='neither' or 'right' if no "
            "record is ever added at a value that was read; or raise max_remembered"
        )
        return ConfigurationError(message)
