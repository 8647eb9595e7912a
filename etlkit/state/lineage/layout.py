"""How a lineage file is laid out, for those who write and read it.

::

    magic               8 bytes; the last one is the version
    header              length (4), JSON: run, job, time, version of the hash, folder
    blocks              up to 16 384 entries of 28 bytes, sorted:
                        hash (16), record number (8), number of the source (4)
    index               for each 128 entries: first 8 bytes of the first (8), CRC-32 (4)
    footer              JSON: sources, files, blocks with the record numbers they hold
    tail                where index and footer begin (8 + 8), a checksum of header, index
                        and footer (16), magic (8)

Integers are big-endian, so that entries sort by hash, and by record number within it. An
entry whose source is ``MERGED`` was made of several records by a step; its record number
is 0. A look-up reads and verifies the 128 entries where a hash has to stand, in each block.
"""

from __future__ import annotations

import hashlib
import struct

from attrs import frozen


MAGIC = b"etlklin\x01"
ENTRY = struct.Struct(">16sQI")
PLACE = struct.Struct(">QI")
GROUP = struct.Struct(">8sI")
LENGTH = struct.Struct(">I")
TAIL = struct.Struct(">QQ16s8s")

BLOCK_ENTRIES = 16_384
"""Sorted together. Sorting four times as many takes a third longer for each of them, since
they no longer fit into the cache of a processor; with fewer a look-up reads more places."""

GROUP_ENTRIES = 128
HASH_BYTES = 16
FENCE_BYTES = 8
"""Bytes of a hash that the index holds."""

MERGED = 0xFFFF_FFFF
"""In place of a source: the record was made of several by a step."""

NO_RECORD = 0
"""In place of a record number, which begin at 1."""


@frozen
class Span:
    """The record numbers of one source that a block holds.

    Attributes:
        source: Number of the source.
        first: The lowest.
        last: The highest.
    """

    source: int
    first: int
    last: int

    def around(self, other: Span | None) -> Span:
        """The span that holds this one and another of the same source."""
        if other is None:
            return self
        return Span(self.source, min(self.first, other.first), max(self.last, other.last))


@frozen
class Block:
    """Where a block stands.

    Attributes:
        offset: Where it begins in the file.
        entries: How many it has.
        spans: What it holds of each source.
    """

    offset: int
    entries: int
    spans: tuple[Span, ...]

    @property
    def groups(self) -> int:
        """How many groups of entries the index has of it."""
        return -(-self.entries // GROUP_ENTRIES)

    @property
    def size_bytes(self) -> int:
        """Its length."""
        return self.entries * ENTRY.size


def checksum(*parts: bytes) -> bytes:
    """What the tail holds of header, index and footer."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(part)
    return digest.digest()
