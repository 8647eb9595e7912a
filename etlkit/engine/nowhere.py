"""A destination that counts what it is given and keeps nothing; for trying a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit.destinations.destination import Destination, LoadSession
from etlkit.runs.commit import Part, Written


if TYPE_CHECKING:
    from collections.abc import Sequence

    from etlkit.formats.format import Encoder
    from etlkit.records import OutBatch, Refusal
    from etlkit.runs.commit import CommitRecord
    from etlkit.runs.context import Load


class Nowhere(Destination):
    """Takes records as another destination would, and forgets them.

    Args:
        other: The destination whose encoder it has.
    """

    def __init__(self, other: Destination) -> None:
        self._other = other

    @property
    def uri(self) -> str:
        """What messages call it."""
        return f"nowhere (instead of {self._other.uri})"

    def encoder(self) -> Encoder:
        """That of the other destination, so that the same records fail."""
        return self._other.encoder()

    def open(self, load: Load) -> LoadSession:
        """Begin to count."""
        del load
        return _Counting()


class _Counting(LoadSession):
    def __init__(self) -> None:
        self._records = 0

    def write(self, batch: OutBatch) -> Sequence[Refusal]:
        self._records += len(batch.items)
        return ()

    def prepare(self) -> Written:
        return Written([Part("nowhere", self._records)])

    def commit(self, record: CommitRecord) -> None:
        del record

    def abort(self) -> None:
        """There is nothing to forget."""
