"""The journal beside a file that loads are added to: what was added, and what is about to be.

Each line is JSON with a checksum. A line that begins an act is forced to disk before the
file is touched, and from then on the act is completed, by whoever comes next if need be; a
line of its own says that it is done. A last line that a crash tore is as if it were not
there; any other one that does not verify is an error.

Whoever changes the file holds the lock of its journal, which is made for that, and is removed
at the end where there is nothing in it.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Literal

import orjson

from attrs import define, frozen

from etlkit._files import effects
from etlkit._files.locking import is_named, open_raw, wait_for
from etlkit._files.naming import naming
from etlkit._files.writing import size_of, write_all
from etlkit.errors import CorruptState


if TYPE_CHECKING:
    from collections.abc import Iterator

JOURNAL_FORMAT = 1

MOST_KNOWN = 64 << 20
"""Bytes of a journal that a process keeps what it has parsed of."""

MOST_JOURNALS = 8
"""Journals that it keeps that of."""

_NEW_FILE = 0o666
_ENDLESS = 1 << 63
_DONE = {"format": JOURNAL_FORMAT, "act": "done"}


@define
class Entry:
    """One act on the file.

    Attributes:
        act: The file is added to, or replaced.
        key: Whose act it is; empty for a replace.
        offset: Length of the file before; 0 for a replace.
        lead: What stands between that and the load, such as a missing newline.
        size_bytes: Length of the load.
        content: SHA-256 of the load; for a replace the stamp of the file.
        mark: Of the temporary file that holds the load until it is done.
        mode: Of the file, where it has to be made, before the umask.
        payload: What is kept with the key; for a replace the length of the file before.
        done: The act is completed.
    """

    act: Literal["append", "replace"]
    key: tuple[str, ...]
    offset: int
    lead: bytes
    size_bytes: int
    content: str
    mark: str
    mode: int
    payload: bytes
    done: bool = False

    @property
    def end(self) -> int:
        """Length of the file afterwards."""
        return self.offset + len(self.lead) + self.size_bytes


@define
class Journal:
    """The journal of one file, while its lock is held.

    Attributes:
        path: Of the journal.
        target: Of the file, through symbolic links.
        entries: Every act so far; at most the last one is not done.
    """

    path: str
    target: str
    entries: list[Entry]
    _file: io.FileIO
    _size: int = 0
    _before_last: int = 0

    @property
    def pending(self) -> Entry | None:
        """The act that has begun and is not done."""
        last = self.entries[-1] if self.entries else None
        return None if last is None or last.done else last

    def begin(self, entry: Entry) -> None:
        """Note an act, durably, before anything of it is done."""
        self.entries.append(entry)
        self._before_last = self._size
        self._add(
            {
                "format": JOURNAL_FORMAT,
                "act": entry.act,
                "key": entry.key,
                "offset": entry.offset,
                "lead": entry.lead.hex(),
                "size_bytes": entry.size_bytes,
                "content": entry.content,
                "mark": entry.mark,
                "mode": entry.mode,
                "payload": entry.payload.decode(),
            }
        )
        effects.fsync(self._file.fileno())

    def done(self) -> None:
        """Note that the last act is completed.

        That need not survive a loss of power: whoever finds the act undone looks at the file.
        """
        self._append(_DONE_LINE)
        self.entries[-1].done = True

    def _note(self, content: dict[str, Any] | None, size: int, where: str) -> None:
        """Take what a line says, which is as long as that with its end."""
        try:
            if content is None or (content["act"] == "done") is (self.pending is None):
                raise _corrupt(where)
            if content["act"] == "done":
                self.entries[-1].done = True
            else:
                self.entries.append(_entry(content))
                self._before_last = self._size
        except (KeyError, TypeError, ValueError) as error:
            raise _corrupt(where) from error
        self._size += size

    def forget(self) -> None:
        """Take back the last act, of which nothing may be left in the file."""
        if self.pending is not None:
            self.entries.pop()
            self._size = self._before_last
        self._cut()

    def counted(self) -> dict[tuple[str, ...], Entry]:
        """The appends by their keys, oldest first, as far as the file still has them.

        Those that end behind the end of the file do not count, nor those before which the
        file ended when a later load was added: somebody has cut or removed it. A replace
        takes the place of what the file had before, which counts for as long as the file is
        as long as it was then.
        """
        groups: list[tuple[int, list[Entry]]] = []
        for entry in self.entries:
            if entry.act == "replace":
                before = int(entry.payload or _ENDLESS)  # not noted by an earlier etlkit
                groups = [each for each in groups if each[0] <= before]
                groups = [(entry.end, [each for _, group in groups for each in group])]
                continue
            while groups and groups[-1][0] > entry.offset:
                groups.pop()
            groups.append((entry.end, [entry]))
        size = size_of(self.target)
        there = [] if size is None else [group for end, group in groups if end <= size]
        return {each.key: each for group in there for each in group}

    def was_replaced_after(self, entry: Entry) -> bool:
        """Whether the file was replaced after this act."""
        for each in reversed(self.entries):
            if each is entry or each.act == "replace":
                return each is not entry
        return False

    def _add(self, content: dict[str, Any]) -> None:
        self._append(_line(content))

    def _append(self, line: bytes) -> None:
        try:
            if os.fstat(self._file.fileno()).st_size > self._size:
                effects.truncate(self._file.fileno(), self._size)  # a torn line
            write_all(self._file.fileno(), line)
        except BaseException:  # also Ctrl-C; it goes on below
            with suppress(OSError):  # what is left of the line is torn, or is looked at later
                self._cut()
            raise
        self._size += len(line)

    def _cut(self) -> None:
        effects.truncate(self._file.fileno(), self._size)
        effects.fsync(self._file.fileno())


def _line(content: dict[str, Any]) -> bytes:
    return orjson.dumps({**content, "checksum": _checksum(content)}) + b"\n"


def _entry(content: dict[str, Any]) -> Entry:
    return Entry(
        content["act"],
        tuple(content["key"]),
        content["offset"],
        bytes.fromhex(content["lead"]),
        content["size_bytes"],
        content["content"],
        content["mark"],
        content["mode"],
        content["payload"].encode(),
    )


def journal_path(path: str) -> str:
    """Where the journal of a file stands: beside what its name leads to."""
    folder, name = os.path.split(os.path.realpath(path))
    return os.path.join(folder, f".{name}.journal")


@contextmanager
def held_journal(path: str, *, name: str | None = None) -> Iterator[Journal]:
    """Hold the lock of a file, which is that of its journal; messages call the file by ``name``.

    Raises:
        CorruptState: A line of the journal does not verify.
    """
    target, place = os.path.realpath(path), journal_path(path)
    file = None
    try:
        with naming(name or path):
            while file is None:
                file = _opened(place, target)
                wait_for(file.fileno())
                if not is_named(os.fstat(file.fileno()), place):  # removed between the two calls
                    file.close()
                    file = None
            journal = _read(place, target, file)
        try:
            yield journal
        finally:
            if not journal.entries:
                with suppress(OSError):  # it does no harm
                    effects.unlink(place)
    finally:
        if file is not None:  # also when Ctrl-C came before it was locked
            file.close()


def _opened(place: str, target: str) -> io.FileIO:
    """The journal; a new one may be read by those who may read the file."""
    flags = os.O_RDWR | os.O_APPEND
    with suppress(FileNotFoundError):
        return open_raw(place, flags, 0)
    try:
        mode = stat.S_IMODE(os.stat(target).st_mode) & _NEW_FILE
    except FileNotFoundError:
        mode = _NEW_FILE
    return open_raw(place, flags | os.O_CREAT, mode | stat.S_IWUSR | stat.S_IRUSR)


@frozen
class _Known:
    """What this process has parsed of a journal, which only grows behind an act that is done.

    Attributes:
        size: So many bytes.
        digest: Of these.
        lines: So many lines.
        entries: What they say.
    """

    size: int
    digest: bytes
    lines: int
    entries: tuple[Entry, ...]


_KNOWN: dict[str, _Known] = {}


def _read(place: str, target: str, file: io.FileIO) -> Journal:
    """What the journal says; a last line without its end is completed, or is none.

    Lines that this process has parsed before are compared, and not parsed again.
    """
    journal, text = Journal(place, target, [], file), file.readall()
    known = _KNOWN.get(place)
    lines = 0
    if known is not None and known.digest == _digest(text, known.size):
        journal.entries.extend(known.entries)
        journal._size = known.size  # noqa: SLF001 -- its own module
        lines = known.lines
    before = journal._size  # noqa: SLF001 -- its own module
    _parse(journal, text[before:], lines)
    size = journal._size  # noqa: SLF001 -- its own module
    if size != before and size <= min(len(text), MOST_KNOWN) and journal.pending is None:
        if len(_KNOWN) >= MOST_JOURNALS:
            _KNOWN.clear()
        count = text.count(b"\n", 0, size)
        _KNOWN[place] = _Known(size, _digest(text, size), count, tuple(journal.entries))
    return journal


def _digest(text: bytes, size: int) -> bytes:
    return hashlib.blake2b(memoryview(text)[:size]).digest()


def _parse(journal: Journal, text: bytes, before: int) -> None:
    """Take the lines of a text, before which there are others."""
    place = journal.path
    *lines, rest = text.split(b"\n")
    for number, line in enumerate(lines, 1):
        content = _content(line)
        if content is None and number == len(lines) and not rest and b"\0" in line:
            return  # a loss of power left out what was between
        journal._note(content, len(line) + 1, f"{place}:{before + number}")  # noqa: SLF001 -- its own module
    where = f"{place}:{before + len(lines) + 1}"
    if _content(rest) is not None:
        write_all(journal._file.fileno(), b"\n")  # noqa: SLF001 -- its own module
        journal._note(_content(rest), len(rest) + 1, where)  # noqa: SLF001 -- its own module
    elif _content(rest[:-1]) is not None:  # no crash puts another byte behind a whole line
        journal._note(None, 0, where)  # noqa: SLF001 -- its own module


def _content(line: bytes) -> dict[str, Any] | None:
    """What a line says; None where it does not verify."""
    if line == _DONE_LINE[:-1]:  # every other line
        return _DONE
    try:
        content: dict[str, Any] = orjson.loads(line)
        checksum = content.pop("checksum")
        fits = checksum == _checksum(content) and content["format"] == JOURNAL_FORMAT
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return content if fits else None


def _checksum(content: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(content, None, orjson.OPT_SORT_KEYS)).hexdigest()


_DONE_LINE = _line(_DONE)


def _corrupt(where: str) -> CorruptState:
    message = (
        f"{where}: does not verify as a line of a journal of format {JOURNAL_FORMAT}: it was "
        "damaged, or written by a newer etlkit. Nothing was changed; put back a copy of the file"
    )
    return CorruptState(message)
