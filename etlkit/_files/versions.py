"""What tells the content of a file from an earlier one under the same name.

A hint is cheap and may only say "as before" where a change would have shown in it; the
sha256 of the bytes decides.
"""

from __future__ import annotations

import hashlib
import os

from collections.abc import Mapping
from datetime import datetime
from typing import Any, BinaryIO

from attrs import frozen

from etlkit._files.paths import absolute, is_url, without_secrets
from etlkit._files.reading import look_anew, open_for_reading, remote_info
from etlkit.errors import AccessDenied, SourceNotFound, SourceUnavailable


_CHUNK_BYTES = 1 << 20
# A change within one tick of a file system's clock leaves the time as it was: FAT counts in
# two seconds, and git calls such an entry "racily clean". Servers have clocks of their own.
_TICK_SECONDS = 2.0
_SERVER_SECONDS = 60.0
_UNSETTLED = "~"
_TAGS = ("ETag", "etag", "e_tag", "md5Hash", "md5", "content_md5", "Content-MD5", "checksum")
_TIMES = ("LastModified", "last_modified", "Last-Modified", "updated", "mtime", "modified")


@frozen
class FileVersion:
    """How a file looked at one moment.

    Attributes:
        size_bytes: Its length; None where nobody told.
        stamp: Changes when the bytes do; None where nobody told.
        etag: The same as a hint to keep. It begins with ``~`` where the file had changed
            so lately that another change might not show.
    """

    size_bytes: int | None
    stamp: str | None
    etag: str | None

    @property
    def mark(self) -> str | None:
        """Size and hint as one text; None where nobody told more than the size.

        The hint has more than the time of change, which tar and rsync set as they like.
        """
        if self.stamp is None:
            return None
        hint = self.stamp if self.etag is None else self.etag.removeprefix(_UNSETTLED)
        return f"{self.size_bytes}-{hint}"

    def is_hint_of(self, size_bytes: int | None, etag: str | None) -> bool:
        """Whether a hint that was kept says by itself that the file is as it was."""
        return (
            self.etag is not None
            and (self.size_bytes, self.etag) == (size_bytes, etag)
            and not self.etag.startswith(_UNSETTLED)
        )

    def resembles(self, size_bytes: int | None, etag: str | None) -> bool:
        """Whether all that is known of it is as it was, for want of a sha256."""
        if self.etag is None or etag is None:
            return False
        mine, other = self.etag.removeprefix(_UNSETTLED), etag.removeprefix(_UNSETTLED)
        return (self.size_bytes, mine) == (size_bytes, other)

    def became(self, later: FileVersion) -> bool:
        """Whether the bytes have changed in between."""
        return (self.size_bytes, self.stamp) != (later.size_bytes, later.stamp)


def full_name(location: str) -> str:
    """The path or URL of a file in full, without what is secret in it, as text for JSON.

    Bytes of a path that are no UTF-8 are written out, so that two files keep two names.
    """
    name = without_secrets(location if is_url(location) else absolute(location))
    return name.encode("utf-8", "backslashreplace").decode()


def version_of(location: str, now: float) -> FileVersion:
    """How a file looks now, which is so many seconds after the beginning of 1970.

    Raises:
        SourceNotFound: It does not exist.
        AccessDenied: It may not be looked at.
        SourceUnavailable: It cannot be for another reason.
    """
    if is_url(location):
        return _remote_version(remote_info(location), now)
    try:
        return _local_version(os.stat(location), now)
    except FileNotFoundError as error:
        message = f"{location}: there is no such file"
        raise SourceNotFound(message) from error
    except PermissionError as error:
        message = f"{location}: this process may not read it ({error.strerror})"
        raise AccessDenied(message) from error
    except OSError as error:
        message = f"{location}: cannot be looked at: {error.strerror}"
        raise SourceUnavailable(message) from error


def version_of_open(location: str, file: BinaryIO, now: float) -> FileVersion:
    """How an open file looks, as far as that can be told without another request."""
    if not is_url(location):
        return _local_version(os.fstat(file.fileno()), now)
    details = getattr(file, "_details", None)  # its public name would ask the server
    known = details if isinstance(details, Mapping) else {}
    return _remote_version({"size": getattr(file, "size", None), **known}, now)


def sha256_of(location: str) -> str:
    """The sha256 of the bytes of a file.

    Raises:
        SourceUnavailable: It changed meanwhile, or cannot be read.
    """
    with open_for_reading(location) as file:
        hashed = HashedFile(file, without_secrets(location))
        before = version_now(location, file, 0)
        digest = hashed.hexdigest()
        expect_unchanged(location, before, version_now(location, file, 0))
    return digest


def version_now(location: str, file: BinaryIO, now: float) -> FileVersion:
    """How an open file looks now; asks the server again where there is one."""
    if is_url(location):
        look_anew(location)
        return version_of(location, now)
    return version_of_open(location, file, now)


def expect_unchanged(location: str, before: FileVersion, after: FileVersion) -> None:
    """Refuse a file that somebody wrote while it was read.

    Raises:
        SourceUnavailable: It is another one now.
    """
    if before.became(after):
        message = (
            f"{without_secrets(location)}: the file was changed while it was read, so nothing was "
            "loaded; write files under another name and rename them when they are complete"
        )
        raise SourceUnavailable(message)


class HashedFile:
    """An open file that takes the sha256 of the bytes that are read of it.

    Belongs to one reading, which closes the file itself. Where readers jump about, the
    bytes that they left out are read once more at the end.
    """

    def __init__(self, file: BinaryIO, uri: str) -> None:
        self._file = file
        self._uri = uri
        self._digest = hashlib.sha256()
        self._hashed = 0
        self._at = 0

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes; all that are left for a negative one."""
        data = self._file.read(size)
        new = self._at + len(data) - self._hashed
        if self._at == self._hashed:
            self._digest.update(data)
            self._hashed += len(data)
        elif self._at < self._hashed < self._at + len(data):
            self._digest.update(data[-new:])
            self._hashed += new
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a place, and tell which it is."""
        self._at = self._file.seek(offset, whence)
        return self._at

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._at

    def fileno(self) -> int:
        """The descriptor of a local file."""
        return self._file.fileno()

    def hexdigest(self) -> str:
        """The sha256 of all bytes of the file, those that nobody has read too.

        Raises:
            SourceUnavailable: Reading failed.
        """
        try:
            if self._at != self._hashed:
                self.seek(self._hashed)
            while self.read(_CHUNK_BYTES):
                pass
        except OSError as error:
            message = f"{self._uri}: reading failed: {error.strerror or error}"
            raise SourceUnavailable(message) from error
        return self._digest.hexdigest()


def _local_version(about: os.stat_result, now: float) -> FileVersion:
    """The time of change and the inode, since copies may keep size and time of writing."""
    etag = f"{about.st_mtime_ns}-{about.st_ctime_ns}-{about.st_ino}"
    latest = max(about.st_mtime_ns, about.st_ctime_ns) / 1e9
    settled = latest < now - _TICK_SECONDS
    return FileVersion(
        about.st_size, str(about.st_mtime_ns), etag if settled else _UNSETTLED + etag
    )


def _remote_version(info: Mapping[str, Any], now: float) -> FileVersion:
    size = info.get("size")
    size_bytes = size if isinstance(size, int) else None
    for name in _TAGS:
        if info.get(name):
            tag = str(info[name])
            weak = tag.startswith("W/")  # RFC 9110, 8.8.1: the bytes may differ all the same
            return FileVersion(size_bytes, tag, _UNSETTLED + tag if weak else tag)
    for name in _TIMES:
        if info.get(name):
            stamp, settled = _settled(info[name], now)
            return FileVersion(size_bytes, stamp, stamp if settled else _UNSETTLED + stamp)
    return FileVersion(size_bytes, None, None)


def _settled(when: object, now: float) -> tuple[str, bool]:
    """A time that a server told, as text, and whether it lies far enough back."""
    seconds = None
    if isinstance(when, datetime):
        seconds, when = when.timestamp(), when.isoformat()
    elif isinstance(when, (int, float)):
        seconds = float(when)
    old = seconds is not None and seconds < now - _SERVER_SECONDS
    return str(when), old
