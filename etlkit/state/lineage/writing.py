"""Writing the lineage file of one load."""

from __future__ import annotations

import hashlib
import json
import re

from itertools import repeat
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from zlib import crc32

from etlkit._files.paths import absolute, inside
from etlkit._files.removing import remove_named
from etlkit._files.writing import (
    PRIVATE_FILE,
    PRIVATE_FOLDER,
    AtomicFile,
    cut_back,
    make_folder,
    remove_all_leftovers,
)
from etlkit.errors import BalanceError
from etlkit.formats.row_hash import ROW_HASH_VERSION
from etlkit.runs.commit import KeptFile
from etlkit.state.lineage.layout import (
    BLOCK_ENTRIES,
    ENTRY,
    FENCE_BYTES,
    GROUP,
    GROUP_ENTRIES,
    LENGTH,
    MAGIC,
    MERGED,
    NO_RECORD,
    TAIL,
    Block,
    Span,
    checksum,
)


if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from etlkit.runs.context import RunContext

FOLDER = "lineage"
SUFFIX = ".lineage"
_GROUP_BYTES = GROUP_ENTRIES * ENTRY.size
_SAFE = re.compile(r"[A-Za-z0-9_-]{1,64}")


def lineage_path(root: str, run: RunContext, output: str = "") -> str:
    """Where the lineage of a load lies, below the root."""
    parts = [run.run_id, run.nonce]
    if output:
        safe = _SAFE.fullmatch(output) is not None
        mark = hashlib.blake2b(output.encode(), digest_size=8).hexdigest()
        parts.append(output if safe else mark)
    return inside(inside(root, FOLDER), ".".join(parts) + SUFFIX)


def discard_lineage(root: str, nonce: str) -> None:
    """Remove what an attempt that did not commit left behind; it is nobody's any more."""
    pattern = rf"\.?.+\.{re.escape(nonce)}(\..+)?{re.escape(SUFFIX)}(\.[0-9a-f]{{12}}\.tmp)?"
    remove_named(inside(root, FOLDER), pattern)


class LineageWriter:
    """The lineage file of one load while it is written; used by the thread of the run.

    Its owner calls ``add`` for each batch that the destination took, then ``finish``, and
    names what that returns in the commit record; or ``discard``. A file that no commit
    record names counts for nothing.

    Args:
        path: The file; see ``lineage_path``.
        run: The attempt.
    """

    def __init__(self, path: str, run: RunContext) -> None:
        self.path = path
        self._run = run
        self._file: AtomicFile | None = None
        self._sha256 = hashlib.sha256()
        self._header = _header(run)
        self._sources: dict[str, int] = {}
        self._pending: list[bytes] = []
        self._spans: dict[int, Span] = {}
        self._blocks: list[Block] = []
        self._index: list[bytes] = []
        self._entries = 0
        self._merged = 0
        self._steps: dict[str, None] = {}
        self._finished = False

    def add(
        self,
        uri: str,
        record_nos: Sequence[int],
        hashes: Sequence[bytes],
        *,
        derived: bool = False,
    ) -> None:
        """Note where the records of one batch came from.

        Args:
            uri: The file they came from, as their origin has it.
            record_nos: The number of each one's source record there, none below the one before.
            hashes: The row hash of each, in the same order.
            derived: They were made of several records, so they have no number.

        Raises:
            BalanceError: There are not as many numbers as hashes.
        """
        if len(record_nos) != len(hashes):
            message = (
                f"{self.path}: {len(hashes)} hash(es) for {len(record_nos)} record number(s) of "
                f"{uri}; nothing was published. This is a defect of etlkit that should be reported"
            )
            raise BalanceError(message)
        if not hashes:
            return
        span = None
        if derived:
            self._pending += map(ENTRY.pack, hashes, repeat(NO_RECORD), repeat(MERGED))
            self._merged += len(hashes)
            self._steps[uri] = None
        else:
            source = self._sources.setdefault(uri, len(self._sources))
            self._pending += map(ENTRY.pack, hashes, record_nos, repeat(source))
            span = Span(source, record_nos[0], record_nos[-1])
            self._spans[source] = span.around(self._spans.get(source))
        if len(self._pending) >= BLOCK_ENTRIES:
            self._write_blocks(span)

    def finish(self, sources: Sequence[str] = ()) -> KeptFile:
        """Write the rest and make the file durable.

        Args:
            sources: The files that the load has read, for records made of several. Where
                none is known, such a record is said to come from the step that made it.
        """
        if self._pending:
            self._write_block(self._pending)
            self._pending = []
        file = self._opened()
        index, footer = b"".join(self._index), self._footer(sources)
        at = file.size_bytes
        verified = checksum(self._header, index, footer)
        tail = TAIL.pack(at, at + len(index), verified, MAGIC)
        self._write(file, b"".join((index, footer, tail)))
        self._finished = True  # it may stand there although something is raised
        file.publish()
        return KeptFile(self.path, self._entries, file.size_bytes, self._sha256.hexdigest())

    def discard(self) -> None:
        """Forget the file, finished or not."""
        if self._file is not None:
            self._file.discard()
            self._file = None
        if self._finished:
            cut_back(self.path, None)
            self._finished = False

    def _write_blocks(self, last: Span | None) -> None:
        """Write what fills blocks; what is left comes from the last batch, of this span."""
        whole = len(self._pending) // BLOCK_ENTRIES * BLOCK_ENTRIES
        for start in range(0, whole, BLOCK_ENTRIES):
            self._write_block(self._pending[start : start + BLOCK_ENTRIES])
        del self._pending[:whole]
        self._spans = {} if last is None or not self._pending else {last.source: last}

    def _write_block(self, entries: list[bytes]) -> None:
        entries.sort()
        data = b"".join(entries)
        file = self._opened()
        spans = tuple(self._spans.values())
        self._blocks.append(Block(file.size_bytes, len(entries), spans))
        self._index += [
            GROUP.pack(data[at : at + FENCE_BYTES], crc32(data[at : at + _GROUP_BYTES]))
            for at in range(0, len(data), _GROUP_BYTES)
        ]
        self._entries += len(entries)
        self._write(file, data)

    def _opened(self) -> AtomicFile:
        if self._file is None:
            folder = str(PurePath(self.path).parent)
            make_folder(folder, mode=PRIVATE_FOLDER)
            remove_all_leftovers(folder)
            self._file = AtomicFile(self.path, mark=self._run.nonce, mode=PRIVATE_FILE)
            self._write(self._file, self._header)
        return self._file

    def _write(self, file: AtomicFile, data: bytes) -> None:
        self._sha256.update(data)
        file.write(data)

    def _footer(self, sources: Sequence[str]) -> bytes:
        content = {
            "sources": list(self._sources),
            "files": list(sources or self._steps),
            "entries": self._entries,
            "merged": self._merged,
            "blocks": [
                [
                    block.offset,
                    block.entries,
                    [[span.source, span.first, span.last] for span in block.spans],
                ]
                for block in self._blocks
            ],
        }
        return _as_json(content)


def _as_json(content: Mapping[str, Any]) -> bytes:
    """JSON that also keeps names of files that are no UTF-8, which orjson would refuse."""
    return json.dumps(content, separators=(",", ":")).encode()


def _header(run: RunContext) -> bytes:
    content = {
        "run_id": run.run_id,
        "nonce": run.nonce,
        "job_id": run.job_id,
        "started": run.started.isoformat(),
        "hash_version": ROW_HASH_VERSION,
        "folder": absolute(""),  # what relative paths among the sources are relative to
    }
    text = _as_json(content)
    return MAGIC + LENGTH.pack(len(text)) + text
