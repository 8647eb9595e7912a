"""Names of a package that are imported when they are first used (PEP 562)."""

from __future__ import annotations

import sys

from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


_OURS = {"TYPE_CHECKING", "annotations", "lazy_names"}
"""Names that a lazy package has for itself; a listing of its names is for users."""


def lazy_names(
    package: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """The ``__getattr__`` and ``__dir__`` of a package whose names live in other modules.

    ``homes`` gives the module of each name. A name is kept in the package once
    it was looked up, so the second look costs what an ordinary attribute costs.
    """

    def load(name: str) -> object:
        home = homes.get(name)
        if home is None:
            message = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(message)
        # __import__ and sys.modules: importlib alone would cost a millisecond here
        __import__(home)
        value = getattr(sys.modules[home], name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *homes} - _OURS)

    return load, names
