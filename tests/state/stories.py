"""Attempts, commits and quarantine files that the tests of state stores are told with."""

from __future__ import annotations

import hashlib

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from etlkit.records import Rejection
from etlkit.runs import CommitRecord, KeptFile, Part, Position, RunContext, Tally, Written
from etlkit.state import OpenAttempt, Settled
from etlkit.state.entry_lines import Occurrence, entry_id, entry_line


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def run_of(number: int = 1, *, job_id: str = "cases", run_key: str | None = None) -> RunContext:
    """The attempt of this number; its key, id and nonce tell the number."""
    return RunContext(
        job_id,
        run_id=f"20260101T1200{number:02d}Z-aaaaaaaaaaaa",
        run_key=f"key {number}" if run_key is None else run_key,
        attempt=1,
        nonce=f"{number:012x}",
        started=NOON + timedelta(minutes=number),
    )


def attempt_of(run: RunContext, **more: Any) -> OpenAttempt:
    """What is noted of an attempt that begins."""
    return OpenAttempt(run, {"": "out.jsonl"}, "plan", **more)


def record_of(run: RunContext, **more: Any) -> CommitRecord:
    """What an attempt commits: one part of two records."""
    part = Part("out.jsonl", 2, 16, sha256="00" * 32)
    committed = run.started + timedelta(seconds=30)
    more = {"quarantine": None, "position": Position(), **more}
    written = Written((part,))
    return CommitRecord(
        run, "append", written, Tally(read=2, loaded=2), committed_at=committed, **more
    )


def commit_of(run: RunContext, **more: Any) -> Settled:
    """A commit at ``out.jsonl``."""
    return Settled("out.jsonl", record_of(run, **more))


def rejection_of(number: int, **more: Any) -> Rejection:
    """What became of a line that is no JSON."""
    words: dict[str, Any] = {"code": "json", "message": "unexpected end", "stage": "decode", **more}
    step, uri, raw = words.pop("step", None), words.pop("uri", "in.jsonl"), b'{"id": '
    return Rejection(
        words.pop("code"), words.pop("message"), words.pop("stage"), step, uri, number, raw,
        line_no=number, **words,
    )  # fmt: skip


def known(one: Rejection, run: RunContext) -> Occurrence:
    """What the engine knows of a rejected line beside."""
    found = entry_id(run.job_id, one.uri, "version", one.record_no, derived=one.derived)
    return Occurrence(found, "version", replayable=True)


def kept_in(path: Path, run: RunContext, *rejections: Rejection) -> KeptFile:
    """The quarantine file of an attempt with these records."""
    content = b"".join(entry_line(each, run, known(each, run)) for each in rejections)
    path.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    return KeptFile(str(path), len(rejections), len(content), sha256)
