"""Finding and reading files. Local paths never load fsspec."""

from __future__ import annotations

import difflib
import glob
import os
import re

from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from etlkit._files.paths import home, is_url, without_secrets
from etlkit.errors import AccessDenied, ConfigurationError, SourceNotFound, SourceUnavailable


if TYPE_CHECKING:
    from collections.abc import Iterator

_WILDCARDS = frozenset("*?[")
_NUMBER = re.compile("[0-9]+")
_MOST = 1000
"""Names of a folder among which a near one is looked for."""


def matching_files(location: str) -> list[str]:
    """The files that a path, a pattern or a folder stands for, in a stable order.

    A folder means every file below it whose path has no part that begins with ``_`` or
    ``.``, as other readers of datasets have it.

    Raises:
        SourceNotFound: There is no such file or folder, or nothing matches.
        AccessDenied: A folder may not be listed.
    """
    if is_url(location):
        return _matching_remote(location)
    if os.path.isfile(location):
        return [location]
    if os.path.isdir(location):
        found = sorted(_files_below(location))
        what = "the folder holds no file"
    elif _WILDCARDS & set(location):
        matches = set(glob.iglob(location, recursive=True))  # two ** find a file several times
        found = sorted(filter(_is_file, matches))
        what = "no file matches the pattern"
    else:
        found, what = [], "there is no such file or folder"
    if not found:
        hint = home(location) or ("" if os.path.isdir(location) else _near(location))
        message = f"{without_secrets(location)}: {what} (looked from {os.getcwd()}){hint}"
        raise SourceNotFound(message)
    return found


def _near(location: str) -> str:
    """The name in the same folder that was perhaps meant; not one with other numbers in it."""
    folder, name = os.path.split(location)
    try:
        names = [*islice(filter(_is_visible, os.listdir(folder or ".")), _MOST)]
    except OSError:
        return ""
    words = _NUMBER.sub("", name)
    stems = {one.partition(".")[0]: one for one in names if _NUMBER.sub("", one) != words}
    near = difflib.get_close_matches(name.partition(".")[0], sorted(stems), n=1, cutoff=0.75)
    return f"; did you mean {stems[near[0]]!r}?" if near else ""


def _files_below(folder: str) -> Iterator[str]:
    """The files of a folder; links are followed, and a pipe or device is no file."""
    entered: set[str] = set()
    for parent, folders, names in os.walk(folder, onerror=_refuse_to_skip, followlinks=True):
        place = os.path.realpath(parent)
        if place in entered:  # a link back to a folder above
            folders.clear()
            continue
        entered.add(place)
        folders[:] = filter(_is_visible, folders)
        paths = [os.path.join(parent, name) for name in names if _is_visible(name)]
        yield from filter(_is_file, paths)


def _is_file(path: str) -> bool:
    """Whether it is a file, or a link that leads nowhere and is told of when it is opened."""
    return os.path.isfile(path) or (os.path.islink(path) and not os.path.exists(path))


def _is_visible(name: str) -> bool:
    return name[0] not in "._"


def _is_visible_below(folder: str, path: str) -> bool:
    return all(map(_is_visible, path.removeprefix(folder).strip("/").split("/")))


def _refuse_to_skip(error: OSError) -> NoReturn:
    """What stands in a folder that cannot be listed would be missing without a word."""
    kind = AccessDenied if isinstance(error, PermissionError) else SourceUnavailable
    message = f"{error.filename}: cannot be listed: {error.strerror}"
    raise kind(message) from error


def _matching_remote(location: str) -> list[str]:
    filesystem, path = _remote(location)
    try:
        if _WILDCARDS & set(path):
            about = filesystem.glob(path, detail=True)
            found = [each for each in about if about[each]["type"] == "file"]
        elif filesystem.isdir(path):
            found = [each for each in filesystem.find(path) if _is_visible_below(path, each)]
        elif filesystem.exists(path):
            return [location]
        else:
            found = []
    except OSError as error:
        message = f"{without_secrets(location)}: cannot be listed: {_said(error, location)}"
        raise SourceUnavailable(message) from _cause(error, location)
    if not found:
        message = f"{without_secrets(location)}: there is nothing there"
        raise SourceNotFound(message)
    return [_url(location, path, each) for each in sorted(found)]


def may_hold_files(location: str) -> bool:
    """Whether files may come to a location that has none: a folder, or a pattern in one.

    Of a URL only patterns are taken for such, since stores of objects have no folders.
    """
    if is_url(location):
        return bool(_WILDCARDS & set(_remote(location)[1]))
    place = location
    while _WILDCARDS & set(place):
        place = os.path.dirname(place)
    return os.path.isdir(place or os.curdir)


def _url(location: str, path: str, found: str) -> str:
    """The URL of a path that was found: the location with this path instead of its own.

    File systems forget the host of a URL, or keep the protocol in their paths.
    """
    if path not in location:
        return location.partition("://")[0] + "://" + found
    return location[: location.rindex(path) if path else None] + found


def _remote(location: str) -> tuple[Any, str]:
    import fsspec

    try:
        filesystem, path = fsspec.core.url_to_fs(location)
    except (ImportError, ValueError) as error:
        message = f"{without_secrets(location)}: {_said(error, location)}"
        raise ConfigurationError(message) from None  # it may show what is masked
    except OSError as error:
        message = f"{without_secrets(location)}: cannot be opened: {_said(error, location)}"
        raise SourceUnavailable(message) from _cause(error, location)
    return filesystem, path


def look_anew(location: str) -> None:
    """Forget what a file system keeps of its server, where the location is a URL.

    File systems of fsspec live as long as the process, and so do the listings they keep.
    """
    if is_url(location):
        _remote(location)[0].invalidate_cache()


def remote_info(location: str) -> dict[str, Any]:
    """What the server of a URL tells of a file, or has told in a listing.

    Raises:
        SourceNotFound: It does not exist.
        SourceUnavailable: The server could not be asked.
    """
    filesystem, path = _remote(location)
    try:
        info = dict(filesystem.info(path))
        if not any(name in info for name in ("mtime", "LastModified", "ETag")):
            info["modified"] = _modified(filesystem, path)
    except FileNotFoundError as error:
        message = f"{without_secrets(location)}: there is no such file"
        raise SourceNotFound(message) from _cause(error, location)
    except OSError as error:
        message = f"{without_secrets(location)}: cannot be looked at: {_said(error, location)}"
        raise SourceUnavailable(message) from _cause(error, location)
    return info


def _modified(filesystem: Any, path: str) -> object:
    """When a file was changed, from file systems that tell so apart from the rest."""
    try:
        return filesystem.modified(path)
    except NotImplementedError:
        return None


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
        message = f"{without_secrets(location)}: there is no such file"
        raise SourceNotFound(message) from _cause(error, location)
    except PermissionError as error:
        message = f"{without_secrets(location)}: this process may not read it ({error.strerror})"
        raise AccessDenied(message) from _cause(error, location)
    except OSError as error:
        message = f"{without_secrets(location)}: cannot be opened: {_said(error, location)}"
        raise SourceUnavailable(message) from _cause(error, location)


def read_lines(path: str) -> Iterator[bytes]:
    """The lines of a log of etlkit's own; none where there is no such file."""
    try:
        file = open(path, "rb")  # noqa: SIM115 -- closed by the with below
    except FileNotFoundError:
        return
    with file:
        yield from file


def _said(error: Exception, location: str) -> str:
    """What an error says, without the secrets of the location."""
    words = str(getattr(error, "strerror", None) or error)
    words = words.replace(location, without_secrets(location))
    for part in location.split("::"):  # the file systems of a chain know their own part only
        user, at, _ = part.partition("://")[2].rpartition("@")
        if at:
            words = words.replace(f"{user}@", "***@")
    return words


def _cause(error: Exception, location: str) -> Exception | None:
    """The error, for a traceback, unless it may show what is masked."""
    return error if without_secrets(location) == location else None
