"""Cells and quotes as spreadsheets, programs and people leave them."""

from __future__ import annotations

from typing import Any

from hostile.case import Bytes, Case, Fails, Reads
from hostile.files import EMPTY
from hostile.shapes import ROWS, in_rows, sound, with_option


NO_NUMBER = (
    "$.id is 'x', expected int: a whole number is digits, with a sign or without, such as -12"
)
AFTER_QUOTE = (
    "text follows the closing quote of a cell; a quote within quotes is doubled, or escaped where "
    "the option escape= says how"
)
TWICE = "{path}:1: the header names the field '%s' twice; name the fields yourself with names=[...] and skip_lines=1"
HUGE = b"x" * 200_000


def failing(
    what: str,
    content: Bytes,
    message: str,
    *also: Any,
    read: int = 0,
    error: str = "InputError",
    **more: Any,
) -> Case:
    """A file that fails as a whole."""
    return Case(what, "CSV", content, Fails(error, message, read), also, name="in.csv", **more)


def fine(what: str, content: bytes, loaded: bytes, **more: Any) -> Case:
    """A file with nothing wrong."""
    return sound(what, "CSV", content, loaded, name="in.csv", **more)


CASES = (
    failing(
        "a quote that is still open at the end",
        b'id,name\n1,a\n2,"b\n3,c\n',
        "{path}:3: the quote that opens here is not closed before the end of the file; nothing was loaded",
        error="InputTruncated",
        read=1,
    ),
    fine(
        "a quote within a cell without quotes",
        b'id,name\n1,a"b\n',
        b'{"id":"1","name":"a\\"b"}\n',
        words="part of the text",
    ),
    in_rows("text behind a closing quote", b'3,"a"b', "csv", AFTER_QUOTE),
    in_rows(
        "a quote escaped by a backslash",
        b'3,"a\\"b\\""',
        "csv",
        AFTER_QUOTE,
        also=(
            with_option(
                Reads(
                    b'{"id":"1","name":"a"}\n{"id":"3","name":"a\\"b\\""}\n{"id":"2","name":"b"}\n'
                ),
                escape="\\",
            ),
        ),
    ),
    in_rows("too few cells", b"3", "columns", "too few cells: 1, where the header names 2"),
    in_rows("too many cells", b"3,c,d", "columns", "too many cells: 3, where the header names 2"),
    in_rows(
        "a carriage return outside of quotes",
        b"3,c\rd",
        "csv",
        "a carriage return outside of quotes does not end a row; put quotes around the cell, or convert the file if its lines end in CR",
    ),
    failing(
        "a header that names a field twice",
        b"id,id\n1,2\n",
        TWICE % "id",
        with_option(Reads(b'{"a":"1","b":"2"}\n'), names=["a", "b"], skip_lines=1),
    ),
    fine("a header with an empty name", b"id,\n1,a\n", b'{"id":"1","":"a"}\n'),
    failing("a header with two empty names", b",\n1,a\n", TWICE % ""),
    fine(
        "a header and nothing else",
        b"id,name\n",
        b"",
        words="no records; the destination is empty afterwards",
        warnings=(EMPTY,),
    ),
    fine(
        "a line `sep=;` at the start",
        b"sep=;\nid;name\n1;a\n2;b\n",
        ROWS,
        words="taken at its word, with a warning",
        warnings=("{path}: its first line says that the delimiter is ';'",),
    ),
    failing(
        "a line `sep=;`, against an option",
        b"sep=;\nid;name\n",
        "{path}: its first line says that the delimiter is ';', but delimiter=',' was passed",
        options={"delimiter": ","},
    ),
    fine(
        "another delimiter",
        b"id;name\n1;a\n2;b\n",
        b'{"id;name":"1;a"}\n{"id;name":"2;b"}\n',
        words="read as one field; a warning asks whether it is meant",
        warnings=("{path}:1: the header is one field, 'id;name'; is delimiter=';' meant?",),
        also=(
            with_option(Reads(ROWS), delimiter=";"),
            with_option(
                Reads(
                    ROWS,
                    words="read, and the result says what was found",
                    warnings=("{path}: its first rows say that the delimiter is ';'",),
                ),
                delimiter="sniff",
            ),
        ),
    ),
    failing(
        "a delimiter that cannot be told",
        b"id\n1\n",
        "{path}: the delimiter cannot be told from the first rows; pass it, for example delimiter=';'",
        options={"delimiter": "sniff"},
    ),
    fine(
        "newlines within quotes", b'id,name\n1,"a\nb\r\nc"\n', b'{"id":"1","name":"a\\nb\\r\\nc"}\n'
    ),
    fine(
        "a cell of 200 000 characters",
        b"id,name\n1," + HUGE + b"\n",
        b'{"id":"1","name":"' + HUGE + b'"}\n',
        words="read: the limit of the csv module does not count",
    ),
    in_rows(
        "a line above `max_record_bytes`",
        b"3," + HUGE,
        "too_long",
        stage="read",
        kept=4096,
        limit=1000,
        words="its first 4096 bytes are kept",
        options={"max_record_bytes": 1000},
    ),
    failing(
        "a quote that is open for more than `max_record_bytes`",
        b'id,name\n1,"' + b"a\n" * 200_000 + b'"\n',
        "{path}:2: the row that begins here goes over several lines and is longer than max_record_bytes allows; is there a quote that is not closed? Nothing was loaded",
        error="InputTruncated",
        options={"max_record_bytes": 1000},
    ),
    fine(
        "spaces around cells and quotes",
        b'id,name\n 1 , "a"\n',
        b'{"id":" 1 ","name":" \\"a\\""}\n',
        words="part of the text",
    ),
    fine("an empty row of commas", b"id,name\n,\n", b'{"id":"","name":""}\n'),
    in_rows(
        "a value that is not of its type",
        b"x,c",
        "type",
        NO_NUMBER,
        loaded=b'{"id":1,"name":"a"}\n{"id":2,"name":"b"}\n',
        options={"schema": {"id": {"type": int}}},
    ),
    failing(
        "a field of the schema that the header lacks",
        b"name\na\n",
        "{path}:1: the header has no field 'id'; the schema requires it",
        options={"schema": {"id": {"type": int, "required": True}}},
    ),
)
