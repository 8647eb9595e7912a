"""Throttle: not more records a second than somebody can take."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from attrs import field, frozen

from etlkit._words import shown
from etlkit.records import Record
from etlkit.transformations.mistakes import mistake
from etlkit.transformations.step import RecordStep
from etlkit.transformations.verbs import Verb


if TYPE_CHECKING:
    from etlkit._clock import Clock
    from etlkit.transformations.known_fields import KnownFields
    from etlkit.transformations.step import StepCode


_SLOWEST = 1e-9
"""One record in 32 years; no clock waits much longer."""


@frozen(repr=False, kw_only=True)
class Throttle(Verb):
    """Let at most so many records a second go on, one after the other at equal distances.

    For the step behind it that asks a service: with ``Throttle(per_second=5) | Map(ask)``
    a record goes on to ``ask`` before the next one is let through, and two calls are at
    least 0.2 seconds apart. A pause is not made up for. A step over several records, and
    the destination, get the records batch by batch: there the rate holds on average.

    The time is that of the job. Each run, and each attempt, is slowed down by itself:
    several at once add up. Runs wait, and who asks a flow for its records; ``apply``,
    previews and traces do not.

    Attributes:
        per_second: How many; may be a fraction: 0.5 is one every two seconds.

    Example:
        >>> from etlkit import ETLJob, RecordsSource
        >>> from etlkit.testing import FakeClock
        >>> clock = FakeClock()
        >>> source = RecordsSource([{"id": 1}, {"id": 2}, {"id": 3}])
        >>> job = ETLJob("ask", "Ask", source, Throttle(per_second=4), "memory:", clock=clock)
        >>> job.execute().rows_loaded, clock.sleeps
        (3, [0.25, 0.25])
    """

    takes = ""
    makes = "the record, when its time has come"

    per_second: float = field()

    @per_second.validator
    def _check(self, _: object, given: object) -> None:
        is_number = isinstance(given, (int, float)) and not isinstance(given, bool)
        if not is_number or not 0 < given < inf:  # type: ignore[operator]  # it is a number
            message = f"Throttle: per_second is a number above 0, got {shown(given)}"
            raise mistake(message)
        if given < _SLOWEST:  # type: ignore[operator]  # it is a number
            message = f"Throttle: per_second is {_SLOWEST} or more, got {shown(given)}"
            raise mistake(message)

    def leaves(self, known: KnownFields) -> KnownFields:
        """The same fields."""
        return known

    def each(self, record: Record) -> tuple[Record]:
        """The record."""
        return (record,)

    def write(self, code: StepCode) -> None:
        """Nothing: what waits is the step that ``timed`` gives."""

    def timed(self, clock: Clock) -> RecordStep:
        """A step that waits."""
        return _Waiting(self.label, _Pace(1 / self.per_second, clock))


@frozen(eq=False)
class _Waiting(RecordStep):
    """Waits before each record goes on."""

    releases = True

    label: str = field()
    pace: _Pace

    def each(self, record: Record) -> tuple[Record]:
        self.pace.wait()
        return (record,)

    def write(self, code: StepCode) -> None:
        code.line(f"{code.bind('wait', self.pace.wait)}()")


class _Pace:
    """Knows when the next record may go on; belongs to one attempt."""

    def __init__(self, seconds: float, clock: Clock) -> None:
        self._seconds = seconds
        self._clock = clock
        self._next = -inf

    def wait(self) -> None:
        """Return when it may, which is at once after a pause."""
        now = self._clock.monotonic()
        if now < self._next:
            self._clock.sleep(self._next - now)
            now = self._clock.monotonic()
        self._next = max(now, self._next) + self._seconds
