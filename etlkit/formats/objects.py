"""Records as they are: at hand already, or for destinations that take Python objects."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from etlkit.formats.format import Encoder
from etlkit.records import Batch, Origin, own


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from etlkit.formats.format import KernelCode
    from etlkit.records import Record

BATCH_RECORDS = 1000


class RecordEncoder(Encoder):
    """The encoder of destinations that take the record itself.

    They get a copy where a step may return one dict again and again, and change it in
    between.
    """

    def encode(self, record: Record) -> Record:
        """A copy of the record."""
        copy: Record = own(record)
        return copy

    def taking(self) -> Encoder:
        """The record itself."""
        return HAND_OVER


class _HandOver(Encoder):
    """For whoever takes the record itself, such as the next stage."""

    def encode(self, record: Record) -> Record:
        return record

    def write(self, code: KernelCode, record: str) -> str:  # noqa: ARG002 -- the contract's signature
        """No call at all: the record is the result."""
        return record


RECORDS = RecordEncoder()
HAND_OVER = _HandOver()


def batched(records: Iterable[Record], uri: str, *, kept: bool) -> Iterator[Batch]:
    """Records in batches; ``kept`` says that nobody changes one while the next are read."""
    origin, first = Origin(uri), 1
    # a generator may yield one dict again and again
    each = iter(records) if kept else map(own, records)
    while items := list(islice(each, BATCH_RECORDS)):
        yield Batch(items, origin, first, own)
        first += len(items)
