"""Memory of the main job at one size and at ten times that size: it must stay flat."""

from __future__ import annotations

import shutil
import tempfile

from pathlib import Path

from bench.figures import Figure
from bench.forms import Forms
from bench.processes import run_module
from bench.roster import CONTESTANTS, ETLKIT, HAND_LOOP


FACTORS = (1, 10)
MOST_MEGABYTES = 40.0


def measure(folder: Path, forms: Forms) -> list[Figure]:
    """Peak memory of etlkit and of the hand loop, in processes of their own.

    Raises:
        ChildFailed: One of them failed.
    """
    contestants = [each for each in CONTESTANTS if each.name in {ETLKIT, HAND_LOOP}]
    figures = []
    for factor in FACTORS:
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            source = _repeated(Path(forms.path), factor, Path(scratch) / "forms.jsonl")
            for contestant in contestants:
                target, rejects = Path(scratch) / "out.jsonl", Path(scratch) / "rejects.jsonl"
                cost = run_module("bench.child", contestant.module, source, target, rejects).answer
                what = f"{contestant.name}, {factor * forms.records:,} records: peak memory"
                most = MOST_MEGABYTES if contestant.name == ETLKIT else None
                remark = f"{cost['seconds']:.1f} s"
                megabytes = cost["peak_bytes"] / 1e6
                figures.append(Figure(what, megabytes, "MB", most=most, remark=remark))
                for path in (target, rejects):
                    path.unlink(missing_ok=True)
    return figures


def _repeated(source: Path, factor: int, target: Path) -> Path:
    """A file that holds the source so many times; the source itself for once."""
    if factor == 1:
        return source
    with target.open("wb") as writer:
        for _ in range(factor):
            with source.open("rb") as reader:
                shutil.copyfileobj(reader, writer, 1024 * 1024)
    return target
