"""For tests: time that passes only when told, records that are valid, destinations that hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._lazy import lazy_names


if TYPE_CHECKING:
    from etlkit.testing.clock import FakeClock
    from etlkit.testing.conformance import DestinationConformance
    from etlkit.testing.kill_sweep import KillSweep
    from etlkit.testing.strategies import records

__all__ = ["DestinationConformance", "FakeClock", "KillSweep", "records"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "DestinationConformance": "etlkit.testing.conformance",
        "FakeClock": "etlkit.testing.clock",
        "KillSweep": "etlkit.testing.kill_sweep",
        "records": "etlkit.testing.strategies",
    },
)
