"""What dead attempts of a job have left open, and what the state did not hear of."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from attrs import evolve

from etlkit._files.paths import exists
from etlkit.engine.tracks import remove_tracks
from etlkit.runs.commit import Position
from etlkit.state.quarantine import Quarantine
from etlkit.state.rejected import deliver, rejected_file
from etlkit.state.store import Settled


if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from etlkit.engine.task import Task, Trail
    from etlkit.runs.commit import CommitRecord
    from etlkit.runs.context import RunContext
    from etlkit.state.store import OpenAttempt


def find_commit(task: Task, run: RunContext, name: str) -> CommitRecord | None:
    """What the destination of an output knows of the work of a run."""
    destination = task.loaders[name].destination
    known = [
        record
        for record in task.state.known(run.job_id, run.run_key, destination.place)
        if record.output == name
    ]
    return destination.find_commit(run, known)


def settle_open(task: Task, run: RunContext, trail: Trail) -> None:
    """Settle or drop every attempt of the job of which it is not known how it ended.

    A fresh run would otherwise read a stale cursor, or load again what is loaded. One that
    is alive, since no lock kept it out, or that wrote into other destinations than the task,
    is left to itself.
    """
    places = {loader.destination.place: name for name, loader in task.loaders.items()}
    for attempt in task.state.open_attempts(run.job_id):
        nonce, theirs = attempt.run.nonce, set(attempt.outputs.values())
        if nonce != run.nonce and places.keys() >= theirs and not task.state.is_alive(nonce):
            trail.settled.extend(map(_words, _settle(task, attempt)))
    _hear_what_is_new(task, run.job_id, trail)


def _settle(task: Task, attempt: OpenAttempt) -> list[CommitRecord]:
    """Ask the destinations what became of an attempt; its commits, if it has any."""
    run = attempt.run
    settled: list[Settled] = []
    for name, place in attempt.outputs.items():
        if name not in task.loaders:
            continue
        record = find_commit(task, run, name)
        if record is not None and record.run.nonce == run.nonce:
            settled.append(Settled(place, record))
        else:  # nothing of it is visible, whoever else may have done the work
            task.loaders[name].destination.discard(run.nonce)
    kept = {one.record.output: one.record for one in settled}
    last = kept.get("")  # the one that names the rejected records, and that ends the work
    if last is not None:
        wait = task.loaders[""].wait_seconds
        rejected = None if last.quarantine is None else last.quarantine.at(task.root)
        deliver(task.on_error, rejected, run.nonce, wait_seconds=wait, clock=task.clock)
    _discard_files(task, run, kept)
    if settled:
        task.state.settle(run.nonce, settled, history=None if last is None else history_line(last))
    else:
        task.state.drop(run.nonce)
    return [one.record for one in settled]


def _discard_files(task: Task, run: RunContext, kept: Mapping[str, CommitRecord]) -> None:
    """Remove what a dead attempt kept beside its destinations and no commit record names."""
    policy = task.on_error or Quarantine()  # it may have had one that the job has no more
    file = rejected_file(policy, run, task.root)
    if file is not None and "" not in kept:
        file.discard()
    remove_tracks(task, run, kept=kept)


def hear(task: Task, trail: Trail, settled: Settled) -> None:
    """Note a commit that the state did not hear of when it happened.

    The file of its rejected records may be gone with a root that was thrown away, or be
    delivered and removed where there is none.
    """
    record = settled.record
    kept = None if record.quarantine is None else record.quarantine.at(task.root)
    if kept is not None and not exists(kept.path):
        if task.root is not None:
            trail.remarks.append(
                f"the {kept.records} rejected record(s) of run {record.run.run_id} are gone: there "
                f"is no {kept.path}; was the root moved or cleared?"
            )
        settled, kept = evolve(settled, record=evolve(record, quarantine=None)), None
    wait = task.loaders[""].wait_seconds
    deliver(task.on_error, kept, record.run.nonce, wait_seconds=wait, clock=task.clock)
    task.state.settle(record.run.nonce, [settled], history=history_line(record))


def _hear_what_is_new(task: Task, job_id: str, trail: Trail) -> None:
    """Note what destinations know of a job and the state does not.

    Where the state knows no commit of the job at all, since the job runs on its own or its
    root was lost; and for a source of increments always, since what is not known would be
    read again: the state may be an older copy, or another process has one of its own.
    """
    if not task.source.incremental and next(task.state.commits(job_id), None) is not None:
        return
    for name, loader in task.loaders.items():
        unheard: list[Settled] = []
        place = loader.destination.place
        for record in loader.destination.latest_commits():
            if (record.run.job_id, record.output) != (job_id, name):
                continue
            known = task.state.known(job_id, record.run.run_key, place)
            if any(one.run.nonce == record.run.nonce for one in known):
                break  # those before it are known as well
            unheard.append(Settled(place, record))
        for settled in reversed(unheard):
            hear(task, trail, settled)


def position_held(task: Task, run: RunContext, trail: Trail) -> Position:
    """How far the records go that are at the destination, for a source of increments.

    What the state remembers, unless the destination has lost its last load of the job, since
    somebody has removed or put back the file; or is another one than before. Then what the
    destination itself knows.
    """
    known, job_id = task.state.position(run.job_id), run.job_id
    loader = task.loaders[""]
    destination, place = loader.destination, loader.destination.place
    if known == Position():
        return known
    latest = task.state.latest(job_id, place)
    if latest is not None and not task.state.loaded_elsewhere(job_id, place):
        if destination.finds(loader.mode) == "nothing":
            return known
        if find_commit(task, latest.run, latest.output) is not None:
            return known
        trail.remarks.append(
            f"{destination.uri} does not hold what run {latest.run.run_id} had loaded into it, so "
            "all is read again that it does not hold"
        )
    held = Position()
    for record in destination.commits():
        if record.run.job_id == job_id:
            held = held.then(record.position)
    return held


def commit_time(task: Task, run: RunContext) -> datetime:
    """The moment of a commit: now, and after the last one of the job, whatever the clock says.

    The order of the increments of a job is read from it.
    """
    now = task.clock.now()
    if not task.source.incremental:
        return now
    latest = task.state.latest(run.job_id, task.loaders[""].destination.place)
    if latest is None or latest.committed_at < now:
        return now
    return latest.committed_at + timedelta.resolution


def _words(record: CommitRecord) -> str:
    run = record.run
    return (
        f"run {run.run_id} (run_key {run.run_key!r}) had loaded {record.written.records} record(s) "
        "and ended before that was noted; it is noted now"
    )


def history_line(record: CommitRecord) -> dict[str, object]:
    """What the history keeps of an attempt that has committed."""
    run = record.run
    return {
        "job_id": run.job_id,
        "run_id": run.run_id,
        "run_key": run.run_key,
        "attempt": run.attempt,
        "nonce": run.nonce,
        "status": "completed",
        "mode": record.mode,
        "plan_hash": record.plan_hash,
        "start_time": run.started.isoformat(),
        "committed_at": record.committed_at.isoformat(),
        "tally": record.tally.to_dict(),
    }
