"""When jobs run, and what is known of their runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._lazy import lazy_names


if TYPE_CHECKING:
    from etlkit.scheduling.scheduler import ETLScheduler
    from etlkit.scheduling.statistics import JobStatistics

__all__ = ["ETLScheduler", "JobStatistics"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "ETLScheduler": "etlkit.scheduling.scheduler",
        "JobStatistics": "etlkit.scheduling.statistics",
    },
)
