"""Records in files: one path, a pattern, a folder, or a list of them."""

from __future__ import annotations

import os

from collections.abc import Iterable, Mapping
from copy import copy
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, Literal

from etlkit._files.paths import is_url, is_within, local_path, real, without_secrets
from etlkit._files.reading import look_anew, matching_files, may_hold_files, open_for_reading
from etlkit._words import shown
from etlkit.errors import ConfigurationError, InputTruncated, SourceNotFound, SourceUnavailable
from etlkit.formats.choice import (
    FORMATS,
    FRAMES,
    check_options,
    format_named,
    format_of,
    make_format,
    other_format,
)
from etlkit.formats.format import Format
from etlkit.formats.packed.archives import LeftOut, Packing, patterns
from etlkit.formats.packed.limits import Limits
from etlkit.formats.text.cells import schema_of
from etlkit.lake.reading import files_of_dataset, without_uncommitted
from etlkit.records import Batch, Origin, as_object
from etlkit.sources.increments import FileReading, NewFiles
from etlkit.sources.source import DataSource, decoded


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from etlkit.formats.packed.archives import Content
    from etlkit.records import Record
    from etlkit.runs.commit import Position
    from etlkit.schema.fields import Place
    from etlkit.sources.source import Reading

Location = str | os.PathLike[str]


class FileSource(DataSource):
    """Records in files: plain, compressed, or members of archives.

    Files are read in the order of their paths, as bytes sort; a list keeps its own
    order. What a pattern or a folder stands for is looked up anew by each run. Local
    paths are read directly, URLs through fsspec.

    Args:
        location: A path, a URL, a pattern such as ``"forms/*.jsonl.gz"``, a folder
            (every file below it; names that begin with ``_`` or ``.`` are left out),
            or a list of these. Of a dataset, or one of its partitions, the parts are read
            that count by its commit log, in the order in which they were committed.
        format: A name such as ``"jsonl"``, or a :class:`~etlkit.formats.Format`; by
            default the suffix of each file tells.
        compression: ``"gzip"``, ``"bz2"``, ``"xz"``, ``"zstd"``, None, or ``"infer"`` to go
            by the suffix. Members of an archive always go by theirs.
        archive: ``"zip"``, ``"tar"``, None, or ``"infer"`` to go by the suffix.
        members: Which members of an archive are read: a pattern of their names such as
            ``"*.jsonl"``, where ``*`` goes through folders too, or a list of them; by
            default all whose suffix tells a format.
        max_unpacked_bytes: Bytes that one file may unpack to; None for no limit.
        max_ratio: How many times the bytes read of a file it may unpack to, from 10 MB
            on; None for no limit.
        max_entries: Members that an archive may have; None for no limit.
        incremental: True reads only files that no committed run of the job has read. A
            file whose size, times and inode are as they were then counts as unchanged;
            otherwise the sha256 of its bytes decides. ``"hash"`` works that out each
            time. A file that has changed is an error, unless the destination puts its
            records in the place of the earlier ones.
        options: Options of the format, such as ``delimiter=";"``; see
            :class:`~etlkit.formats.Csv`, :class:`~etlkit.formats.JsonLines`,
            :class:`~etlkit.formats.Json`, :class:`~etlkit.formats.FixedWidth` and
            :class:`~etlkit.formats.Raw`.

    Raises:
        ConfigurationError: It is no location; the format, compression or archive is
            unknown; the format has no such option; or a limit is no number.
    """

    def __init__(
        self,
        location: Location | Sequence[Location],
        *,
        format: str | Format | None = None,  # noqa: A002 -- the word users know from open()'s peers
        compression: str | None = "infer",
        archive: str | None = "infer",
        members: str | Sequence[str] | None = None,
        max_unpacked_bytes: int | None = None,
        max_ratio: float | None = 200,
        max_entries: int | None = 10_000,
        incremental: bool | Literal["hash"] = False,
        **options: object,
    ) -> None:
        self._increments = _as_increments(incremental)
        self._locations = _as_paths(location)
        self._packing = Packing(
            compression=compression,
            archive=archive,
            members=patterns(members),
            limits=Limits(
                max_unpacked_bytes=max_unpacked_bytes,
                max_ratio=max_ratio,
                max_entries=max_entries,
            ),
        )
        self._options = options
        self._format = self._fixed_format(format)
        if self._format is None:
            self._check_options()

    def __repr__(self) -> str:
        shown = [without_secrets(location) for location in self._locations]
        return f"FileSource({shown[0] if len(shown) == 1 else shown!r})"

    @property
    def uri(self) -> str:
        """The location, as it was given; what is secret in a URL is masked."""
        return ", ".join(without_secrets(location) for location in self._locations)

    @property
    def may_hold_nan(self) -> bool:
        """Whether the format does; those that a suffix tells do not."""
        return self._format is not None and self._format.may_hold_nan

    @property
    def known_fields(self) -> tuple[str, ...] | None:
        """Those of the format, where it was given and knows them."""
        return None if self._format is None else self._format.known_fields

    @property
    def sensitive_places(self) -> tuple[Place, ...]:
        """Those of the schema that cells are read by."""
        if self._format is not None:
            return self._format.sensitive_places
        return tuple(schema_of(self._options.get("schema")).sensitive_places())

    def files(self) -> list[str]:
        """The files that a run would read now, in order; each once, however often it is named.

        Raises:
            SourceNotFound: A location has none, and that is no folder or pattern of an
                incremental source.
        """
        found: dict[str, str] = {}
        for location in self._locations:
            for path in self._files_at(location):
                found.setdefault(path if is_url(path) else real(path), path)
        return list(found.values())

    def _files_at(self, location: str) -> list[str]:
        matches = self._matches(location)
        if not matches or matches == [location] or self._format is not None:
            return matches
        known = list(filter(self._knows, matches))
        if not known:
            raise self._unknown_suffix(matches[0])
        return known

    def _matches(self, location: str) -> list[str]:
        """The files at a location; those of an inbox may have been moved away."""
        try:
            return _found_at(location)
        except SourceNotFound:
            if self.incremental and may_hold_files(location):
                return []
            raise

    def reads(self, uri: str) -> bool:
        """Whether one of the files is the one at this path, or in the dataset there."""
        places = chain(self._locations, self.files())
        return any(not is_url(place) and is_within(place, uri) for place in places)

    def remarks(self) -> Sequence[str]:
        """The files of a folder or pattern that are left out for their suffix."""
        if self._format is not None:
            return ()
        matches = [path for one in self._locations for path in self._matches(one)]
        left_out = [path for path in matches if not self._knows(path)]
        if not left_out:
            return ()
        first = without_secrets(left_out[0])
        return (
            (
                f"{len(left_out)} file(s) left out for their suffix, such as {first}; "
                "pass format= to read them"
            ),
        )

    def records(self) -> Iterator[Record]:
        """The decoded records, one after the other.

        Raises:
            RecordError: A record cannot be decoded.
        """
        return (record for batch in self.batches() for record in decoded(batch))

    def batches(self) -> Iterator[Batch]:
        """The records of each file in turn, as bytes with their numbers.

        Raises:
            EtlkitError: A file is missing, may not be read, or is damaged.
        """
        for path in self.files():
            with open_for_reading(path) as file:
                yield from self._read(file, path, without_secrets(path))

    @property
    def incremental(self) -> bool:
        """Whether a run reads only files that no committed run of its job has read."""
        return self._increments is not False

    def reading(self, known: Position, *, supersedes: bool = False) -> Reading:
        """Begin one reading, of new files only where the source is incremental.

        A file is known by its full path or URL; one that is renamed is a new one, and
        the remarks of the run say so. Files that vanish stay known.
        """
        if not self.incremental:
            return FileReading(self, self.files, self._read)
        return NewFiles(
            self,
            self.files,
            self._read,
            known=known,
            supersedes=supersedes,
            trusts_hints=self._increments != "hash",
        )

    def format_for(self, uri: str) -> Format:
        """How a file or member is read, by the options of the source and its suffix."""
        return self._format_of(uri.removesuffix("?***"), uri)

    def check(self) -> None:
        """Look anew whether every file is there, may be read and has a known format.

        Raises:
            EtlkitError: One is not; the message names it.
        """
        for location in self._locations:
            look_anew(location)
        for path in self.files():
            if not self._packing.is_archive(path):
                self._format_of(path, path)
            if not is_url(path):
                open_for_reading(path).close()

    def splits(self, n: int) -> Sequence[DataSource]:
        """At most ``n`` sources of whole files, in order."""
        files = self.files()
        size = -(-len(files) // max(n, 1))
        return [self._part(files[start : start + size]) for start in range(0, len(files), size)]

    def _part(self, files: list[str]) -> FileSource:
        part = copy(self)
        part._locations = files  # noqa: SLF001 -- a copy of this very object
        return part

    def _fixed_format(self, given: object) -> Format | None:
        if isinstance(given, Format):
            if names := ", ".join(sorted(self._options)):
                message = f"options {names} belong into the format object that was passed"
                raise ConfigurationError(message)
            return given
        if isinstance(given, str):
            return make_format(format_named(given), self._options, also=_ARGUMENTS)
        if given is not None:
            message = f"format is a name such as 'jsonl', or a Format, got {shown(given)}"
            raise ConfigurationError(message)
        return None

    def _check_options(self) -> None:
        """Check the options for the formats that the locations tell by themselves."""
        for location in self._locations:
            if self._packing.is_archive(location) or format_of(location) is None:
                check_options(self._options, also=_ARGUMENTS)
            else:
                self._format_of(location, location)

    def _knows(self, path: str) -> bool:
        """Whether the name of a file says how it is read."""
        return self._packing.is_archive(path) or format_of(path) is not None

    def _format_of(self, name: str, uri: str) -> Format:
        """How a file or member is read that has this name."""
        if self._format is not None:
            return self._format
        kind = format_of(name)
        if kind is None:
            raise self._unknown_suffix(uri)
        try:
            return make_format(kind, self._options, also=_ARGUMENTS)
        except ConfigurationError as error:
            other = other_format(kind, self._options)
            hint = "" if other is None else _only(other, in_archive=name != uri)
            message = f"{without_secrets(uri)}: {error}{hint}"
            raise ConfigurationError(message) from error

    def _unknown_suffix(self, path: str) -> ConfigurationError:
        if path.lower().endswith(FRAMES):
            message = (
                f"{without_secrets(path)}: no format of etlkit; read it with pandas or Polars, and "
                "pass the data frame to RecordsSource(...)"
            )
            return ConfigurationError(message)
        known = ", ".join(suffix for each in FORMATS for suffix in each.suffixes)
        message = (
            f"{without_secrets(path)}: the suffix does not tell the format; pass format='jsonl' or "
            f"another one (known suffixes: {known}, each also with .gz, .bz2, .xz or .zst, or in "
            "a .zip or .tar); records in other formats come in through RecordsSource"
        )
        return ConfigurationError(message)

    def _read(self, file: BinaryIO, path: str, uri: str) -> Iterator[Batch]:
        """The records of an open file, which are said to come from ``uri``."""
        left_out = LeftOut(uri)
        size = None if is_url(path) else os.fstat(file.fileno()).st_size
        try:
            for content in self._packing.contents(
                file, path, left_out, uri=uri, knows=self._has_format
            ):
                yield from self._cut(content)
        except OSError as error:
            message = f"{uri}: reading failed: {error.strerror or error}"
            raise SourceUnavailable(message) from error
        if size is not None and self._packing.is_streamed(path) and file.tell() < size:
            message = f"{uri}: the file became shorter while it was read; nothing was loaded"
            raise InputTruncated(message)
        if left_out.remarks:
            yield Batch((), Origin(uri), 1, as_object, remarks=left_out.remarks)

    def _cut(self, content: Content) -> Iterator[Batch]:
        """The records of a plain file or of a member."""
        cutter = self._format_of(content.name, content.uri)
        stream = content.plain() if cutter.is_text else content.stream
        yield from cutter.batches(stream, Origin(content.uri))
        content.finish()

    def _has_format(self, name: str) -> bool:
        return self._format is not None or format_of(name) is not None


def _found_at(location: str) -> list[str]:
    """What a location stands for; of datasets the parts that count."""
    parts = files_of_dataset(location)
    if parts is not None:
        return parts
    matches = matching_files(location)
    return matches if matches == [location] else without_uncommitted(location, matches)


def _only(kind: type[Format], *, in_archive: bool) -> str:
    """How to read only the files of the format whose options were passed."""
    pattern = f"'*{kind.suffixes[0]}'"
    mend = f"members={pattern}" if in_archive else f"a pattern such as {pattern}"
    return f"; format={kind.name!r} takes what was passed: read only such files, with {mend}"


_ARGUMENTS = (
    "archive",
    "compression",
    "format",
    "incremental",
    "max_entries",
    "max_ratio",
    "max_unpacked_bytes",
    "members",
)


def _as_increments(given: object) -> bool | Literal["hash"]:
    if isinstance(given, bool):
        return given
    if given == "hash":
        return "hash"
    message = f"incremental is True, False or 'hash', got {shown(given)}"
    raise ConfigurationError(message)


def _as_paths(location: object) -> list[str]:
    given = [location]
    if isinstance(location, Iterable) and not isinstance(location, (str, bytes, Mapping)):
        given = list(location)
    paths: list[str] = []
    for one in given:
        if not isinstance(one, (str, os.PathLike)):
            hint = "" if isinstance(one, (bytes, type(None))) else "; for records use RecordsSource"
            got = without_secrets(shown(one))
            message = f"FileSource takes a path, a URL, or a list of them, got {got}{hint}"
            raise ConfigurationError(message)
        paths.append(local_path(one))
    if not paths:
        message = "FileSource needs at least one path"
        raise ConfigurationError(message)
    return paths
