"""CSV files of other encodings: values as text, rejected rows as the bytes of the file."""

from __future__ import annotations

import codecs

from pathlib import Path

import pytest

from etlkit import ETLJob, FileSource, Quarantine
from etlkit.errors import ConfigurationError


ROWS = "name,n\r\nZoë,1\r\nMüller,2\r\n"


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("utf-16", codecs.BOM_UTF16_BE + ROWS.encode("utf-16-be")),
        ("utf-16", codecs.BOM_UTF16_LE + ROWS.encode("utf-16-le")),
        ("utf-16-be", ROWS.encode("utf-16-be")),
        ("utf-32", ROWS.encode("utf-32")),
        ("latin-1", ROWS.encode("latin-1")),
        ("cp1252", ROWS.encode("cp1252")),
        ("utf-8-sig", ROWS.encode("utf-8-sig")),
        ("gb18030", ROWS.encode("gb18030")),
    ],
)
def test_a_file_of_another_encoding_is_read(tmp_path: Path, encoding: str, data: bytes) -> None:
    """The option says which."""
    (tmp_path / "a.csv").write_bytes(data)

    found = FileSource(tmp_path / "a.csv", encoding=encoding).extract()

    assert found == [{"name": "Zoë", "n": "1"}, {"name": "Müller", "n": "2"}]


@pytest.mark.parametrize(
    ("encoding", "stored"),
    [("utf-16", "utf-16-be"), ("utf-16-le", "utf-16-le"), ("cp1252", "cp1252")],
)
def test_a_rejected_row_keeps_the_bytes_of_the_file(
    tmp_path: Path, encoding: str, stored: str
) -> None:
    """Also where only the byte order mark tells what they are."""
    mark = codecs.BOM_UTF16_BE if stored == "utf-16-be" else b""
    (tmp_path / "a.csv").write_bytes(mark + (ROWS + "Zoë,3,4\r\n").encode(stored))
    source = FileSource(tmp_path / "a.csv", encoding=encoding)

    result = ETLJob("a", "A", source, None, "memory:", on_error=Quarantine()).execute()

    (rejection,) = result.rejections
    assert rejection.raw == "Zoë,3,4\r".encode(stored)
    assert result.rows_loaded == 2


@pytest.mark.parametrize(
    ("encoding", "bad"),
    [
        ("cp1252", b"\x81"),
        ("shift_jis", b"\xff"),
        ("utf-16-le", b"\x00\xd8"),
        ("utf-16-be", b"\xdc\x41"),
    ],
)
def test_bytes_that_cannot_be_decoded_reject_their_row_only(
    tmp_path: Path, encoding: str, bad: bytes
) -> None:
    """The others are loaded, and the bytes are kept."""
    before, after = "name,n\nA,1\n".encode(encoding), "B,2\n".encode(encoding)
    comma, end = ",9".encode(encoding), "\n".encode(encoding)
    (tmp_path / "a.csv").write_bytes(before + bad + comma + end + after)
    source = FileSource(tmp_path / "a.csv", encoding=encoding)

    result = ETLJob("a", "A", source, None, "memory:", on_error=Quarantine()).execute()

    (rejection,) = result.rejections
    assert (rejection.code, rejection.raw) == ("utf8", bad + comma)
    assert result.rows_loaded == 2


def test_an_encoding_that_cannot_be_read_is_refused_at_once() -> None:
    """When the source is made, before any file is looked for."""
    with pytest.raises(ConfigurationError) as caught:
        FileSource("a.csv", encoding="utf-61")

    assert str(caught.value) == (
        "a.csv: unknown encoding 'utf-61'; did you mean 'utf-16'?; known are the names that Python has, "
        "such as 'utf-8', 'utf-16', 'cp1252' and 'shift_jis'"
    )
