"""What a forced run takes the place of: the earlier load of its key, and its replays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit.errors import ConfigurationError
from etlkit.state.indexing import index_entries


if TYPE_CHECKING:
    from collections.abc import Mapping

    from etlkit.engine.task import Task
    from etlkit.runs.commit import CommitRecord
    from etlkit.runs.context import RunContext


def superseded(
    task: Task, run: RunContext, done: Mapping[str, CommitRecord]
) -> dict[str, tuple[str, ...]]:
    """The nonces of the earlier loads of a forced run, by the name of the output.

    Raises:
        ConfigurationError: A destination cannot take them back, or what was replayed of them
            stands among records of other runs.
    """
    if not run.force:
        return {}
    for name in done:
        loader = task.loaders[name]
        if not loader.destination.can_supersede(loader.mode):
            message = (
                f"job {run.job_id!r}: run_key {run.run_key!r} was loaded into "
                f"{loader.destination.uri} before, and mode {loader.mode!r} cannot take that back, "
                "so force=True would load it twice; use another run_key, a dataset folder, or "
                "mode='replace'"
            )
            raise ConfigurationError(message)
    replays = _replays_of(task, run, done[""]) if "" in done else ()
    return {name: (record.run.nonce, *replays) for name, record in done.items()}


def _replays_of(task: Task, run: RunContext, record: CommitRecord) -> tuple[str, ...]:
    """The replays that have loaded what a load had rejected, where loads are added.

    Raises:
        ConfigurationError: One of them has loaded records of other runs, too.
    """
    if record.quarantine is None or task.loaders[""].mode != "append":
        return ()
    replays = [each.record for each in task.state.commits(run.job_id) if each.record.replayed]
    if not replays:
        return ()
    mine = {each.id for each in index_entries(record.quarantine, record, task.root)}
    found = [each for each in replays if not mine.isdisjoint(each.replayed)]
    for replay in found:
        if not mine.issuperset(replay.replayed):
            message = (
                f"job {run.job_id!r}: records that run_key {run.run_key!r} had rejected were "
                f"replayed by run {replay.run.run_id} together with those of other runs, so they "
                "cannot be taken back by themselves, and force=True would load them twice; load "
                "the dataset anew with mode='replace'"
            )
            raise ConfigurationError(message)
    return tuple(dict.fromkeys(each.run.nonce for each in found))
