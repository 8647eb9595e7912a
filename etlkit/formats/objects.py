"""Records as they are, for destinations that take Python objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit.formats.format import Encoder


if TYPE_CHECKING:
    from etlkit.formats.format import KernelCode
    from etlkit.records import Record


class RecordEncoder(Encoder):
    """The encoder of destinations that take the record itself."""

    def encode(self, record: Record) -> Record:
        """The record."""
        return record

    def write(self, code: KernelCode, record: str) -> str:  # noqa: ARG002 -- the contract's signature
        """No call at all: the record is the result."""
        return record


RECORDS = RecordEncoder()
