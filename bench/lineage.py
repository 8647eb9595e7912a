"""What lineage costs: time of the main job, bytes a record, and a look-up among many."""

from __future__ import annotations

import os
import random
import tempfile
import time

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import Figure
from bench.forms import Forms
from bench.steps import (
    is_no_test,
    with_clean_email,
    with_short_ssn,
    with_state_code,
    with_tag_count,
)
from bench.task import REQUIRED_FIELDS
from etlkit import DataValidator, ETLPipelineService, Quarantine
from etlkit.runs import KeptFile, RunContext
from etlkit.state.lineage.reading import Entry, LineageFile, opened
from etlkit.state.lineage.writing import LineageWriter, lineage_path
from etlkit.transformations import Filter, Map


MOST_TIMES = 1.6
MOST_BYTES = 40.0
MOST_MILLISECONDS = 50.0
AMONG = 10_000_000
BATCH = 850
LOOKED_UP = 50
FILE = "/data/forms.jsonl"


def measure(folder: Path, forms: Forms, rounds: int) -> list[Figure]:
    """The main job with and without lineage in turn, and a lineage file of ten million records."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        without, kept = _main_jobs(Path(scratch), forms, rounds)
        file, some = _large(Path(scratch))
        by_hash = _milliseconds(file, lambda kept, row, _: kept.find(row), some)
        by_number = _milliseconds(file, lambda kept, _, number: kept.of(FILE, number), some)
    return [
        Figure(
            "main job with lineage, of the time without",
            kept / without,
            "x",
            most=MOST_TIMES,
            remark="processor time, the best of each",
        ),
        Figure("lineage of a record", file.size_bytes / file.records, "bytes", most=MOST_BYTES),
        Figure(f"one found by hash among {AMONG:,}", by_hash, "ms", most=MOST_MILLISECONDS),
        Figure(f"one found by number among {AMONG:,}", by_number, "ms", most=MOST_MILLISECONDS),
    ]


def _main_jobs(folder: Path, forms: Forms, rounds: int) -> tuple[float, float]:
    """Processor seconds of the job without lineage and with it."""
    steps = (
        Map(with_state_code)
        | Map(with_clean_email)
        | Map(with_short_ssn)
        | Map(with_tag_count)
        | Filter(is_no_test)
    )
    rules = {name: {"required": True, "type": kind} for name, kind in REQUIRED_FIELDS.items()}
    seconds: dict[bool, list[float]] = {False: [], True: []}
    for number in range(rounds):
        for lineage, spent in seconds.items():
            service = ETLPipelineService(folder / f"state-{number}-{lineage}")
            service.create_pipeline(
                "Forms",
                forms.path,
                steps,
                folder / "out.jsonl",
                DataValidator(rules),
                on_error=Quarantine(),
                lineage=lineage,
            )
            began = time.process_time()
            service.run("forms").raise_if_failed()
            spent.append(time.process_time() - began)
    return min(seconds[False]), min(seconds[True])


def _large(folder: Path) -> tuple[KeptFile, list[tuple[bytes, int]]]:
    """A lineage file of many records, and some of them to look up."""
    run = RunContext("forms", "run", "key", 1, "0" * 12, datetime(2026, 1, 1, tzinfo=UTC))
    writer = LineageWriter(lineage_path(str(folder), run), run)
    some: list[tuple[bytes, int]] = []
    for first, hashes in _batches():
        writer.add(FILE, range(first, first + len(hashes)), hashes)
        if len(some) < LOOKED_UP * 10:
            some.append((hashes[0], first))
    return writer.finish(), some


def _batches() -> Iterator[tuple[int, list[bytes]]]:
    for first in range(1, AMONG + 1, BATCH):
        drawn = os.urandom(16 * min(BATCH, AMONG + 1 - first))
        yield first, [drawn[at : at + 16] for at in range(0, len(drawn), 16)]


def _milliseconds(
    file: KeptFile,
    look: Callable[[LineageFile, bytes, int], list[Entry]],
    some: list[tuple[bytes, int]],
) -> float:
    """The median of several look-ups, each with a file that is opened anew."""
    spent = []
    for row, number in random.sample(some, LOOKED_UP):
        began = time.perf_counter()
        with opened(file) as kept:
            (_,) = look(kept, row, number)
        spent.append(time.perf_counter() - began)
    return sorted(spent)[LOOKED_UP // 2] * 1e3
