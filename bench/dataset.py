"""What a dataset folder costs beside a single file, and a commit when the log has grown long."""

from __future__ import annotations

import json
import sys
import tempfile
import time

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench.comparison import count_lines
from bench.figures import Figure
from bench.forms import Forms
from bench.processes import ChildFailed, run_module


if TYPE_CHECKING:
    from etlkit.runs import RunContext

FILE, REPLACE, APPEND = "a single file", "a dataset, replace", "a dataset, append"
CONTESTANTS = {
    FILE: ("etlkit_job", ""),
    REPLACE: ("etlkit_dataset", "out/*.jsonl"),
    APPEND: ("etlkit_dataset_append", "out/*.jsonl"),
}
ENTRIES = 10_000
COMMITS = 30
LOOK_UPS = 20
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def measure(folder: Path, forms: Forms, rounds: int, *, entries: int = ENTRIES) -> list[Figure]:
    """The main job into each in turn, in processes of their own; then commits to a long log.

    Raises:
        ChildFailed: A run failed, or lost a record.
    """
    seconds: dict[str, list[float]] = defaultdict(list)
    for number in range(rounds):
        for name in reversed(CONTESTANTS) if number % 2 else CONTESTANTS:
            seconds[name].append(_run(folder, forms, *CONTESTANTS[name]))
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        spent = run_module("bench.dataset", scratch, entries).answer
    return [_ratio(REPLACE, seconds), _ratio(APPEND, seconds), *_of_log(spent, entries)]


def _run(folder: Path, forms: Forms, module: str, pattern: str) -> float:
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        target, rejects = Path(scratch) / "out.jsonl", Path(scratch) / "rejects.jsonl"
        contestant = f"bench.contestants.{module}"
        cost = run_module("bench.child", contestant, forms.path, target, rejects).answer
        place = Path(scratch) if pattern else target
        if (written := count_lines(place, pattern)) != forms.loaded:
            message = f"{module}: {written:,} records in the output instead of {forms.loaded:,}"
            raise ChildFailed(message)
    return float(cost["seconds"])


def _ratio(name: str, seconds: dict[str, list[float]]) -> Figure:
    times = [own / other for own, other in zip(seconds[name], seconds[FILE], strict=True)]
    remark = f"median of {len(times)} rounds; parts of 64 MB"
    return Figure(
        f"main job into {name}, of the time into {FILE}", median(times), "x", remark=remark
    )


def _of_log(spent: dict[str, float], entries: int) -> list[Figure]:
    words = {
        "short": ("append of one record to a log of one entry", f"median of {COMMITS}"),
        "long": (f"the same to a log of {entries:,} entries", "the two take turns"),
        "found": (f"a run key that is among {entries:,} entries, found", f"median of {LOOK_UPS}"),
        "missing": ("a run key that is not, looked for", ""),
        "state": (f"what counts after {entries:,} entries, from the checkpoint", ""),
    }
    figures = [Figure(what, spent[name], "ms", remark=how) for name, (what, how) in words.items()]
    more = spent["long"] / spent["short"]
    return [*figures, Figure("an append to the long log, of that to the short one", more, "x")]


def main() -> None:
    folder, entries = Path(sys.argv[1]), int(sys.argv[2])
    _make_log(folder / "long", entries)
    _make_log(folder / "short", 1)
    print(json.dumps({**_appends(folder), **_look_ups(folder / "long", entries)}))


def _appends(folder: Path) -> dict[str, float]:
    """Milliseconds of an append of one record to each of two datasets, in turn."""
    from etlkit import DataLoader

    loaders = {name: DataLoader(f"{folder / name}/", "append") for name in ("short", "long")}
    spent: dict[str, list[float]] = {name: [] for name in loaders}
    for number in range(COMMITS):
        for name, loader in loaders.items():

            def load(given: DataLoader = loader, record: int = number) -> object:
                return given.load([{"id": record}])

            spent[name].append(_milliseconds(load))
    return {name: median(each) for name, each in spent.items()}


def _look_ups(folder: Path, entries: int) -> dict[str, float]:
    """Milliseconds until a key is found among many, and until it is known that it is not there."""
    from etlkit.destinations import DatasetDestination
    from etlkit.lake import CommitLog

    destination, log = DatasetDestination(folder), CommitLog(str(folder))

    def find(number: int) -> Callable[[], object]:
        return lambda: destination.find_commit(_run_of(number))

    looks: dict[str, Callable[[], object]] = {
        "found": find(entries // 2),
        "missing": find(entries + 1),
        "state": log.state,
    }
    assert looks["found"]() is not None
    assert looks["missing"]() is None
    return {
        name: median(_milliseconds(look) for _ in range(LOOK_UPS)) for name, look in looks.items()
    }


def _make_log(folder: Path, entries: int) -> None:
    """A dataset that got one part of one record in each of so many loads."""
    from etlkit.lake import CommitLog
    from etlkit.lake.log import entry_name
    from etlkit.runs import CommitRecord, Part, Tally, Written

    log = CommitLog(str(folder))
    Path(log.folder).mkdir(parents=True)
    content = b'{"id":1}\n'
    for number in range(1, entries + 1):
        part = Part(f"part-{number:012x}-00001.jsonl", 1, len(content), sha256="00" * 32)
        (folder / part.name).write_bytes(content)
        record = CommitRecord(
            _run_of(number),
            "append",
            Written((part,)),
            Tally(read=1, loaded=1),
            None,
            NOON + timedelta(seconds=number),
        )
        (Path(log.folder) / entry_name(number)).write_bytes(record.to_json() + b"\n")
    log.keep_checkpoint(log.state(), mark="0" * 12)


def _run_of(number: int) -> RunContext:
    from etlkit.runs import RunContext

    return RunContext("forms", f"run {number}", f"key {number}", 1, f"{number:012x}", NOON)


def _milliseconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1e3


if __name__ == "__main__":
    main()
