"""Whether two outputs hold the same records, whatever their spelling of JSON.

A contestant that is fast because it loses records, or changes values, has not done the job.
"""

from __future__ import annotations

import gzip
import hashlib

from collections.abc import Iterator
from pathlib import Path

import orjson

from attrs import frozen


_MODULUS = 2**64


@frozen
class Fingerprint:
    """What identifies an output: the number of records, and sums over them.

    Attributes:
        records: How many there are.
        content: Sum over the records' hashes, so that their order does not matter.
        sequence: Hash over them in order.
    """

    records: int
    content: int
    sequence: str

    def compared_with(self, reference: Fingerprint) -> str:
        if self.records != reference.records:
            return f"{self.records:,} records instead of {reference.records:,}"
        if self.content != reference.content:
            return "same number, other shape"
        return "same" if self.sequence == reference.sequence else "same, other order"


def fingerprint(target: Path, pattern: str = "") -> Fingerprint:
    """Read an output, a file or the files of a folder that fit `pattern`."""
    records = content = 0
    sequence = hashlib.blake2b(digest_size=16)
    for line in _lines(target, pattern):
        record = orjson.loads(line)
        # dlt adds these to every record.
        own = {name: value for name, value in record.items() if not name.startswith("_dlt_")}
        canonical = orjson.dumps(own, option=orjson.OPT_SORT_KEYS)
        digest = hashlib.blake2b(canonical, digest_size=8).digest()
        content = (content + int.from_bytes(digest)) % _MODULUS
        sequence.update(digest)
        records += 1
    return Fingerprint(records, content, sequence.hexdigest())


def count_lines(target: Path, pattern: str = "") -> int:
    return sum(1 for _ in _lines(target, pattern))


def _lines(target: Path, pattern: str) -> Iterator[bytes]:
    for path in sorted(target.glob(pattern)) if pattern else [target]:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            yield from file
