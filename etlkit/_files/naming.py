"""Errors of the system that name the path and say what to do."""

from __future__ import annotations

import errno
import os

from contextlib import contextmanager
from typing import TYPE_CHECKING

from etlkit.errors import AccessDenied, ConfigurationError, DestinationUnavailable, EtlkitError


if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def naming(path: str) -> Iterator[None]:
    """Turn errors of the system into errors that name the path and what to do."""
    try:
        yield
    except EtlkitError:  # named already; some are errors of the system, too
        raise
    except (PermissionError, NotADirectoryError, IsADirectoryError) as error:
        message = f"{path}: cannot be written: {error.strerror}; it was left as it was"
        raise AccessDenied(message) from error
    except FileNotFoundError as error:
        folder = os.path.dirname(path) or "."
        what = f"the folder {folder} does not exist"
        if os.path.isdir(folder):
            what = "its temporary file or lock was removed by somebody else"
        message = f"{path}: cannot be written: {what}"
        raise ConfigurationError(message) from error
    except OSError as error:
        if error.errno == errno.EROFS:
            message = f"{path}: cannot be written: {error.strerror}; it was left as it was"
            raise AccessDenied(message) from error
        message = f"{path}: cannot be written: {error.strerror or error}; it was left as it was"
        raise DestinationUnavailable(message) from error
