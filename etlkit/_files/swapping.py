"""Database files that appear whole, and the lock that keeps them under their name."""

from __future__ import annotations

import errno
import os
import re

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from etlkit._files import effects
from etlkit._files.locking import is_named, let_go, try_lock
from etlkit._files.naming import naming
from etlkit._files.writing import (
    PRIVATE_FILE,
    PRIVATE_FOLDER,
    AtomicFile,
    make_folder,
    remove_leftovers,
    sync_folder,
)
from etlkit.errors import ConfigurationError, DestinationBusy


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit._files.locking import Waiter

_POLL_SECONDS = 0.01
_JOURNALS = ("-journal", "-wal", "-shm")
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP}
_NO_LOCKS = {errno.EBADF, errno.ENOLCK, errno.ENOTSUP}  # on folders of network file systems


def identity_of(path: str) -> os.stat_result | None:
    """What tells the database file of this name from another one; None where there is none.

    Raises:
        ConfigurationError: It is no file.
    """
    with naming(path):
        try:
            found = os.stat(path)
        except FileNotFoundError:
            return None
    if not os.path.isfile(path):
        message = f"{path}: is no regular file; pass the path of a file"
        raise ConfigurationError(message)
    return found


def same_identity(one: os.stat_result | None, other: os.stat_result | None) -> bool:
    """Whether two looks at a name have found the same file."""
    return one is not None and other is not None and os.path.samestat(one, other)


def is_in_writable_folder(path: str) -> bool:
    """Whether this process may add files beside this one."""
    return os.access(os.path.dirname(path), os.W_OK | os.X_OK)


@contextmanager
def staying(path: str, *, alone: bool, wait_seconds: float, clock: Waiter) -> Iterator[None]:
    """Keep a database under its name while it is written, or hold it alone to put another there.

    The lock is ``flock`` on the folder, so there is no file to it.

    Raises:
        DestinationBusy: Others held it for that long.
    """
    if os.name == "nt":  # folders cannot be opened there
        yield
        return
    deadline = clock.monotonic() + wait_seconds
    with naming(path):
        folder = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        while not _held(folder, shared=not alone):
            if clock.monotonic() >= deadline:
                message = f"{path}: others have held it for {wait_seconds:g} s; try again later"
                raise DestinationBusy(message)
            clock.sleep(_POLL_SECONDS)
        yield
    finally:
        let_go(folder)
        os.close(folder)


def _held(folder: int, *, shared: bool) -> bool:
    try:
        return try_lock(folder, shared=shared)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        return True


def make_database(
    path: str, content: bytes, *, mark: str, wait_seconds: float, clock: Waiter
) -> None:
    """Put a database under a name that nothing has yet; one that is there meanwhile stays."""
    make_folder(os.path.dirname(path), mode=PRIVATE_FOLDER)
    remove_leftovers(path)
    if any(os.path.lexists(path + ending) for ending in _JOURNALS):
        with staying(path, alone=True, wait_seconds=wait_seconds, clock=clock):
            if not os.path.lexists(path):
                _put_aside(path)
    file = AtomicFile(path, mark=mark, mode=PRIVATE_FILE)
    try:
        file.write(content)
        file.sync()
        with naming(path), suppress(FileExistsError):
            _link(file, path)
    finally:
        file.discard()
    sync_folder(os.path.dirname(path))


def sweep(path: str) -> None:
    """Remove what was left by processes that were killed while they made this database."""
    folder, name = os.path.split(path)
    own = re.compile(rf"\.{re.escape(name)}\.[0-9a-f]{{12}}\.tmp")
    with naming(path), os.scandir(folder) as entries:
        for entry in entries:
            # A second name of the database itself is not opened: closing it would let go of
            # every lock that this process has on the database.
            if own.fullmatch(entry.name) and is_named(entry.stat(follow_symlinks=False), path):
                with suppress(OSError):
                    effects.unlink(entry.path)
    remove_leftovers(path)


def _link(file: AtomicFile, path: str) -> None:
    try:
        effects.link(file.temporary, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        file.publish()


@contextmanager
def made_anew(
    path: str, content: bytes, *, mark: str, wait_seconds: float, clock: Waiter
) -> Iterator[str]:
    """A database that takes the place of the one of this name at the end of the block.

    Gives the path where it is until then. What it replaces is kept beside it as
    ``.replaced``, with what SQLite has left of it.
    """
    make_folder(os.path.dirname(path), mode=PRIVATE_FOLDER)
    remove_leftovers(path)
    with staying(path, alone=True, wait_seconds=wait_seconds, clock=clock):
        file = AtomicFile(path, mark=mark, mode=PRIVATE_FILE)
        try:
            file.write(content)
            yield file.temporary
            file.sync()
            _put_aside(path)
            file.publish()
        finally:
            file.discard()


def _put_aside(path: str) -> None:
    """Keep a database under another name as well; its journals, which belong to it, move there.

    A journal that stayed would be rolled back into the database that comes next.
    """
    kept = f"{path}.replaced"
    with naming(path):
        if os.path.lexists(path):
            with suppress(FileNotFoundError):
                effects.unlink(kept)
            with suppress(OSError):  # no links: it is replaced without a copy
                effects.link(path, kept)
        for ending in _JOURNALS:
            if os.path.lexists(path + ending):
                effects.rename(path + ending, kept + ending)
        sync_folder(os.path.dirname(path))
