"""One load into a dataset: its parts, and its entry in the commit log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._files.paths import inside
from etlkit._files.writing import size_of
from etlkit.destinations.destination import LoadSession
from etlkit.errors import CommitLost, ConfigurationError
from etlkit.lake.log import entry_name
from etlkit.runs.commit import Written


if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from etlkit._files.placing import OnceFile
    from etlkit.destinations.dataset.cutting import Cutter, Piece
    from etlkit.destinations.dataset.parts import Parts
    from etlkit.formats.writer import Writing
    from etlkit.lake.log import CommitLog
    from etlkit.lake.state import LogState
    from etlkit.records import OutBatch, Refusal
    from etlkit.runs.commit import CommitRecord, Part


class DatasetSession(LoadSession):
    """One load into a dataset.

    Args:
        log: The commit log.
        nonce: Mark of the attempt.
        state: What the log said when the load began.
        parts: The parts that are written.
        cutter: Cuts batches for the parts.
        writing: The load, as the format writes it.
    """

    def __init__(
        self,
        log: CommitLog,
        nonce: str,
        *,
        state: LogState,
        parts: Parts,
        cutter: Cutter,
        writing: Writing,
    ) -> None:
        self._log = log
        self._nonce = nonce
        self._state = state
        self._parts = parts
        self._cutter = cutter
        self._writing = writing
        self._screened: tuple[OutBatch, list[Piece]] | None = None
        self._entry: OnceFile | None = None
        self._superseded = 0

    @property
    def committed(self) -> bool:
        """Whether the entry has its number in the log."""
        return self._entry is not None and self._entry.placed

    @property
    def remarks(self) -> Sequence[str]:
        """How many records this load took the place of, where it was not a replace."""
        if not self._superseded:
            return ()
        return (f"took the place of {self._superseded} record(s) of earlier loads",)

    def screen(self, batch: OutBatch) -> Sequence[Refusal]:
        """The records that the format refuses."""
        pieces = self._cutter.pieces(batch, self._parts.room)
        self._screened = (batch, pieces)
        return _refused(pieces)

    def write(self, batch: OutBatch) -> Sequence[Refusal]:
        """Add the records to the parts that they belong to."""
        screened, self._screened = self._screened, None
        if screened is not None and screened[0] is batch and not _refused(screened[1]):
            pieces = screened[1]
        else:
            pieces = self._cutter.pieces(batch, self._parts.room)
        for piece in pieces:
            if piece.records:
                self._parts.add(piece.place, piece.data, piece.records, self._writing)
        return _refused(pieces)

    def prepare(self) -> Written:
        """Finish the parts; a load without records has none."""
        parts = self._parts.finish(self._writing)
        return Written(tuple(parts), (*self._writing.remarks(), *self._parts.remarks()))

    def commit(self, record: CommitRecord) -> None:
        """Add the record to the log, under the first number that is free.

        Raises:
            CommitLost: The same work was committed meanwhile, or what this load replaces was
                replaced, or this attempt was discarded as dead.
            ConfigurationError: Earlier records of a changed file stand among those of others.
        """
        # In this order: who discards a dead attempt fences its entry off before its parts go.
        self._entry = self._log.entry(record)
        try:
            self._check_parts(record.written.parts)
            since: list[CommitRecord] = []
            while True:
                since += self._log.advance(self._state)
                self._check_first(record, since)
                self._check_files(record)
                if self._entry.place(entry_name(self._state.head + 1)):
                    break
        finally:
            if not self._entry.placed:
                self._entry.discard()
        gone = self._state.take(record)
        if record.mode == "append":
            self._superseded = sum(each.part.records for each in gone)
        self._log.keep_checkpoint(self._state, mark=record.run.nonce)

    def abort(self) -> None:
        """Remove the parts."""
        self._parts.discard()
        self._log.forget(self._nonce)

    def _check_parts(self, parts: Iterable[Part]) -> None:
        for part in parts:
            path = inside(self._log.dataset, part.name)
            if size_of(path) != part.size_bytes:
                message = (
                    f"{path}: was removed or changed before the load was committed, perhaps by a "
                    "run that took this one for dead; nothing was committed"
                )
                raise CommitLost(message)

    def _check_first(self, record: CommitRecord, since: Iterable[CommitRecord]) -> None:
        """Look whether this load is still what is wanted after those that came before it."""
        run = record.run
        of_work = [
            each for each in self._log.loads_of(run, self._state) if each.output == record.output
        ]
        ended = {nonce for each in (*of_work, record) for nonce in each.supersedes}
        if any(each.run.nonce not in ended for each in of_work):
            message = (
                f"{self._log.dataset}: another run of job {run.job_id!r} with the run key "
                f"{run.run_key!r} has committed meanwhile; nothing of this one was"
            )
            raise CommitLost(message)
        other = next((each for each in since if _conflict(record, each)), None)
        if other is not None:
            message = (
                f"{self._log.dataset}: job {other.run.job_id!r} has replaced meanwhile what this "
                "load would have replaced; nothing of this one was committed"
            )
            raise CommitLost(message)

    def _check_files(self, record: CommitRecord) -> None:
        """Look whether the parts of the files that were read again are of these alone."""
        changed = {each.uri for each in record.position.inputs if each.again}
        mine = record.run.job_id
        mixed = {
            each.nonce: each.part.name
            for each in (self._state.contents.parts if changed else ())
            if each.part.origin is None and each.job_id == mine
        }
        for earlier in self._log.records() if mixed else ():
            if earlier.run.nonce in mixed and _may_hold(earlier, changed):
                name = mixed[earlier.run.nonce]
                raise _is_mixed(self._log.dataset, name, sorted(changed))


def _may_hold(record: CommitRecord, files: set[str]) -> bool:
    """Whether parts of a load may hold records of some files; a replay names none."""
    read = {each.uri for each in record.position.inputs if not each.unread}
    return bool(record.replayed) or not read.isdisjoint(files)


def _is_mixed(dataset: str, name: str, files: Sequence[str]) -> ConfigurationError:
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    message = (
        f"{files[0]}{more}: changed since loaded, and its earlier records cannot be taken out of "
        f"{inside(dataset, name)}, which was written without by_source=True and may hold those of "
        "other files; nothing was loaded. Load all files once more into the dataset, by a run of "
        "this job with mode='replace', by_source=True and a source without incremental=; from then "
        "on changed files take their own place"
    )
    return ConfigurationError(message)


def _refused(pieces: Iterable[Piece]) -> list[Refusal]:
    return [each for piece in pieces for each in piece.refused]


def _conflict(record: CommitRecord, other: CommitRecord) -> bool:
    """Whether two loads replace the same, so that the later one has to begin again."""
    replacing = {record.mode, other.mode}
    if not replacing <= {"replace", "replace-partition"}:
        return False
    if "replace" in replacing:
        return True
    return not _partitions(record).isdisjoint(_partitions(other))


def _partitions(record: CommitRecord) -> set[str | None]:
    return {part.partition for part in record.written.parts}
