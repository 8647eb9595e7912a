"""The one door to packages that etlkit does not require."""

from __future__ import annotations

import importlib

from typing import Any

from etlkit.errors import MissingExtra


# The name etlkit is taken on the public index by another project, so extras are
# installed from a checkout until a name is chosen for release.
INSTALL_LINE = "run  python -m pip install '.[{extra}]'  in a checkout of etlkit"


def require(module: str, *, extra: str | None, purpose: str, package: str | None = None) -> Any:
    """The module of an optional package.

    Args:
        module: Its name, as an import statement has it.
        extra: The extra of etlkit that brings the package; None where the package is the
            user's own choice, such as a library for data frames.
        purpose: What needs it, as the subject of a sentence.
        package: Name of the package, where it is not the first part of the module's.

    Raises:
        MissingExtra: The package is not installed; the message has the line that
            installs it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = package or module.partition(".")[0]
        line = f"run  python -m pip install {package}"
        if extra is not None:
            line = INSTALL_LINE.format(extra=extra)
        message = f"{purpose} needs the package {package!r}, which is not installed: {line}"
        raise MissingExtra(message) from error
