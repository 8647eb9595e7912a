"""What a record needs around its bytes to be a file of its own."""

from __future__ import annotations

import io

from typing import Any

import pytest

from etlkit.formats import Csv, FixedWidth, Format, Json, JsonLines, Raw
from etlkit.records import Origin


SEMICOLON = "id;note\r\n1;a\r\n2;b;c\r\n"


def found(format_: Format, content: bytes) -> list[tuple[Any, bytes, tuple[bytes, bytes]]]:
    """Each item of a file with what is decoded of it, its bytes and its frame."""
    each = []
    for batch in format_.batches(io.BytesIO(content), Origin("file")):
        for position, item in enumerate(batch.items):
            try:
                decoded: Any = batch.decode(item)
            except ValueError as error:
                decoded = type(error)
            each.append((decoded, batch.raw(position) or b"", batch.frame or (b"", b"")))
    return each


@pytest.mark.parametrize(
    ("format_", "content"),
    [
        pytest.param(JsonLines(), b'{"n":1}\n{"n":\n{"n":2}', id="lines"),
        pytest.param(JsonLines(encoding="utf-16"), '{"n":1}\n{"n":"é"}'.encode("utf-16"), id="16"),
        pytest.param(
            JsonLines(encoding="utf-16-be"), '{"n":1}\n[]'.encode("utf-16-be"), id="16 be"
        ),
        pytest.param(Json(), b'[{"n":1}, {"n": [5]},\n 7, {"n": tru}]', id="array"),
        pytest.param(Json(), b'{"n":1}\n{"n":2} {"n": nul}', id="objects"),
        pytest.param(Json(encoding="utf-32"), '[{"n":1},5]'.encode("utf-32"), id="array in 32"),
        pytest.param(Csv(delimiter=";"), SEMICOLON.encode(), id="CSV"),
        pytest.param(Csv(delimiter="sniff"), b"id|note\n1|a,b;c\n2|b", id="sniffed"),
        pytest.param(Csv(), b"sep=;\nid;note\n1;a,b", id="sep"),
        pytest.param(Csv(skip_lines=2), b'title\n"odd\n\nid,note\n1,"a\nb"\n', id="skipped lines"),
        pytest.param(Csv(names=["id", "note"]), b"1,a\n2", id="names"),
        pytest.param(Csv(), b'"the\nid",note\n1,2\n', id="header of two lines"),
        pytest.param(
            Csv(delimiter=";", encoding="utf-16"), SEMICOLON.encode("utf-16"), id="CSV in 16"
        ),
        pytest.param(
            Csv(delimiter=";", encoding="cp1252"), "id;nöte\n1;é\n".encode("cp1252"), id="cp1252"
        ),
        pytest.param(FixedWidth(fields={"id": 2, "n": 3}), b"01abc\n02\n", id="fixed"),
        pytest.param(Raw(decode=lambda data: {"size": len(data)}), b"\0\1\2", id="raw"),
    ],
)
def test_a_record_in_its_frame_is_read_as_in_its_file(format_: Format, content: bytes) -> None:
    """Whatever stands around it there: the same value or failure, and the same bytes."""
    whole = found(format_, content)

    alone = [found(format_, before + raw + after) for _, raw, (before, after) in whole]

    assert [[one[:2] for one in each] for each in alone] == [[one[:2]] for one in whole]


def test_a_batch_of_somebody_elses_has_no_frame() -> None:
    """Whether its bytes are a file of their own is not known."""
    batch = next(JsonLines().batches(io.BytesIO(b"{}\n"), Origin("file")))

    bare = type(batch)(batch.items, batch.origin, 1, batch.decode)

    assert batch.frame == (b"", b"")
    assert bare.frame is None
