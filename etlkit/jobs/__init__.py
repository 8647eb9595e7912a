"""Jobs: a pipeline under a name, its runs, and what they say of themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._lazy import lazy_names


if TYPE_CHECKING:
    from etlkit.jobs.becoming import RunAnswer, Why
    from etlkit.jobs.flow import Flow
    from etlkit.jobs.job import ETLJob
    from etlkit.jobs.preview import Preview
    from etlkit.jobs.quarantined import QuarantineView
    from etlkit.jobs.replay import Replayed
    from etlkit.jobs.result import Attempt, JobResult, JobStatus
    from etlkit.jobs.shown import ShownEntry

__all__ = [
    "Attempt",
    "ETLJob",
    "Flow",
    "JobResult",
    "JobStatus",
    "Preview",
    "QuarantineView",
    "Replayed",
    "RunAnswer",
    "ShownEntry",
    "Why",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Attempt": "etlkit.jobs.result",
        "ETLJob": "etlkit.jobs.job",
        "Flow": "etlkit.jobs.flow",
        "JobResult": "etlkit.jobs.result",
        "JobStatus": "etlkit.jobs.result",
        "Preview": "etlkit.jobs.preview",
        "QuarantineView": "etlkit.jobs.quarantined",
        "Replayed": "etlkit.jobs.replay",
        "RunAnswer": "etlkit.jobs.becoming",
        "ShownEntry": "etlkit.jobs.shown",
        "Why": "etlkit.jobs.becoming",
    },
)
