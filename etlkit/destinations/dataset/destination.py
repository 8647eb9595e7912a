"""A folder of parts: what the destination promises, and how a load into it begins."""

from __future__ import annotations

import os

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from etlkit._clock import SYSTEM_CLOCK
from etlkit._files.folders import check_folder, names_in
from etlkit._files.locking import locked
from etlkit._files.paths import parent_of, real
from etlkit._words import flag, shown
from etlkit.destinations.dataset.cutting import Cutter
from etlkit.destinations.dataset.partitions import (
    PartitionEncoder,
    escaped_field,
    fields_of,
    partition_fields,
)
from etlkit.destinations.dataset.parts import Limits, Parts
from etlkit.destinations.dataset.session import DatasetSession
from etlkit.destinations.dataset.vacuum import discard_attempt, vacuum
from etlkit.destinations.destination import Destination, StoredFile
from etlkit.destinations.files import local_file
from etlkit.errors import ConfigurationError
from etlkit.formats.choice import writer_for
from etlkit.formats.packed.compression import check_compression, compressing, split_suffix
from etlkit.lake.log import CommitLog


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from etlkit._clock import Clock
    from etlkit.destinations.destination import Finds, LoadSession
    from etlkit.formats.format import Encoder
    from etlkit.formats.writer import Writer
    from etlkit.lake.live import LivePart
    from etlkit.runs.commit import CommitRecord
    from etlkit.runs.context import Load, Mode, RunContext


class DatasetDestination(Destination):
    """A local folder of parts, and a commit log that says which of them count.

    Each load writes parts of its own and then adds one entry to the log, which is what
    publishes it: readers that go by the log, as :class:`~etlkit.FileSource` does, see the
    whole load or nothing of it, also after a loss of power. A run key that the log has is
    not loaded again. Several runs may commit at once, in several processes, too.

    ``append`` adds parts, ``replace`` takes the place of all that were there, and
    ``replace-partition`` of those in the partitions that it has records for. Nothing is
    removed by that; see ``vacuum``.

    Args:
        path: The folder; it is made where its parent exists.
        format: ``"jsonl"``, ``"json"``, ``"csv"``, ``"tsv"``, or a
            :class:`~etlkit.formats.Writer`.
        compression: Of each part: ``"gzip"``, ``"bz2"``, ``"xz"``, ``"zstd"``, or None.
        partition_by: Field or fields whose values name folders such as ``state=CA``. They
            stay in the records, too. None has a folder of its own, and a record without
            the field, or with a list in it, is refused.
        max_records: A part holds no more records than that; None for no limit.
        max_bytes: A part is closed once it has so many bytes, so that it is larger by a
            few records at most, or by what a compression held back; None for no limit.
        by_source: No part mixes the records of two source files, so that a file which has
            changed can be loaded again in the place of its earlier records. Say so from the
            first load on: it counts for the parts that are written with it.
        options: Options of the format, as for :class:`~etlkit.destinations.FileDestination`.

    Raises:
        ConfigurationError: The path is a URL, the format or the compression is unknown,
            the format has no such option, or an argument has no such value.

    Example:
        >>> from etlkit import DataLoader, FileSource
        >>> cars = DatasetDestination("cars/", partition_by="state", max_records=1000)
        >>> DataLoader(cars, "append").load([{"id": 1, "state": "CA"}, {"id": 2, "state": "NY"}])
        2
        >>> FileSource("cars/state=CA").extract()
        [{'id': 1, 'state': 'CA'}]
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        format: str | Writer | None = "jsonl",  # noqa: A002 -- as in FileSource
        compression: str | None = None,
        partition_by: str | Iterable[str] = (),
        max_records: int | None = None,
        max_bytes: int | None = None,
        by_source: bool = False,
        **options: object,
    ) -> None:
        self.path = local_file(path)
        check_compression(compression)
        kind = "jsonl" if format is None else format
        self._writer = writer_for(self.path, kind, options, also=_ARGUMENTS)
        self._compression = None if compression == "infer" else compression
        self._fields = partition_fields(partition_by)
        self._limits = Limits(_limit("max_records", max_records), _limit("max_bytes", max_bytes))
        self._by_source = flag("by_source", by_source)
        self.modes: tuple[Mode, ...] = ("replace", "append")
        if self._fields:
            self.modes += ("replace-partition",)

    def __repr__(self) -> str:
        return f"DatasetDestination({self.path!r})"

    @property
    def uri(self) -> str:
        """The path, as it was given."""
        return self.path

    @property
    def place(self) -> str:
        """The path in full, of what it leads to through symbolic links."""
        return real(self.path)

    def check(self) -> None:
        """Look whether the folder is there or can be made, and may be written.

        Raises:
            ConfigurationError: It is not; or it holds files and is no dataset; or the
                compression needs a package that is not installed.
        """
        compressing(self._compression)
        check_folder(self.path)
        if CommitLog(self.path).exists():
            return
        foreign = sorted(name for name in names_in(self.path) if name[0] not in "._")
        if foreign:
            message = (
                f"{self.path}: holds files such as {foreign[0]!r} and no commit log, so it is no "
                "dataset, and readers would no longer find these files if it became one; pass a "
                "folder of its own"
            )
            raise ConfigurationError(message)

    @contextmanager
    def lock(self, *, wait_seconds: float, clock: Clock) -> Iterator[None]:
        """One run at a time, among all processes of this computer."""
        log = CommitLog(self.path)
        log.make()
        with locked(log.folder, wait_seconds=wait_seconds, clock=clock, called=self.path):
            yield

    def find_commit(
        self, run: RunContext, intended: Sequence[CommitRecord] = ()
    ) -> CommitRecord | None:
        """The newest record of this work in the log.

        Raises:
            CorruptState: The log does not verify.
        """
        del intended
        log = CommitLog(self.path)
        found = log.loads_of(run, log.state())
        log.tidy()
        return found[-1] if found else None

    def discard(self, nonce: str) -> None:
        """Remove the parts of an attempt that never committed, and keep it from doing so."""
        discard_attempt(CommitLog(self.path), nonce)

    def commits(self) -> Iterator[CommitRecord]:
        """Every record of the log, oldest first."""
        return CommitLog(self.path).records()

    def latest_commits(self) -> Iterator[CommitRecord]:
        """Every record of the log, latest first, one at a time."""
        return CommitLog(self.path).records(latest_first=True)

    def finds(self, mode: Mode) -> Finds:
        """The log has a record of every load."""
        del mode
        return "record"

    def can_supersede(self, mode: Mode) -> bool:
        """Always: the parts of the earlier load count no more."""
        del mode
        return True

    def supersedes_files(self, mode: Mode) -> bool:
        """Whether the parts are of one source file each, and the load adds to them."""
        return self._by_source and mode == "append"

    def readable_during(self, mode: Mode) -> bool:
        """Where it is replaced: parts never change, and those stay that a run has begun with."""
        return mode != "append"

    def guarantee(self, mode: Mode) -> str:
        """What holds for readers, and when a run is repeated."""
        what = {
            "append": "adds its records",
            "replace-partition": "replaces the partitions that it has records for",
        }.get(mode, "replaces all records")
        return (
            f"a load {what} in one commit, and readers that go by the commit log see all of it or "
            "nothing"
        )

    def stored(self) -> StoredFile | None:
        """The folder, with what reads its parts; None where the writer knows nothing that does."""
        reader = self._writer.reader()
        return None if reader is None else StoredFile(self.path, reader, "infer")

    def encoder(self) -> Encoder:
        """As the format has it; with the folder of the record where there are partitions."""
        inner = self._writer.encoder()
        return PartitionEncoder(inner, self._fields) if self._fields else inner

    def open(self, load: Load) -> LoadSession:
        """Begin parts under names of their own.

        Raises:
            ConfigurationError: The dataset holds parts of another layout, which stay.
            CorruptState: The log does not verify.
        """
        log = CommitLog(self.path)
        log.make()
        state = log.state()
        if load.mode != "replace":
            self._check_layout(state.contents.parts)
        writing, nonce = self._writer.begin(self.path), load.run.nonce
        parts = Parts(
            self.path,
            nonce,
            suffix=self._suffix,
            compression=self._compression,
            limits=self._limits,
        )
        cutter = Cutter(
            writing,
            partitioned=bool(self._fields),
            by_source=self._by_source,
            limits=self._limits,
        )
        return DatasetSession(
            log, load.run.nonce, state=state, parts=parts, cutter=cutter, writing=writing
        )

    def verify(self) -> int:
        """Read the whole log and every part that counts, and return how many parts those are.

        Raises:
            SourceNotFound: There is no dataset yet.
            CorruptState: Something does not verify or is missing; the message has the paths.
        """
        return CommitLog(self.path).verify()

    def vacuum(
        self,
        older_than: timedelta,
        *,
        wait_seconds: float = 60.0,
        clock: Clock = SYSTEM_CLOCK,
    ) -> list[str]:
        """Remove parts that count no more, and what dead attempts left, and return their names.

        Call it now and then: no load removes the parts that it replaces, since somebody may
        be reading them. Files that etlkit has not written stay.

        Args:
            older_than: What has counted no more for less than that stays, and so does what
                an attempt has written that was at work within that time. Longer than any
                reader needs, and any run.
            wait_seconds: How long to wait for a run that holds the dataset.
            clock: The time.

        Raises:
            ConfigurationError: The time is negative.
            DestinationBusy: A run held the dataset for that long.
            CorruptState: The log does not verify; nothing was removed.
        """
        age = _age(older_than)
        log = CommitLog(self.path)
        if not log.exists():
            return []
        with self.lock(wait_seconds=wait_seconds, clock=clock):
            return vacuum(log, clock.now() - age)

    @property
    def _suffix(self) -> str:
        return next(iter(self._writer.suffixes), f".{self._writer.name}")

    def _check_layout(self, live: Sequence[LivePart]) -> None:
        """Look whether what is added goes with what stays."""
        mine, suffix = tuple(escaped_field(name) for name in self._fields), self._suffix
        for part in (each.part for each in live):
            fields = fields_of(part.partition)
            if fields != mine:
                message = (
                    f"{self.path}: is partitioned by {_listed(fields)} and the load by "
                    f"{_listed(mine)}; pass partition_by={list(fields)!r}, or use mode='replace'"
                )
                raise ConfigurationError(message)
            if not part.name.endswith(suffix) and not split_suffix(part.name)[0].endswith(suffix):
                name = parent_of(part.name)[1]
                message = (
                    f"{self.path}: holds parts of another format, such as {name}, and the load "
                    f"writes {suffix}; pass the format of the dataset, or use mode='replace'"
                )
                raise ConfigurationError(message)


_ARGUMENTS = ("by_source", "compression", "format", "max_bytes", "max_records", "partition_by")


def _listed(fields: Sequence[str]) -> str:
    return ", ".join(fields) or "nothing"


def _age(given: object) -> timedelta:
    if isinstance(given, timedelta) and given >= timedelta():
        return given
    message = f"older_than is a timedelta such as timedelta(days=7), got {shown(given)}"
    raise ConfigurationError(message)


def _limit(name: str, given: object) -> int | None:
    if given is None or (isinstance(given, int) and not isinstance(given, bool) and given > 0):
        return given
    message = f"{name} is a whole number from 1, or None for no limit, got {shown(given)}"
    raise ConfigurationError(message)
