"""Finding and reading files. Local paths never load fsspec."""

from __future__ import annotations

import glob
import os

from typing import TYPE_CHECKING, Any, BinaryIO

from etlkit._files.paths import is_url
from etlkit.errors import AccessDenied, ConfigurationError, SourceNotFound, SourceUnavailable


if TYPE_CHECKING:
    from collections.abc import Iterator

_WILDCARDS = frozenset("*?[")


def matching_files(location: str) -> list[str]:
    """The files that a path, a pattern or a folder stands for, in a stable order.

    A folder means every file below it whose path has no part that begins with ``_`` or
    ``.``, as other readers of datasets have it.

    Raises:
        SourceNotFound: There is no such file or folder, or nothing matches.
    """
    if is_url(location):
        return _matching_remote(location)
    if os.path.isfile(location):
        return [location]
    if os.path.isdir(location):
        found = sorted(_files_below(location))
        what = "the folder holds no file"
    elif _WILDCARDS & set(location):
        found = sorted(path for path in glob.glob(location, recursive=True) if os.path.isfile(path))
        what = "no file matches the pattern"
    else:
        found, what = [], "there is no such file or folder"
    if not found:
        message = f"{location}: {what} (looked from {os.getcwd()})"
        raise SourceNotFound(message)
    return found


def _files_below(folder: str) -> Iterator[str]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name[0] not in "._"]
        yield from (os.path.join(parent, name) for name in names if name[0] not in "._")


def _matching_remote(location: str) -> list[str]:
    filesystem, path = _remote(location)
    scheme = location.partition("://")[0]
    try:
        if _WILDCARDS & set(path):
            found = filesystem.glob(path)
        elif filesystem.isdir(path):
            found = filesystem.find(path)
        else:
            found = [path] if filesystem.exists(path) else []
    except OSError as error:
        message = f"{location}: cannot be listed: {error}"
        raise SourceUnavailable(message) from error
    if not found:
        message = f"{location}: there is nothing there"
        raise SourceNotFound(message)
    return [f"{scheme}://{each.lstrip('/')}" for each in sorted(found)]


def _remote(location: str) -> tuple[Any, str]:
    import fsspec

    try:
        filesystem, path = fsspec.core.url_to_fs(location)
    except (ImportError, ValueError) as error:
        message = f"{location}: {error}"
        raise ConfigurationError(message) from error
    return filesystem, path


def open_for_reading(location: str) -> BinaryIO:
    """The bytes of a file, unbuffered where it is local.

    Raises:
        SourceNotFound: It does not exist.
        AccessDenied: It may not be read.
        SourceUnavailable: It could not be opened for another reason.
    """
    try:
        if is_url(location):
            filesystem, path = _remote(location)
            stream: BinaryIO = filesystem.open(path, "rb")
            return stream
        return open(location, "rb", buffering=0)
    except FileNotFoundError as error:
        message = f"{location}: there is no such file"
        raise SourceNotFound(message) from error
    except PermissionError as error:
        message = f"{location}: this process may not read it ({error.strerror})"
        raise AccessDenied(message) from error
    except OSError as error:
        message = f"{location}: cannot be opened: {error.strerror or error}"
        raise SourceUnavailable(message) from error


def read_lines(path: str) -> Iterator[bytes]:
    """The lines of a log of etlkit's own; none where there is no such file."""
    try:
        file = open(path, "rb")  # noqa: SIM115 -- closed by the with below
    except FileNotFoundError:
        return
    with file:
        yield from file
