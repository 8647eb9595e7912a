"""Readings of files: which are new, what was read of each, and what tells their contents apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, cast

from attrs import evolve

from etlkit._clock import SYSTEM_CLOCK
from etlkit._files.paths import without_secrets
from etlkit._files.reading import open_for_reading
from etlkit._files.versions import (
    FileVersion,
    HashedFile,
    expect_unchanged,
    full_name,
    sha256_of,
    version_now,
    version_of,
    version_of_open,
)
from etlkit.errors import ConfigurationError
from etlkit.records import Batch, Origin, as_object
from etlkit.runs.commit import Position
from etlkit.runs.inputs import InputFile
from etlkit.sources.source import DataSource, Reading


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Literal, TypeAlias

    from etlkit._clock import Clock

    Reader: TypeAlias = Callable[[BinaryIO, str, str], Iterator[Batch]]
    State: TypeAlias = Literal["new", "changed", "unchanged"]

_SHOWN_FILES = 5


class FileReading(Reading):
    """One reading of all files; notes of each how it looked and how much was in it.

    Args:
        source: The source.
        files: Lists the files.
        read: The batches of an open file, by its path and what records call it.
    """

    def __init__(
        self,
        source: DataSource,
        files: Callable[[], list[str]],
        read: Reader,
        *,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        super().__init__(source)
        self._files = files
        self._read = read
        self._clock = clock
        self._inputs: dict[str, InputFile] = {}
        self._versions: dict[str, str | None] = {}

    def batches(self) -> Iterator[Batch]:
        """The records of each file in turn."""
        for path in self._files():
            uri = without_secrets(path)
            with open_for_reading(path) as file:
                seen = version_of_open(path, file, self._now())
                yield from self._noted(file, path, uri, seen)

    def position(self) -> Position:
        """The files of this reading; ``records`` counts as record numbers do, blank lines too.

        Where only new files are read, those come with them that were found unchanged
        although they looked otherwise, so that they are not hashed each time.
        """
        return Position(tuple(self._inputs.values()))

    def version(self, uri: str) -> str | None:
        """Size and time of change of a file, or the tag that a server gives it.

        The same from the first record of the file on. For a member of an archive it is
        that of the archive. None where the size is all that a server tells.
        """
        while uri not in self._versions and "/" in uri:
            uri = uri.rpartition("/")[0]
        return self._versions.get(uri)

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _noted(self, file: BinaryIO, path: str, uri: str, seen: FileVersion) -> Iterator[Batch]:
        """The records of an open file, which is in the position when they have all been read.

        Also before that where the run needs no more of them, so that it is known to be read.
        """
        self._versions[uri] = seen.mark
        records, is_read = 0, self.may_end_early
        try:
            for batch in self._read(file, path, uri):
                records += len(batch.items) + len(batch.refused)
                yield batch
            is_read = True
        finally:
            if is_read:
                name, size = full_name(path), seen.size_bytes
                self._inputs[uri] = InputFile(name, size, seen.etag, records=records)


class NewFiles(FileReading):
    """One reading of the files that no committed run of the job has read.

    Args:
        source: The source.
        files: Lists the files.
        read: The batches of an open file, by its path and what records call it.
        known: What committed runs have read.
        supersedes: Files that have changed are read again.
        trusts_hints: A file whose size, times and inode are as they were is not hashed.
    """

    def __init__(
        self,
        source: DataSource,
        files: Callable[[], list[str]],
        read: Reader,
        *,
        known: Position,
        supersedes: bool,
        trusts_hints: bool,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        super().__init__(source, files, read, clock=clock)
        self._known = {each.uri: each for each in known.inputs}
        self._supersedes = supersedes
        self._trusts_hints = trusts_hints

    def batches(self) -> Iterator[Batch]:
        """The records of each file that is new, or has changed and may be read again.

        Raises:
            ConfigurationError: A file has changed, and its earlier records would stay.
            SourceUnavailable: A file was changed while it was read.
        """
        found = self._sorted_out(self._files())
        changed = [path for path, state in found.items() if state == "changed"]
        if changed and not self._supersedes:
            raise self._cannot_read_again(changed)
        wanted = {path: state for path, state in found.items() if state != "unchanged"}
        for path, state in wanted.items():
            yield from self._whole(path, again=state == "changed")
        remarks = self._remarks(len(found) - len(wanted), len(wanted))
        if remarks:
            yield Batch((), Origin(self.source.uri), 1, as_object, remarks=remarks)

    def _sorted_out(self, paths: Sequence[str]) -> dict[str, State]:
        """What each file is to this reading, in the order of the files."""
        named: dict[str, str] = {}
        for path in paths:
            other = named.setdefault(full_name(path), path)
            if other != path:
                message = (
                    f"{full_name(path)}: two files have this name once what may be secret is left "
                    "out of their URLs, so what was loaded of which cannot be kept; incremental "
                    "sources need URLs that differ before the '?'"
                )
                raise ConfigurationError(message)
        return {path: self._state(path, uri) for uri, path in named.items()}

    def _state(self, path: str, uri: str) -> State:
        old = self._known.get(uri)
        if old is None:
            return "new"
        seen = version_of(path, self._now())
        if old.sha256 is None:  # read by a run that was not incremental
            return "unchanged" if seen.resembles(old.size_bytes, old.etag) else "changed"
        if self._trusts_hints and seen.is_hint_of(old.size_bytes, old.etag):
            return "unchanged"
        if None not in (seen.size_bytes, old.size_bytes) and seen.size_bytes != old.size_bytes:
            return "changed"
        if sha256_of(path) != old.sha256:
            return "changed"
        if seen.etag != old.etag:
            self._inputs[uri] = evolve(old, etag=seen.etag, again=False, unread=True)
        return "unchanged"

    def _whole(self, path: str, *, again: bool) -> Iterator[Batch]:
        """The records of a file, all of one content."""
        uri = full_name(path)
        with open_for_reading(path) as file:
            before = version_now(path, file, self._now())
            hashed = HashedFile(file, uri)
            yield from self._noted(cast("BinaryIO", hashed), path, uri, before)
            noted, sha256 = self._inputs.pop(uri), hashed.hexdigest()
            expect_unchanged(path, before, version_now(path, file, self._now()))
        self._inputs[uri] = evolve(noted, size_bytes=hashed.tell(), sha256=sha256, again=again)

    def _cannot_read_again(self, changed: Sequence[str]) -> ConfigurationError:
        named = [full_name(path) for path in changed[:_SHOWN_FILES]]
        more = f" and {len(changed) - len(named)} more" if len(changed) > len(named) else ""
        message = (
            f"{', '.join(named)}{more}: changed since loaded, and what was loaded of "
            f"{'it' if len(changed) == 1 else 'them'} would stay beside it, so nothing was read. "
            "Load into a dataset with by_source=True from the first load on, or with mode 'upsert' "
            "and a key where the destination has it, or put corrections into files of new names"
        )
        return ConfigurationError(message)

    def _remarks(self, unchanged: int, read: int) -> tuple[str, ...]:
        remarks = []
        if not read:
            why = f"{unchanged} file(s) were loaded before" if unchanged else "there is no file now"
            remarks.append(f"nothing new: {why}")
        contents = {each.sha256: each.uri for each in self._known.values() if each.size_bytes}
        copies = [
            (each.uri, contents[each.sha256])
            for each in self._inputs.values()
            if each.sha256 in contents and each.uri not in self._known
        ]
        if copies:
            copy, original = copies[0]
            remarks.append(
                f"{len(copies)} file(s) with the content of files loaded before were loaded again "
                f"under their new names, such as {copy}, once {original}"
            )
        return tuple(remarks)
