"""Paths and URLs as text."""

from __future__ import annotations

import os


def is_url(location: str) -> bool:
    """Whether a location is a URL for fsspec rather than a path of this computer."""
    return "://" in location


def local_path(location: str | os.PathLike[str]) -> str:
    """A location as text; ``file://`` URLs become paths."""
    text = os.fspath(location)
    return text.removeprefix("file://")


def absolute(location: str | os.PathLike[str]) -> str:
    """A path that stays right when the working directory changes."""
    return os.path.abspath(os.fspath(location))


def inside(folder: str, name: str) -> str:
    """The path of a name in a folder."""
    return os.path.join(folder, name)


def below(folder: str, path: str) -> str:
    """The path of a file in a folder as it is called from there; of one elsewhere in full.

    Folders in between are parted by ``/``, whatever the computer.
    """
    for top, full in ((absolute(folder), absolute(path)), (real(folder), real(path))):
        if full.startswith(inside(top, "")):
            return os.path.relpath(full, top).replace(os.sep, "/")
    return path


def located(folder: str | None, name: str) -> str:
    """The path of what ``below`` has named, from where the folder is now."""
    return name if folder is None else inside(folder, name)


def normal(path: str) -> str:
    """A path without what means nothing in it, such as ``./``."""
    return os.path.normpath(path)


def parent_of(path: str) -> tuple[str, str]:
    """The folder of a path, and its name in there."""
    return os.path.split(path)


def real(location: str | os.PathLike[str]) -> str:
    """The path of what a location leads to, through symbolic links."""
    return os.path.realpath(location)


def parent(path: str) -> str:
    """The folder that a path is in."""
    return os.path.dirname(path)


def exists(path: str) -> bool:
    """Whether there is something of this name."""
    return os.path.exists(path)


def same_file(one: str | os.PathLike[str], other: str | os.PathLike[str]) -> bool:
    """Whether two paths lead to the same file, or will when it is there."""
    return real(one) == real(other)


def is_within(one: str | os.PathLike[str], other: str | os.PathLike[str]) -> bool:
    """Whether a path leads to the same place as another one, or to something below it."""
    place = real(other)
    return real(one) == place or real(one).startswith(os.path.join(place, ""))


def without_secrets(text: str) -> str:
    """A text with URLs as messages show it: user, password and query are masked."""
    return "::".join(_masked_url(part) for part in text.split("::"))


def _masked_url(text: str) -> str:
    scheme, separator, rest = text.partition("://")
    if not separator:
        return text
    if "@" in rest:  # the last one: a password may hold what a URL would have escaped
        rest = f"***@{rest.rpartition('@')[2]}"
    place, question, _ = rest.partition("?")
    return f"{scheme}://{place}" + ("?***" if question else "")


def home(location: str | os.PathLike[str]) -> str:
    """The end of a message on a path that begins with ``~``, which only shells understand."""
    begins = os.fspath(location).startswith("~")
    return "; '~' is the home folder in shells only: pass Path(...).expanduser()" if begins else ""
