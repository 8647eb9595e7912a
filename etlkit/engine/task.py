"""What an attempt needs, and what it leaves behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field, frozen

from etlkit.runs.tally import Tally


if TYPE_CHECKING:
    from collections.abc import Mapping

    from etlkit._clock import Clock
    from etlkit.destinations.loader import DataLoader
    from etlkit.engine.flow import Kernels
    from etlkit.engine.plan import Plan
    from etlkit.engine.progress import ProgressCallback
    from etlkit.records import Rejection
    from etlkit.schema.fields import Place
    from etlkit.sources.source import DataSource
    from etlkit.state.quarantine import Quarantine
    from etlkit.state.store import StateStore


@frozen
class Task:
    """Everything that an attempt needs.

    Attributes:
        source: Where records come from.
        plan: What happens to them.
        kernels: The compiled plan.
        loaders: Where they go, and how, by the name of the output, in the order in which
            they are committed; the end of the chain has the name ``""``.
        on_error: The policy for failing records; None stops the run.
        sensitive: Places of fields whose values are masked in messages.
        root: Folder of what the run keeps beside its destinations, or None.
        state: What is remembered of runs.
        clock: The time.
        plan_hash: Tells plans apart.
        lineage: Keep for each loaded record where it came from.
        replaying: Ids of the quarantine entries that the source reads again; none for a run.
        progress: Called after each batch, or None.
    """

    source: DataSource
    plan: Plan
    kernels: Kernels
    loaders: Mapping[str, DataLoader]
    on_error: Quarantine | None
    sensitive: tuple[Place, ...]
    root: str | None
    state: StateStore
    clock: Clock
    plan_hash: str = ""
    lineage: bool = False
    replaying: tuple[str, ...] = ()
    progress: ProgressCallback | None = None


@define
class Trail:
    """What an attempt leaves behind, however it ends.

    Attributes:
        tally: Its counts.
        rejections: Rejected records, the first ones when a file has them all.
        quarantine: The file of the rejected records, if there is one.
        skipped: The run key was committed before, so nothing was done.
        committed: Every load is visible.
        reading: The source was asked for its records.
        remarks: What the user should know although nothing failed.
        settled: The same of loads of earlier runs that nobody had noted; told once, so kept
            from attempt to attempt.
    """

    tally: Tally = field(factory=Tally)
    rejections: list[Rejection] = field(factory=list)
    quarantine: str | None = None
    skipped: bool = False
    committed: bool = False
    reading: bool = False
    remarks: list[str] = field(factory=list)
    settled: list[str] = field(factory=list)
