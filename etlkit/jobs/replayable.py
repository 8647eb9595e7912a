"""Whether single records can go through a job once more, and what to run where they cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit.errors import ConfigurationError
from etlkit.transformations.step import StageStep


if TYPE_CHECKING:
    from etlkit.jobs.job import ETLJob
    from etlkit.transformations.step import RecordStep


def check_replayable(job: ETLJob) -> None:
    """Look whether single records can go through a job once more.

    Raises:
        ConfigurationError: They cannot; the message says what to run instead.
    """
    cause = _hindrance(job)
    if cause is not None:
        message = f"job {job.job_id!r}: {cause}. Mend the step or the source, and {_instead(job)}"
        raise ConfigurationError(message)


def _hindrance(job: ETLJob) -> str | None:
    for step in job.definition.plan.steps:
        cause = _hindered_by(step)
        if cause is not None:
            return cause
    for loader in job.definition.loaders.values():
        if loader.mode not in {"append", "upsert"}:
            return (
                f"each load replaces what {loader.destination.uri} holds, so replayed records "
                "would take the place of all others"
            )
    if job.definition.outputs:
        return (
            "its several outputs are several commits, and after a crash between two of them a "
            "replay could load records twice into the first one"
        )
    return None


def _hindered_by(step: RecordStep | StageStep) -> str | None:
    if isinstance(step, StageStep):
        return (
            f"step {step.label} makes its results of several records, so a rejected record cannot "
            "go through on its own"
        )
    if step.depends_on_earlier:
        return (
            f"what step {step.label} makes of a record depends on those that came before it, so a "
            "rejected record cannot go through on its own"
        )
    if step.adds:
        return (
            f"step {step.label} adds records of its own to those of each run, so it would add them "
            "once more to those that are replayed"
        )
    return None


def _instead(job: ETLJob) -> str:
    """What loads the records of a job that cannot replay, and no others twice."""
    run = f"service.run({job.job_id!r}"
    loaders = job.definition.loaders.values()
    if job.source.incremental:
        return (
            "load everything anew, by a source that is not incremental and with mode='replace': "
            f"{run}) reads only what is new"
        )
    if all(loader.mode != "append" for loader in loaders):
        return f"run the job again: {run}) reads them once more"
    if all(loader.destination.can_supersede(loader.mode) for loader in loaders):
        return (
            f"load the work of the run anew: {run}, run_key, force=True) takes the place of what "
            "was loaded with this run_key"
        )
    return f"load all records anew with mode='replace': {run}) would append the others once more"
