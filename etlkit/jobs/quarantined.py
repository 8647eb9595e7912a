"""The quarantine of a service: what was rejected, what became of it, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from attrs import evolve

from etlkit._files.listing import names_in
from etlkit._files.paths import inside, located
from etlkit._words import shown
from etlkit.destinations.loader import DataLoader
from etlkit.errors import ConfigurationError, UnknownEntry
from etlkit.jobs.choosing import check_status, filter_of, ids_of
from etlkit.jobs.replay import MAX_REPLAYS, Place, Replayed, replay
from etlkit.jobs.shown import ShownEntry, row_of
from etlkit.state.entries import EntryFilter, StatusEvent
from etlkit.state.erasing import erase_lines
from etlkit.state.kept_records import KeptRecord, KeptRecords
from etlkit.state.superseding import check_reopened


if TYPE_CHECKING:
    import os

    from typing_extensions import Unpack

    from etlkit._clock import Clock
    from etlkit.jobs.choosing import Choice, Filters
    from etlkit.jobs.job import ETLJob
    from etlkit.jobs.result import JobResult
    from etlkit.records import Record
    from etlkit.state.entries import EntryStatus, QuarantineEntry
    from etlkit.state.store import StateStore

_DIAGNOSTIC = ".failed.jsonl"


def _as_it_is(result: JobResult) -> JobResult:
    return result


class QuarantineView:
    """The rejected records of a service; ``service.quarantine``.

    It shows records of runs whose load is committed. What a failed run has rejected is in
    a file of its own, to look at.

    Filters are those of :class:`~etlkit.state.EntryFilter`: ``ids``, ``job_id``, ``run_id``,
    ``status`` (``"open"``, ``"replayed"``, ``"discarded"``, ``"parked"`` or ``"superseded"``),
    ``uri``, ``record_no``, ``stage``, ``step``, ``rule``, ``since``, ``until`` and ``limit``.

    Args:
        state: What is remembered of runs.
        root: Folder of the state.
        jobs: Gives the jobs that are registered, by their ids; asked at each replay.
        clock: The time.
        remember: Given the result of each run of a replay, and gives it back.
    """

    def __init__(
        self,
        state: StateStore,
        root: str,
        *,
        jobs: Callable[[], Mapping[str, ETLJob]],
        clock: Clock,
        remember: Callable[[JobResult], JobResult] = _as_it_is,
    ) -> None:
        self._state = state
        self._root = root
        self._jobs = jobs
        self._clock = clock
        self._remember = remember

    def __repr__(self) -> str:
        return f"QuarantineView(root={self._root!r})"

    # -- looking

    def list(self, **which: Unpack[Filters]) -> tuple[QuarantineEntry, ...]:
        """All entries that pass the filters, oldest first.

        Raises:
            ConfigurationError: There is no such filter, or it cannot be meant.
            UnknownJob: Nobody knows the job.
        """
        return tuple(self.entries(**which))

    def entries(self, **which: Unpack[Filters]) -> Iterator[QuarantineEntry]:
        """The entries that pass the filters, one at a time, so that many take no memory.

        Raises:
            ConfigurationError: There is no such filter, or it cannot be meant.
            UnknownJob: Nobody knows the job.
        """
        return map(self._in_full, self._state.entries(self._filter(which)))

    def count(self, by: str | None = None, **which: Unpack[Filters]) -> dict[str, int]:
        """How many entries pass the filters.

        Args:
            by: What they are counted by: ``job_id``, ``run_id``, ``status``, ``uri``,
                ``stage``, ``step``, ``code`` or ``rule``; all together as ``total`` without it.
            which: Filters.
        """
        found = self._state.count(self._filter(which), by)
        return dict(found) if by is not None else {"total": sum(found.values())}

    def show(self, entry: str | QuarantineEntry) -> ShownEntry:
        """One entry with its bytes, its problems and what has happened to it.

        Args:
            entry: The entry, or its id.

        Raises:
            UnknownEntry: No entry has this id.
        """
        (found,) = map(self._in_full, self._known(ids_of(entry)[:1]))
        return ShownEntry(found, self._read(found), tuple(self._state.events(found.id)))

    def export(
        self, path: str | os.PathLike[str], *, raw: bool = True, **which: Unpack[Filters]
    ) -> int:
        """Write the entries that pass the filters into a file, and return how many.

        The suffix tells the format: ``.jsonl``, ``.json``, ``.csv`` ... What is there is
        replaced. Values of sensitive fields are masked in messages, and stand in ``raw``;
        the file has the mode that the umask gives.

        Args:
            path: The file.
            raw: With the bytes of the records, as text in ``raw``, or in ``raw_base64``
                where they are not UTF-8.
            which: Filters.
        """
        entries = self._state.entries(self._filter(which))
        loader = DataLoader(path, "replace", allow_empty=True)
        return loader.load(self._rows(entries, raw=raw))

    def _rows(self, entries: Iterable[QuarantineEntry], *, raw: bool) -> Iterator[Record]:
        kept = KeptRecords(self._root)
        try:
            for entry in entries:
                yield row_of(entry, kept.read(entry), raw=raw)
        finally:
            kept.close()

    # -- deciding

    def replay(
        self,
        *,
        dry_run: bool = False,
        max_replays: int = MAX_REPLAYS,
        **which: Unpack[Filters],
    ) -> Replayed:
        """Send open records through their job as it is now, and load those that pass.

        The bytes that were kept are read by the current source options, chain and
        validators, and loaded by the same commit as any run; the source file is not needed,
        and the position of the source does not move. A record that fails again stays open;
        once it has been rejected again ``max_replays`` times, it is parked. Nothing is loaded
        twice, however often it is called and whenever it is killed. The order of the source
        is not kept: replayed records come after those that were loaded before.

        Args:
            dry_run: Load nothing; say what would happen.
            max_replays: How often a record is rejected again, by replays or by runs that read
                the same content, until it is parked.
            which: Filters; by default all open entries.

        Raises:
            ConfigurationError: A job cannot replay: it replaces what it loads, or a step
                needs more than one record. The message says what to run instead.
            UnknownJob: The job of an entry is not registered.
        """
        return replay(
            self._jobs(),
            self._state,
            Place(self._root, self._clock, self._remember),
            self._filter({"status": "open", **which}),
            dry_run=dry_run,
            max_replays=max_replays,
        )

    def park(
        self,
        ids: str | QuarantineEntry | Iterable[str | QuarantineEntry] | None = None,
        *,
        note: str = "",
        by: str = "caller",
        **which: Unpack[Choice],
    ) -> int:
        """Set entries apart, so that a replay leaves them out; returns how many.

        Args:
            ids: The entries, or their ids.
            note: Why.
            by: Who does it.
            which: Filters; of open entries where no status is said.

        Raises:
            UnknownEntry: No entry has such an id.
            ConfigurationError: Neither entries nor filters are given, or they cannot be meant.
        """
        return self._mark(self._meant("park", ids, which, ("open",)), "parked", note, by)

    def discard(
        self,
        ids: str | QuarantineEntry | Iterable[str | QuarantineEntry] | None = None,
        *,
        note: str = "",
        by: str = "caller",
        **which: Unpack[Choice],
    ) -> int:
        """Give entries up; returns how many. It is a mark: nothing is deleted.

        Arguments and errors are those of ``park``; filters are of open and parked entries
        where no status is said.
        """
        found = self._meant("discard", ids, which, ("open", "parked"))
        return self._mark(found, "discarded", note, by)

    def reopen(
        self,
        ids: str | QuarantineEntry | Iterable[str | QuarantineEntry] | None = None,
        *,
        note: str = "",
        by: str = "caller",
        **which: Unpack[Choice],
    ) -> int:
        """Make entries open again that were parked or discarded; returns how many.

        Arguments and errors are those of ``park``; filters are of parked and discarded
        entries where no status is said.

        Raises:
            ConfigurationError: One is superseded; the message says what to do.
        """
        found = self._meant("reopen", ids, which, ("parked", "discarded"))
        check_reopened(found)
        return self._mark(found, "open", note, by)

    def _meant(
        self, verb: str, ids: object, which: Mapping[str, Any], statuses: Sequence[EntryStatus]
    ) -> Sequence[QuarantineEntry]:
        """The entries that are to be marked."""
        if ids is None and not which:
            message = f"{verb} takes entries, their ids, or filters such as job_id= or rule="
            raise ConfigurationError(message)
        wanted = None if ids is None else ids_of(ids)
        known = () if wanted is None else self._known(wanted)
        if not which:
            return known
        which = {**which, "ids": wanted}
        found = self._state.entries(evolve(self._filter(which), limit=None))
        if which.get("status") is None:
            found = (each for each in found if each.status in statuses)
        return tuple(islice(found, which.get("limit")))

    def _mark(
        self, found: Sequence[QuarantineEntry], status: EntryStatus, note: str, by: str
    ) -> int:
        event = StatusEvent(status, self._clock.now(), by, note)
        return self._state.mark([each.id for each in found], event)

    # -- forgetting

    def purge(
        self,
        older_than: timedelta,
        *,
        statuses: EntryStatus | Iterable[EntryStatus] = ("replayed", "discarded", "superseded"),
    ) -> int:
        """Erase entries with these statuses that were rejected longer ago; returns how many.

        What failed runs have rejected before that time is erased, too, and not counted.
        """
        given: object = older_than
        if not isinstance(given, timedelta):
            message = f"older_than is a timedelta such as timedelta(days=90), got {shown(given)}"
            raise ConfigurationError(message)
        wanted: Iterable[EntryStatus] = (
            (statuses,) if isinstance(statuses, str) else tuple(statuses)
        )
        for status in wanted:
            check_status(status)
        until = self._clock.now() - older_than
        old = [
            each.id
            for status in wanted
            for each in self._state.entries(EntryFilter(status=status, until=until))
        ]
        before = until.isoformat()
        for path in self._files():
            if path.endswith(_DIAGNOSTIC):
                erase_lines(path, lambda line: _is_older(line, before), self._clock, noted=False)
        return self.erase(old) if old else 0

    def erase(
        self,
        ids: str | QuarantineEntry | Iterable[str | QuarantineEntry] | None = None,
        *,
        where: Callable[[KeptRecord], bool] | None = None,
    ) -> int:
        """Erase records for good: their bytes, their entries and all that was noted of them.

        Every file of the quarantine is searched, those of failed runs too. The user's own
        file of ``Quarantine(to=...)`` is not, nor are the logs.

        Args:
            ids: The entries.
            where: Or, which records, such as
                ``lambda kept: b"ada@example.org" in (kept.raw or b"")``.

        Returns:
            How many entries there were.

        Raises:
            ConfigurationError: Both are given, or neither is.
        """
        if (ids is None) == (where is None):
            message = "erase takes either ids, or where=, a function of the kept record"
            raise ConfigurationError(message)
        wanted = frozenset(() if ids is None else ids_of(ids))
        found: set[str] = set()

        def matches(line: bytes) -> bool:
            kept = _of_line(line)
            if kept is None or not (kept.id in wanted if where is None else where(kept)):
                return False
            found.add(kept.id)
            return True

        for path in self._files():
            noted = not path.endswith(_DIAGNOSTIC)
            erase_lines(path, matches, self._clock, noted=noted)
        return self._state.erase(sorted(found | wanted))

    def _files(self) -> Iterator[str]:
        folder = inside(self._root, "quarantine")
        for name in names_in(folder):
            if name.endswith(".jsonl") and not name.startswith("."):
                yield inside(folder, name)

    # -- reading

    def _filter(self, which: Mapping[str, Any]) -> EntryFilter:
        return filter_of(which, self._state, self._jobs())

    def _in_full(self, entry: QuarantineEntry) -> QuarantineEntry:
        return evolve(entry, path=located(self._root, entry.path))

    def _known(self, ids: Iterable[str]) -> tuple[QuarantineEntry, ...]:
        wanted = tuple(dict.fromkeys(ids))
        found = tuple(self._state.entries(EntryFilter(ids=wanted)))
        missing = sorted(set(wanted) - {each.id for each in found})
        if missing:
            message = (
                f"the quarantine has no entry {missing[0]!r}; list() gives those that there are"
            )
            raise UnknownEntry(message)
        return found

    def _read(self, entry: QuarantineEntry) -> KeptRecord:
        kept = KeptRecords(self._root)
        try:
            return kept.read(entry)
        finally:
            kept.close()


def _of_line(line: bytes) -> KeptRecord | None:
    try:
        return KeptRecord.of_line(line)
    except (ValueError, KeyError, TypeError):  # of an older layout, or torn: not ours to judge
        return None


def _is_older(line: bytes, before: str) -> bool:
    kept = _of_line(line)
    return kept is not None and kept.rejected_at < before
