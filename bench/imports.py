"""What `import etlkit` costs a process that may never run a job."""

from __future__ import annotations

from statistics import median

from bench.figures import Figure
from bench.processes import run_code


PROCESSES = 15
MOST_MILLISECONDS = 60.0
NOT_LOADED = ("fsspec", "asyncio", "ssl")

NOTHING = "pass"
FRONT_DOOR = "import etlkit"
JOB_NAMES = (
    "from etlkit import FileSource, DataValidator, DataLoader, ETLJob, Quarantine\n"
    "from etlkit.transformations import Map, Filter"
)
COUNTED = "import sys; before = set(sys.modules); {}; print(*set(sys.modules) - before)"


def measure() -> list[Figure]:
    """Milliseconds and modules, each in fresh processes, beyond those of a bare interpreter.

    Raises:
        ChildFailed: It could not be imported.
    """
    seconds: dict[str, list[float]] = {NOTHING: [], FRONT_DOOR: [], JOB_NAMES: []}
    for _ in range(PROCESSES):
        for code, measured in seconds.items():
            measured.append(run_code(code).total_seconds)
    bare = median(seconds[NOTHING])
    return [
        Figure(
            "`import etlkit`",
            (median(seconds[FRONT_DOOR]) - bare) * 1e3,
            "ms",
            most=MOST_MILLISECONDS,
            remark=f"median of {PROCESSES} processes less {bare * 1e3:.0f} ms of bare Python; "
            + _modules(FRONT_DOOR),
        ),
        Figure(
            "the names of a file-to-file job from `etlkit`",
            (median(seconds[JOB_NAMES]) - bare) * 1e3,
            "ms",
            remark=_modules(JOB_NAMES.replace("\n", "; ")),
        ),
    ]


def _modules(code: str) -> str:
    names = run_code(COUNTED.format(code)).answer.split()
    unwanted = [name for name in NOT_LOADED if name in names]
    return f"{len(names)} modules, " + (
        f"also {', '.join(unwanted)}" if unwanted else "none of " + ", ".join(NOT_LOADED)
    )
