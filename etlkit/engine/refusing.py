"""What keeps an attempt from being begun, or its load from being published."""

from __future__ import annotations

import os

from typing import TYPE_CHECKING

from etlkit.errors import BalanceError, ConfigurationError, EmptyReplace
from etlkit.transformations.step import RecordStep


if TYPE_CHECKING:
    from etlkit.destinations.loader import DataLoader
    from etlkit.engine.task import Task, Trail
    from etlkit.runs.commit import CommitRecord, Position
    from etlkit.runs.context import RunContext
    from etlkit.runs.inputs import InputFile
    from etlkit.runs.tally import Tally


def check_before(task: Task, run: RunContext, trail: Trail) -> None:
    """Look at everything that can be looked at before anything is read."""
    _check_places(task)
    for loader in task.loaders.values():
        _check_apart(task, run, loader)
    if task.source.incremental:
        cause = _unfit_for_increments(task, run)
        if cause is not None:
            message = f"job {run.job_id!r}: {task.source.uri} is read in increments, {cause}"
            raise ConfigurationError(message)
    if task.lineage and task.root is None:
        message = (
            f"job {run.job_id!r}: lineage=True keeps files below a root; run the job by a service "
            "with one, such as ETLPipelineService('.etlkit')"
        )
        raise ConfigurationError(message)
    to = None if task.on_error is None else task.on_error.to
    if to is not None and task.source.reads(os.fspath(to)):
        message = (
            f"job {run.job_id!r}: the source {task.source.uri} reads {os.fspath(to)}, to which the "
            "job adds rejected records; give Quarantine(to=...) a file of its own"
        )
        raise ConfigurationError(message)
    for one in (task.source, *task.plan.reads):
        trail.remarks.extend(one.remarks())


def _unfit_for_increments(task: Task, run: RunContext) -> str | None:
    """What cannot be done with a part of the records now and another part in the next run."""
    for loader in task.loaders.values():
        if loader.mode.startswith("replace"):
            return (
                f"and a replace would leave only the last one in {loader.destination.uri}; use "
                "mode='append' or 'upsert'"
            )
    if len(task.loaders) > 1:
        return (
            "and several outputs are several commits: after a crash between two of them nobody "
            "could tell which records the first one has; use a job for each output"
        )
    for step in task.plan.steps:
        if isinstance(step, RecordStep) and step.adds:
            return (
                f"and step {step.label} would add the same records to each of them; load those by "
                "a job of their own with the same destination"
            )
    if run.force:
        return (
            "so force=True would put what is new in the place of what the key had loaded; run the "
            "job without force, or read the same span again by a source that is not incremental"
        )
    return None


def _check_places(task: Task) -> None:
    """Look whether what is read and written is there."""
    for loader in task.loaders.values():
        loader.destination.check()
    for one in (task.source, *task.plan.reads):
        one.check()


def _check_apart(task: Task, run: RunContext, loader: DataLoader) -> None:
    uri = loader.destination.uri
    if not loader.destination.readable_during(loader.mode) and task.source.reads(uri):
        message = (
            f"job {run.job_id!r}: the source {task.source.uri} reads {uri}, which the job writes; "
            "load into a place of its own"
        )
        raise ConfigurationError(message)


def files_read(position: Position, tally: Tally) -> tuple[InputFile, ...]:
    """The files that a load has read, of its source and of other sides."""
    return (*position.inputs, *(file for other in tally.others for file in other.files))


def check_same_source(
    run: RunContext, done: CommitRecord, position: Position, tally: Tally
) -> None:
    """Keep outputs of one key from being loaded from different contents of a file.

    Raises:
        BalanceError: A file, of the source or of another side, is not as it was when another
            output was loaded.
    """
    before = {each.uri: each for each in files_read(done.position, done.tally)}
    now = {each.uri: each for each in files_read(position, tally)}
    for uri in sorted(before.keys() | now.keys()):
        if uri in before and uri in now and _look(before[uri]) == _look(now[uri]):
            continue
        message = (
            f"job {run.job_id!r}: {uri} is not as it was when output {done.output!r} was loaded "
            f"under run_key {run.run_key!r}, so the outputs would not agree and nothing more was "
            "loaded; force=True does the work anew, in the place of what was loaded"
        )
        raise BalanceError(message)


def _look(file: InputFile) -> tuple[int | None, str]:
    """What tells one content of a file from another; that it is young is no difference."""
    return file.size_bytes, (file.etag or "").removeprefix("~")


def check_not_empty(task: Task, run: RunContext, trail: Trail, loaded: int) -> None:
    """Keep a replace from emptying the destination at the end of the chain by mistake.

    Raises:
        EmptyReplace: Records were read, and none would be loaded.
    """
    loader, tally = task.loaders[""], trail.tally
    if loader.mode != "replace" or loaded or loader.allow_empty:
        return
    uri = loader.destination.uri
    if not tally.read:
        trail.remarks.append(f"the source has no records, so {uri} is empty now")
        return
    what = "comes to the end of the chain" if tally.loaded else "would be loaded"
    message = (
        f"job {run.job_id!r}: none of the {tally.read} record(s) read {what}, "
        f"and a replace would leave {uri} empty, so nothing was done. {_why(trail)}"
        "If that is meant, use DataLoader(..., allow_empty=True)"
    )
    raise EmptyReplace(message)


def _why(trail: Trail) -> str:
    """What became of the records of a run that has none to load."""
    words = [f"{step.name} filtered {step.filtered}" for step in trail.tally.steps if step.filtered]
    if trail.rejections:
        first = trail.rejections[0]
        words.append(
            f"{trail.tally.rejected} rejected, the first at {first.place}: {first.message}"
        )
    words += [
        f"{sent} went to the output {name!r}" for name, sent in trail.tally.outputs.items() if sent
    ]
    return f"{'; '.join(words)}. " if words else ""
