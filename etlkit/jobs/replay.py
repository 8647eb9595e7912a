"""Replaying rejected records: through the job as it is now, by the way that runs take."""

from __future__ import annotations

import hashlib

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from etlkit._words import did_you_mean
from etlkit.destinations.loader import DataLoader
from etlkit.engine.nowhere import Nowhere
from etlkit.engine.replaying import ReplaySource
from etlkit.errors import CommitLost, UnknownJob
from etlkit.jobs.execution import Settings, execute
from etlkit.jobs.replayable import check_replayable
from etlkit.jobs.result import JobStatus
from etlkit.state.entries import EntryFilter, StatusEvent
from etlkit.state.forcing import REPLAY
from etlkit.state.memory import MemoryState
from etlkit.state.quarantine import Quarantine


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from etlkit._clock import Clock
    from etlkit.jobs.job import ETLJob
    from etlkit.jobs.result import JobResult
    from etlkit.state.entries import QuarantineEntry
    from etlkit.state.store import StateStore

MAX_REPLAYS = 3
"""How often a record is rejected again until a replay parks it."""

AT_ONCE = 5_000
"""Records that one replay commits together: entries take memory, and a record names them."""

UNIQUE = "unique"
"""The rule that compares a record with the others of its run, which a replay does not read."""

_TRIES = 10  # of a replay that others disturb: each of them changes the entries once
_BY = "replay"
_DONE = ("replayed", "superseded")


@frozen
class Replayed:
    """What a replay has done, or would do.

    Attributes:
        loaded: Records that are loaded now; in a dry run, that would be.
        filtered: Records that the chain drops on purpose; they are done with, too.
        rejected: Records that fail again, and stay open.
        parked: Those of them that were set apart, since they have failed too often.
        left: Records that cannot be replayed: nobody has their bytes, or only a part, or they
            broke a rule ``unique``, which compares them with others of their run.
        reasons: The rules that those which fail again break, and how often.
        dry_run: Nothing was loaded.
        results: The result of each run; a replay of many records is several.
    """

    loaded: int = 0
    filtered: int = 0
    rejected: int = 0
    parked: int = 0
    left: int = 0
    reasons: Mapping[str, int] = field(factory=dict)
    dry_run: bool = False
    results: tuple[JobResult, ...] = field(default=(), repr=False)

    def raise_if_failed(self) -> Replayed:
        """Raise what a run ended with that has failed; else give this replay.

        Raises:
            Exception: The original exception of the run.
        """
        for result in self.results:
            result.raise_if_failed()
        return self

    def __str__(self) -> str:
        would = "would be " if self.dry_run else ""
        words = [
            f"{self.loaded} {would}loaded",
            f"{self.filtered} {would}filtered",
            f"{self.rejected} {would}rejected again",
        ]
        if self.parked:
            words.append(f"{self.parked} parked")
        if self.left:
            words.append(f"{self.left} cannot be replayed")
        failed = [result.errors[0] for result in self.results if result.errors]
        reasons = [f"  {rule}: {count}" for rule, count in self.reasons.items()]
        return "\n".join([", ".join(words), *reasons, *failed])

    def __add__(self, other: Replayed) -> Replayed:
        return Replayed(
            self.loaded + other.loaded,
            self.filtered + other.filtered,
            self.rejected + other.rejected,
            self.parked + other.parked,
            self.left + other.left,
            dict(sorted((Counter(self.reasons) + Counter(other.reasons)).items())),
            self.dry_run,
            self.results + other.results,
        )


@frozen
class Place:
    """Where replays are done, and who is told.

    Attributes:
        root: Folder of the state.
        clock: The time.
        remember: Given the result of each run, and gives it back.
    """

    root: str
    clock: Clock
    remember: Callable[[JobResult], JobResult]


@frozen
class _Replaying:
    """One call of replay for one job."""

    job: ETLJob
    state: StateStore
    place: Place
    max_replays: int

    def of(self, ids: Sequence[str]) -> Replayed:
        """Replay entries, as one run, and remember it."""
        done = self._of(ids)
        return evolve(done, results=tuple(map(self.place.remember, done.results)))

    def _of(self, ids: Sequence[str]) -> Replayed:
        """Replay entries; others may be at them meanwhile."""
        done = Replayed()
        for _ in range(_TRIES):
            entries, left = self._open(ids)
            done = Replayed(left=left)
            if not entries:
                return done
            result = self._run(entries)
            done += Replayed(results=(result,))
            if result.status is JobStatus.COMPLETED:
                tally = result.tally
                return done + Replayed(tally.loaded, tally.filtered) + self._again(entries)
            if result.status is not JobStatus.SKIPPED and not isinstance(result.error, CommitLost):
                return done
        return done

    def _open(self, ids: Sequence[str]) -> tuple[list[QuarantineEntry], int]:
        """The entries that are replayed, and how many cannot be."""
        found = list(self.state.entries(EntryFilter(ids=tuple(ids))))
        wanted = [each for each in found if each.status not in _DONE]
        entries = [each for each in wanted if _is_replayable(each, self.job)]
        return entries, len(wanted) - len(entries)

    def _run(self, entries: Sequence[QuarantineEntry]) -> JobResult:
        job = self.job
        source = ReplaySource(job.source, self.state, entries, self.place.root)
        policy = Quarantine(to=None if job.on_error is None else job.on_error.to)
        again = job.replace(source=source, on_error=policy)
        settings = Settings(
            self.place.clock,
            self.state,
            job.retry,
            self.place.root,
            replaying=tuple(each.id for each in entries),
            on_interrupt=self.place.remember,
        )
        return execute(again.definition, again.kernels(), _key(entries), settings)

    def _again(self, entries: Sequence[QuarantineEntry]) -> Replayed:
        """What became of the records that have failed again."""
        ids = tuple(each.id for each in entries)
        failed = [each for each in self.state.entries(EntryFilter(ids=ids)) if _is_open(each)]
        over = [each.id for each in failed if each.attempts > self.max_replays]
        if over:
            note = f"failed {self.max_replays} replay(s)"
            self.state.mark(over, StatusEvent("parked", self.place.clock.now(), _BY, note))
        reasons = Counter(each.rule for each in failed)
        return Replayed(rejected=len(failed), parked=len(over), reasons=dict(reasons))


def _is_replayable(entry: QuarantineEntry, job: ETLJob) -> bool:
    """Whether its bytes can be read again, and be judged without the other records of its run."""
    if entry.rule != UNIQUE:
        return entry.replayable
    validators = (job.input_validator, job.validator)
    return entry.replayable and not any(one is not None and one.is_stateful for one in validators)


def _is_open(entry: QuarantineEntry) -> bool:
    return entry.status != "replayed"


def _key(entries: Iterable[QuarantineEntry]) -> str:
    """The run key of a replay: the same for the same entries, rejected by the same attempts."""
    digest = hashlib.sha256()
    for each in sorted((each.id, each.nonce) for each in entries):
        digest.update("".join(each).encode())
    return f"{REPLAY}{digest.hexdigest()}"


def _tried(job: ETLJob, state: StateStore, place: Place, ids: Sequence[str]) -> Replayed:
    """What a replay of entries would do; nothing is loaded, and nothing noted."""
    found = list(state.entries(EntryFilter(ids=tuple(ids))))
    wanted = [each for each in found if each.status not in _DONE]
    entries = [each for each in wanted if _is_replayable(each, job)]
    left = Replayed(left=len(wanted) - len(entries))
    if not entries:
        return left
    again = job.replace(
        source=ReplaySource(job.source, state, entries, place.root),
        loader=DataLoader(Nowhere(job.loader.destination), "append"),
        on_error=Quarantine(),
        lineage=False,
    )
    settings = Settings(place.clock, MemoryState(place.root))
    result = execute(again.definition, again.kernels(), None, settings)
    rules = Counter(
        each.problems[0].rule if each.problems else each.code for each in result.rejections
    )
    tally = result.tally
    return left + Replayed(
        tally.loaded, tally.filtered, tally.rejected, reasons=dict(rules), results=(result,)
    )


def replay(
    jobs: Mapping[str, ETLJob],
    state: StateStore,
    place: Place,
    which: EntryFilter,
    *,
    dry_run: bool,
    max_replays: int,
) -> Replayed:
    """Replay the entries that pass a filter, job by job, some thousands at a time.

    Raises:
        ConfigurationError: A job cannot replay; nothing was replayed of any.
        UnknownJob: An entry is of a job that is not registered.
    """
    by_job: dict[str, list[str]] = {}
    for entry in state.entries(which):
        by_job.setdefault(entry.job_id, []).append(entry.id)
    for job_id in by_job:
        check_replayable(_job(jobs, job_id))
    done = Replayed(dry_run=dry_run)
    for job_id, ids in by_job.items():
        job = jobs[job_id]
        replaying = _Replaying(job, state, place, max_replays)
        for some in _slices(ids):
            done += _tried(job, state, place, some) if dry_run else replaying.of(some)
    return evolve(done, dry_run=dry_run)


def _slices(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    every = iter(ids)
    while some := tuple(islice(every, AT_ONCE)):
        yield some


def _job(jobs: Mapping[str, ETLJob], job_id: str) -> ETLJob:
    if job_id not in jobs:
        hint = did_you_mean(job_id, jobs)
        message = (
            f"the records of job {job_id!r} are replayed through that job, which is not registered "
            f"here{hint}; make it with create_pipeline(...) or register_job(...) first"
        )
        raise UnknownJob(message)
    return jobs[job_id]
