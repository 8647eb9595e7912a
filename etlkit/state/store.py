"""The contract of what is remembered of runs: an index over the commit records."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from etlkit.errors import CommitLost, ConfigurationError


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from etlkit.runs.commit import CommitRecord, Position
    from etlkit.runs.context import RunContext
    from etlkit.state.entries import EntryFilter, QuarantineEntry, StatusEvent


@frozen
class OpenAttempt:
    """An attempt that has begun and of which it is not known how it ended.

    Attributes:
        run: The attempt.
        outputs: The place of each destination by the name of its output.
        plan_hash: Of the plan that it works by.
        replayed: Ids of the quarantine entries that it replays; none for a run.
    """

    run: RunContext
    outputs: Mapping[str, str]
    plan_hash: str
    replayed: tuple[str, ...] = ()


@frozen
class Settled:
    """A commit that the state knows of.

    Attributes:
        place: Where the destination is, whose commit it is.
        record: The commit record.
        at: Where it stands among the commits of its job, if that is not the moment of the
            record, since a clock went back. It is not kept.
    """

    place: str
    record: CommitRecord
    at: datetime | None = field(default=None, eq=False, repr=False, kw_only=True)


COUNTED_BY = ("job_id", "run_id", "status", "uri", "stage", "step", "code", "rule")
"""Attributes of an entry that entries can be counted by."""


class StateStore(ABC):
    """What is remembered of runs: attempts, commits, positions, quarantine, outbox, history.

    The commit records of the destinations are the truth; a store is an index over them
    that can be built again. It may be used by several threads at once, and an
    implementation that lasts also by several processes. Each method is one transaction:
    after a crash it has happened as a whole or not at all, and what returned is durable.
    The engine enters ``alive`` and calls ``begin``, perhaps ``intend``, and then ``settle``
    or ``drop`` for each attempt, on the thread of the run and while it holds the locks of
    its destinations; the others may be called at any time. All of them may block.

    Whatever is found damaged is an error that names the file, and never an empty state.
    """

    # -- attempts

    @abstractmethod
    def begin(self, attempt: OpenAttempt) -> None:
        """Note that an attempt begins, before anything of it is written."""

    @abstractmethod
    def alive(self, nonce: str) -> AbstractContextManager[None]:
        """Show that an attempt is at work, until the block ends or the process does.

        The engine holds it from before ``begin`` until after ``settle`` or ``drop``.
        """

    @abstractmethod
    def is_alive(self, nonce: str) -> bool:
        """Whether whoever began an attempt is still at it; a stopped process is, too.

        An open attempt that is alive is left alone by others, even where no lock of a
        destination keeps them apart.
        """

    @abstractmethod
    def intend(self, place: str, record: CommitRecord) -> None:
        """Note what an attempt is about to commit at a place.

        Called just before the commit, for destinations that recognise a commit by its
        content. The attempt has begun, or was dropped by another run meanwhile.

        Raises:
            CommitLost: The attempt is open no more, since another run has taken it for
                dead; it must not commit.
        """

    @abstractmethod
    def open_attempts(self, job_id: str) -> Sequence[OpenAttempt]:
        """The attempts of a job that were neither settled nor dropped, oldest first."""

    @abstractmethod
    def drop(self, nonce: str) -> None:
        """Forget an attempt that has not committed. Nothing happens if it is not there."""

    @abstractmethod
    def settle(
        self, nonce: str, commits: Sequence[Settled], *, history: Mapping[str, Any] | None = None
    ) -> None:
        """Note, in one transaction, what an attempt has committed.

        The commits, the position of the job, the entries of the quarantine file that they
        name (those whose id is there already are superseded: the same bad record, met
        again), the entries that they have replayed, their events, and the line of history.
        Settling a commit for a second time changes nothing. One that is noted late, when
        later commits of its job are noted already, takes its place before them: what they
        have read, rejected and replayed counts.
        """

    # -- commits

    @abstractmethod
    def known(self, job_id: str, run_key: str, place: str) -> Sequence[CommitRecord]:
        """Records of this work at a place: settled ones and those that are intended."""

    @abstractmethod
    def commits(self, job_id: str | None = None) -> Iterator[Settled]:
        """All settled commits; those of a job oldest first, whenever they were noted."""

    @abstractmethod
    def latest(self, job_id: str, place: str) -> CommitRecord | None:
        """The last settled commit of a job at a place, or None."""

    @abstractmethod
    def loaded_elsewhere(self, job_id: str, place: str) -> bool:
        """Whether the job has commits at another place."""

    @abstractmethod
    def position(self, job_id: str) -> Position:
        """How far the source of a job was read by its commits."""

    # -- quarantine

    @abstractmethod
    def entries(self, which: EntryFilter) -> Iterator[QuarantineEntry]:
        """The entries of the quarantine that pass a filter, oldest first, one at a time."""

    @abstractmethod
    def count(self, which: EntryFilter, by: str | None = None) -> Mapping[str, int]:
        """How many entries pass a filter, whatever its limit, by one of their attributes.

        These are ``job_id``, ``run_id``, ``status``, ``uri``, ``stage``, ``step``, ``code``
        and ``rule``. With ``by=None`` the number of all is the value of an empty text, which
        otherwise stands for None.

        Raises:
            ConfigurationError: Nothing is counted by this.
        """

    @abstractmethod
    def mark(self, ids: Iterable[str], event: StatusEvent) -> int:
        """Add an event to the entries of these ids, which changes their status; how many."""

    @abstractmethod
    def events(self, entry_id: str) -> Sequence[StatusEvent]:
        """What has happened to an entry, oldest first."""

    @abstractmethod
    def erase(self, ids: Iterable[str]) -> int:
        """Forget entries for good, with all that was noted of them; how many there were."""

    # -- outbox and history

    @abstractmethod
    def outbox(self, limit: int = 100) -> Sequence[tuple[str, Mapping[str, Any]]]:
        """Events of commits that nobody was told of yet, with their ids, oldest first."""

    @abstractmethod
    def sent(self, event_ids: Iterable[str], at: datetime) -> None:
        """Note that these events were told."""

    @abstractmethod
    def history(self, job_id: str | None = None, limit: int = 100) -> Sequence[Mapping[str, Any]]:
        """The lines of history, newest first."""

    def close(self) -> None:  # noqa: B027 -- there may be nothing to close
        """Let go of files and connections. Further use opens them again."""


def event_id(record: CommitRecord, number: int) -> str:
    """The id of an event of a commit, the same whenever and wherever it is settled."""
    return f"{record.run.nonce}:{record.output}:{number}"


def check_counted(by: str | None) -> None:
    """Check that entries can be counted by this attribute.

    Raises:
        ConfigurationError: They cannot; the message has those that can be.
    """
    if by is not None and by not in COUNTED_BY:
        message = f"entries are counted by one of {', '.join(COUNTED_BY)}; got {by!r}"
        raise ConfigurationError(message)


def commit_lost(record: CommitRecord) -> CommitLost:
    """What is raised by an attempt that is open no more."""
    run = record.run
    message = (
        f"{run.job_id}: attempt {run.attempt} of run {run.run_id} was taken for dead by another "
        "run, so it may not commit; nothing of it is visible"
    )
    return CommitLost(message)
