"""For tests of pipelines: time that passes only when told, and records that are valid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._lazy import lazy_names


if TYPE_CHECKING:
    from etlkit.testing.clock import FakeClock
    from etlkit.testing.strategies import records

__all__ = ["FakeClock", "records"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {"FakeClock": "etlkit.testing.clock", "records": "etlkit.testing.strategies"},
)
