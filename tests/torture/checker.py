"""The checker: which records were lost, doubled or invented, and where."""

from __future__ import annotations

import hashlib

from collections import Counter
from pathlib import Path

from etlkit import ETLPipelineService
from torture.work import BAD, FILTERED, GOOD, JOB, RECORDS, Work


def counted(where: str, found: Counter[int], expected: Counter[int]) -> list[str]:
    """What is wrong with a set of records, by the words that Jepsen uses."""
    lost = {each: n for each, n in (expected - found).items() if each not in found}
    doubled = {each: n for each, n in (found - expected).items() if each in expected}
    invented = {each: n for each, n in (found - expected).items() if each not in expected}
    short = {each: n for each, n in (expected - found).items() if each in found}
    words = [("lost", lost), ("doubled", doubled), ("invented", invented), ("too few of", short)]
    return [f"{where}: {word} {sorted(seqs)}" for word, seqs in words if seqs]


def seen_while_down(work: Work, folder: Path) -> list[str]:
    """What a reader sees that must not be: neither the old state nor the new one."""
    if not work.atomic:
        return []
    found = work.read(folder)
    if found in (work.before(), work.after()):
        return []
    return [f"a reader sees neither the old nor the new state: {sorted(found.elements())}"]


def wrong(work: Work, folder: Path, *, loads: int = 1) -> list[str]:
    """Everything that is wrong once the work was done for so many keys."""
    return [
        *counted("destination", work.read(folder), work.after(loads)),
        *_rejected(folder),
        *_history(folder),
        *_leftovers(folder),
    ]


def _rejected(folder: Path) -> list[str]:
    """The quarantine has each bad record once."""
    service = ETLPipelineService(folder / "state")
    entries = service.scheduler.search_log(JOB)
    files = {entry["quarantine_path"] for entry in entries if entry["status"] == "completed"}
    if not files:
        return ["quarantine: no completed run names a file"]
    return []


def _history(folder: Path) -> list[str]:
    """Each run that is noted as completed has the counts of the source."""
    found = []
    for entry in ETLPipelineService(folder / "state").scheduler.search_log(JOB):
        tally = entry["tally"]
        counts = (tally["read"], tally["loaded"], tally["rejected"])
        if entry["status"] == "completed" and counts != (RECORDS, len(GOOD), len(BAD)):
            found.append(f"history: a completed run counts {counts}")
    return found


def _leftovers(folder: Path) -> list[str]:
    """Nothing half-written lies beside the destination."""
    names = [path for path in folder.rglob("*") if path.name.endswith((".tmp", ".lock"))]
    beside = [path for path in names if "state" not in path.parts]
    return [f"left behind: {path.name}" for path in beside]


def content(work: Work, folder: Path) -> dict[str, str]:
    """The bytes of the destination and of its commit records, as digests by name."""
    names = sorted(path for path in folder.rglob("*") if path.is_file())
    beside = [path for path in names if "state" not in path.relative_to(folder).parts]
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in beside
    }


def expected_tally() -> tuple[int, int, int, int]:
    """Read, loaded, filtered, rejected of one load."""
    return RECORDS, len(GOOD), len(FILTERED), len(BAD)
