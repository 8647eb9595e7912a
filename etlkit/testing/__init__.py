"""For tests: tables of records, steps that are checked, time that passes only when told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._lazy import lazy_names


if TYPE_CHECKING:
    from etlkit.testing.checking import check_transformation
    from etlkit.testing.clock import FakeClock
    from etlkit.testing.comparing import assert_records
    from etlkit.testing.conformance import DestinationConformance
    from etlkit.testing.failing import FailingDestination, FailingSource
    from etlkit.testing.fake_api import FakeAPI, Reply, Request
    from etlkit.testing.kill_sweep import KillSweep
    from etlkit.testing.strategies import records
    from etlkit.testing.tables import rows

__all__ = [
    "DestinationConformance",
    "FailingDestination",
    "FailingSource",
    "FakeAPI",
    "FakeClock",
    "KillSweep",
    "Reply",
    "Request",
    "assert_records",
    "check_transformation",
    "records",
    "rows",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "DestinationConformance": "etlkit.testing.conformance",
        "FailingDestination": "etlkit.testing.failing",
        "FailingSource": "etlkit.testing.failing",
        "FakeAPI": "etlkit.testing.fake_api",
        "FakeClock": "etlkit.testing.clock",
        "KillSweep": "etlkit.testing.kill_sweep",
        "Reply": "etlkit.testing.fake_api",
        "Request": "etlkit.testing.fake_api",
        "assert_records": "etlkit.testing.comparing",
        "check_transformation": "etlkit.testing.checking",
        "records": "etlkit.testing.strategies",
        "rows": "etlkit.testing.tables",
    },
)
