"""Rejected records as a source: each is read again, in its frame, by the current format."""

from __future__ import annotations

import io
import json

from typing import TYPE_CHECKING, NoReturn

from attrs import evolve, frozen

from etlkit.errors import CommitLost, EtlkitError
from etlkit.records import Batch, Origin, Refusal, own
from etlkit.sources.source import DataSource, Reading, decoded
from etlkit.state.entries import EntryFilter
from etlkit.state.kept_records import KeptRecords


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from etlkit.formats.format import Format
    from etlkit.records import Record
    from etlkit.runs.commit import Position
    from etlkit.schema.fields import Place
    from etlkit.state.entries import QuarantineEntry
    from etlkit.state.kept_records import KeptRecord
    from etlkit.state.store import StateStore

UNREADABLE = "replay"
"""Code of a record whose bytes are not one record any more, by the format of today."""


class _WholeReading(Reading):
    """A reading to the end, since every entry that is read again is done with."""

    @property
    def may_end_early(self) -> bool:
        return False


class ReplaySource(DataSource):
    """The records of entries of the quarantine, in the order of the entries.

    Each has the file, the number and the line of the time when it was rejected, so that
    it is the same record when it fails again. The source file is not needed.

    Args:
        source: The source of the job, which knows how bytes become records.
        state: Has the entries.
        entries: Those that are read; they are open and replayable.
        root: The folder of the state.
    """

    def __init__(
        self,
        source: DataSource,
        state: StateStore,
        entries: Sequence[QuarantineEntry],
        root: str | None = None,
    ) -> None:
        self._source = source
        self._state = state
        self._entries = tuple(entries)
        self._root = root
        self._formats: dict[str, Format | None] = {}

    @property
    def uri(self) -> str:
        """What messages call it."""
        return f"quarantine of {self._source.uri}"

    @property
    def may_hold_nan(self) -> bool:
        """As the source of the job has it."""
        return self._source.may_hold_nan

    @property
    def sensitive_places(self) -> tuple[Place, ...]:
        """Those of the source of the job."""
        return self._source.sensitive_places

    def records(self) -> Iterator[Record]:
        """The decoded records."""
        return (record for batch in self.batches() for record in decoded(batch))

    def reading(self, known: Position, *, supersedes: bool = False) -> Reading:
        """Begin a reading, while the lock of the destination is held.

        Raises:
            CommitLost: Another replay has been at these entries meanwhile.
        """
        del known, supersedes
        self._check_unchanged()
        return _WholeReading(self)

    def _check_unchanged(self) -> None:
        seen = {each.id: (each.status, each.nonce) for each in self._entries}
        which = EntryFilter(ids=tuple(seen))
        now = {each.id: (each.status, each.nonce) for each in self._state.entries(which)}
        if now != seen:
            message = (
                "other runs have rejected or replayed some of these records meanwhile, so nothing "
                "was replayed; look at the entries, and replay those that are still open"
            )
            raise CommitLost(message)

    def batches(self) -> Iterator[Batch]:
        """Each record as a batch of its own, since their numbers do not follow each other."""
        kept = KeptRecords(self._root)
        try:
            for entry in self._entries:
                yield self._batch(kept.read(entry), entry)
        finally:
            kept.close()

    def _batch(self, kept: KeptRecord, entry: QuarantineEntry) -> Batch:
        origin = Origin(entry.uri, version=entry.version)
        if kept.derived:
            return Batch([json.loads(kept.raw or b"")], origin, entry.record_no, own)
        raw = kept.raw or b""
        before, after = kept.frame
        try:
            stream = io.BytesIO(before + raw + after)
            read = list(self._format(entry.uri).batches(stream, Origin(entry.uri)))
        except EtlkitError as error:
            return _unreadable(kept, origin, f"it cannot be read any more: {error}")
        found = [batch for batch in read if batch.items or batch.refused]
        count = sum(len(batch.items) + len(batch.refused) for batch in found)
        if count != 1:
            what = f"its bytes are {count} records by the options that the source has now"
            return _unreadable(kept, origin, what)
        return evolve(
            found[0],
            origin=origin,
            first=entry.record_no,
            refused=tuple(_whole(one, kept) for one in found[0].refused),
            ends_open=False,
            is_blank=None,
            by_line=False,
            places=_Place(raw, kept.line_no),
            frame=kept.frame,
            remarks=(),
        )

    def _format(self, uri: str) -> Format:
        if uri not in self._formats:
            self._formats[uri] = self._source.format_for(uri)
        found = self._formats[uri]
        if found is None:
            _no_format(self._source)
        return found


def _no_format(source: DataSource) -> NoReturn:
    message = (
        f"{source.uri} does not read files, so the bytes of this record mean nothing to it; a "
        "source of your own overrides format_for(uri)"
    )
    raise EtlkitError(message)


def _unreadable(kept: KeptRecord, origin: Origin, message: str) -> Batch:
    refusal = Refusal(0, UNREADABLE, message, kept.raw, line_no=kept.line_no)
    return Batch((), origin, kept.record_no, own, refused=(refusal,), frame=kept.frame)


@frozen
class _Place:
    """Where the one item of a batch stood."""

    content: bytes
    line_no: int | None

    def raw(self, position: int) -> bytes:
        del position
        return self.content

    def line(self, position: int) -> int | None:
        del position
        return self.line_no


def _whole(refusal: Refusal, kept: KeptRecord) -> Refusal:
    """The refusal with all the bytes that are kept, of which a reader gives the beginning."""
    return evolve(refusal, raw=kept.raw, raw_bytes=None, line_no=kept.line_no)
