"""What a forced run takes the place of: the earlier load of its key, and its replays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit.errors import ConfigurationError
from etlkit.state.forcing import replays_of


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
        ConfigurationError: A destination cannot take them back, or it is not known what was
            replayed of them.
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
    is_added = task.loaders[""].mode == "append"
    replays = replays_of(task.state, done[""]) if is_added and "" in done else ()
    return {name: (record.run.nonce, *replays) for name, record in done.items()}
