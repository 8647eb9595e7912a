"""What a run says of itself: its identity, its counts, and the record of its commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._lazy import lazy_names


if TYPE_CHECKING:
    from etlkit.runs.commit import (
        COMMIT_FORMAT,
        CommitRecord,
        KeptFile,
        Part,
        Position,
        Written,
    )
    from etlkit.runs.context import Load, RunContext, new_run_id, random_mark
    from etlkit.runs.inputs import InputFile
    from etlkit.runs.tally import OtherSide, StepTally, Tally

__all__ = [
    "COMMIT_FORMAT",
    "CommitRecord",
    "InputFile",
    "KeptFile",
    "Load",
    "OtherSide",
    "Part",
    "Position",
    "RunContext",
    "StepTally",
    "Tally",
    "Written",
    "new_run_id",
    "random_mark",
]

_HOMES = {
    "COMMIT_FORMAT": "etlkit.runs.commit",
    "CommitRecord": "etlkit.runs.commit",
    "InputFile": "etlkit.runs.inputs",
    "KeptFile": "etlkit.runs.commit",
    "Load": "etlkit.runs.context",
    "OtherSide": "etlkit.runs.tally",
    "Part": "etlkit.runs.commit",
    "Position": "etlkit.runs.commit",
    "RunContext": "etlkit.runs.context",
    "StepTally": "etlkit.runs.tally",
    "Tally": "etlkit.runs.tally",
    "Written": "etlkit.runs.commit",
    "new_run_id": "etlkit.runs.context",
    "random_mark": "etlkit.runs.context",
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
