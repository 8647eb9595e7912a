"""Reading the lineage file of one load: by hash, by record, and as a whole."""

from __future__ import annotations

import hashlib
import json
import struct

from bisect import bisect_left
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, NoReturn
from zlib import crc32

from attrs import frozen

from etlkit._files.mapping import expect, mapped
from etlkit._files.paths import inside, is_url
from etlkit.errors import CorruptState, SourceNotFound
from etlkit.state.lineage.layout import (
    BLOCK_ENTRIES,
    ENTRY,
    FENCE_BYTES,
    GROUP,
    GROUP_ENTRIES,
    HASH_BYTES,
    LENGTH,
    MAGIC,
    MERGED,
    PLACE,
    TAIL,
    Block,
    Span,
    checksum,
)


if TYPE_CHECKING:
    import mmap

    from etlkit.runs.commit import KeptFile

_GROUP_BYTES = GROUP_ENTRIES * ENTRY.size


@frozen
class Entry:
    """Where one loaded record came from.

    Attributes:
        row_hash: Of the record as it was loaded.
        file: The file, as the run named it; None for a record made of several.
        record_no: The number of its source record there; None likewise.
    """

    row_hash: bytes
    file: str | None
    record_no: int | None


class LineageFile:
    """The lineage of one load, mapped into memory; opened by ``opened``.

    Attributes:
        sources: The files that records came from, by number.
        files: The files that the load has read, for records made of several.
        hash_version: The rule of its hashes.
        entries: How many records it has.
        merged: How many of them were made of several.
    """

    def __init__(self, path: str, data: mmap.mmap | bytes) -> None:
        self.path = path
        self._data = data
        header, footer, self._index = self._parts()
        self.run_id: str = header["run_id"]
        self.nonce: str = header["nonce"]
        self.job_id: str = header["job_id"]
        self.hash_version: int = header["hash_version"]
        self._folder: str = header["folder"]
        self.sources: tuple[str, ...] = tuple(footer["sources"])
        self.files: tuple[str, ...] = tuple(footer["files"])
        self.entries: int = footer["entries"]
        self.merged: int = footer["merged"]
        self.blocks = tuple(
            Block(offset, entries, tuple(Span(*span) for span in spans))
            for offset, entries, spans in footer["blocks"]
        )

    def find(self, row_hash: bytes) -> list[Entry]:
        """What it knows of the records with this hash.

        Raises:
            CorruptState: What would have to be read does not verify.
        """
        where = list(self._groups_with(row_hash[:FENCE_BYTES]))
        for block, _, group in where:  # asked for at once, a cold disk is waited for once
            expect(self._data, block.offset + group * _GROUP_BYTES, _GROUP_BYTES)
        return [
            entry
            for block, first_group, group in where
            for entry in self._matching(self._group(block, first_group, group), row_hash, 0)
        ]

    def of(self, file: str, record_no: int) -> list[Entry]:
        """What became of a source record.

        Args:
            file: As the run named it, or its path in full.
            record_no: Its number there, from 1.

        Raises:
            CorruptState: What would have to be read does not verify.
        """
        meant = {number for number, uri in enumerate(self.sources) if self.is_called(uri, file)}
        found: list[Entry] = []
        first_group = 0
        for block in self.blocks:
            wanted = [
                PLACE.pack(record_no, span.source)
                for span in block.spans
                if span.source in meant and span.first <= record_no <= span.last
            ]
            if wanted:
                entries = self._block(block, first_group)
                for place in wanted:
                    found += self._matching(entries, place, HASH_BYTES)
            first_group += block.groups
        return found

    def is_called(self, uri: str, name: str) -> bool:
        """Whether a name is that of one of its files, or its path in full."""
        return uri == name or self.in_full(uri) == name

    def in_full(self, uri: str) -> str:
        """A file of the load as a path in full, from the folder where the run worked."""
        return uri if is_url(uri) else inside(self._folder, uri)

    def read(self) -> Iterator[bytes]:
        """The entries of each block, one after the other in their packed form.

        Raises:
            CorruptState: A block does not verify.
        """
        first_group = 0
        for block in self.blocks:
            yield self._block(block, first_group)
            first_group += block.groups

    def check(self, kept: KeptFile) -> None:
        """Look at every byte of it.

        Raises:
            CorruptState: It is not what the commit record names.
        """
        digest = hashlib.sha256()
        step = BLOCK_ENTRIES * ENTRY.size
        for at in range(0, len(self._data), step):
            digest.update(self._data[at : at + step])
        if digest.hexdigest() != kept.sha256:
            self._damaged("its sha256 is not the one that the commit record names")

    # -- the parts of the file

    def _parts(self) -> tuple[dict[str, Any], dict[str, Any], bytes]:
        data = self._data
        if data[: len(MAGIC)] != MAGIC or len(data) < len(MAGIC) + LENGTH.size + TAIL.size:
            self._damaged("it does not begin as a lineage file of this version")
        at, footer_at, verified, magic = TAIL.unpack(data[-TAIL.size :])
        end = len(data) - TAIL.size
        begin = len(MAGIC) + LENGTH.size
        (length,) = LENGTH.unpack(data[len(MAGIC) : begin])
        if magic != MAGIC or not begin + length <= at <= footer_at <= end:
            self._damaged("it does not end as a lineage file does")
        header, index = data[: begin + length], data[at:footer_at]
        footer = data[footer_at:end]
        if checksum(header, index, footer) != verified:
            self._damaged("header, index and footer do not verify")
        return json.loads(header[begin:]), json.loads(footer), index

    def _groups_with(self, fence: bytes) -> Iterator[tuple[Block, int, int]]:
        """The groups where hashes that begin so may stand: block, its first group, group."""
        first_group = 0
        for block in self.blocks:
            groups = range(first_group, first_group + block.groups)
            group = max(bisect_left(groups, fence, key=self._fence) - 1, 0)
            while group < len(groups) and self._fence(groups[group]) <= fence:
                yield block, first_group, group
                group += 1
            first_group += block.groups

    def _fence(self, group: int) -> bytes:
        """How the first hash of a group begins; groups are counted through all blocks."""
        at = group * GROUP.size
        return self._index[at : at + FENCE_BYTES]

    def _group(self, block: Block, first_group: int, group: int) -> bytes:
        start = block.offset + group * _GROUP_BYTES
        entries = self._data[start : min(start + _GROUP_BYTES, block.offset + block.size_bytes)]
        _, expected = GROUP.unpack_from(self._index, (first_group + group) * GROUP.size)
        if crc32(entries) != expected:
            self._damaged(f"the entries from byte {start} on do not verify")
        return entries

    def _block(self, block: Block, first_group: int) -> bytes:
        groups = range(block.groups)
        return b"".join(self._group(block, first_group, group) for group in groups)

    def _matching(self, entries: bytes, part: bytes, at: int) -> Iterator[Entry]:
        """The entries that hold these bytes at this place of theirs."""
        found = entries.find(part)
        while found >= 0:
            start = found - at
            if start % ENTRY.size == 0:
                yield self._entry(*ENTRY.unpack_from(entries, start))
            found = entries.find(part, found + 1)

    def _entry(self, row_hash: bytes, record_no: int, source: int) -> Entry:
        if source == MERGED:
            return Entry(row_hash, None, None)
        return Entry(row_hash, self.sources[source], record_no)

    def _damaged(self, what: str) -> NoReturn:
        raise CorruptState(_damage(self.path, what))


@contextmanager
def opened(kept: KeptFile) -> Iterator[LineageFile]:
    """The lineage file that a commit record names.

    Raises:
        CorruptState: It is not there, or is not what the record names.
    """
    with ExitStack() as stack:
        try:
            data = stack.enter_context(mapped(kept.path))
        except SourceNotFound as error:
            why = "(was the root moved or cleared?)"
            what = f"it is not there, although a commit record names it {why}"
            message = _damage(kept.path, what)
            raise CorruptState(message) from error
        if len(data) != kept.size_bytes:
            what = f"it has {len(data)} bytes, and the commit record says {kept.size_bytes}"
            raise CorruptState(_damage(kept.path, what))
        yield _file(kept.path, data)


def _file(path: str, data: mmap.mmap | bytes) -> LineageFile:
    try:
        return LineageFile(path, data)
    except (struct.error, ValueError, KeyError, TypeError) as error:
        raise CorruptState(_damage(path, "it cannot be read as a lineage file")) from error


def _damage(path: str, what: str) -> str:
    return (
        f"{path}: {what}. The lineage of this load is not known; put back a copy of the file. "
        "Nothing else is concerned: the loaded records are where they were"
    )
