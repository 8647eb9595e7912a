"""Files of etlkit's own that are damaged: an error that names the file, or the whole truth."""

from __future__ import annotations

import random

from collections.abc import Callable, Iterator
from pathlib import Path

import orjson

from attrs import frozen

from etlkit import ETLPipelineService
from etlkit.errors import CorruptState
from etlkit.state import EntryFilter, Lineage, QuarantineEntry
from etlkit.state.kept_records import KeptRecords
from etlkit.testing.processes import Ending, run
from torture.disk import materialised, tree_of
from torture.sweeps import FULL, REPORTS, SEED, Bench, Report, last_line, sample
from torture.work import JOB, RECORDS, Work


@frozen
class Damage:
    """One way to damage a file.

    Attributes:
        path: The file.
        words: What is done to it.
        do: Gives the damaged content.
    """

    path: Path
    words: str
    do: Callable[[bytes], bytes]

    def __str__(self) -> str:
        return f"{self.path.name}: {self.words}"


def truth(work: Work, folder: Path) -> str:
    """Everything that etlkit says of what it has done."""
    service = ETLPipelineService(folder / "state")
    state = service.state
    said = {
        "destination": sorted(work.read(folder).elements()),
        "history": [[line["run_key"], line["status"]] for line in state.history(JOB)],
        "commits": [settled.record.run.nonce for settled in state.commits(JOB)],
        "open": len(state.open_attempts(JOB)),
        "entries": [
            [e.id, e.record_no, e.status, _raw(e, service.root)]
            for e in state.entries(EntryFilter())
        ],
        "log": [[line["run_id"], line["status"]] for line in service.scheduler.search_log(JOB)],
        "lineage": _lineage(service, folder) if work.lineage else [],
    }
    return orjson.dumps(said, option=orjson.OPT_INDENT_2).decode()


def _raw(entry: QuarantineEntry, root: str | None) -> str:
    records = KeptRecords(root)
    try:
        return (records.read(entry).raw or b"").decode(errors="replace")
    finally:
        records.close()


def _lineage(service: ETLPipelineService, folder: Path) -> list[list[object]]:
    lineage = Lineage(service.state, service.root)
    source = str(folder / "in.jsonl")
    rows = [row for number in range(1, RECORDS + 1) for row in lineage.of(source, number)]
    return [[row.record_no, row.row_hash, row.run_id] for row in rows]


def damaged(bench: Bench, *, most: int) -> Report:
    """Damage each file of etlkit's own, ask for everything, and do the same work again."""
    report = Report(f"damage {bench.work.name}")
    bench.anew()
    assert bench.do().status == 0
    expected = _asked(bench)
    assert expected.status == 0, expected
    bench.keep()
    saved = tree_of(bench.folder)
    damages = [damage for path in _own(bench.folder) for damage in _damages(path)]
    report.points = len(damages)
    for damage in sample(damages, most, report.name):
        materialised(saved, bench.kept)
        damage.path.write_bytes(damage.do(damage.path.read_bytes()))
        report.add(damage, _after_damage(bench, damage, expected.output))
    REPORTS.append(report)
    return report


def _asked(bench: Bench) -> Ending:
    return run(lambda: print(truth(bench.work, bench.folder)), bench.notes)


def _own(folder: Path) -> list[Path]:
    """Files that etlkit keeps for itself: state, log, quarantine, lineage, commits, journal."""
    found = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [
        path
        for path in found
        if {"state", "_commits"} & set(path.relative_to(folder).parts)
        or path.name.endswith(".journal")
    ]


def _damages(path: Path) -> Iterator[Damage]:
    content = path.read_bytes()
    chosen = random.Random(f"{SEED}:{path.name}")
    count = 100 if FULL else 12
    for _ in range(count):
        at, bit = chosen.randrange(max(len(content), 1)), 1 << chosen.randrange(8)
        yield Damage(path, f"byte {at} of {len(content)} flipped", _flipping(at, bit))
    if path.name == "etl-jobs.jsonl":
        return  # what a crash tore off the end of a log is left out, whatever its length
    for _ in range(count // 2):
        size = chosen.randrange(max(len(content), 1))
        yield Damage(path, f"cut to {size} of {len(content)} bytes", lambda old, n=size: old[:n])
    yield Damage(path, "empty", lambda old: b"")
    yield Damage(path, "zeros", lambda old: bytes(len(old)))


def _flipping(at: int, bit: int) -> Callable[[bytes], bytes]:
    return lambda old: old[:at] + bytes([old[at] ^ bit]) + old[at + 1 :] if old else old


def _after_damage(bench: Bench, damage: Damage, expected: str) -> Iterator[str]:
    asked = _asked(bench)
    if asked.status:
        yield from _named(damage, asked, "asking")
    elif asked.output != expected:
        yield f"something else is said: {_difference(asked.output, expected)}"
    again = bench.do()
    if again.status:
        yield from _named(damage, again, "the next run")
    elif bench.work.keyed and "skipped" not in again.output:
        yield f"the next run ended with {again.output!r}"
    yield from _read_after(bench, damage)


def _read_after(bench: Bench, damage: Damage) -> Iterator[str]:
    """A reader of the destination sees what was there, or is told which file is damaged."""
    try:
        found = bench.work.read(bench.folder)
    except CorruptState as error:
        if damage.path.name not in str(error):
            yield f"a reader is told: {error}"
        return
    if found != bench.work.after():
        yield "the destination has changed"


def _named(damage: Damage, ending: Ending, what: str) -> Iterator[str]:
    if damage.path.name not in ending.complaints or "etlkit.errors." not in last_line(ending):
        yield f"{what} ended with {ending.status} and does not name the file: {last_line(ending)}"


def _difference(found: str, expected: str) -> str:
    a, b = found.splitlines(), expected.splitlines()
    pairs = [(x.strip(), y.strip()) for x, y in zip(a, b, strict=False) if x != y]
    return f"{pairs[0][0]} instead of {pairs[0][1]}" if pairs else f"{len(a)} lines of {len(b)}"
