"""A run of one record with a root: what it costs to remember runs so that a kill loses nothing."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time

from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench.figures import Figure
from bench.processes import run_module


if TYPE_CHECKING:
    from etlkit import DataLoader, ETLPipelineService
    from etlkit.destinations import Destination

RUNS = 500
AT_EACH_END = 100
MOST_MILLISECONDS = 10.0


def measure(folder: Path, *, runs: int = RUNS) -> list[Figure]:
    """Milliseconds of a run; the services and a bare ``fsync`` take turns in one process.

    Raises:
        ChildFailed: A run failed.
    """
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        spent = run_module("bench.state", scratch, runs).answer
    syncs = f"an fsync of one byte takes {spent['fsync']:.2f} ms in the same minute"
    words = {
        "memory": "without a root, from memory to memory",
        "root": "with a root, from memory to memory",
        "file": "with a root, into a file, replace",
        "append": "with a root, into a file, append",
        "dataset": "with a root, into a dataset, append",
    }
    return [
        *[
            Figure(
                f"a run of one record {what}",
                spent[name],
                "ms",
                most=MOST_MILLISECONDS if name == "root" else None,
                remark=syncs if name == "root" else "",
            )
            for name, what in words.items()
        ],
        *[
            Figure(
                f"the same, in units of that fsync: {words[name]}",
                spent[name] / spent["fsync"],
                "x",
                remark=f"median of {runs} runs",
            )
            for name in ("root", "file", "dataset")
        ],
        *[
            Figure(
                f"processor time of the last of {runs} runs, of that of the first: {words[name]}",
                spent[f"growth of {name}"],
                "x",
                remark=f"medians of {_ends(runs)} runs",
            )
            for name in words
        ],
    ]


def main() -> None:
    from etlkit import DataLoader
    from etlkit.destinations import MemoryDestination

    folder, runs = Path(sys.argv[1]), int(sys.argv[2])
    services = {
        "memory": _service(None, MemoryDestination()),
        "root": _service(folder / "root", MemoryDestination()),
        "file": _service(folder / "file", DataLoader(folder / "out.jsonl")),
        "append": _service(folder / "append", DataLoader(folder / "all.jsonl", "append")),
        "dataset": _service(folder / "dataset", DataLoader(f"{folder}/all/", "append")),
    }
    wall: dict[str, list[float]] = {name: [] for name in (*services, "fsync")}
    work: dict[str, list[float]] = {name: [] for name in services}
    with (folder / "bytes").open("ab", buffering=0) as file:
        for _ in range(runs):
            for name, service in services.items():
                before = time.process_time()
                wall[name].append(_milliseconds(lambda given=service: _run(given)))
                work[name].append(time.process_time() - before)
            wall["fsync"].append(_milliseconds(lambda: _sync(file.fileno())))
    ends = _ends(runs)
    growth = {
        f"growth of {name}": median(each[-ends:]) / median(each[:ends])
        for name, each in work.items()
    }
    print(json.dumps({**{name: median(each) for name, each in wall.items()}, **growth}))


def _ends(runs: int) -> int:
    """How many runs are looked at, of the first and of the last ones."""
    return min(AT_EACH_END, max(runs // 4, 1))


def _service(root: Path | None, destination: DataLoader | Destination) -> ETLPipelineService:
    from etlkit import ETLPipelineService, RecordsSource
    from etlkit.transformations import Map

    service = ETLPipelineService(root)
    source = RecordsSource([{"id": 1, "name": "Ada"}])
    service.create_pipeline("Tiny", source, Map(_with_greeting), destination)
    return service


def _run(service: ETLPipelineService) -> None:
    result = service.run("tiny")
    result.raise_if_failed()
    assert result.rows_loaded == 1, result


def _with_greeting(record: dict[str, object]) -> dict[str, object]:
    return {**record, "greeting": f"Hello {record['name']}"}


def _sync(file: int) -> None:
    os.write(file, b"x")
    os.fsync(file)


def _milliseconds(action: Callable[[], None]) -> float:
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1e3


if __name__ == "__main__":
    main()
