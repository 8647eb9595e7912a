"""A clock for tests: it stands still until somebody sleeps or advances it."""

from __future__ import annotations

import threading

from datetime import UTC, datetime, timedelta

from etlkit._words import shown
from etlkit.errors import ConfigurationError


class FakeClock:
    """Time that passes only by ``sleep`` and ``advance``.

    Attributes:
        sleeps: Seconds of every sleep, in order.

    Args:
        start: The time of day to begin with, aware; midnight of 2026-01-01 UTC by default.

    Raises:
        ConfigurationError: The start has no time zone.

    Example:
        >>> clock = FakeClock()
        >>> clock.sleep(90)
        >>> clock.now().isoformat(), clock.sleeps
        ('2026-01-01T00:01:30+00:00', [90])
    """

    def __init__(self, start: datetime | None = None) -> None:
        self.sleeps: list[float] = []
        self._now = _in_utc(start or datetime(2026, 1, 1, tzinfo=UTC))
        self._seconds = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The time of day, in UTC."""
        return self._now

    def monotonic(self) -> float:
        """Seconds that have passed."""
        return self._seconds

    def sleep(self, seconds: float) -> None:
        """Let that much time pass at once, and note it in ``sleeps``."""
        with self._lock:
            self.sleeps.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Let that much time pass."""
        with self._lock:
            self._seconds += seconds
            self._now += timedelta(seconds=seconds)


def _in_utc(start: datetime) -> datetime:
    if start.tzinfo is None:
        message = f"FakeClock: start needs a time zone, got {shown(start)}; pass tzinfo=UTC"
        raise ConfigurationError(message)
    return start.astimezone(UTC)
