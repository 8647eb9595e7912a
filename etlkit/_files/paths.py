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
