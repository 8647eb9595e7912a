"""The promises of a destination in words, and the loads that they are tried with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from etlkit.destinations.loader import DataLoader
from etlkit.formats.values import canonical_json
from etlkit.records import Batch, Origin, OutBatch
from etlkit.retry import NO_RETRY
from etlkit.runs.commit import CommitRecord, Written
from etlkit.runs.context import Load, RunContext, new_run_id, random_mark
from etlkit.runs.tally import Tally
from etlkit.service import ETLPipelineService
from etlkit.sources.memory import RecordsSource
from etlkit.state.quarantine import Quarantine
from etlkit.testing.clock import FakeClock


if TYPE_CHECKING:
    from pathlib import Path

    from etlkit.destinations.destination import Destination, LoadSession
    from etlkit.jobs.result import JobResult
    from etlkit.records import Record
    from etlkit.runs.context import Mode

ARRIVES = "what was loaded can be read back"
WHOLE = "readers see all of a load or nothing of it, and nothing before its commit"
ABORTED = "an aborted load leaves the destination as it was"
COUNTED = "prepare() says how many records were written"
ONCE = "the same run key loads once, whoever repeats it"
APART = "another run key, and another job, is other work and loads again"
REMEMBERED = "find_commit() gives the commit record that was committed"
KEPT = "commits() gives every commit record, oldest first"
REPLACED = "replace takes the place of everything that was there"
ADDED = "append keeps what was there"
FORCED = "a forced load takes the place of the earlier one with the same key"
REFUSED = "a refused record is set aside, and the others are loaded"
STABLE = "repeating a finished run changes nothing"

_SHOWN = 3
JOB = "conformance"


def broken(promise: str, detail: str) -> NoReturn:
    """Fail a test with the promise that does not hold.

    Raises:
        AssertionError: Always.
    """
    message = f"promise broken: {promise}.\n{detail}"
    raise AssertionError(message)


def compare(
    promise: str, found: Iterable[Record], expected: Iterable[Record], when: str = ""
) -> None:
    """Compare records whatever their order; fail with those that are missing or too many."""
    has, wants = Counter(map(canonical_json, found)), Counter(map(canonical_json, expected))
    lost, extra = wants - has, has - wants
    if not lost and not extra:
        return
    words = [f"{when}: " if when else "", f"{has.total()} record(s) instead of {wants.total()}"]
    words += [
        f"; missing: {_some(lost)}" if lost else "",
        f"; too many: {_some(extra)}" if extra else "",
    ]
    broken(promise, "".join(words))


def _some(records: Counter[bytes]) -> str:
    shown = [f"{record.decode()} ({n} x)" for record, n in list(records.items())[:_SHOWN]]
    more = len(records) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def run_job(
    destination: Destination,
    records: Sequence[Record],
    *,
    root: Path,
    mode: Mode,
    run_key: str,
    job_id: str = JOB,
) -> JobResult:
    """Load records by a job of a service, as users do."""
    service = ETLPipelineService(root)
    service.create_pipeline(
        job_id,
        RecordsSource(records),
        None,
        DataLoader(destination, mode),
        job_id=job_id,
        on_error=Quarantine(),
        retry=NO_RETRY,
    )
    result = service.run(job_id, run_key=run_key)
    result.raise_if_failed()
    return result


def new_run(run_key: str, *, job_id: str = JOB, force: bool = False) -> RunContext:
    """An attempt that nobody has heard of yet."""
    now = FakeClock().now()
    return RunContext(job_id, new_run_id(now), run_key, 1, random_mark(), now, force=force)


def batch_of(destination: Destination, records: Sequence[Record]) -> OutBatch:
    """Records as the engine hands them over to a session."""
    encoder = destination.encoder()
    items: list[Any] = [encoder.encode(record) for record in records]
    source = Batch(list(records), Origin("conformance"), 1, decode=dict)
    return OutBatch(items, source)


def commit_now(
    destination: Destination, session: LoadSession, records: Sequence[Record], load: Load
) -> CommitRecord:
    """Take a session through a whole load; gives the record that it has committed."""
    session.write(batch_of(destination, records))
    record = record_of(load, session.prepare(), len(records))
    session.commit(record)
    return record


def record_of(load: Load, written: Written, count: int) -> CommitRecord:
    """What the engine gives a session to commit, of a load of so many records."""
    run, tally = load.run, Tally(read=count, loaded=count)
    return CommitRecord(
        run, load.mode, written, tally, None, run.started, supersedes=load.supersedes
    )
