"""What rejected records cost: the same forms without a bad record, and with one in a hundred."""

from __future__ import annotations

import tempfile

from pathlib import Path

from bench.comparison import count_lines
from bench.figures import Figure
from bench.forms import Forms
from bench.processes import run_module


EVERY = 100
MOST_MORE_MEGABYTES = 20.0
MODULE = "bench.contestants.etlkit_validated"


def measure(folder: Path, forms: Forms) -> list[Figure]:
    """Peak memory and time with and without bad records.

    Raises:
        ChildFailed: A run failed.
    """
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        good, bad = Path(scratch) / "good.jsonl", Path(scratch) / "bad.jsonl"
        _write(Path(forms.path), good, bad)
        clean, few = _run(Path(scratch), good), _run(Path(scratch), bad)
    more = (few["peak_bytes"] - clean["peak_bytes"]) / 1e6
    times = few["seconds"] / clean["seconds"]
    remark = f"{few['rejected']:,} rejected, each with its line in a file"
    return [
        Figure("peak memory without a bad record", clean["peak_bytes"] / 1e6, "MB"),
        Figure(
            "one record in a hundred bad: more memory",
            more,
            "MB",
            most=MOST_MORE_MEGABYTES,
            remark=remark,
        ),
        Figure("one record in a hundred bad: time, of that without", times, "x"),
    ]


def _write(source: Path, good: Path, bad: Path) -> None:
    """The forms with a case_id, and the same with every hundredth one without."""
    number = 0
    with source.open("rb") as reader, good.open("wb") as whole, bad.open("wb") as broken:
        for line in reader:
            if b'"case_id"' not in line:
                continue
            number += 1
            whole.write(line)
            broken.write(
                line.replace(b'"case_id"', b'"case_no"', 1) if number % EVERY == 0 else line
            )


def _run(folder: Path, source: Path) -> dict[str, float]:
    target, rejects = folder / "out.jsonl", folder / "rejects.jsonl"
    cost: dict[str, float] = run_module("bench.child", MODULE, source, target, rejects).answer
    rejected = count_lines(rejects) if rejects.exists() else 0
    for path in (target, rejects):
        path.unlink(missing_ok=True)
    return {**cost, "rejected": rejected}
