"""What a run has read, file by file."""

from __future__ import annotations

from attrs import frozen


@frozen
class InputFile:
    """One source file that a load has read to its end.

    Attributes:
        uri: Path or URL, in full, without what is secret in it.
        size_bytes: Its length when it was read, or None where nobody told.
        etag: A hint that it may have changed; for a local file its time of change.
        sha256: Of its bytes, in hexadecimal digits; it decides. None where it was not
            worked out, since nobody asked for increments.
        records: Records in it, counted as their numbers are: blank lines too.
        again: An earlier load had read it with another content.
        unread: Its content was loaded before and only the hint is new, so that it need not
            be hashed the next time; nothing of it was read for this load.
    """

    uri: str
    size_bytes: int | None = None
    etag: str | None = None
    sha256: str | None = None
    records: int = 0
    again: bool = False
    unread: bool = False
