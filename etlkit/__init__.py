"""etlkit: the ETL library that you import.

A pipeline is a Python object in your own process: a source, steps, a validator and a
destination. Every record of a run ends as loaded, filtered on purpose, or rejected and
kept, and the counts are checked before anything is published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._lazy import lazy_names


if TYPE_CHECKING:
    from etlkit.destinations.loader import DataLoader
    from etlkit.expressions.building import F
    from etlkit.jobs.job import ETLJob
    from etlkit.jobs.result import JobResult, JobStatus
    from etlkit.retry import RetryPolicy
    from etlkit.scheduling.scheduler import ETLScheduler
    from etlkit.service import ETLPipelineService
    from etlkit.sources.files import FileSource
    from etlkit.sources.memory import RecordsSource
    from etlkit.sources.source import DataSource
    from etlkit.state.quarantine import Quarantine
    from etlkit.transformations.functions import Transformation
    from etlkit.validation.validator import DataValidator

__all__ = [
    "DataLoader",
    "DataSource",
    "DataValidator",
    "ETLJob",
    "ETLPipelineService",
    "ETLScheduler",
    "F",
    "FileSource",
    "JobResult",
    "JobStatus",
    "Quarantine",
    "RecordsSource",
    "RetryPolicy",
    "Transformation",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "DataLoader": "etlkit.destinations.loader",
        "DataSource": "etlkit.sources.source",
        "DataValidator": "etlkit.validation.validator",
        "ETLJob": "etlkit.jobs.job",
        "ETLPipelineService": "etlkit.service",
        "ETLScheduler": "etlkit.scheduling.scheduler",
        "F": "etlkit.expressions.building",
        "FileSource": "etlkit.sources.files",
        "JobResult": "etlkit.jobs.result",
        "JobStatus": "etlkit.jobs.result",
        "Quarantine": "etlkit.state.quarantine",
        "RecordsSource": "etlkit.sources.memory",
        "RetryPolicy": "etlkit.retry",
        "Transformation": "etlkit.transformations.functions",
        "__version__": "etlkit._version",
    },
)
