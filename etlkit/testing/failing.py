"""A source and a destination that fail where a test says, as often as it says."""

from __future__ import annotations

import threading

from collections.abc import Callable, Iterable
from contextlib import contextmanager
from copy import copy
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from etlkit._words import did_you_mean, shown
from etlkit.destinations.destination import Destination, LoadSession
from etlkit.destinations.memory import MemoryDestination
from etlkit.errors import ConfigurationError
from etlkit.records import expect_records
from etlkit.sources.source import DataSource
from etlkit.testing.tables import rows


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from etlkit._clock import Clock
    from etlkit.destinations.destination import Finds, StoredFile
    from etlkit.formats.format import Encoder
    from etlkit.records import OutBatch, Record, Refusal
    from etlkit.runs.commit import CommitRecord, Written
    from etlkit.runs.context import Load, Mode, RunContext

At: TypeAlias = Literal["check", "open", "write", "prepare", "commit", "reply"]


class FailingSource(DataSource):
    """Gives some records and then fails, the first time that it is read or more often.

    Args:
        records: The records, as a list or as a table for :func:`rows`.
        after: How many it gives before it fails; all of them by default.
        error: What it raises: an exception, or what makes one, such as its class. By
            default a ``ConnectionError``, after which a run may be tried again.
        times: How many readings fail, of those that come first; None for all.

    Attributes:
        readings: How often it was read so far.

    Example:
        >>> from etlkit import ETLJob, RetryPolicy
        >>> from etlkit.testing import FakeClock
        >>> source = FailingSource([{"id": 1}, {"id": 2}], after=1)
        >>> job = ETLJob("j", "J", source, None, "memory:", retry=RetryPolicy(), clock=FakeClock())
        >>> job.execute().rows_loaded, source.readings
        (2, 2)
    """

    def __init__(
        self,
        records: Iterable[Record] | str,
        *,
        after: int | None = None,
        error: BaseException | Callable[[], BaseException] | None = None,
        times: int | None = 1,
    ) -> None:
        if isinstance(records, str):
            records = rows(records)
        expect_records(records, "FailingSource")
        self._records = list(records)
        self._after = (
            len(self._records) if after is None else _number("FailingSource: after", after)
        )
        self._failures = _Failures("FailingSource", error, times)
        self.readings = 0

    def records(self) -> Iterator[Record]:
        """Those before the failure, and the others once there is none."""
        self.readings += 1
        fails = self._failures.take()
        for number, record in enumerate(self._records):
            if fails and number == self._after:
                break
            yield record
        if fails:
            raise self._failures.error()


class FailingDestination(Destination):
    """A destination that fails, the first time or more often, and then works.

    What it takes goes into another destination, whose guarantees it has.

    Args:
        at: Where it fails: ``"check"``, before anything is read; ``"open"``; ``"write"``;
            ``"prepare"``, when all is written; ``"commit"``, before it; ``"reply"``, when
            the load is visible already and the answer to the commit gets lost.
        error: What it raises: an exception, or what makes one, such as its class. By
            default a ``ConnectionError``, after which a run may be tried again.
        times: How often it fails; None for ever.
        into: Where it loads into; by default a
            :class:`~etlkit.destinations.MemoryDestination`.

    Attributes:
        failed: How often it has failed so far.
        into: Where it loads into.

    Raises:
        ConfigurationError: An argument cannot be meant.

    Example:
        >>> from etlkit import ETLJob, RecordsSource, RetryPolicy
        >>> from etlkit.testing import FakeClock
        >>> clock, destination = FakeClock(), FailingDestination(at="commit", times=2)
        >>> job = ETLJob(
        ...     "j",
        ...     "J",
        ...     RecordsSource([{"id": 1}]),
        ...     None,
        ...     destination,
        ...     retry=RetryPolicy(),
        ...     clock=clock,
        ... )
        >>> job.execute().rows_loaded, clock.sleeps, destination.records
        (1, [1.0, 2.0], [{'id': 1}])
    """

    def __init__(
        self,
        at: At = "write",
        *,
        error: BaseException | Callable[[], BaseException] | None = None,
        times: int | None = 1,
        into: Destination | None = None,
    ) -> None:
        given: object = into
        if given is not None and not isinstance(given, Destination):
            message = f"FailingDestination: into is a Destination, got {shown(into)}"
            raise ConfigurationError(message)
        self.into = MemoryDestination() if into is None else into
        self.modes, self.default_mode = self.into.modes, self.into.default_mode
        self.lasting = self.into.lasting
        self.failed = 0
        self.fail(at, error=error, times=times)

    def __repr__(self) -> str:
        return f"FailingDestination({self._at!r}, into={self.into!r})"

    def fail(
        self,
        at: At = "write",
        *,
        error: BaseException | Callable[[], BaseException] | None = None,
        times: int | None = 1,
    ) -> None:
        """Fail from now on so often and there, whatever was said before; see the class."""
        given: object = at
        if given not in get_args(At):
            places = ", ".join(map(repr, get_args(At)))
            near = did_you_mean(given, get_args(At)) if isinstance(given, str) else ""
            message = f"FailingDestination: at is one of {places}, got {shown(at)}{near}"
            raise ConfigurationError(message)
        self._at = at
        self._failures = _Failures("FailingDestination", error, times)

    def strike(self, at: At) -> None:
        """Fail if it is time to."""
        if at == self._at and self._failures.take():
            self.failed += 1
            raise self._failures.error()

    @property
    def records(self) -> list[Record]:
        """What was loaded into a :class:`~etlkit.destinations.MemoryDestination`."""
        if isinstance(self.into, MemoryDestination):
            return self.into.records
        message = f"{self.into.uri} keeps no records in memory; read them from there"
        raise ConfigurationError(message)

    @property
    def uri(self) -> str:
        """That of the other."""
        return self.into.uri

    @property
    def place(self) -> str:
        """That of the other."""
        return self.into.place

    def check(self) -> None:
        """Look at the other, or fail."""
        self.strike("check")
        self.into.check()

    @contextmanager
    def lock(self, *, wait_seconds: float, clock: Clock) -> Iterator[None]:
        """The lock of the other."""
        with self.into.lock(wait_seconds=wait_seconds, clock=clock):
            yield

    def find_commit(
        self, run: RunContext, intended: Sequence[CommitRecord] = ()
    ) -> CommitRecord | None:
        """What the other finds."""
        return self.into.find_commit(run, intended)

    def discard(self, nonce: str) -> None:
        """Let the other remove what was left behind."""
        self.into.discard(nonce)

    def commits(self) -> Iterator[CommitRecord]:
        """Those of the other."""
        return self.into.commits()

    def latest_commits(self) -> Iterator[CommitRecord]:
        """Those of the other."""
        return self.into.latest_commits()

    def finds(self, mode: Mode) -> Finds:
        """As the other does."""
        return self.into.finds(mode)

    def can_supersede(self, mode: Mode) -> bool:
        """As the other can."""
        return self.into.can_supersede(mode)

    def supersedes_files(self, mode: Mode) -> bool:
        """As the other does."""
        return self.into.supersedes_files(mode)

    def readable_during(self, mode: Mode) -> bool:
        """As the other is."""
        return self.into.readable_during(mode)

    def guarantee(self, mode: Mode) -> str:
        """That of the other."""
        return self.into.guarantee(mode)

    def stored(self) -> StoredFile | Sequence[Record] | None:
        """What the other holds."""
        return self.into.stored()

    def encoder(self) -> Encoder:
        """That of the other."""
        return self.into.encoder()

    def open(self, load: Load) -> LoadSession:
        """Begin a load into the other, or fail."""
        self.strike("open")
        return _FailingSession(self, self.into.open(load))


class _FailingSession(LoadSession):
    def __init__(self, owner: FailingDestination, session: LoadSession) -> None:
        self._owner = owner
        self._session = session

    @property
    def committed(self) -> bool:
        return self._session.committed

    @property
    def remarks(self) -> Sequence[str]:
        return self._session.remarks

    def screen(self, batch: OutBatch) -> Sequence[Refusal]:
        return self._session.screen(batch)

    def write(self, batch: OutBatch) -> Sequence[Refusal]:
        self._owner.strike("write")
        return self._session.write(batch)

    def prepare(self) -> Written:
        self._owner.strike("prepare")
        return self._session.prepare()

    def commit(self, record: CommitRecord) -> None:
        self._owner.strike("commit")
        self._session.commit(record)
        self._owner.strike("reply")

    def abort(self) -> None:
        self._session.abort()


class _Failures:
    """Failures that are still to come."""

    def __init__(
        self,
        name: str,
        error: BaseException | Callable[[], BaseException] | None,
        times: int | None,
    ) -> None:
        given: object = error
        if not (given is None or isinstance(given, BaseException) or callable(given)):
            message = f"{name}: error is an exception, or makes one, got {shown(error)}"
            raise ConfigurationError(message)
        self._name = name
        self._given = error
        self._left = None if times is None else _number(f"{name}: times", times)
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Whether to fail now."""
        with self._lock:
            if self._left is None:
                return True
            self._left -= 1
            return self._left >= 0

    def error(self) -> BaseException:
        """A new exception, so that what one run notes on it no other one finds."""
        if self._given is None:
            return ConnectionError(f"{self._name} fails, as the test asked for")
        if isinstance(self._given, BaseException):
            return copy(self._given).with_traceback(None)
        return self._given()


def _number(name: str, given: object) -> int:
    if isinstance(given, int) and not isinstance(given, bool) and given >= 0:
        return given
    message = f"{name} is a whole number from 0 on, got {shown(given)}"
    raise ConfigurationError(message)
