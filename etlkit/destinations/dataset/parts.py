"""The parts of one load: which are open, when one is full, and what they hold in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, frozen

from etlkit._files.folders import is_folder
from etlkit._files.naming import naming
from etlkit._files.paths import inside, parent_of
from etlkit._files.placing import PlacedFile, remove, remove_folder
from etlkit._files.writing import make_folder, sync_folder
from etlkit.errors import ConfigurationError
from etlkit.formats.packed.compression import SUFFIXES, compressing
from etlkit.runs.commit import Part


if TYPE_CHECKING:
    from collections.abc import Iterable

    from etlkit.formats.packed.compression import Compressor
    from etlkit.formats.writer import Writing

# What a compressor holds for each open file differs: xz takes a hundred megabytes.
_MOST_OPEN = {None: 64, "gzip": 64, "zstd": 16, "bz2": 8, "xz": 1}
_TRIES = 10


@frozen
class Limits:
    """When a part is full.

    Attributes:
        records: It holds so many records; None for no limit.
        size_bytes: It has reached this length; None for no limit.
    """

    records: int | None = None
    size_bytes: int | None = None

    def reached(self, records: int, size_bytes: int) -> bool:
        """Whether a part is full that has so many records and bytes."""
        many = self.records is not None and records >= self.records
        return many or (self.size_bytes is not None and size_bytes >= self.size_bytes)


@frozen
class Place:
    """What all records of a part have in common.

    Attributes:
        partition: Their folder in the dataset, or None.
        origin: The source file that they come from, or None where parts mix files.
    """

    partition: str | None = None
    origin: str | None = None


@define
class _OpenPart:
    name: str
    file: PlacedFile
    compressor: Compressor
    records: int = 0

    def put(self, data: bytes) -> None:
        packed = self.compressor.compress(data)
        if packed:
            self.file.write(packed)


class Parts:
    """The parts that one load writes; used by one thread.

    The owner calls ``add`` any number of times, then ``finish`` once; or ``discard``.

    Args:
        folder: The dataset.
        nonce: Mark of the attempt; the names of its parts carry it.
        suffix: The end of the names, such as ``.jsonl``.
        compression: Of each part, or None.
        limits: When a part is full.
    """

    def __init__(
        self, folder: str, nonce: str, *, suffix: str, compression: str | None, limits: Limits
    ) -> None:
        self._folder = folder
        self._nonce = nonce
        self._suffix = suffix + suffix_of(compression)
        self._compression = compression
        self._limits = limits
        self._open: dict[Place, _OpenPart] = {}  # the one used last stands last
        self._made: list[str] = []
        self._folders: dict[str, None] = {}
        self._finished: list[Part] = []
        self._closed_early = 0

    def remarks(self) -> list[str]:
        """What the user should know of the parts although nothing failed."""
        if not self._closed_early:
            return []
        remark = (
            f"{self._closed_early} of {len(self._made)} part(s) were closed early, since the "
            f"records are in more partitions than the {_MOST_OPEN[self._compression]} that can be "
            "open; sort the records by partition, or partition by a field with fewer values"
        )
        return [remark]

    def room(self, place: Place) -> int | None:
        """How many records the part has room for that is written there now; None for any."""
        if self._limits.records is None:
            return None
        part = self._open.get(place)
        return self._limits.records - (part.records if part else 0)

    def add(self, place: Place, data: bytes, records: int, writing: Writing) -> None:
        """Add encoded records, which all go into one part."""
        room = self.room(place)
        if room is not None and records > room:
            self._close(place, writing)
        part = self._open.get(place)
        if part is None:
            part = self._open[place] = self._begin(place, writing)
            part.put(writing.head() + data)
        else:
            self._open[place] = self._open.pop(place)
            part.put(writing.join + data)
        part.records += records
        if self._limits.reached(part.records, part.file.size_bytes):
            self._close(place, writing)

    def finish(self, writing: Writing) -> list[Part]:
        """Make all parts durable, and say what they are, in the order in which they began."""
        while self._open:
            self._close(next(iter(self._open)), writing)
        for folder in with_parents(self._folder, self._folders):
            with naming(folder):
                sync_folder(folder)
        return sorted(self._finished, key=lambda part: _number(part.name))

    def discard(self) -> None:
        """Remove every part, and the folders that hold nothing else."""
        for part in self._open.values():
            part.file.discard()
        self._open.clear()
        for path in self._made:
            remove(path)
        for folder in with_parents(self._folder, self._folders)[:-1]:
            remove_folder(folder)

    def _begin(self, place: Place, writing: Writing) -> _OpenPart:
        if len(self._open) >= _MOST_OPEN[self._compression]:
            self._close(next(iter(self._open)), writing)
            self._closed_early += 1
        name = f"part-{self._nonce}-{len(self._made) + 1:05d}{self._suffix}"
        folder = self._folder
        if place.partition is not None:
            name, folder = f"{place.partition}/{name}", inside(folder, place.partition)
            self._folders[folder] = None
        path = inside(self._folder, name)
        file = _placed(folder, path)
        self._made.append(path)
        return _OpenPart(name, file, compressing(self._compression))

    def _close(self, place: Place, writing: Writing) -> None:
        part = self._open.pop(place, None)
        if part is None:
            return
        try:
            part.put(writing.tail)
            part.file.write(part.compressor.flush())
            part.file.finish()
        except BaseException:  # also Ctrl-C; it goes on below
            part.file.discard()
            raise
        self._finished.append(
            Part(
                part.name,
                part.records,
                part.file.size_bytes,
                sha256=part.file.sha256,
                origin=place.origin,
                partition=place.partition,
            )
        )


def _placed(folder: str, path: str) -> PlacedFile:
    """A new file in a folder that others may remove while nothing is in it."""
    for _ in range(_TRIES):
        make_folder(folder)
        try:
            return PlacedFile(path)
        except ConfigurationError:
            if is_folder(folder):
                raise
    return PlacedFile(path)


def suffix_of(compression: str | None) -> str:
    """The end of the name of a compressed file."""
    found = (suffix for suffix, name in SUFFIXES.items() if name == compression)
    return next(found, "")


def with_parents(dataset: str, folders: Iterable[str]) -> list[str]:
    """Folders of partitions and those above them, deepest first; the dataset is the last."""
    found = {dataset}
    for folder in folders:
        while folder not in found:
            found.add(folder)
            folder = parent_of(folder)[0]  # noqa: PLW2901 -- it climbs
    return sorted(found, key=len, reverse=True)


def _number(name: str) -> int:
    return int(parent_of(name)[1].split("-")[2].split(".")[0])
