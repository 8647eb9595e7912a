"""Publishing files atomically, and lines of logs whole."""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat

from contextlib import suppress

from attrs import frozen

from etlkit._files import effects
from etlkit._files.locking import is_named, open_raw, try_lock, wait_for
from etlkit._files.naming import naming
from etlkit._files.paths import home
from etlkit.errors import AccessDenied, ConfigurationError


PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


def check_writable(path: str) -> None:
    """Look whether a file of this name can be published.

    Raises:
        ConfigurationError: Its folder does not exist, or it is something else than a file.
        AccessDenied: The folder may not be written.
    """
    folder = os.path.dirname(os.path.realpath(path))
    if os.path.isdir(path):
        message = f"{path}: is a folder; pass the path of a file in it"
        raise ConfigurationError(message)
    if os.path.exists(path) and not os.path.isfile(path):
        message = f"{path}: is no regular file, so it cannot be replaced or added to as a whole"
        raise ConfigurationError(message)
    if not os.path.isdir(folder):
        message = f"{path}: the folder {folder} does not exist; make it first{home(path)}"
        raise ConfigurationError(message)
    if not os.access(folder, os.W_OK):
        message = f"{path}: this process may not write into the folder {folder}"
        raise AccessDenied(message)


def make_folder(path: str, *, mode: int = 0o777) -> None:
    """Make a folder and its parents, durable when this returns; it may exist already."""
    missing = []
    parent = path
    while parent and not os.path.exists(parent):
        missing.append(parent)
        parent = os.path.dirname(parent)
    with naming(path):
        for folder in reversed(missing or [path]):
            _make_one_folder(folder, mode if folder == path else 0o777)
        for made in missing:
            sync_folder(os.path.dirname(made))


def _make_one_folder(path: str, mode: int) -> None:
    if os.path.isdir(path):
        return
    try:
        effects.mkdir(path, mode)
    except FileExistsError:
        if not os.path.isdir(path):  # or somebody else was faster
            raise


class AtomicFile:
    """A file that appears whole under its name, or not at all.

    It is written under a temporary name in the same folder, so that the rename at the
    end is atomic. After a crash the temporary file stays and no reader takes it for
    data, since its name begins with a dot and ends with ``.tmp``. A name that is a
    symbolic link stays one: the file that it points to is replaced.

    Its SHA-256 is worked out while it is written, unless ``hashed`` is False: that costs a
    copy of JSON Lines a seventh of its time.

    Its owner calls ``publish`` once, or ``discard``, or has it added to the file of its name
    once. When that raises, ``published`` says whether the bytes are there
    all the same.

    Attributes:
        path: The name, as it was given.
        mark: What tells its temporary file from those of others.
        size_bytes: How much was written.
        counts: A journal says that the bytes are in the file, or will be.
    """

    def __init__(
        self, path: str, *, mark: str, mode: int | None = None, hashed: bool = True
    ) -> None:
        self.path = path
        self.size_bytes = 0
        self.counts = False
        self._digest = hashlib.sha256() if hashed else None
        self._target = os.path.realpath(path)  # now: a step may change the working directory
        self._folder = os.path.dirname(self._target)
        self._temporary = temporary_path(self._target, mark)
        self.mark = mark
        self._given_mode = mode
        self._mode = _mode_of(self._target) if mode is None else mode
        # A new file gets the mode that the umask gives; one that takes the place of a
        # private file is never readable by others, not even under its temporary name.
        first = 0o666 if self._mode is None else PRIVATE_FILE
        with naming(path):
            self._file = held_file(self._temporary, first)
            self._identity = os.fstat(self._file.fileno())

    @property
    def published(self) -> bool:
        """Whether the bytes stand under the final name, whatever was raised meanwhile."""
        return self.counts or is_named(self._identity, self._target)

    @property
    def target(self) -> str:
        """The path in full of what the name led to when this was begun."""
        return self._target

    @property
    def temporary(self) -> str:
        """Where the bytes are until then."""
        return self._temporary

    @property
    def new_mode(self) -> int:
        """The mode of a new file, before the umask."""
        return 0o666 if self._given_mode is None else self._given_mode

    @property
    def sha256(self) -> str:
        """Of what was written, in hexadecimal digits; not for a file that is not hashed."""
        return self._digest.hexdigest() if self._digest is not None else ""

    @property
    def stamp(self) -> str:
        """What tells the file without reading it, before and after it was published."""
        return stamp_of(os.fstat(self._file.fileno()))

    def write(self, data: bytes) -> None:
        """Add bytes at the end."""
        with naming(self.path):
            write_all(self._file.fileno(), data)
        if self._digest is not None:
            self._digest.update(data)
        self.size_bytes += len(data)

    def sync(self) -> None:
        """Make what was written survive a loss of power."""
        with naming(self.path):
            effects.fsync(self._file.fileno())

    def publish(self, path: str | None = None) -> str:
        """Put the file under its name; what stood there before is replaced.

        ``path`` is another name in the same folder, for a file that ends otherwise. An
        OSError is the folder that could not be synced: the file stands under its name,
        but may not survive a loss of power.
        """
        if path is not None:
            self.path, self._target = path, os.path.realpath(path)
        with naming(self.path):
            if self._mode is not None:
                effects.chmod(self._temporary, self._mode)
            effects.fsync(self._file.fileno())
            if os.name == "nt":  # an open file cannot be renamed there
                self._file.close()
            effects.rename(self._temporary, self._target)
            self._file.close()
        sync_folder(self._folder)
        return self.path

    def close(self) -> None:
        """Keep the temporary file, which somebody else will need."""
        self._file.close()

    def discard(self) -> None:
        """Forget the temporary file; what was published stays."""
        self.close()
        with suppress(OSError):  # the next run removes what is left
            effects.unlink(self._temporary)


def temporary_path(target: str, mark: str) -> str:
    """Where a file is written before it gets its name."""
    folder, name = os.path.split(target)
    return os.path.join(folder, f".{name}.{mark}.tmp")


def held_file(temporary: str, mode: int) -> io.FileIO:
    """A new file whose lock is held for as long as it is open: it is nobody's leftover."""
    while True:
        file = open_raw(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
        wait_for(file.fileno())
        if is_named(os.fstat(file.fileno()), temporary):
            return file
        file.close()  # taken for a leftover between the two calls


def remove_leftovers(path: str, *, mark: str = "[0-9a-f]{12}") -> None:
    """Remove the temporary files that killed runs left beside a target."""
    folder, name = os.path.split(os.path.realpath(path))
    _remove_unheld(folder, rf"\.{re.escape(name)}\.{mark}(\.rejected)?\.tmp")


@frozen
class Identity:
    """What tells a file that was changed from one that was not.

    Attributes:
        device: Where it is.
        inode: Which file it is there.
        size_bytes: Its length.
        changed_ns: When its content was changed.
    """

    device: int
    inode: int
    size_bytes: int
    changed_ns: int

    def grown_to(self, other: Identity) -> bool:
        """Whether the other one may be this file, with something added to its end."""
        mine, other_file = (self.device, self.inode), (other.device, other.inode)
        return mine == other_file and self.size_bytes <= other.size_bytes


def stamp_of(about: os.stat_result) -> str:
    """What a file keeps when it is renamed, and loses when it is changed or copied."""
    return f"{about.st_ino}-{about.st_size}-{about.st_mtime_ns}"


def has_stamp(path: str, stamp: str) -> bool:
    """Whether a file of this name is there and was not changed."""
    try:
        return stamp_of(os.stat(path)) == stamp
    except FileNotFoundError:
        return False


def identity_of(path: str) -> Identity | None:
    """The identity of a file, or None where there is none."""
    try:
        about = os.stat(path)
    except FileNotFoundError:
        return None
    return Identity(about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns)


def remove_signs_of_life(folder: str) -> None:
    """Remove the locks by which processes that are dead have shown that they were at work.

    The folder may be one of the user's, so nothing else that looks like a lock is touched.
    """
    _remove_unheld(folder, r"\.[0-9a-f]{12}\.lock")


def remove_all_leftovers(folder: str) -> None:
    """Remove the temporary files and locks that killed runs left in a folder of etlkit's own."""
    _remove_unheld(folder, r"\..+\.([0-9a-f]{12}(\.rejected)?\.tmp|lock)")


def _remove_unheld(folder: str, pattern: str) -> None:
    """Remove the files of this name whose lock nobody holds, so that nobody writes them."""
    leftover = re.compile(pattern)
    with naming(folder), os.scandir(folder) as entries:
        for entry in entries:
            if leftover.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                with suppress(OSError), open(entry.path, "rb") as file:
                    held = not try_lock(file.fileno())
                    if not held and is_named(os.fstat(file.fileno()), entry.path):
                        effects.unlink(entry.path)


def write_all(file: int, data: bytes) -> None:
    """Write every byte; a full disk gives short writes before it gives an error."""
    view = memoryview(data)
    while view:
        view = view[effects.write(file, view) :]


def _last_bytes(file: int, size: int, count: int) -> bytes:
    os.lseek(file, max(size - count, 0), os.SEEK_SET)
    return os.read(file, count)


TORN = b"#torn"
"""The end of a line that a crash tore off, so that damage is not taken for one."""


def append_line(path: str, line: bytes) -> None:
    """Add one line to a log with a single write, after ending a torn last line with ``TORN``."""
    with naming(path):
        is_new = size_of(path) is None
        with open_raw(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, PRIVATE_FILE) as log:
            file = log.fileno()
            wait_for(file)
            size = os.fstat(file).st_size
            torn = size > 0 and _last_bytes(file, size, 1) != b"\n"
            write_all(file, TORN + b"\n" + line if torn else line)
            effects.fsync(file)
        if is_new:
            sync_folder(os.path.dirname(path))


def sync_folder(path: str) -> None:
    """Make the names in a folder survive a loss of power."""
    if os.name == "nt":  # folders cannot be opened there
        return
    folder = effects.open_file(path or ".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        effects.fsync(folder)
    finally:
        os.close(folder)


def _mode_of(path: str) -> int | None:
    """The mode of the file that will be replaced, or None."""
    try:
        return stat.S_IMODE(os.stat(path).st_mode)
    except OSError:
        return None


def size_of(path: str) -> int | None:
    """The length of a file, or None where there is none."""
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return None


def cut_back(path: str, size: int | None) -> None:
    """Put a file back to a former length; None removes it."""
    with naming(path):
        if size is not None:
            with open_raw(path, os.O_RDWR, PRIVATE_FILE) as file:
                effects.truncate(file.fileno(), size)
                effects.fsync(file.fileno())
            return
        with suppress(FileNotFoundError):
            effects.unlink(path)
