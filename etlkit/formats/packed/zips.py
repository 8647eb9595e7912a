"""Zip archives: the list at the end is walked through, then members are read where they lie.

The standard library holds the whole list before it says a word, lets members overlap on
some supported Pythons (CVE-2024-0450), and unpacks some methods without a bound; an archive
of somebody else's making should cost no more memory than one of our own.
"""

from __future__ import annotations

import io
import os
import stat
import struct
import zlib

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from attrs import frozen

from etlkit.errors import InputError, InputTruncated
from etlkit.formats.packed.compression import Unpacked, codec_named
from etlkit.formats.packed.members import Member, Slice, check_name, printable
from etlkit.formats.packed.signatures import HEAD_BYTES, kind_of, may_be_cut, option_for


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.formats.format import ByteStream
    from etlkit.formats.packed.limits import Meter
    from etlkit.formats.packed.members import Kind

# APPNOTE.TXT 4.3: signature first, little endian throughout.
_LOCAL = struct.Struct("<4s5H3I2H")
_LISTED = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END_64_PLACE = struct.Struct("<4sIQI")
_END_64 = struct.Struct("<4sQ2H2I4Q")

_MAX_COMMENT_BYTES = 0xFFFF
_IN_EXTRA = 0xFFFFFFFF  # the number stands in the extra field of zip64 instead
_COUNT_WRAPS = 0x10000  # programs without zip64 count so far, and from 0 on again
_ZIP64 = 1
_ENCRYPTED = 0x1
_UTF8 = 0x800
_UNIX = 3
_OVERLAP = "members overlap, as in an archive that is made to harm"
_METHODS = {0: None, 8: "deflate", 12: "bz2", 93: "zstd", 95: "xz"}


@frozen
class _Entry:
    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    start: int
    mode: int

    @property
    def text(self) -> str:
        """The name, in the encoding that the entry says."""
        if self.flags & _UTF8:
            return self.name.decode("utf-8", "surrogateescape")
        return self.name.decode("cp437")


def zip_members(file: BinaryIO, uri: str, *, meter: Meter) -> Iterator[Member]:
    """The members of a zip archive, in the order of its list.

    Raises:
        InputTruncated: The archive is cut off.
        InputError: It is damaged, no zip archive, or its members overlap.
    """
    return _Zip(file, uri, meter=meter).members()


class _Zip:
    def __init__(self, file: BinaryIO, uri: str, *, meter: Meter) -> None:
        self._file = file
        self._uri = uri
        self._meter = meter
        self._shift = 0  # bytes before the archive, such as a program that unpacks it

    def members(self) -> Iterator[Member]:
        start, size, count = self._list_place()
        entries = list(self._entries(start, size))
        if len(entries) != count and len(entries) % _COUNT_WRAPS != count:
            self._refuse(f"its list has {len(entries)} members, where its end says {count}")
        ends = self._ends(entries, start)
        for entry in entries:
            yield Member(
                entry.text.removeprefix("./"), _kind(entry), self._opener(entry, ends[entry.start])
            )

    # -- the list

    def _list_place(self) -> tuple[int, int, int]:
        """Where the list of members stands, its length, and how many it should have."""
        length = self._length()
        tail_start = max(length - _END.size - _MAX_COMMENT_BYTES, 0)
        tail = self._at(tail_start, length - tail_start)
        found = _find_end(tail)
        if found < 0:
            raise self._no_end(tail)
        _, disk, _, _, count, size, start, _ = _END.unpack_from(tail, found)
        end = tail_start + found
        if wide := self._end_64(end):
            end -= _END_64.size + _END_64_PLACE.size
            disk, count, size, start = wide[4], wide[7], wide[8], wide[9]
        self._shift = end - size - start
        if disk:
            self._refuse("it is one part of several, and has to be joined first")
        if self._shift < 0:
            self._refuse("its list of members lies outside of it")
        return end - size, size, count

    def _length(self) -> int:
        try:
            return self._file.seek(0, os.SEEK_END)
        except (OSError, ValueError) as error:
            message = (
                f"{self._uri}: a zip archive is read from its end, which this place does not "
                "allow; copy it to a local file, or use tar"
            )
            raise InputError(message) from error

    def _end_64(self, end: int) -> tuple[int, ...] | None:
        """The same numbers in the record of large archives, where there is one."""
        start = end - _END_64_PLACE.size - _END_64.size
        if start < 0:
            return None
        both = self._at(start, _END_64.size + _END_64_PLACE.size)
        if not both[_END_64.size :].startswith(b"PK\x06\x07"):
            return None
        if not both.startswith(b"PK\x06\x06"):
            self._refuse("the record of its end is missing")
        return _END_64.unpack_from(both)

    def _entries(self, start: int, size: int) -> Iterator[_Entry]:
        """The entries of the list, one after the other: it may be long."""
        self._file.seek(start)
        with io.BufferedReader(_Listed(self._file, size)) as listed:
            while listed.peek(1):
                self._meter.entry()
                yield self._entry(listed)

    def _entry(self, listed: BinaryIO) -> _Entry:
        head = listed.read(_LISTED.size)
        if len(head) < _LISTED.size or head[:4] != b"PK\x01\x02":
            self._refuse("its list of members is damaged")
        _, made_by, _, flags, method, _, _, crc, packed, size, *rest = _LISTED.unpack(head)
        name_size, extra_size, comment_size, _, _, attributes, start = rest
        name, extra = listed.read(name_size), listed.read(extra_size)
        if len(name) + len(extra) + len(listed.read(comment_size)) < sum(rest[:3]):
            self._refuse("its list of members is damaged")
        check_name(name, self._uri)
        size, packed, start = self._wide(extra, size, packed, start)
        mode = attributes >> 16 if made_by >> 8 == _UNIX else 0
        return _Entry(name, flags, method, crc, packed, size, start + self._shift, mode)

    def _wide(self, extra: bytes, *numbers: int) -> list[int]:
        """Numbers that need more than 32 bits, from the extra field of zip64."""
        wide = _extra_field(extra, _ZIP64)
        found = []
        for number in numbers:
            if number == _IN_EXTRA:
                if len(wide) < 8:  # noqa: PLR2004 -- bytes of a number of 64 bits
                    self._refuse("a number of its list is missing")
                found.append(int.from_bytes(wide[:8], "little"))
                wide = wide[8:]
            else:
                found.append(number)
        return found

    def _ends(self, entries: list[_Entry], list_start: int) -> dict[int, int]:
        """Where each entry has to end: at the next one, or at the list."""
        starts = sorted(entry.start for entry in entries)
        ends = dict(pairwise([*starts, list_start]))
        if len(ends) < len(entries):
            self._refuse(_OVERLAP)
        for entry in entries:
            least = _LOCAL.size + len(entry.name) + entry.packed
            if entry.start + least > ends[entry.start]:
                self._refuse(_OVERLAP)
        return ends

    # -- one member

    def _opener(self, entry: _Entry, end: int) -> Callable[[], ByteStream]:
        def opened() -> ByteStream:
            what = f"{self._uri}: the member {_shown(entry)}"
            if entry.flags & _ENCRYPTED:
                message = f"{what} is encrypted; only members without a password are read"
                raise InputError(message)
            if entry.method not in _METHODS:
                message = (
                    f"{what} is compressed by method {entry.method}; those that are read are "
                    "stored, deflate, bzip2, xz and zstd"
                )
                raise InputError(message)
            self._to_content(entry, end)
            packed: ByteStream = self._meter.reading(Slice(self._file, entry.packed, what))
            method = _METHODS[entry.method]
            if method is None:
                plain = self._meter.stored(packed)
            else:
                plain = Unpacked(packed, codec_named(method), what, meter=self._meter)
            return _Checked(plain, entry, what)

        return opened

    def _to_content(self, entry: _Entry, end: int) -> None:
        """Stand at the first byte of a member, whose own header has to agree with the list."""
        header = _LOCAL.unpack(self._at(entry.start, _LOCAL.size))
        name_size, extra_size = header[-2:]
        start = entry.start + _LOCAL.size + name_size + extra_size
        name = self._at(entry.start + _LOCAL.size, name_size)
        if header[0] != b"PK\x03\x04" or name != entry.name:
            what = f"the header of the member {_shown(entry)} is not the one of the list"
            self._refuse(what)
        if start + entry.packed > end:
            self._refuse(_OVERLAP)
        self._file.seek(start)

    # -- bytes, and what can be wrong with them

    def _at(self, start: int, size: int) -> bytes:
        self._file.seek(start)
        return Slice(self._file, size, f"{self._uri}: the zip archive").read()

    def _no_end(self, tail: bytes) -> InputError:
        if _has_end(tail):
            message = f"{self._uri}: not a sound zip archive: something else follows its end"
            return InputError(message)
        head = self._at(0, min(HEAD_BYTES, self._length()))
        kind = kind_of(head)
        if kind == "zip" or not head or may_be_cut("zip", head):
            message = f"{self._uri}: the zip archive is cut off; nothing of it was loaded"
            return InputTruncated(message)
        advice = f"it is {kind}, so pass {option_for(kind)}" if kind else "pass archive=None"
        message = f"{self._uri}: no zip archive, although its name or an option says so: {advice}"
        return InputError(message)

    def _refuse(self, why: str) -> NoReturn:
        message = f"{self._uri}: not a sound zip archive: {why}"
        raise InputError(message)


class _Checked:
    """The bytes of a member, which have to be as many as the list says, with its checksum."""

    def __init__(self, stream: ByteStream, entry: _Entry, what: str) -> None:
        self._stream = stream
        self._left = entry.size
        self._expected = entry.crc
        self._crc = 0
        self._what = what

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes.

        Raises:
            InputError: They are not those that the list tells of.
        """
        data = self._stream.read(size)
        self._left -= len(data)
        self._crc = zlib.crc32(data, self._crc)
        if self._left < 0 or (self._left and (size < 0 or (size and not data))):
            message = f"{self._what} has another size than the list of the archive says"
            raise InputError(message)
        if not self._left and self._crc != self._expected:
            message = f"{self._what} is damaged: its checksum is wrong"
            raise InputError(message)
        return data


class _Listed(io.RawIOBase):
    """The list of members as a file of its own, so that small reads are buffered."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(min(len(buffer), self._left))
        self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)


def _find_end(tail: bytes) -> int:
    """Where the last record begins whose comment ends with the file; -1 if nowhere."""
    found = tail.rfind(b"PK\x05\x06")
    while found >= 0:
        if len(tail) - found >= _END.size:
            comment = _END.unpack_from(tail, found)[-1]
            if found + _END.size + comment == len(tail):
                return found
        found = tail.rfind(b"PK\x05\x06", 0, found + 3)
    return -1


def _has_end(tail: bytes) -> bool:
    """Whether the last record is there, with its comment, and is not the end of the file."""
    found = tail.rfind(b"PK\x05\x06")
    if found < 0 or len(tail) - found < _END.size:
        return False
    return found + _END.size + int(_END.unpack_from(tail, found)[-1]) < len(tail)


def _extra_field(extra: bytes, wanted: int) -> bytes:
    """The body of an extra field, or nothing."""
    start = 0
    while start + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, start)
        if kind == wanted:
            return extra[start + 4 : start + 4 + size]
        start += 4 + size
    return b""


def _kind(entry: _Entry) -> Kind:
    if entry.text.endswith("/"):
        return "folder"
    if stat.S_ISLNK(entry.mode):
        return "link"
    return "file" if not stat.S_IFMT(entry.mode) or stat.S_ISREG(entry.mode) else "other"


def _shown(entry: _Entry) -> str:
    return repr(printable(entry.text))
