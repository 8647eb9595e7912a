"""The one door to time: the wall clock decides, the monotonic clock measures."""

from __future__ import annotations

import time

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What jobs and schedulers know of time; tests pass a clock of their own."""

    def now(self) -> datetime:
        """The time of day, aware and in UTC."""

    def monotonic(self) -> float:
        """Seconds that never go back, for measuring."""

    def sleep(self, seconds: float) -> None:
        """Wait that many seconds."""


class SystemClock:
    """The clock of this computer."""

    def now(self) -> datetime:
        """The time of day, aware and in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never go back, for measuring."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait that many seconds."""
        time.sleep(seconds)


SYSTEM_CLOCK = SystemClock()
