"""What is in a folder of etlkit's own, and the bytes of its small files."""

from __future__ import annotations

import os

from typing import TYPE_CHECKING

from attrs import frozen

from etlkit._files.paths import home
from etlkit.errors import AccessDenied, ConfigurationError, SourceUnavailable


if TYPE_CHECKING:
    from collections.abc import Iterator


@frozen
class Found:
    """A file below a folder.

    Attributes:
        name: Its path from the folder, with ``/`` between the parts.
        modified: When it was last written, in seconds since 1970.
    """

    name: str
    modified: float


def is_folder(path: str) -> bool:
    """Whether there is a folder."""
    return os.path.isdir(path)


def check_folder(path: str) -> None:
    """Look whether a folder of this name can be written, or made.

    Raises:
        ConfigurationError: The folder it should be made in does not exist, or it is a file.
        AccessDenied: It may not be written, or not be made.
    """
    place = os.path.realpath(path)
    folder = os.path.dirname(place)
    if os.path.exists(place) and not os.path.isdir(place):
        file = path.rstrip(os.sep)
        meant = f", or {file!r} to write the file" if file != path else ""
        message = f"{path}: is a file, so no dataset can be there; pass the path of a folder{meant}"
        raise ConfigurationError(message)
    if os.path.isdir(path):
        folder = path
    elif not os.path.isdir(folder):
        message = f"{path}: the folder {folder} does not exist; make it first{home(path)}"
        raise ConfigurationError(message)
    if not os.access(folder, os.W_OK | os.X_OK):
        message = f"{path}: this process may not write into the folder {folder}"
        raise AccessDenied(message)


def names_in(folder: str) -> list[str]:
    """The names in a folder, in no order; none where there is no folder.

    Raises:
        AccessDenied: The folder may not be listed.
        SourceUnavailable: It cannot be.
    """
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unreadable(folder, error) from error


def files_below(folder: str, *, without: str) -> Iterator[Found]:
    """The files of a folder and its subfolders, but for the subfolder ``without``.

    A subfolder that has one of that name is another one's, with all that is in it.
    """
    for parent, folders, names in os.walk(folder):
        if parent != folder and without in folders:
            folders[:] = []
            continue
        folders[:] = [name for name in folders if name != without]
        for name in names:
            path = os.path.join(parent, name)
            try:
                modified = os.stat(path, follow_symlinks=False).st_mtime
            except FileNotFoundError:  # its owner has removed it meanwhile
                continue
            relative = os.path.relpath(path, folder)
            yield Found(relative.replace(os.sep, "/"), modified)


def content_of(path: str) -> bytes | None:
    """The bytes of a small file; None where there is none.

    Raises:
        AccessDenied: It may not be read.
        SourceUnavailable: It cannot be.
    """
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: str, error: OSError) -> AccessDenied | SourceUnavailable:
    kind = AccessDenied if isinstance(error, PermissionError) else SourceUnavailable
    return kind(f"{path}: cannot be read: {error.strerror or error}")
