"""Lineage of an attempt: where each record that it loads came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._files.writing import cut_back


if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from etlkit.engine.task import Task
    from etlkit.records import OutBatch
    from etlkit.runs.commit import KeptFile
    from etlkit.runs.context import RunContext
    from etlkit.state.lineage.writing import LineageWriter


class Tracks:
    """One lineage file for each output, while it is written; nothing without ``lineage``."""

    def __init__(self, task: Task, run: RunContext, *, done: Container[str] = ()) -> None:
        self._root = task.root
        self._writers: dict[str, LineageWriter] = {}
        if task.lineage and task.root is not None:
            # imported here, since most runs keep no lineage
            from etlkit.state.lineage.writing import LineageWriter, lineage_path

            for name in task.loaders:
                if name not in done:
                    path = lineage_path(task.root, run, name)
                    self._writers[name] = LineageWriter(path, run)

    def add(self, output: str, batch: OutBatch) -> None:
        """Note the records that the destination of an output has taken."""
        if self._writers and batch.hashes is not None:
            origin = batch.source.origin
            self._writers[output].add(
                origin.uri, batch.record_numbers, batch.hashes, derived=origin.derived
            )

    def finish(self, sources: Sequence[str]) -> dict[str, KeptFile]:
        """Make the files durable; what they are, by the name of the output."""
        return {
            name: writer.finish(sources=sources).below(self._root)
            for name, writer in self._writers.items()
        }

    def discard(self, *, kept: Container[str] = ()) -> None:
        """Remove the files, but those of the outputs that are committed."""
        for name, writer in self._writers.items():
            if name not in kept:
                writer.discard()


def remove_tracks(task: Task, run: RunContext, *, kept: Container[str] = ()) -> None:
    """Remove the lineage files of a dead attempt, but those of the outputs it has committed.

    Its job may have kept lineage then, and does so no more.
    """
    if task.root is None:
        return
    from etlkit.state.lineage.writing import discard_lineage, lineage_path

    if not any(name in kept for name in task.loaders):
        discard_lineage(task.root, run.nonce)
        return
    for name in task.loaders:
        if name not in kept:
            cut_back(lineage_path(task.root, run, name), None)
