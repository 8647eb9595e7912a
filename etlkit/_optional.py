"""The one door to packages that etlkit does not require."""

from __future__ import annotations

import importlib

from typing import Any

from etlkit.errors import MissingExtra


# The name etlkit is taken on the public index by another project, so extras are
# installed from a checkout until a name is chosen for release.
INSTALL_LINE = "python -m pip install '.[{extra}]'"


def require(module: str, *, extra: str, purpose: str) -> Any:
    """The module of an optional package.

    Raises:
        MissingExtra: The package is not installed; the message has the line that
            installs it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        line = INSTALL_LINE.format(extra=extra)
        message = (
            f"{purpose} needs the package {module.partition('.')[0]!r}, which is not installed: "
            f"run  {line}  in a checkout of etlkit"
        )
        raise MissingExtra(message) from error
