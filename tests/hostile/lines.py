"""Lines that end in another way than with a newline, or do not end; fixed width; raw files."""

from __future__ import annotations

from typing import Any

from hostile.case import ONE, TWO, Bad, Case, Fails, Reads, Rejects
from hostile.files import EMPTY
from hostile.shapes import FIXED, ROWS, in_columns, in_lines, sound, with_option


LONG = b'{"id":"' + b"x" * 17_000_000 + b'"}'
NO_NUMBER = (
    "$.id is 'x', expected int: a whole number is digits, with a sign or without, such as -12"
)
CUT = "; the file ends here without a newline, so the record may have been cut off"


def upper_text(data: bytes) -> Any:
    """A record with the text of a file; a list when it begins with a bracket."""
    return [data] if data.startswith(b"[") else {"id": data.decode().upper()}


CASES = (
    sound("lines that end in CR LF", "JSON Lines", b'{"id":1}\r\n{"id":2}\r\n', ONE + TWO),
    sound("lines that end in CR LF", "CSV", b"id,name\r\n1,a\r\n2,b\r\n", ROWS, name="in.csv"),
    in_lines(
        "a bad line that ends in CR LF",
        b'{"id":}\r',
        "json",
        "not JSON: {parser}",
        words="the CR is kept",
    ),
    Case(
        "lines that end in CR alone",
        "JSON Lines",
        b'{"id":1}\r{"id":2}\r',
        Rejects((Bad("json", "not JSON: {parser}" + CUT, b'{"id":1}\r{"id":2}\r', 1),), b""),
    ),
    Case(
        "lines that end in CR alone",
        "CSV",
        b"id,name\r1,a\r2,b\r",
        Fails(
            "InputError",
            "{path}:1: the header cannot be read: a carriage return outside of quotes does not end a row; put quotes around the cell, or convert the file if its lines end in CR",
        ),
        name="in.csv",
    ),
    sound(
        "blank lines",
        "JSON Lines",
        b"\n" + ONE + b"\n  \t\n" + TWO + b"\n\n",
        ONE + TWO,
        words="skipped and counted",
        warnings=("5 blank line(s) skipped",),
    ),
    sound(
        "blank lines",
        "CSV",
        b"\nid,name\n\n1,a\n\n2,b\n\n",
        ROWS,
        name="in.csv",
        words="skipped and counted",
        warnings=("3 blank line(s) skipped",),
    ),
    sound(
        "nothing but newlines",
        "JSON Lines",
        b"\n\n",
        b"",
        words="no records; the destination is empty afterwards",
        warnings=(EMPTY, "2 blank line(s) skipped"),
    ),
    sound("no newline at the end", "JSON Lines", b'{"id":1}\n{"id":2}', ONE + TWO),
    sound("no newline at the end", "CSV", b"id,name\n1,a\n2,b", ROWS, name="in.csv"),
    Case(
        "a last line that is cut off",
        "JSON Lines",
        ONE + b'{"id":',
        Rejects(
            (Bad("json", "not JSON: {parser}" + CUT, b'{"id":'),),
            ONE,
            words="the message says that it may have been cut off",
        ),
    ),
    in_lines(
        "a line above 16 MiB",
        LONG,
        "too_long",
        stage="read",
        kept=4096,
        words="its first 4096 bytes are kept",
        also=(with_option(Reads(lambda: ONE + LONG + b"\n" + TWO), max_record_bytes=1 << 25),),
    ),
    in_lines("two objects on a line", b'{"id":3}{"id":4}', "json", "not JSON: {parser}"),
    in_lines("no JSON at all", b"id=3", "json", "not JSON: {parser}"),
)

FIXED_AND_RAW = (
    in_columns(
        "a line that is too short",
        b"3",
        "fields",
        "the line has 1 characters, but the fields take 2",
    ),
    in_columns(
        "text behind the last field",
        b"3c d",
        "fields",
        "the line has text behind the last field, at position 3; name it among the fields, if only to drop it in a step",
    ),
    sound(
        "blanks behind the last field",
        "fixed width",
        b"1a  \n2b\r\n",
        ROWS,
        name="in.txt",
        options=FIXED,
    ),
    sound(
        "a line of blanks",
        "fixed width",
        b"1a\n   \n2b\n",
        ROWS,
        name="in.txt",
        options=FIXED,
        words="skipped and counted",
        warnings=("1 blank line(s) skipped",),
    ),
    Case(
        "a value that is not of its type",
        "fixed width",
        b"1a\nxb\n",
        Rejects((Bad("type", NO_NUMBER, b"xb"),), b'{"id":1,"name":"a"}\n'),
        name="in.txt",
        options={**FIXED, "schema": {"id": {"type": int}}},
    ),
    sound(
        "any bytes that the function takes",
        "raw",
        b"a\0b\n",
        b'{"id":"A\\u0000B\\n"}\n',
        name="in.bin",
        options={"format": "raw", "decode": upper_text},
    ),
    Case(
        "bytes with which the function fails",
        "raw",
        b"\xff\xfe",
        Rejects(
            (
                Bad(
                    "decode",
                    "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
                    b"\xff\xfe",
                    1,
                    None,
                ),
            ),
            b"",
        ),
        name="in.bin",
        options={"format": "raw", "decode": upper_text},
    ),
    Case(
        "a function that returns no dict",
        "raw",
        b"[1]",
        Rejects(
            (
                Bad(
                    "not_object",
                    "the record is an array, expected a JSON object (a dict)",
                    b"[1]",
                    1,
                    None,
                ),
            ),
            b"",
        ),
        name="in.bin",
        options={"format": "raw", "decode": upper_text},
    ),
    Case(
        "a file above the limit",
        "raw",
        b"x" * 5000,
        Rejects(
            (Bad("too_long", "", b"x" * 5000, 1, None, stage="read", kept=4096, limit=4999),), b""
        ),
        (with_option(Reads(b'{"id":"' + b"X" * 5000 + b'"}\n'), max_record_bytes=5000),),
        name="in.bin",
        options={"format": "raw", "decode": upper_text, "max_record_bytes": 4999},
    ),
)
