"""The loads of one attempt: one session for each output, published one after the other."""

from __future__ import annotations

import os

from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrs import define, field

from etlkit._words import named
from etlkit.destinations.destination import LoadSession
from etlkit.engine.settling import find_commit
from etlkit.errors import BalanceError, CommitLost, ConfigurationError, ForkedRun
from etlkit.runs.commit import CommitRecord, Written
from etlkit.runs.context import Load
from etlkit.state.store import Settled


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from etlkit.destinations.loader import DataLoader
    from etlkit.engine.delivering import Outgoing
    from etlkit.engine.task import Task
    from etlkit.engine.tracks import Tracks
    from etlkit.records import OutBatch, Refusal
    from etlkit.runs.context import RunContext


_FORKED = (
    "a step has forked the process, and the child went on with the run of its parent; the child "
    "has written nothing. End it within the step, with os._exit()"
)


@define
class Loads:
    """The sessions of an attempt, which its thread opens, fills, and publishes or aborts.

    Attributes:
        task: What is done.
        run: The attempt.
        done: Commits of this work that are visible already; the loads of their outputs are
            rehearsed and not published.
        superseded: Nonces of the earlier loads that this one takes the place of.
        tracks: Keeps where each record came from.
        sessions: By the name of the output.
        written: What each has written, once it is prepared.
        pid: The process that began; a child that a step has forked is another one.
        begun: The commits of this attempt that were begun; of one that is not among the
            visible ones it is not known how it ended.
        committed: The commits of this attempt that are visible.
    """

    task: Task
    run: RunContext
    done: Mapping[str, CommitRecord]
    superseded: Mapping[str, tuple[str, ...]]
    tracks: Tracks
    sessions: dict[str, LoadSession] = field(factory=dict)
    written: dict[str, Written] = field(factory=dict)
    pid: int = field(factory=os.getpid)
    begun: dict[str, Settled] = field(factory=dict)
    committed: dict[str, Settled] = field(factory=dict)

    def open(self) -> None:
        """Begin every load; an error leaves those that were begun for ``abort``."""
        for name, loader in self.task.loaders.items():
            supersedes = self.superseded.get(name, ())
            load = Load(self.run, loader.mode, loader.key, output=name, supersedes=supersedes)
            session = loader.destination.open(load)
            if name in self.done:
                session = _Rehearsal(session, self.done[name])
            self.sessions[name] = session

    def screen(self, outgoing: Sequence[Outgoing]) -> dict[str, Sequence[Refusal]]:
        """What the sessions would refuse, by the name of the output."""
        return {one.output: self.sessions[one.output].screen(one.batch) for one in outgoing}

    def write(self, outgoing: Sequence[Outgoing]) -> dict[str, Sequence[Refusal]]:
        """Hand over what was made of one batch; what the sessions refuse, by output."""
        if self.is_forked:
            raise ForkedRun(_FORKED)
        refused: dict[str, Sequence[Refusal]] = {}
        for one in outgoing:
            refusals = self.sessions[one.output].write(one.batch)
            batch = one.batch
            if refusals:
                self._expect_alone(one, refusals)
                refused[one.output] = refusals
                numbers = batch.record_numbers
                batch = batch.without({numbers[refusal.position] for refusal in refusals})
            if one.output not in self.done:
                self.tracks.add(one.output, batch)
        return refused

    def _expect_alone(self, one: Outgoing, refusals: Sequence[Refusal]) -> None:
        """In a job with several outputs, others have taken what the record was made into."""
        if len(self.sessions) == 1:
            return
        batch = one.batch
        number = batch.record_numbers[refusals[0].position]
        place = batch.source.place(number - batch.source.first)
        kind = type(self.sessions[one.output]).__name__
        message = (
            f"{place}: {kind}.write() refused a record that its screen() had let pass, so nothing "
            "was published; with several outputs a load session refuses in screen()"
        )
        raise BalanceError(message)

    def prepare(self) -> None:
        """Make everything durable; nothing is visible yet."""
        for name, session in self.sessions.items():
            self.written[name] = _prepared(session)

    @property
    def records(self) -> dict[str, int]:
        """Records that each output holds of this attempt."""
        return {name: written.records for name, written in self.written.items()}

    def commit(self, records: Mapping[str, CommitRecord]) -> None:
        """Publish one output after the other.

        Raises:
            CommitLost: Another run did the work first.
        """
        for name, record in records.items():
            loader = self.task.loaders[name]
            place = loader.destination.place
            if loader.destination.finds(loader.mode) == "content":
                self.task.state.intend(place, record)
            self.begun[name] = Settled(place, record)
            try:
                self.sessions[name].commit(record)
            except CommitLost:
                del self.begun[name]
                raise
            self.committed[name] = self.begun[name]
        for name in self.done:
            self.sessions[name].abort()

    @property
    def remarks(self) -> list[str]:
        """What the user should know of the commits of this attempt, once they are visible."""
        return [remark for name in self.committed for remark in self.sessions[name].remarks]

    def find_out(self) -> bool:
        """Ask how the commits ended that raised or were interrupted; never guess.

        Returns:
            Whether it is known now. A destination that cannot be asked is asked again by
            the next attempt.
        """
        for name in self.begun.keys() - self.committed.keys():
            if self.sessions[name].committed:
                self.committed[name] = self.begun[name]
                continue
            try:
                found = find_commit(self.task, self.run, name)
            except Exception:  # noqa: BLE001 -- the attempt stays open, and the error before it is raised
                return False
            if found is not None and found.run.nonce == self.run.nonce:
                self.committed[name] = self.begun[name]
        return True

    @property
    def is_forked(self) -> bool:
        """Whether this is a child of the process that began, to which all of it belongs."""
        return os.getpid() != self.pid

    @property
    def all_committed(self) -> bool:
        """Whether every output is visible, by this attempt or by one before it."""
        return self.committed.keys() | self.done.keys() >= self.task.loaders.keys()

    def abort(self, error: BaseException) -> None:
        """Forget what is not visible; what goes wrong with that is noted on the error."""
        for name, session in self.sessions.items():
            if name not in self.committed and not session.committed:
                with noting(error):
                    session.abort()


@contextmanager
def noting(error: BaseException) -> Iterator[None]:
    """Note what goes wrong with cleaning up on the error that made it necessary."""
    try:
        yield
    except Exception as further:  # noqa: BLE001 -- recorded on the error that is raised
        error.add_note(f"cleaning up failed too: {named(further)}")


def in_order(loaders: Mapping[str, DataLoader]) -> list[DataLoader]:
    """Loaders in the order in which every job takes their locks, so that none wait in a circle.

    Several of one place are there once.
    """
    by_place = {loader.destination.place: loader for loader in loaders.values()}
    return [by_place[place] for place in sorted(by_place)]


def _prepared(session: LoadSession) -> Written:
    written: object = session.prepare()
    if not isinstance(written, Written):
        message = (
            f"{type(session).__name__}.prepare() returned {type(written).__name__}; it says what "
            "was written as Written([Part(name, records)])"
        )
        raise ConfigurationError(message)
    return written


class _Rehearsal(LoadSession):
    """A load into an output that an earlier attempt has committed; nothing of it is published.

    It refuses what the first one refused, so that a source record has one fate in all outputs.
    """

    def __init__(self, session: LoadSession, done: CommitRecord) -> None:
        self._session = session
        self._done = done

    def screen(self, batch: OutBatch) -> Sequence[Refusal]:
        return self._session.screen(batch)

    def write(self, batch: OutBatch) -> Sequence[Refusal]:
        return self._session.write(batch)

    def prepare(self) -> Written:
        written = self._session.prepare()
        before = self._done.written.records
        if written.records != before:
            message = (
                f"output {self._done.output!r} was loaded under this run key with {before} "
                f"record(s), and now has {written.records}: source or steps have changed since, so "
                "that the outputs would not agree; use another run_key"
            )
            raise BalanceError(message)
        return written

    def commit(self, record: CommitRecord) -> None:
        """It was committed before."""

    def abort(self) -> None:
        self._session.abort()
