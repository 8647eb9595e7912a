"""A batch cut into pieces, each of which goes into one part, and encoded piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from etlkit._files.paths import absolute, is_url, without_secrets
from etlkit.destinations.dataset.parts import Place
from etlkit.errors import ConfigurationError
from etlkit.records import OutBatch, Refusal


if TYPE_CHECKING:
    from collections.abc import Iterable

    from etlkit.destinations.dataset.parts import Limits
    from etlkit.formats.writer import Writing
    from etlkit.records import Origin

PIECES_OF_A_PART = 16  # so that a part grows beyond its limit by a sixteenth of it at most


@frozen
class Piece:
    """Some records of a batch, encoded.

    Attributes:
        place: Where they go.
        positions: Their positions in the batch; refused ones are among them.
        data: The bytes of those that are not refused.
        refused: The others, by position in the batch.
    """

    place: Place
    positions: Sequence[int]
    data: bytes
    refused: Sequence[Refusal]

    @property
    def records(self) -> int:
        """How many records are in the bytes."""
        return len(self.positions) - len(self.refused)


class Cutter:
    """Cuts and encodes the batches of one load; used by one thread.

    Args:
        writing: The load, as the format writes it.
        partitioned: Items are pairs of a folder and the encoded record.
        by_source: A part holds records of one source file only.
        limits: When a part is full, by which the size of a piece is chosen.
    """

    def __init__(
        self, writing: Writing, *, partitioned: bool, by_source: bool, limits: Limits
    ) -> None:
        self._writing = writing
        self._partitioned = partitioned
        self._by_source = by_source
        self._limits = limits
        self._records = 0
        self._bytes = 0

    def pieces(self, batch: OutBatch, room: Callable[[Place], int | None]) -> list[Piece]:
        """The pieces of a batch; nothing of it is written yet.

        All results of a record are refused where one is, in whatever piece they are.

        Args:
            batch: The batch.
            room: How many records a place takes before its part is full, or None.

        Raises:
            ConfigurationError: The records cannot be written in parts of one source each.
        """
        places = self._places(batch)
        found: list[Piece] = []
        for place, positions in places.items():
            start, left = 0, room(place)
            while start < len(positions):
                step = min(left or len(positions), self._step(len(positions)))
                found.append(self._piece(batch, place, positions[start : start + step]))
                start += step
                left = left - step if left and left > step else self._limits.records
        if batch.numbers is not None and any(piece.refused for piece in found):
            return self._with_siblings(batch, found)
        return found

    def _places(self, batch: OutBatch) -> dict[Place, Sequence[int]]:
        origin = _file_of(batch.source.origin) if self._by_source and batch.items else None
        if not self._partitioned:
            return {Place(None, origin): range(len(batch.items))} if batch.items else {}
        by_folder: dict[str, list[int]] = {}
        for position, (folder, _) in enumerate(batch.items):
            by_folder.setdefault(folder, []).append(position)
        return {Place(folder, origin): found for folder, found in by_folder.items()}

    def _step(self, records: int) -> int:
        """How many records make a piece that is small beside a part."""
        if self._limits.size_bytes is None:
            return records
        if not self._records:
            return 1
        each = max(self._bytes // self._records, 1)
        return max(self._limits.size_bytes // PIECES_OF_A_PART // each, 1)

    def _piece(self, batch: OutBatch, place: Place, positions: Sequence[int]) -> Piece:
        data, refused = self._writing.encode(self._taken(batch, positions))
        self._records += len(positions)
        self._bytes += len(data)
        told = [evolve(each, position=positions[each.position]) for each in refused]
        return Piece(place, positions, data, told)

    def _taken(self, batch: OutBatch, positions: Sequence[int]) -> OutBatch:
        """The records at some positions, as the format wants them."""
        if not self._partitioned and len(positions) == len(batch.items):
            return batch
        items = [batch.items[position] for position in positions]
        if self._partitioned:
            items = [item for _, item in items]
        given = batch.numbers  # without them each item is of a record of its own
        numbers = None if given is None else [given[position] for position in positions]
        return OutBatch(items, batch.source, numbers=numbers)

    def _with_siblings(self, batch: OutBatch, found: Iterable[Piece]) -> list[Piece]:
        """The pieces without any result of a record of which one result was refused."""
        numbers = batch.record_numbers
        why = {numbers[each.position]: each for piece in found for each in piece.refused}
        pieces = []
        for piece in found:
            known = {each.position for each in piece.refused}
            bad = [each for each in piece.positions if numbers[each] in why]
            if len(bad) == len(known):
                pieces.append(piece)
                continue
            kept = [each for each in piece.positions if numbers[each] not in why]
            data = self._piece(batch, piece.place, kept).data if kept else b""
            refused = [evolve(why[numbers[each]], position=each) for each in bad]
            pieces.append(Piece(piece.place, piece.positions, data, refused))
        return pieces


def _file_of(origin: Origin) -> str:
    """The source file of a batch, in full.

    Raises:
        ConfigurationError: Its records were made of those of several files.
    """
    if origin.derived:
        message = (
            "by_source=True needs records that come from one source file each, and a step has made "
            f"some of several ({origin.uri}); leave by_source out"
        )
        raise ConfigurationError(message)
    return without_secrets(origin.uri) if is_url(origin.uri) else absolute(origin.uri)
