"""What it costs when three records in ten are rejected, kept below a root and asked for."""

from __future__ import annotations

import json
import sys
import tempfile
import time

from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench.child import peak_bytes
from bench.figures import Figure
from bench.forms import Forms
from bench.processes import ChildFailed, run_module


if TYPE_CHECKING:
    from etlkit import ETLPipelineService

OF_TEN = 3
MOST_MORE_MEGABYTES = 20.0
QUESTIONS = 20
RULE = "required"


def measure(folder: Path, forms: Forms, rounds: int) -> list[Figure]:
    """Both jobs in turn, each run in a process of its own that then asks its quarantine.

    Raises:
        ChildFailed: A run failed, or a rejected record is not in the quarantine.
    """
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        good, bad = Path(scratch) / "good.jsonl", Path(scratch) / "bad.jsonl"
        rejected = _write(Path(forms.path), good, bad)
        clean, dirty = [], []
        for number in range(rounds):
            turns = [(good, clean, 0), (bad, dirty, rejected)]
            for source, costs, expected in reversed(turns) if number % 2 else turns:
                costs.append(_run(Path(scratch), source, expected))
    return [*_costs(clean, dirty, rejected), *_answers(dirty, rejected)]


def _costs(
    clean: list[dict[str, float]], dirty: list[dict[str, float]], rejected: int
) -> list[Figure]:
    pairs = list(zip(clean, dirty, strict=True))
    times = median(bad["seconds"] / good["seconds"] for good, bad in pairs)
    peaks = [max(cost["peak_bytes"] for cost in costs) / 1e6 for costs in (clean, dirty)]
    share = median(bad["settling"] / bad["seconds"] for bad in dirty)
    remark = f"{rejected:,} rejected; median of {len(pairs)} rounds"
    return [
        Figure("three records in ten rejected: time, of that without", times, "x", remark=remark),
        Figure("of that time, to put their entries into the index", 100 * share, "%"),
        Figure("peak memory without a rejected record", peaks[0], "MB"),
        Figure("more memory with them", peaks[1] - peaks[0], "MB", most=MOST_MORE_MEGABYTES),
    ]


def _answers(dirty: list[dict[str, float]], rejected: int) -> list[Figure]:
    """What the index takes and how long it thinks, for as many entries as were rejected."""
    names = {
        "count": f"all of {rejected:,} entries counted by rule",
        "list": "the first hundred of a rule listed",
        "place": "the entry of one file and record number found",
        "show": "one shown with its bytes",
    }
    size = median(cost["index_bytes"] for cost in dirty) / rejected
    return [
        Figure("the index, of an entry", size, "bytes"),
        *[
            Figure(what, median(cost[name] for cost in dirty), "ms", remark="median of the rounds")
            for name, what in names.items()
        ],
    ]


def _write(source: Path, good: Path, bad: Path) -> int:
    """The forms with a case_id, and the same with three in ten without; how many those are."""
    number = rejected = 0
    with source.open("rb") as reader, good.open("wb") as whole, bad.open("wb") as broken:
        for line in reader:
            if b'"case_id"' not in line:
                continue
            number += 1
            whole.write(line)
            is_bad = number % 10 < OF_TEN
            rejected += is_bad
            broken.write(line.replace(b'"case_id"', b'"case_no"', 1) if is_bad else line)
    return rejected


def _run(folder: Path, source: Path, expected: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        cost: dict[str, float] = run_module("bench.quarantine", source, scratch).answer
    if cost["entries"] != expected:
        message = f"{cost['entries']:,} entries in the quarantine instead of {expected:,}"
        raise ChildFailed(message)
    return cost


def main() -> None:
    from bench.task import REQUIRED_FIELDS
    from etlkit import DataValidator, ETLPipelineService, Quarantine

    source, scratch = sys.argv[1:]
    service = ETLPipelineService(f"{scratch}/state")
    rules = {name: {"required": True, "type": kind} for name, kind in REQUIRED_FIELDS.items()}
    service.create_pipeline(
        "Forms", source, None, f"{scratch}/out.jsonl", DataValidator(rules), on_error=Quarantine()
    )
    settling = _timed_settling(service)
    start = time.perf_counter()
    service.run("forms").raise_if_failed()
    seconds = time.perf_counter() - start
    cost = {
        "seconds": seconds,
        "settling": sum(settling),
        "peak_bytes": peak_bytes(),
        "index_bytes": Path(scratch, "state", "state.db").stat().st_size,
        "entries": service.quarantine.count()["total"],
    }
    print(json.dumps({**cost, **(_asked(service) if cost["entries"] else {})}))


def _timed_settling(service: ETLPipelineService) -> list[float]:
    """Seconds of each settling, as they come in."""
    state, spent = service.state, []
    settle = type(state).settle

    def timed(*given: object, **named: object) -> None:
        start = time.perf_counter()
        settle(*given, **named)  # type: ignore[arg-type] -- passed on as it came
        spent.append(time.perf_counter() - start)

    type(state).settle = timed  # type: ignore[method-assign] -- this process does nothing else
    return spent


def _asked(service: ETLPipelineService) -> dict[str, float]:
    """Milliseconds of questions to the quarantine."""
    view = service.quarantine
    last = view.list(rule=RULE)[-1]
    questions: dict[str, Callable[[], object]] = {
        "count": lambda: view.count("rule"),
        "list": lambda: view.list(rule=RULE),
        "place": lambda: view.list(uri=last.uri, record_no=last.record_no),
        "show": lambda: view.show(last.id),
    }
    return {name: _milliseconds(question) for name, question in questions.items()}


def _milliseconds(question: Callable[[], object]) -> float:
    spent = []
    for _ in range(QUESTIONS):
        start = time.perf_counter()
        assert question()
        spent.append(time.perf_counter() - start)
    return median(spent) * 1e3


if __name__ == "__main__":
    main()
