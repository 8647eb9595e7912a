"""A run of one record from memory to memory: what etlkit costs a caller beyond the work itself."""

from __future__ import annotations

import json
import time

from collections.abc import Callable
from statistics import median

from bench.figures import Figure
from bench.processes import run_module


PROCESSES = 15
WARM_RUNS = 200
MOST_COLD_MILLISECONDS = 2.0
MOST_WARM_MILLISECONDS = 0.2


def measure() -> list[Figure]:
    """Milliseconds of the first run in a process, and of later ones.

    Raises:
        ChildFailed: A run failed.
    """
    answers = [run_module("bench.tiny").answer for _ in range(PROCESSES)]
    cold, warm, anew, loading = (
        median(answer[name] for answer in answers) for name in ("cold", "warm", "anew", "loading")
    )
    return [
        Figure(
            "first run of a job in a process, making the job included",
            cold,
            "ms",
            most=MOST_COLD_MILLISECONDS,
            remark=f"median of {PROCESSES} processes, names imported before",
        ),
        Figure(
            "later runs of the same job",
            warm,
            "ms",
            most=MOST_WARM_MILLISECONDS,
            remark=f"median of {WARM_RUNS} in each process",
        ),
        Figure("later runs, each of a job made anew", anew, "ms"),
        Figure("importing the names that the job needs, before its first run", loading, "ms"),
    ]


def main() -> None:
    import etlkit  # noqa: F401 -- what comes before the clock starts

    start = time.perf_counter()
    from etlkit import DataLoader, ETLJob, RecordsSource
    from etlkit.destinations import MemoryDestination
    from etlkit.transformations import Map

    loaded = time.perf_counter()

    def make_job() -> ETLJob:
        source = RecordsSource([{"id": 1, "name": "Ada"}])
        return ETLJob("tiny", "Tiny", source, Map(_with_greeting), DataLoader(MemoryDestination()))

    def run(job: ETLJob) -> None:
        result = job.execute()
        result.raise_if_failed()
        assert result.rows_loaded == 1, result

    before = time.perf_counter()
    job = make_job()
    run(job)
    cold = time.perf_counter() - before

    warm = [_seconds(lambda: run(job)) for _ in range(WARM_RUNS)]
    anew = [_seconds(lambda: run(make_job())) for _ in range(WARM_RUNS)]
    seconds = {
        "cold": cold,
        "warm": median(warm),
        "anew": median(anew),
        "loading": loaded - start,
    }
    print(json.dumps({name: value * 1e3 for name, value in seconds.items()}))


def _with_greeting(record: dict[str, object]) -> dict[str, object]:
    record["greeting"] = f"Hello {record['name']}"
    return record


def _seconds(action: Callable[[], None]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
