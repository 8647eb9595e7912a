"""The checker: which records were lost, doubled or invented, and where."""

from __future__ import annotations

import hashlib
import re

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import orjson

from etlkit import ETLPipelineService
from etlkit.state import EntryFilter, Lineage, StateStore
from torture.work import BAD, GOOD, JOB, RECORDS, Work, source_line


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
    service = ETLPipelineService(folder / "state")
    try:
        return _wrong(service, work, folder, loads)
    except Exception as error:  # noqa: BLE001 -- what cannot be read is wrong, too
        return [f"cannot be checked: {type(error).__name__}: {error}"]
    finally:
        service.state.close()


def _wrong(service: ETLPipelineService, work: Work, folder: Path, loads: int) -> list[str]:
    state = service.state
    return [
        *counted("destination", work.read(folder), work.after(loads)),
        *_rejected(state, folder / "state"),
        *_history(state, work.outputs * loads, loads),
        *(_lineage(service, work, loads) if work.lineage else []),
        *_leftovers(folder, state),
    ]


def _rejected(state: StateStore, root: Path) -> Iterator[str]:
    """The quarantine has each bad record once, with its bytes."""
    entries = list(state.entries(EntryFilter(job_id=JOB)))
    found = Counter(entry.record_no - 1 for entry in entries)
    yield from counted("quarantine", found, Counter(BAD))
    for entry in entries:
        with (root / entry.path).open("rb") as file:
            file.seek(entry.offset)
            line = orjson.loads(file.read(entry.length))
        if line["raw"] != source_line(entry.record_no - 1).decode().rstrip("\n"):
            yield f"quarantine: {entry.place} has the bytes {line['raw']!r}"
        if entry.status != "open":
            yield f"quarantine: {entry.place} is {entry.status}"


def _history(state: StateStore, commits: int, runs: int) -> Iterator[str]:
    """The history has each load once, with the counts of the source; nothing is open."""
    lines = state.history(JOB)
    found = len([line for line in lines if line["status"] == "completed"])
    if found != runs:
        yield f"history: {found} completed run(s) instead of {runs}"
    for line in lines:
        tally = line["tally"]
        counts = (tally["read"], tally["loaded"], tally["rejected"])
        if line["status"] == "completed" and counts != (RECORDS, len(GOOD), len(BAD)):
            yield f"history: a completed run counts {counts}"
    settled = len(list(state.commits(JOB)))
    if settled != commits:
        yield f"state: {settled} commit(s) instead of {commits}"
    if state.open_attempts(JOB):
        yield f"state: {len(state.open_attempts(JOB))} attempt(s) still open"


def _lineage(service: ETLPipelineService, work: Work, loads: int) -> Iterator[str]:
    """Each record that was loaded is told where it came from, and no other one."""
    lineage = Lineage(service.state, service.root)
    source = str(Path(service.root or "").parent / "in.jsonl")
    rows = [row for seq in range(RECORDS) for row in lineage.of(source, seq + 1)]
    found = Counter(row.record_no - 1 for row in rows)
    yield from counted("lineage", found, Counter(GOOD * (1 if work.mode == "replace" else loads)))


PASSING = re.compile(r"(\.out\.[a-z.]+)?\.[0-9a-f]{12}\.(tmp|lock)")
"""The spool of an append that was killed after it, and the sign of life of a dead process.

The next load removes them; a run that finds its work done begins none.
"""


def _leftovers(folder: Path, state: StateStore) -> Iterator[str]:
    """Nothing lies about that no commit names, but what failed runs leave to look at."""
    named = {
        str(folder / "state" / kept.path)
        for settled in state.commits(JOB)
        for kept in (settled.record.quarantine, settled.record.lineage)
        if kept is not None
    }
    for path in sorted(folder.rglob("*")):
        kept = path.parent.name in {"quarantine", "lineage"} and path.parent.parent.name == "state"
        if PASSING.fullmatch(path.name) and path.parent in {folder, folder / "state"}:
            continue
        if path.name.endswith((".tmp", ".lock")) or (
            kept and str(path) not in named and not path.name.endswith(".failed.jsonl")
        ):
            yield f"left behind: {path.relative_to(folder)}"


def content(work: Work, folder: Path) -> dict[str, str]:
    """The bytes of the destination and of its commit records, as digests by name."""
    names = sorted(path for path in folder.rglob("*") if path.is_file())
    beside = [path for path in names if "state" not in path.relative_to(folder).parts]
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in beside
    }
