"""What is guaranteed for one source, chain and destination, from what each of them declares.

The engine goes by the same declarations, so what is printed is what it does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from attrs import frozen


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.destinations.loader import DataLoader
    from etlkit.jobs.definition import Definition

Level: TypeAlias = Literal["exactly once", "at least once", "best effort"]
"""How often an accepted record is at the destination, after any crash and repetition."""


@frozen
class Guarantee:
    """What holds for the loads of one output.

    Attributes:
        level: How often an accepted record is there after the work was done, however often
            it was interrupted and repeated.
        unit: What has to be the same for it to be the same work.
        reason: What the level rests on.
        readers: What readers see, and when, as the destination says it.
    """

    level: Level
    unit: str
    reason: str
    readers: str

    def __str__(self) -> str:
        return f"{self.level} {self.unit}, since {self.reason}; {self.readers}"


def guarantee(job: Definition, loader: DataLoader) -> Guarantee:
    """What holds for the loads of one output of a job."""
    destination, mode = loader.destination, loader.mode
    readers = destination.guarantee(mode)
    finds = destination.finds(mode)
    unit = "for each run key"
    if job.source.incremental:
        unit = "for each part of the source, with or without a run key"
    if not destination.lasting:
        return Guarantee("best effort", unit, "nothing of it outlives the process", readers)
    if finds == "record":
        reason = "the destination keeps a record of each load together with its data"
        return Guarantee("exactly once", unit, reason, readers)
    if finds == "content":
        reason = "a repeated load is told by its content, as long as the state is kept"
        return Guarantee("exactly once", unit, reason, readers)
    if mode in {"replace", "upsert"}:
        reason = "a repeated load takes the place of what was there"
        return Guarantee("exactly once", unit, reason, readers)
    return Guarantee("at least once", unit, "the destination cannot tell a repeated load", readers)


def notes(job: Definition) -> Iterator[tuple[str, str]]:
    """The guarantee of each output and what limits it, as pairs of a word and a text."""
    for name, loader in job.loaders.items():
        word = f"guarantee of output {name!r}" if name else "guarantee"
        yield word, str(guarantee(job, loader))
    if job.outputs:
        names = ", ".join(map(repr, job.outputs))
        yield (
            "note",
            (
                f"the outputs {names} and the end of the chain are separate commits in this order; "
                "a repeated run with the same run key does those that are missing"
            ),
        )
    if job.loader.mode == "append" and not job.source.incremental:
        yield "note", _appended_again(job.loader)
    if not job.source.readable_again:
        yield (
            "note",
            "the source can be read only once, so a run that failed half-way cannot be repeated",
        )
    if job.lineage:
        yield "lineage", "kept for each loaded record: file, record number, run and time"


def _appended_again(loader: DataLoader) -> str:
    """What a repeated run does to an append, and what helps."""
    if loader.destination.finds(loader.mode) != "nothing":
        return (
            "a run without run_key= appends again what one before it appended, and its result "
            "warns of that; pass run_key= for each unit of work, or use mode='replace'"
        )
    others = [mode for mode in ("replace", "upsert") if mode in loader.destination.modes]
    instead = f"use mode={others[0]!r}, or " if others else ""
    return (
        "a repeated run appends again, also one with the same run_key=, since the destination "
        f"keeps no record of it; {instead}load into a dataset folder"
    )
