"""Files that hold others: which members of an archive are read, and what is said of the rest.

Members are read as a stream and never become files, so a name such as ``../../etc/passwd``
is a name and nothing else. An archive within an archive is not opened.
"""

from __future__ import annotations

import hashlib

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, BinaryIO

from attrs import Factory, field, frozen

from etlkit._words import did_you_mean, shown
from etlkit.errors import ConfigurationError, InputError
from etlkit.formats.packed.compression import check_compression, decompressed, split_suffix
from etlkit.formats.packed.limits import Limits, Meter
from etlkit.formats.packed.members import printable, skip
from etlkit.formats.packed.signatures import PlainStream


if TYPE_CHECKING:
    from etlkit.formats.format import ByteStream
    from etlkit.formats.packed.members import Member

ARCHIVES = ("zip", "tar")
# Short for a tar archive within a compression; `.tar.gz` and its like need no table.
_TARS = {".tgz": "gzip", ".tbz2": "bz2", ".tbz": "bz2", ".txz": "xz", ".tzst": "zstd"}
_SHOWN_NAMES = 5

_NO_FORMAT = "whose suffix tells no format"


@frozen
class Content:
    """The bytes of a plain file or of a member, with everything unpacked.

    Attributes:
        name: What tells the format.
        uri: What records say they come from: ``forms.zip/jan.csv`` for a member.
        stream: The bytes.
        was_packed: Whether anything was unpacked.
    """

    name: str
    uri: str
    stream: ByteStream = field(repr=False)
    was_packed: bool

    def plain(self) -> ByteStream:
        """The bytes for a format of text, which are refused where they are packed."""
        return PlainStream(self.stream, self.uri, unpacked=self.was_packed)

    def finish(self) -> None:
        """Read to the end, whatever the format left, so that no damage there goes unseen."""
        skip(self.stream)


class LeftOut:
    """The members of an archive that are not read, by reason; belongs to one reading."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._counts: dict[str, int] = {}
        self._examples: dict[str, str] = {}

    def note(self, reason: str, name: str) -> None:
        """Count a member."""
        self._counts[reason] = self._counts.get(reason, 0) + 1
        self._examples.setdefault(reason, printable(name))

    @property
    def reasons(self) -> str:
        """How many for which reason, with an example of each."""
        listed = "; ".join(
            f"{count} {reason}, such as {self._examples[reason]!r}"
            for reason, count in self._counts.items()
        )
        if _NO_FORMAT in self._counts:
            listed += "; pass format= to read any suffix"
        return listed

    @property
    def remarks(self) -> tuple[str, ...]:
        """The sentence for the user; none where nothing was left out."""
        count = sum(self._counts.values())
        return (f"{self._uri}: {count} member(s) left out: {self.reasons}",) if count else ()


@frozen
class Packing:
    """How files are packed, as users say it.

    Attributes:
        compression: Of the file; ``"infer"`` goes by its suffix.
        archive: ``"zip"``, ``"tar"``, None, or ``"infer"`` to go by the suffix.
        members: Patterns of the names of members; none for all.
        limits: What unpacking may give.
    """

    compression: str | None = field(default="infer", kw_only=True)
    archive: str | None = field(default="infer", kw_only=True)
    members: tuple[str, ...] = field(default=(), kw_only=True)
    limits: Limits = field(default=Factory(Limits), kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_compression(self.compression)
        _check_archive(self.archive)

    def of(self, path: str) -> tuple[str | None, str | None]:
        """The archive and the compression that a file has by its name and the options."""
        archive, compression = _split(path)
        return (
            archive if self.archive == "infer" else self.archive,
            compression if self.compression == "infer" else self.compression,
        )

    def is_archive(self, path: str) -> bool:
        """Whether the file is read as an archive."""
        return self.of(path)[0] is not None

    def is_streamed(self, path: str) -> bool:
        """Whether the file is read from its beginning to its end."""
        return self.of(path)[0] != "zip"

    def contents(
        self,
        file: BinaryIO,
        path: str,
        left_out: LeftOut,
        *,
        uri: str,
        knows: Callable[[str], bool],
    ) -> Iterator[Content]:
        """What is in a file: its own bytes, or those of the members that are to be read.

        Each is to be read before the next one is asked for.

        Args:
            file: The file.
            path: Its name.
            left_out: Takes what is in an archive and not read.
            uri: What messages call the file.
            knows: Whether the name of a member tells its format.

        Raises:
            InputError: The file is damaged, or it unpacks to more than allowed.
            ConfigurationError: An archive has members, but none to read.
        """
        archive, compression = self.of(path)
        meter = Meter(self.limits, uri)
        if archive is None:
            stream = decompressed(meter.reading(file), compression, uri, meter=meter)
            yield Content(path, uri, stream, was_packed=compression is not None)
            return
        chosen = _Chosen(self.members, knows, left_out, uri=uri)
        for member in chosen.among(_members(file, archive, compression, meter)):
            member_uri = f"{uri}/{member.printable}"
            own = split_suffix(member.name)[1]
            stream = decompressed(member.opened(), own, member_uri, meter=meter)
            yield Content(member.name, member_uri, stream, was_packed=own is not None)
        chosen.expect_some()


def patterns(members: object) -> tuple[str, ...]:
    """What users write in ``members=`` as patterns.

    Raises:
        ConfigurationError: It is no pattern, and no list of them.
    """
    if members is None:
        return ()
    given = [members] if isinstance(members, str) else members
    if isinstance(given, (list, tuple)) and given and all(isinstance(one, str) for one in given):
        return tuple(given)
    message = (
        f"members is a pattern of names such as '*.csv', or a list of them, got {shown(members)}"
    )
    raise ConfigurationError(message)


def _check_archive(name: object) -> None:
    if name is None or name in (*ARCHIVES, "infer"):
        return
    hint = did_you_mean(name, ARCHIVES) if isinstance(name, str) else ""
    message = f"unknown archive {shown(name)}{hint}; known are 'zip', 'tar', 'infer' and None"
    raise ConfigurationError(message)


def _split(path: str) -> tuple[str | None, str | None]:
    """The archive and the compression that a name says."""
    plain, compression = split_suffix(path)
    lower = plain.lower()
    if compression is None:
        for suffix, inner in _TARS.items():
            if lower.endswith(suffix):
                return "tar", inner
    return next((one for one in ARCHIVES if lower.endswith(f".{one}")), None), compression


def _members(
    file: BinaryIO, archive: str, compression: str | None, meter: Meter
) -> Iterator[Member]:
    if archive == "tar":
        from etlkit.formats.packed.tars import tar_members

        stream = decompressed(meter.reading(file), compression, meter.uri, meter=meter)
        return tar_members(stream, meter.uri, meter=meter, is_packed=compression is not None)
    if compression is not None:
        message = (
            f"{meter.uri}: a zip archive is read from its end, so it cannot be within {compression}"
            "; unpack that before"
        )
        raise ConfigurationError(message)
    from etlkit.formats.packed.zips import zip_members

    return zip_members(file, meter.uri, meter=meter)


class _Chosen:
    """Which members are read; belongs to one reading of one archive."""

    def __init__(
        self, members: tuple[str, ...], knows: Callable[[str], bool], left_out: LeftOut, *, uri: str
    ) -> None:
        self._patterns = members
        self._knows = knows
        self._left_out = left_out
        self._uri = uri
        self._seen: set[bytes] = set()
        self._others: list[str] = []

    def among(self, members: Iterator[Member]) -> Iterator[Member]:
        for member in members:
            if member.kind == "folder":
                continue
            if not self._matches(member.name):
                if len(self._others) <= _SHOWN_NAMES:
                    self._others.append(member.printable)
            elif reason := self._reason_against(member):
                self._left_out.note(reason, member.name)
            else:
                self._expect_new(member)
                yield member

    def expect_some(self) -> None:
        """An archive of nothing is an empty file; one of other things is a mistake."""
        if self._seen or not (self._others or self._left_out.remarks):
            return
        if self._left_out.remarks:
            message = f"{self._uri}: no member can be read: {self._left_out.reasons}"
        else:
            wanted = " or ".join(map(repr, self._patterns))
            more = ", …" if len(self._others) > _SHOWN_NAMES else ""
            there = ", ".join(map(repr, self._others[:_SHOWN_NAMES]))
            message = f"{self._uri}: no member matches {wanted}; there are {there}{more}"
        raise ConfigurationError(message)

    def _matches(self, name: str) -> bool:
        return not self._patterns or any(fnmatchcase(name, one) for one in self._patterns)

    def _reason_against(self, member: Member) -> str | None:
        if member.kind == "link":
            return "as a link"
        if member.kind == "other":
            return "as no file"
        if _is_hidden(member.name) and member.name not in self._patterns:
            return "as hidden"
        if _split(member.name)[0] is not None:
            return "as an archive within the archive"
        if not self._knows(member.name):
            return _NO_FORMAT
        return None

    def _expect_new(self, member: Member) -> None:
        """Which of two members of one name counts is for nobody to guess."""
        mark = hashlib.blake2b(member.name.encode("utf-8", "surrogatepass"), digest_size=16)
        if mark.digest() in self._seen:
            message = (
                f"{self._uri}: the archive has two members {member.printable!r}; which one counts "
                "cannot be told, so nothing of it was loaded; pack it anew"
            )
            raise InputError(message)
        self._seen.add(mark.digest())


def _is_hidden(name: str) -> bool:
    return any(part[0] in "._" for part in name.split("/") if part.strip("."))
