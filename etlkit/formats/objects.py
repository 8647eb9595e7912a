"""Records as they are, for destinations that take Python objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit.formats.format import Encoder
from etlkit.records import own


if TYPE_CHECKING:
    from etlkit.formats.format import KernelCode
    from etlkit.records import Record


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
