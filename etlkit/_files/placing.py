"""Files that are made once and never changed: parts of datasets, and the entries of their log."""

from __future__ import annotations

import errno
import hashlib
import os

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from etlkit._files import effects
from etlkit._files.locking import is_named, open_raw, wait_for
from etlkit._files.naming import naming
from etlkit._files.writing import sync_folder, write_all
from etlkit.errors import CommitLost, ConfigurationError


if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO


_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL
_GATHERED_BYTES = 64 * 1024
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP}


class PlacedFile:
    """A new file that is written under its final name, which nobody looks at yet.

    Small pieces are gathered before they are written. Its owner calls ``finish`` once, or
    ``discard``.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.size_bytes = 0
        self._hash = hashlib.sha256()
        self._waiting = bytearray()
        with naming(path):
            self._file = open_raw(path, _NEW, 0o666)

    @property
    def sha256(self) -> str:
        """Of what was written so far, in hexadecimal digits; known once it is finished."""
        return self._hash.hexdigest()

    def write(self, data: bytes) -> None:
        """Add bytes at the end."""
        self.size_bytes += len(data)
        self._waiting += data
        if len(self._waiting) >= _GATHERED_BYTES:
            self._flush()

    def finish(self) -> None:
        """Make the bytes survive a loss of power; the name does once its folder is synced."""
        self._flush()
        with naming(self.path):
            effects.fsync(self._file.fileno())
            self._file.close()

    def _flush(self) -> None:
        data = bytes(self._waiting)
        self._waiting.clear()
        with naming(self.path):
            write_all(self._file.fileno(), data)
        self._hash.update(data)

    def discard(self) -> None:
        """Remove the file."""
        self._file.close()
        remove(self.path)


class OnceFile:
    """A small file that appears whole under a name that nothing has yet, or not at all.

    It is written under a hidden name in the same folder first, and its lock is held until
    it is placed, so that ``remove_all_leftovers`` tells what a killed process left. Of
    several who want a name one gets it. Its owner calls ``place`` until that succeeds, or
    ``discard``.

    Raises:
        CommitLost: The mark was fenced off.
    """

    def __init__(self, folder: str, data: bytes, *, mark: str) -> None:
        self._folder = folder
        self._temporary = _hidden(folder, mark)
        self._target: str | None = None
        with naming(folder):
            self._file = _held(folder, self._temporary)
            try:
                self._identity = os.fstat(self._file.fileno())
                write_all(self._file.fileno(), data)
                effects.fsync(self._file.fileno())
            except BaseException:  # also Ctrl-C; it goes on below
                self.discard()
                raise

    @property
    def placed(self) -> bool:
        """Whether the file has its name, whatever was raised meanwhile."""
        return self._target is not None and is_named(self._identity, self._target)

    def place(self, name: str) -> bool:
        """Give the file this name, durable on return; False where another file has it.

        Raises:
            CommitLost: The mark was fenced off meanwhile.
            ConfigurationError: The file system cannot do that.
        """
        self._target = os.path.join(self._folder, name)
        with naming(self._target):
            try:
                effects.link(self._temporary, self._target)
            except FileExistsError:
                if not self.placed:  # a network file system may have done it and lost the reply
                    return False
            except OSError as error:
                if not os.path.isfile(self._temporary):
                    raise _fenced_off(self._folder) from error
                if error.errno in _NO_LINKS:
                    raise _no_links(self._folder) from error
                raise
            self.discard()
            sync_folder(self._folder)
        return True

    def discard(self) -> None:
        """Forget the hidden name; a file that was placed stays."""
        remove(self._temporary)
        self._file.close()


def _hidden(folder: str, mark: str) -> str:
    return os.path.join(folder, f".entry.{mark}.tmp")


def _held(folder: str, temporary: str) -> FileIO:
    """A new file whose lock is held for as long as it is open."""
    while True:
        try:
            file = open_raw(temporary, _NEW, 0o666)
        except FileExistsError as error:
            raise _fenced_off(folder) from error
        wait_for(file.fileno())
        if is_named(os.fstat(file.fileno()), temporary):
            return file
        file.close()  # taken for a leftover between the two calls


def remove_hidden(folder: str, mark: str) -> None:
    """Remove the hidden name of a ``OnceFile`` that was placed."""
    path = _hidden(folder, mark)
    if os.path.isfile(path):
        remove(path)


@contextmanager
def fenced_off(folder: str, mark: str) -> Iterator[None]:
    """Keep the ``OnceFile`` of a mark from being placed from now on, until the end of the block.

    What its owner had written is removed, so that it cannot be placed later either. Whether
    it was placed before has to be looked up within the block.
    """
    path = _hidden(folder, mark)
    with naming(path):
        while not os.path.isdir(path):  # a folder has no hard links, and stops O_EXCL
            with suppress(FileNotFoundError, IsADirectoryError):
                effects.unlink(path)
            with suppress(FileExistsError):
                effects.mkdir(path)
    try:
        yield
    finally:
        remove_folder(path)


def _fenced_off(folder: str) -> CommitLost:
    message = (
        f"{folder}: another run has taken this attempt for dead and discarded what it wrote; "
        "nothing of it was committed"
    )
    return CommitLost(message)


def _no_links(folder: str) -> ConfigurationError:
    message = (
        f"{folder}: this file system has no hard links, by which a commit takes its number, so no "
        "dataset can be written there; use another disk, or a single file"
    )
    return ConfigurationError(message)


def remove(path: str) -> bool:
    """Remove a file, and say whether it is gone; its folder may be closed by now."""
    try:
        effects.unlink(path)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def remove_folder(path: str) -> None:
    """Remove a folder where it is empty."""
    with suppress(OSError):
        effects.rmdir(path)
