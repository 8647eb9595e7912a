"""Loads that were appended, so that one that is repeated can be told.

A destination that remembers run keys skips a key that it has. Where there is no key, or
no memory for it, a repeated append is there twice, and all that can be done is to say so.
"""

from __future__ import annotations

import threading
import weakref

from collections import deque
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import field, frozen


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from etlkit.destinations.destination import Destination
    from etlkit.jobs.definition import Definition
    from etlkit.jobs.result import JobResult

KEPT = 1000
"""Appends of one job that are remembered."""


@frozen
class _Append:
    run_id: str
    run_key: str
    ended: datetime
    records: int
    place: str
    # What lives in memory is told by itself, since another one may have its name.
    held: weakref.ref[Destination] | None = field(default=None)

    def into(self, destination: Destination, place: str) -> bool:
        if destination.lasting:
            return self.place == place
        return self.held is not None and self.held() is destination

    def repeated_by(self, run_key: str, run_id: str) -> bool:
        """Whether a run is of the same key, or neither of the two has one."""
        return run_key in (self.run_key, run_id) and (run_key == run_id) == self.keyless

    @property
    def keyless(self) -> bool:
        return self.run_key == self.run_id


class Appends:
    """The appends of one job object or of one scheduler; safe for several threads.

    Args:
        logged: Gives the results of a job that earlier processes logged, oldest first;
            asked once for each job, when it first appends.
    """

    def __init__(self, logged: Callable[[str], Iterable[Mapping[str, Any]]] = lambda _: ()) -> None:
        self._logged = logged
        self._lock = threading.Lock()
        self._by_job: dict[str, deque[_Append]] = {}

    def warning(self, job: Definition, run_key: str, run_id: str) -> str | None:
        """What to say of a run that appends, should it complete; None where it repeats none.

        Raises:
            EtlkitError: The log cannot be read.
        """
        destination = job.loader.destination
        if job.loader.mode != "append" or job.source.incremental:
            return None
        keyless = run_key == run_id
        if not keyless and destination.finds("append") != "nothing":
            return None  # what it holds is skipped, and what it has lost is loaded on purpose
        place = destination.place
        for earlier in reversed(self._of(job.job_id)):
            if earlier.into(destination, place) and earlier.repeated_by(run_key, run_id):
                return _words(earlier)
        return None

    def add(self, job: Definition, result: JobResult) -> None:
        """Remember a run that completed."""
        destination = job.loader.destination
        if job.loader.mode != "append" or not result.rows_loaded:
            return
        append = _Append(
            result.run_id,
            result.run_key,
            result.end_time,
            result.rows_loaded,
            destination.place,
            None if destination.lasting else weakref.ref(destination),
        )
        with self._lock:
            self._by_job.setdefault(job.job_id, deque(maxlen=KEPT)).append(append)

    def _of(self, job_id: str) -> list[_Append]:
        with self._lock:
            known = self._by_job.get(job_id)
        if known is None:  # outside of the lock, since a log may be long
            found = deque(filter(None, map(_from_log, self._logged(job_id))), maxlen=KEPT)
            with self._lock:
                known = self._by_job.setdefault(job_id, found)
        with self._lock:
            return list(known)


def _from_log(entry: Mapping[str, Any]) -> _Append | None:
    """The append that a line of the log is about; None where it is about something else."""
    if (entry.get("status"), entry.get("mode")) != ("completed", "append"):
        return None
    if not entry["rows_loaded"]:
        return None
    return _Append(
        entry["run_id"],
        entry["run_key"],
        datetime.fromisoformat(entry["end_time"]),
        entry["rows_loaded"],
        entry["destination"],
    )


def _words(earlier: _Append) -> str:
    who = "neither run had a run_key"
    mend = "pass run_key= for each unit of work, or use mode='replace'"
    if not earlier.keyless:
        who = f"both runs had the run_key {earlier.run_key!r}, which the destination does not keep"
        mend = "use mode='replace'"
    return (
        f"a repeated append: run {earlier.run_id} of this job had appended {earlier.records} "
        f"record(s) to {earlier.place} at {earlier.ended:%Y-%m-%d %H:%M:%S} UTC, and {who}, so "
        f"that records may be there twice; {mend}"
    )
