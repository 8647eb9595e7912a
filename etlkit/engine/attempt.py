"""One attempt of a run: settle, read, work, write, check, commit, settle.

The steps and their order are those of the commit protocol; what is safe at each of them
rests on what came before.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from etlkit._words import named
from etlkit.engine.flow import Course, Kernels
from etlkit.engine.forcing import superseded
from etlkit.engine.loads import Loads, in_order, noting
from etlkit.engine.progress import Watch
from etlkit.engine.refusing import check_before, check_not_empty, check_same_source
from etlkit.engine.rejecting import Rejects
from etlkit.engine.settling import (
    commit_time,
    find_commit,
    hear,
    history_line,
    position_held,
    settle_open,
)
from etlkit.engine.tracks import Tracks
from etlkit.errors import CommitLost, DestinationBusy
from etlkit.runs.commit import CommitRecord, Position
from etlkit.runs.tally import StepTally
from etlkit.state.rejected import rejected_file
from etlkit.state.store import OpenAttempt, Settled


if TYPE_CHECKING:
    from collections.abc import Mapping

    from etlkit.engine.task import Task, Trail
    from etlkit.runs.context import RunContext
    from etlkit.sources.source import Reading


def attempt(task: Task, run: RunContext, trail: Trail) -> None:
    """Do one attempt, and note in ``trail`` what happened as it happens.

    Raises:
        Exception: Whatever ended it. The destinations are then as they were before, unless
            ``trail.committed`` is set; of several outputs some may be committed, which the
            next attempt of the same run finds.
    """
    trail.tally.steps = [StepTally(step.label) for step in task.plan.steps]
    check_before(task, run, trail)
    with ExitStack() as held:
        for loader in in_order(task.loaders):
            lock = loader.destination.lock(wait_seconds=loader.wait_seconds, clock=task.clock)
            held.enter_context(lock)
        settle_open(task, run, trail)
        done = _done(task, run)
        if done.keys() == task.loaders.keys() and not run.force:
            _skip(task, run, trail, done)
            return
        earlier = superseded(task, run, done)
        with task.state.alive(run.nonce):
            _Loading(task, run, trail, {} if run.force else done, earlier).do()


def _done(task: Task, run: RunContext) -> dict[str, CommitRecord]:
    """The commits of this work that are visible already, by the name of the output."""
    found = {name: find_commit(task, run, name) for name in task.loaders}
    return {name: record for name, record in found.items() if record is not None}


def _skip(task: Task, run: RunContext, trail: Trail, done: Mapping[str, CommitRecord]) -> None:
    """Do nothing, since it was done before; what the state did not hear of is noted.

    Done by an earlier attempt of this very run, it is the work of this run.
    """
    own = all(record.run.run_id == run.run_id for record in done.values())
    trail.skipped, trail.committed = not own, own
    if own:
        trail.tally = done[""].tally
        kept = done[""].quarantine
        trail.quarantine = None if kept is None else kept.at(task.root).path
    else:
        trail.remarks.append(_loaded_before(done[""]))
    for name, record in done.items():
        place = task.loaders[name].destination.place
        known = task.state.known(run.job_id, run.run_key, place)
        if all(one.run.nonce != record.run.nonce for one in known):
            hear(task, trail, Settled(place, record))


def _loaded_before(record: CommitRecord) -> str:
    run = record.run
    return (
        f"run_key {run.run_key!r} was loaded by run {run.run_id} at "
        f"{record.committed_at:%Y-%m-%d %H:%M:%S} UTC, {record.tally.loaded} record(s); "
        "force=True does the work again"
    )


class _Loading:
    """The part of an attempt that writes; the locks are held and the work is not done yet."""

    def __init__(
        self,
        task: Task,
        run: RunContext,
        trail: Trail,
        done: Mapping[str, CommitRecord],
        superseded: Mapping[str, tuple[str, ...]],
    ) -> None:
        file = None if task.on_error is None else rejected_file(task.on_error, run, task.root)
        self.task = task
        self.run = run
        self.trail = trail
        self.rejects = Rejects(
            run, task.on_error, file, trail.tally, task.sensitive, trail.rejections
        )
        self.tracks = Tracks(task, run, done=done)
        self.loads = Loads(task, run, done, superseded, self.tracks)
        now = task.clock.monotonic()
        self.alive = True
        self.known = Position()
        self.watch = Watch(task.progress, run.job_id, trail.tally, task.clock, now)

    def do(self) -> None:
        task, run = self.task, self.run
        places = {name: loader.destination.place for name, loader in task.loaders.items()}
        task.state.begin(OpenAttempt(run, places, task.plan_hash, task.replaying))
        try:
            self._check_alone()
            self.loads.open()
            self._look_again()
            reading = self._read()
            if self._found_nothing(reading):
                self._leave()
                return
            records = self._records(reading)
            self.loads.commit(records)
            self.trail.remarks.extend(self.loads.remarks)
            self.trail.committed = True
            self._settle()
        except CommitLost as error:
            self._give_up(error)
            lost = _done(task, run).keys() < task.loaders.keys()
            if lost or self.loads.committed or run.force:
                raise
            _skip(task, run, self.trail, _done(task, run))
        except BaseException as error:  # also Ctrl-C; it goes on below
            self._end(error)
            raise

    def _end(self, error: BaseException) -> None:
        """Settle what is visible although something was raised, or forget what is not."""
        if self.trail.committed or self.loads.is_forked:
            return
        if not self.loads.find_out():
            error.add_note("whether it was loaded is not known; the next run asks and settles it")
        elif self.loads.all_committed:
            self.trail.committed = True
            with noting(error):
                self._settle()
        else:
            self._give_up(error)
            self._check_taken_for_dead(error)

    def _check_alone(self) -> None:
        """Keep two runs from reading the same increment, where no lock does.

        Raises:
            DestinationBusy: Another run of the job is at work.
        """
        if not self.task.source.incremental:
            return
        state, mine = self.task.state, self.run.nonce
        others = [each.run for each in state.open_attempts(self.run.job_id)]
        alive = [run for run in others if run.nonce != mine and state.is_alive(run.nonce)]
        if alive:
            message = (
                f"job {self.run.job_id!r}: run {alive[0].run_id} is reading the same increments of "
                f"{self.task.source.uri}; try again later"
            )
            raise DestinationBusy(message)

    def _look_again(self) -> None:
        """Look for the work once more, now that the loads have begun.

        The locks only save work. What was committed before a load began is found here;
        what comes after makes the commit fail.

        Raises:
            CommitLost: Another run has done all of it meanwhile.
        """
        found = _done(self.task, self.run)
        known = self.loads.superseded if self.run.force else {}
        new = {
            name for name, record in found.items() if record.run.nonce not in known.get(name, ())
        }
        if new >= self.task.loaders.keys():
            message = f"job {self.run.job_id!r}: another run of the same key committed meanwhile"
            raise CommitLost(message)

    def _check_taken_for_dead(self, error: BaseException) -> None:
        """Say so if another run has removed what this one had written.

        Raises:
            CommitLost: The attempt is open no more.
        """
        if self.alive or not isinstance(error, Exception):
            return
        message = (
            f"job {self.run.job_id!r}: another run took this one for dead, since it did not hold "
            f"the lock of its destination, and cleared its files away; nothing was loaded by it: "
            f"{named(error)}"
        )
        raise CommitLost(message) from error

    def _read(self) -> Reading:
        """Read everything and write it, so that nothing of it is visible."""
        task, tally, trail = self.task, self.trail.tally, self.trail
        reading = self._reading()
        self.rejects.version_of = reading.version
        with task.plan.fresh(tally.steps, task.clock) as plan:
            # the text of the kernels is compiled already, so that new ones cost little
            kernels = task.kernels if plan is task.plan else Kernels.compile(plan)
            flow = Course(
                reading,
                plan,
                kernels,
                self.rejects,
                remarks=trail.remarks,
                on_batch=self.watch.tell,
            )
            trail.reading = True
            flow.run(self.loads)
        return reading

    def _found_nothing(self, reading: Reading) -> bool:
        """Whether there was nothing new, so that a record of the load would say nothing.

        A run with a key of its own has to be known by it, and is committed all the same.
        """
        run, task = self.run, self.task
        if not task.source.incremental or run.run_key != run.run_id:
            return False
        return not self.trail.tally.read and self.known.then(reading.position()) == self.known

    def _leave(self) -> None:
        """End an attempt that has nothing to load."""
        for session in self.loads.sessions.values():
            session.abort()
        self.tracks.discard()
        self.task.state.drop(self.run.nonce)
        self.trail.committed = True
        self.watch.tell(done=True)

    def _reading(self) -> Reading:
        task = self.task
        if not task.source.incremental:
            return task.source.reading(Position())
        supersedes = all(
            loader.destination.supersedes_files(loader.mode) for loader in task.loaders.values()
        )
        self.known = position_held(task, self.run, self.trail)
        return task.source.reading(self.known, supersedes=supersedes)

    def _records(self, reading: Reading) -> dict[str, CommitRecord]:
        """Check everything and make it durable; the records of what can be committed now."""
        task, run, tally, loads = self.task, self.run, self.trail.tally, self.loads
        self.rejects.check_rate()
        loads.prepare()
        tally.loaded = sum(loads.records.values())
        for written in loads.written.values():
            self.trail.remarks.extend(written.remarks)
        tally.check()
        tally.check_outputs(loads.records)
        if "" not in loads.done:
            check_not_empty(task, run, self.trail, loads.records[""])
        position = Position() if task.replaying else reading.position()
        for record in loads.done.values():
            check_same_source(run, record, position, tally)
        added = [file.uri for one in tally.others if one.added for file in one.files]
        lineage = self.tracks.finish([*(each.uri for each in position.inputs), *added])
        # with the last output, when all are visible; done before, its record names the file
        rejected = None if "" in loads.done else self.rejects.finish()
        quarantine = None if rejected is None else rejected.below(task.root)
        now = commit_time(task, run)
        return {
            name: CommitRecord(
                run,
                loader.mode,
                loads.written[name],
                tally,
                None if name else quarantine,
                now,
                output=name,
                lineage=lineage.get(name),
                position=position,
                replayed=() if name else self.rejects.replayed(task.replaying),
                plan_hash=task.plan_hash,
                supersedes=loads.superseded.get(name, ()),
            )
            for name, loader in task.loaders.items()
            if name not in loads.done
        }

    def _settle(self) -> None:
        """Note what is visible now; the records are loaded whatever happens here.

        What is rejected is delivered first: once the state has heard of the commit, nobody
        would do it any more.
        """
        commits = list(self.loads.committed.values())
        record = commits[0].record
        self._deliver()
        self.task.state.settle(self.run.nonce, commits, history=history_line(record))
        self.watch.tell(done=True)

    def _deliver(self) -> None:
        wait = self.task.loaders[""].wait_seconds
        self.trail.quarantine = self.rejects.settled(wait_seconds=wait, clock=self.task.clock)

    def _give_up(self, error: BaseException) -> None:
        """Forget what is not visible; what goes wrong with that is noted on the error."""
        noted = list(getattr(error, "__notes__", ()))
        self.trail.quarantine = None
        self.loads.abort(error)
        with noting(error):
            self.tracks.discard(kept=self.loads.committed)
        with noting(error):
            self.trail.quarantine = self.rejects.give_up()
        if self.loads.committed:
            names = ", ".join(map(repr, self.loads.committed))
            error.add_note(
                f"output {names} is loaded already; a run with the same run key loads the others"
            )
            with noting(error):
                self.task.state.settle(self.run.nonce, list(self.loads.committed.values()))
            return
        if getattr(error, "__notes__", []) != noted:
            return  # the attempt stays open, so that the next run removes what this one could not
        with noting(error):
            opened = self.task.state.open_attempts(self.run.job_id)
            self.alive = any(one.run.nonce == self.run.nonce for one in opened)
            self.task.state.drop(self.run.nonce)
