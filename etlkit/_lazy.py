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
            message = _not_there(package, name, homes)
            # `from package import name` would put words of its own in place of these
            caller = sys._getframe(1).f_code.co_name  # noqa: SLF001 -- CPython's own way to ask
            if ";" in message and caller == "_handle_fromlist":
                raise ImportError(message, name=package)
            raise AttributeError(message, name=name)
        # __import__ and sys.modules: importlib alone would cost a millisecond here
        __import__(home)
        value = getattr(sys.modules[home], name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *homes} - _OURS)

    return load, names


def _not_there(package: str, name: str, homes: Mapping[str, str]) -> str:
    """What to say of a name that a package does not have, and where it is."""
    message = f"module {package!r} has no attribute {name!r}"
    if not name[:1].isupper():  # a module, which is imported next, or what tools ask for
        return message
    import difflib

    family = _family_of(name)
    if family is None:
        near = difflib.get_close_matches(name, homes, n=1)
        return f"{message}; did you mean {near[0]!r}?" if near else message
    return f"{message}; it is in {family}: from {family} import {name}"


def _family_of(name: str) -> str | None:
    """The public package or module of etlkit that has a name in its ``__all__``."""
    import pkgutil

    root = __name__.partition(".")[0]
    for module in pkgutil.iter_modules(sys.modules[root].__path__, f"{root}."):
        if not module.name.startswith(f"{root}._"):
            __import__(module.name)
            if name in getattr(sys.modules[module.name], "__all__", ()):
                return module.name
    return None
