"""Files in any encoding: the same records, and their own bytes in quarantine."""

from __future__ import annotations

import hashlib
import json

from pathlib import Path
from typing import Any

import pytest

from etlkit import ETLJob, FileSource, Quarantine
from etlkit.errors import ConfigurationError
from etlkit.records import Rejection


TEXTS = ['{"id":1,"name":"Zo\u00eb"}', '{"id":2,"name":}', '{"id":3,"name":"\u00e9t\u00e9"}']
SHAPES = pytest.mark.parametrize(
    ("name", "text"),
    [
        ("in.jsonl", "\n".join(TEXTS) + "\n"),
        ("in.jsonl", "\r\n".join(TEXTS)),
        ("in.json", "[" + ",\n".join(TEXTS) + "]"),
        ("in.json", "\n".join(TEXTS)),
    ],
    ids=["lines", "Windows lines", "array", "sequence"],
)
ENCODINGS = pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252", "utf-8"]
)


def loaded(path: Path, **options: Any) -> tuple[list[Any], tuple[Rejection, ...]]:
    """What a run makes of a file: the records that it loads, and those that it sets aside."""
    out = path.with_name("out.jsonl")
    job = ETLJob("forms", "Forms", FileSource(path, **options), None, out, on_error=Quarantine())
    result = job.execute().raise_if_failed()
    return [json.loads(line) for line in out.read_bytes().splitlines()], result.rejections


@ENCODINGS
@SHAPES
def test_a_file_in_any_encoding_is_read(
    tmp_path: Path, name: str, text: str, encoding: str
) -> None:
    """The records are those of the same text in UTF-8."""
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))

    records, rejections = loaded(path, encoding=encoding)

    assert records == [json.loads(TEXTS[0]), json.loads(TEXTS[2])]
    assert [one.place for one in rejections] == [f"{path}:2"]


@ENCODINGS
@SHAPES
def test_a_rejected_record_keeps_the_bytes_of_its_file(
    tmp_path: Path, name: str, text: str, encoding: str
) -> None:
    """What is kept of a record is what the file holds, not what was made of it."""
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))

    _, (rejection,) = loaded(path, encoding=encoding)

    start = text.index(TEXTS[1])
    whole = TEXTS[1] + ("\r" if "\r" in text else "")
    assert rejection.raw in path.read_bytes()
    assert (rejection.raw or b"").decode(
        {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(encoding, encoding)
    ) == text[start : start + len(whole)]


def test_a_byte_order_mark_tells_the_order(tmp_path: Path) -> None:
    """UTF-16 in either order is read, and its records keep theirs."""
    path = tmp_path / "in.jsonl"
    path.write_bytes("\ufeff{}\nnone\n".encode("utf-16-be"))

    records, (rejection,) = loaded(path, encoding="utf-16")

    assert records == [{}]
    assert rejection.raw == "none".encode("utf-16-be")


@pytest.mark.parametrize(
    ("name", "end"), [("in.jsonl", b"\n"), ("in.json", b" ")], ids=["jsonl", "json"]
)
def test_bytes_that_mean_nothing_cost_one_record(tmp_path: Path, name: str, end: bytes) -> None:
    """A byte that the encoding does not know is a fault of its record alone."""
    path = tmp_path / name
    path.write_bytes(b'{"a":"\x81"}' + end + b'{"a":"\xe9"}' + end)

    records, (rejection,) = loaded(path, encoding="cp1252")

    assert records == [{"a": "\u00e9"}]
    assert (rejection.code, rejection.message, rejection.raw) == (
        "utf8",
        "not valid cp1252",
        b'{"a":"\x81"}',
    )


def test_fixed_width_text_may_have_any_encoding(tmp_path: Path) -> None:
    """Positions count characters, and a rejected line keeps its bytes."""
    path = tmp_path / "in.txt"
    path.write_bytes("Zo\u00eb  17\n\u00c9t\u00e9\n".encode("latin-1"))

    records, (rejection,) = loaded(
        path, format="fixed", fields={"name": 5, "id": 2}, encoding="latin-1"
    )

    assert records == [{"name": "Zo\u00eb", "id": "17"}]
    assert rejection.raw == b"\xc9t\xe9"


def test_a_record_that_is_too_long_keeps_its_beginning(tmp_path: Path) -> None:
    """The beginning is that of the file, and the message says what was counted."""
    path = tmp_path / "in.jsonl"
    text = '{"a":"' + "\u20ac" * 3000 + '"}'
    path.write_bytes(f"{text}\n{{}}\n".encode("utf-16-le"))

    _, (rejection,) = loaded(path, encoding="utf-16-le", max_record_bytes=5000)

    assert rejection.raw == ('{"a":"' + "\u20ac" * 1363).encode("utf-16-le")
    assert rejection.message == (
        "the record has 9008 bytes, more than max_record_bytes=5000; pass a higher one to read it; "
        "kept are its first 4096 "
        f"bytes (sha256 of all: {hashlib.sha256(text.encode()).hexdigest()}); "
        "counted and hashed is its text as UTF-8"
    )


@pytest.mark.parametrize(
    ("options", "where"),
    [({}, "in.jsonl: "), ({"format": "jsonl"}, ""), ({"format": "json"}, "")],
    ids=["by the suffix", "as lines", "as JSON"],
)
def test_an_encoding_that_cannot_be_read_is_refused_at_once(
    options: dict[str, Any], where: str
) -> None:
    """A mistaken option fails before any file is looked for."""
    with pytest.raises(ConfigurationError) as caught:
        FileSource("in.jsonl", encoding="utf-7", **options)

    assert str(caught.value) == (
        f"{where}encoding 'utf-7' cannot be read: what a byte means depends on those before it, "
        "so no record could be kept as it was; convert the file to UTF-8 before"
    )
