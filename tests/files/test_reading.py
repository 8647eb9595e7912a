"""Files are opened with errors that name them, and logs are read line by line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from etlkit._files.reading import matching_files, open_for_reading, read_lines
from etlkit.errors import SourceNotFound, SourceUnavailable


def test_a_file_is_opened_for_its_bytes(tmp_path: Path) -> None:
    """The stream gives what the file holds."""
    (tmp_path / "a.jsonl").write_bytes(b"{}\r\n")

    with open_for_reading(str(tmp_path / "a.jsonl")) as stream:
        found = stream.read()

    assert found == b"{}\r\n"


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    """The message names the file."""
    with pytest.raises(SourceNotFound) as caught:
        open_for_reading(str(tmp_path / "a.jsonl"))

    assert str(caught.value) == f"{tmp_path}/a.jsonl: there is no such file"


def test_a_folder_cannot_be_opened(tmp_path: Path) -> None:
    """A folder in the place of a file is not read as an empty one."""
    with pytest.raises(SourceUnavailable) as caught:
        open_for_reading(str(tmp_path))

    assert str(caught.value) == f"{tmp_path}: cannot be opened: Is a directory"


def test_a_file_of_somebody_else_is_an_error(
    reachable: Path, unprivileged: Callable[[str], str]
) -> None:
    """What this process may not read is told from what is not there."""
    (reachable / "a.jsonl").touch(mode=0o600)
    (reachable / "a.jsonl").chmod(0o000)

    found = unprivileged("open_for_reading('a.jsonl')")

    assert found == "AccessDenied: a.jsonl: this process may not read it (Permission denied)"


def test_a_path_that_is_a_file_stands_for_itself(tmp_path: Path) -> None:
    """No pattern is seen in a name that exists."""
    path = tmp_path / "[a].jsonl"
    path.touch()

    found = matching_files(str(path))

    assert found == [str(path)]


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"a\nb\n", [b"a\n", b"b\n"]),
        (b"a\nb", [b"a\n", b"b"]),
        ("a\u2028b\rc\n".encode(), ["a\u2028b\rc\n".encode()]),
    ],
    ids=["empty", "whole", "torn", "other separators"],
)
def test_a_log_is_read_line_by_line(tmp_path: Path, data: bytes, lines: list[bytes]) -> None:
    """Lines end at newlines only, and the last one may be torn."""
    (tmp_path / "log").write_bytes(data)

    found = list(read_lines(str(tmp_path / "log")))

    assert found == lines


def test_a_log_that_is_missing_has_no_lines(tmp_path: Path) -> None:
    """Nothing was logged yet."""
    found = list(read_lines(str(tmp_path / "log")))

    assert found == []
