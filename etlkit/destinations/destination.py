"""The contracts of a destination and of one load into it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TypeAlias

from attrs import frozen

from etlkit._files.paths import without_secrets
from etlkit.formats.objects import RECORDS


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from etlkit._clock import Clock
    from etlkit.formats.format import Encoder, Format
    from etlkit.records import OutBatch, Record, Refusal
    from etlkit.runs.commit import CommitRecord, Written
    from etlkit.runs.context import Load, Mode, RunContext


Finds: TypeAlias = Literal["record", "content", "nothing"]
"""How a destination recognises what was loaded before."""


@frozen
class StoredFile:
    """A file that a destination wrote, for those who read it back.

    Attributes:
        path: Where it is.
        format: What cuts it into records, such as the ``reader()`` of its writer.
        compression: Its compression, or None.
    """

    path: str
    format: Format
    compression: str | None = None


class Destination(ABC):
    """A place that records are loaded into.

    A destination is a value: it opens nothing when it is made, and several threads may
    use it at once. Each attempt of a run calls, on one thread and in this order:
    ``check``, ``lock``, ``find_commit``, ``open``, ``find_commit`` once more, since the
    lock may keep nobody out, and then the methods of the session. In between it may be
    asked for earlier attempts and commits: ``discard``, ``commits``, ``latest_commits``.

    Attributes:
        modes: What it can do; the first is what a loader does that was not told.
        default_mode: The mode of a loader that was not told, or None to ask for it.
        lasting: What it holds is there after the end of the process.
    """

    modes: tuple[Mode, ...] = ("replace", "append")
    default_mode: Mode | None = "replace"
    lasting: bool = True

    @property
    @abstractmethod
    def uri(self) -> str:
        """What messages call it, as the user wrote it."""

    @property
    def place(self) -> str:
        """What results and their log call it, whatever the working folder and the spelling.

        Two destinations that hold the same records have the same place: by it an append
        that is repeated is told. Asked for several times in each run, before and after
        the load and when it failed, so it is cheap, opens nothing and does not raise. The
        default is the ``uri`` without what is secret in a URL.
        """
        return without_secrets(self.uri)

    def check(self) -> None:  # noqa: B027 -- there may be nothing to look at
        """Look whether it can be written, before anything is read.

        Raises:
            EtlkitError: It cannot; the message says why and how to mend it.
        """

    @contextmanager
    def lock(self, *, wait_seconds: float, clock: Clock) -> Iterator[None]:
        """Keep other runs out; held from before the first read until after the commit.

        Of runs with the same key it only saves work: their commits have to be safe
        without it. Runs of one increment have keys of their own, so that a commit cannot
        tell them apart; where it keeps nobody out, only a root that they share does. The
        default keeps nobody out.

        Raises:
            DestinationBusy: Another run held it for ``wait_seconds``.
        """
        del wait_seconds, clock
        yield

    def find_commit(
        self, run: RunContext, intended: Sequence[CommitRecord] = ()
    ) -> CommitRecord | None:
        """The commit record of an earlier load with the same job id and run key, or None.

        Called while the lock is held, before anything is read: what it finds is not
        loaded again. Called for the runs of dead attempts, too, whose commit may have
        happened although nobody was told, and after ``CommitLost``. Two jobs may have runs
        of the same key, which are different work. What an earlier process left half-done
        after its commit is completed here. The default remembers nothing, so the same key
        loads again.

        Args:
            run: The job and the key that are asked for.
            intended: What loads of this work were about to commit here, or have committed,
                as far as the state remembers; newest last.

        Raises:
            CorruptState: What the destination keeps of its commits does not verify.
        """
        del run, intended
        return None

    def discard(self, nonce: str) -> None:  # noqa: B027 -- there may be nothing to remove
        """Remove what an attempt left behind that died before it committed.

        Called while the lock is held, after ``find_commit`` found nothing for the attempt.
        What this misses must not disturb anybody; the default removes nothing.
        """

    def commits(self) -> Iterator[CommitRecord]:
        """Every commit record that it keeps, oldest first; the state is built again of these.

        The default keeps none.
        """
        return iter(())

    def latest_commits(self) -> Iterator[CommitRecord]:
        """Every commit record that it keeps, latest first.

        The caller stops at the first that the state knows, so one that keeps many should
        not read them all at once, as the default does.
        """
        return reversed(tuple(self.commits()))

    def finds(self, mode: Mode) -> Finds:
        """How ``find_commit`` recognises what was loaded before in this mode.

        By a ``"record"`` that the destination keeps with the data; by the ``"content"``,
        with the help of what the state remembers, which is then told before each commit; or
        by ``"nothing"``, which is the default.
        """
        del mode
        return "nothing"

    def can_supersede(self, mode: Mode) -> bool:
        """Whether a forced load can take the place of the earlier one with the same key."""
        return mode in {"replace", "upsert"}

    def supersedes_files(self, mode: Mode) -> bool:
        """Whether a changed source file can be loaded again in place of its earlier records."""
        return mode == "upsert"

    def readable_during(self, mode: Mode) -> bool:
        """Whether a source may read what is here while a load is written that takes its place.

        By default a job does not run that reads what it writes.
        """
        del mode
        return False

    def guarantee(self, mode: Mode) -> str:
        """What readers see of a load, in a line for ``explain``.

        How often a record is there, ``explain`` works out of ``finds``, ``lasting`` and the
        mode.
        """
        del mode
        return "nothing is said of what readers see"

    def stored(self) -> StoredFile | Sequence[Record] | None:
        """What it holds now, for ``to_pandas()`` of a result and the like.

        Called by these alone and never by a run, so it may open and read, and raise.

        Returns:
            The file, or the records, or None (the default) where it cannot be read back.
        """
        return None

    def encoder(self) -> Encoder:
        """How the kernel hands over a record; called once for each plan."""
        return RECORDS

    @abstractmethod
    def open(self, load: Load) -> LoadSession:
        """Begin a load. Nothing of it may be visible before its ``commit``."""


class LoadSession(ABC):
    """One load of one attempt, used by one thread.

    ``write`` is called any number of times, then ``prepare`` once, then ``commit`` once.
    ``abort`` is called instead of whatever would come next when the attempt fails, and
    never once ``committed`` is true. After a crash nothing is called: the next
    attempt may find what this one left behind, and must not be disturbed by it.
    """

    @property
    def committed(self) -> bool:
        """Whether the load is visible, although ``commit`` was interrupted or raised.

        Asked only then. A session whose load is visible before the end of ``commit``
        says so here, or a retry would load it again; one that cannot tell says no.
        """
        return False

    @property
    def remarks(self) -> Sequence[str]:
        """What the user should know of the commit although nothing failed.

        Asked once, after ``commit``; becomes warnings of the result. None by default.
        """
        return ()

    def screen(self, batch: OutBatch) -> Sequence[Refusal]:
        """The records of a batch that ``write`` would refuse; nothing is taken yet.

        Called before ``write``, with the same batch, in jobs with several outputs only: a
        source record that one output refuses is rejected as a whole, so no other one may
        have taken its part. ``write`` then gets what nobody refused, and must take it. The
        default refuses none.
        """
        del batch
        return ()

    @abstractmethod
    def write(self, batch: OutBatch) -> Sequence[Refusal]:
        """Take the encoded records of a batch; nothing of them is visible yet.

        Returns:
            The records it will not take, by position in ``batch.items``; none as a rule.
            The run rejects them with their raw bytes. A session that refuses one item
            takes none of the items with the same record number either, and names each.
        """

    @abstractmethod
    def prepare(self) -> Written:
        """Make what was written durable, and say what it is; still nothing is visible."""

    @abstractmethod
    def commit(self, record: CommitRecord) -> None:
        """Make the whole load visible in one atomic act, durable when it returns.

        Raises:
            CommitLost: Another run of the same work, or one that replaced what this one
                began with, has committed meanwhile. Nothing of this load is visible.
        """

    @abstractmethod
    def abort(self) -> None:
        """Forget the load. The destination is as it was before ``open``."""
