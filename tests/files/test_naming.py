"""Errors of the system become errors that name the path and what to do."""

from __future__ import annotations

import errno
import os

import pytest

from etlkit._files.naming import naming
from etlkit.errors import (
    AccessDenied,
    ConfigurationError,
    DestinationUnavailable,
    EtlkitError,
)


@pytest.mark.parametrize(
    ("number", "kind", "message"),
    [
        (errno.EACCES, AccessDenied, "Permission denied; it was left as it was"),
        (errno.EPERM, AccessDenied, "Operation not permitted; it was left as it was"),
        (errno.EISDIR, AccessDenied, "Is a directory; it was left as it was"),
        (errno.ENOTDIR, AccessDenied, "Not a directory; it was left as it was"),
        (errno.EROFS, AccessDenied, "Read-only file system; it was left as it was"),
        (errno.ENOENT, ConfigurationError, "the folder data does not exist"),
        (errno.ENOSPC, DestinationUnavailable, "No space left on device; it was left as it was"),
        (errno.EIO, DestinationUnavailable, "Input/output error; it was left as it was"),
        (errno.EDQUOT, DestinationUnavailable, "Disk quota exceeded; it was left as it was"),
    ],
    ids=lambda value: errno.errorcode[value] if isinstance(value, int) else "",
)
def test_an_error_of_the_system_names_the_path(
    number: int, kind: type[EtlkitError], message: str
) -> None:
    """What can only be mended by hand is told from what may pass by itself."""
    with pytest.raises(EtlkitError) as caught, naming("data/out.jsonl"):
        raise OSError(number, os.strerror(number))

    assert (type(caught.value), str(caught.value)) == (
        kind,
        f"data/out.jsonl: cannot be written: {message}",
    )


def test_an_error_without_a_number_keeps_its_words() -> None:
    """Some errors of the system are only words."""
    with pytest.raises(DestinationUnavailable) as caught, naming("out.jsonl"):
        raise OSError("the cable is out")

    assert str(caught.value) == (
        "out.jsonl: cannot be written: the cable is out; it was left as it was"
    )


def test_a_file_that_somebody_removed_is_not_blamed_on_the_folder() -> None:
    """The folder is there, so something else is missing."""
    with pytest.raises(ConfigurationError) as caught, naming("out.jsonl"):
        raise FileNotFoundError(errno.ENOENT, "No such file or directory")

    assert str(caught.value) == (
        "out.jsonl: cannot be written: its temporary file or lock was removed by somebody else"
    )


def test_other_errors_pass() -> None:
    """What is no error of the system is none of this door's business."""
    with pytest.raises(ValueError, match=r"^something else$"), naming("out.jsonl"):
        raise ValueError("something else")
