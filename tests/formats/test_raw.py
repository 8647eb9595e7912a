"""A raw file is one record, made by a function of the user's."""

from __future__ import annotations

import hashlib

from pathlib import Path
from typing import Any

import pytest

from etlkit import ETLJob, FileSource, Quarantine
from etlkit.errors import ConfigurationError
from etlkit.formats.text.lines import CHUNK_BYTES


def text_of(data: bytes) -> dict[str, Any]:
    """A record with the text of a file."""
    return {"text": data.decode()}


def put(folder: Path, **files: bytes) -> str:
    """Write files, and return the pattern that matches them."""
    for name, data in files.items():
        (folder / f"{name}.bin").write_bytes(data)
    return str(folder / "*.bin")


@pytest.mark.parametrize(
    "data", [b"", b"one\ntwo\n", b"x" * (CHUNK_BYTES + 1)], ids=["empty", "lines", "large"]
)
def test_a_file_is_one_record(tmp_path: Path, data: bytes) -> None:
    """The function gets all bytes of a file at once, whatever they are."""
    pattern = put(tmp_path, a=data)

    found = FileSource(pattern, format="raw", decode=text_of).extract()

    assert found == [{"text": data.decode()}]


def test_each_file_is_record_number_one_of_its_own(tmp_path: Path) -> None:
    """What fails is set aside with its bytes, and the other files are read."""
    pattern = put(tmp_path, a=b"good", b=b"\xff\xfebad", c=b"fine")
    source = FileSource(pattern, format="raw", decode=text_of)

    result = ETLJob(
        "letters", "Letters", source, None, tmp_path / "out.jsonl", on_error=Quarantine()
    ).execute()

    (rejection,) = result.rejections
    assert result.rows_loaded == 2
    assert (rejection.place, rejection.code, rejection.raw) == (
        f"{tmp_path}/b.bin:1",
        "decode",
        b"\xff\xfebad",
    )
    assert rejection.message == (
        "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"
    )


def test_a_result_that_is_no_dict_is_rejected(tmp_path: Path) -> None:
    """The function has to make a record."""
    source = FileSource(put(tmp_path, a=b"abc"), format="raw", decode=bytes.decode)

    result = ETLJob(
        "letters", "Letters", source, None, tmp_path / "out.jsonl", on_error=Quarantine()
    ).execute()

    (rejection,) = result.rejections
    assert (rejection.code, rejection.message) == (
        "not_object",
        "the record is a string, expected a JSON object (a dict)",
    )


def test_a_record_that_the_function_keeps_is_not_changed(tmp_path: Path) -> None:
    """A step changes a copy."""
    kept = {"text": "as it was", "words": ["as", "it"]}
    source = FileSource(put(tmp_path, a=b"abc"), format="raw", decode=lambda _: kept)

    (found,) = source.extract()
    found["words"].append("was")

    assert kept == {"text": "as it was", "words": ["as", "it"]}


@pytest.mark.parametrize("size", [11, 5_000, 2 * CHUNK_BYTES])
def test_a_file_above_the_limit_is_refused(tmp_path: Path, size: int) -> None:
    """Of a file that is too long its beginning, length and hash are kept."""
    data = b"x" * size
    source = FileSource(put(tmp_path, a=data), format="raw", decode=text_of, max_record_bytes=10)

    (batch,) = source.batches()

    (refusal,) = batch.refused
    assert (refusal.code, refusal.raw, refusal.raw_bytes) == ("too_long", data[:4096], size)
    assert refusal.message == (
        f"the record has {size} bytes, more than max_record_bytes=10; pass a higher one to read "
        f"it; kept are its first {min(size, 4096)} bytes (sha256 of all: {hashlib.sha256(data).hexdigest()})"
    )


def test_what_cannot_be_called_is_refused() -> None:
    """A mistaken option fails where it is written."""
    with pytest.raises(ConfigurationError) as caught:
        FileSource("*.bin", format="raw", decode="utf-8")

    assert str(caught.value) == "decode is a function that makes a record of bytes, got 'utf-8'"
