"""The identity of a run and of its attempts, and what a destination knows of a load."""

from __future__ import annotations

import os

from datetime import datetime
from typing import Literal, TypeAlias

from attrs import field, frozen


@frozen
class RunContext:
    """The identity of one attempt.

    Attributes:
        job_id: The job that runs.
        run_id: One call of ``execute``; its retries share it.
        run_key: The unit of work, the same when the same work is done again.
        attempt: Number of the try, from 1.
        nonce: Random mark of this attempt; temporary files carry it, and a commit
            record is recognised by it.
        started: When the attempt began, in UTC.
        force: The work is done again although its key was loaded; what it had loaded is
            superseded.
    """

    job_id: str
    run_id: str
    run_key: str
    attempt: int
    nonce: str
    started: datetime
    force: bool = field(default=False, kw_only=True)


Mode: TypeAlias = Literal["replace", "append", "upsert", "replace-partition"]
"""What a load does with what the destination held before; the last one is for datasets."""


@frozen
class Load:
    """What a destination has to know of a load before it begins.

    Attributes:
        run: The attempt.
        mode: What happens to what is there already.
        key: Fields that identify a record; for ``upsert`` only.
        output: Name of the output in a job with several; empty in a job with one.
        supersedes: Nonces of the earlier loads of this work that count no more once this
            one is committed; for a run that is forced.
    """

    run: RunContext
    mode: Mode
    key: tuple[str, ...] = ()
    output: str = field(default="", kw_only=True)
    supersedes: tuple[str, ...] = field(default=(), kw_only=True)


def new_run_id(now: datetime) -> str:
    """An id that sorts by time and is safe as a file name: ``20240601T120000Z-1f2e3d4c5b6a``."""
    return f"{now:%Y%m%dT%H%M%SZ}-{random_mark()}"


def random_mark() -> str:
    """Twelve random hexadecimal digits."""
    return os.urandom(6).hex()
