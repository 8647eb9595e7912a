"""Bytes that are not the UTF-8 that they are read as."""

from __future__ import annotations

from hostile.case import ONE, TWO, Bad, Case, Fails, Reads, Rejects
from hostile.shapes import ROWS, in_array, in_columns, in_lines, in_rows, sound, with_option


BOM = b"\xef\xbb\xbf"
ARRAY = b'[{"id":1},{"id":2}]'
TABLE = b"id,name\n1,a\n2,b\n"
UTF16 = "{path}: the file is UTF-16, but is read as UTF-8; pass encoding='utf-16'"
NO_CELL = "not valid utf-8 in cell 2; pass the encoding of the file, for example encoding='cp1252'"
UNMARKED = "{path}: the file looks like UTF-16 without a byte order mark, but is read as UTF-8; pass encoding='utf-16-le'"
UTF32 = "{path}: the file is UTF-32, but is read as UTF-8; pass encoding='utf-32'"
# Nothing but UTF-8 says where the next character begins after a byte that is wrong.
BROKEN = {
    "a byte that is no UTF-8, such as `\\xe9`": (b"\xe9", 0xE9),
    "an overlong form, `\\xc0\\xaf`": (b"\xc0\xaf", 0xC0),
    "half of a surrogate pair, `\\xed\\xa0\\x80`": (b"\xed\xa0\x80", 0xED),
    "a character beyond U+10FFFF": (b"\xf4\x90\x80\x80", 0xF4),
    "a character that is cut off": (b"\xe2\x82", 0xE2),
}


def utf8_cases() -> tuple[Case, ...]:
    """Each mistake in each kind of file."""
    return tuple(
        case
        for what, (data, byte) in BROKEN.items()
        for case in (
            in_lines(
                what, b'{"id":"' + data + b'"}', "utf8", f"not valid UTF-8: byte {byte:#04x} at 7"
            ),
            in_array(
                what, b'{"id":"' + data + b'"}', "utf8", f"not valid UTF-8: byte {byte:#04x} at 7"
            ),
            in_rows(what, b"3," + data, "utf8", NO_CELL),
            in_columns(what, b"3" + data, "utf8", f"not valid UTF-8: byte {byte:#04x} at 1"),
        )
    )


def mark_cases() -> tuple[Case, ...]:
    """Byte order marks, where they belong and where they do not."""
    at_start = "a byte order mark at the start"
    return (
        sound(at_start, "JSON Lines", BOM + ONE + TWO, ONE + TWO, words="skipped"),
        sound(at_start, "JSON", BOM + ARRAY, ONE + TWO, name="in.json", words="skipped"),
        sound(at_start, "CSV", BOM + TABLE, ROWS, name="in.csv", words="skipped"),
        in_lines(
            "a byte order mark amid the file",
            BOM + b'{"id":3}',
            "json",
            "a byte order mark in the middle of the file",
        ),
        Case(
            "a byte order mark amid the file",
            "JSON",
            b'[{"id":1}' + BOM + b',{"id":2}]',
            Fails(
                "InputError",
                "{path}:1:10: not a JSON file of records: ',' or ']' expected after an element",
                1,
            ),
            name="in.json",
        ),
        sound(
            "a byte order mark amid the file",
            "CSV",
            b"id,name\n" + BOM + b"1,a\n",
            '{"id":"\ufeff1","name":"a"}\n'.encode(),
            name="in.csv",
            words="part of the text",
        ),
    )


def utf16_cases() -> tuple[Case, ...]:
    """UTF-16 and UTF-32, said and not said."""
    text, array, table = (ONE + TWO).decode(), ARRAY.decode(), TABLE.decode()
    marked = "UTF-16 with a byte order mark"
    with_mark = Fails("InputError", UTF16)
    return (
        Case(
            marked,
            "JSON Lines",
            text.encode("utf-16"),
            with_mark,
            (
                with_option(Reads(ONE + TWO), encoding="utf-16"),
                with_option(
                    Fails(
                        "InputError",
                        "{path}: the file begins with the byte order mark of utf-16-le, so it is not utf-16-be; pass encoding='utf-16-le'",
                    ),
                    encoding="utf-16-be",
                ),
            ),
        ),
        Case(
            marked,
            "JSON",
            array.encode("utf-16"),
            with_mark,
            (with_option(Reads(ONE + TWO), encoding="utf-16"),),
            name="in.json",
        ),
        Case(
            marked,
            "CSV",
            table.encode("utf-16"),
            with_mark,
            (with_option(Reads(ROWS), encoding="utf-16"),),
            name="in.csv",
        ),
        Case(
            "UTF-32 with a byte order mark",
            "JSON Lines",
            text.encode("utf-32"),
            Fails("InputError", UTF32),
            (with_option(Reads(ONE + TWO), encoding="utf-32"),),
        ),
        Case(
            "UTF-16 without a byte order mark",
            "JSON Lines",
            text.encode("utf-16-le"),
            Fails("InputError", UNMARKED),
            (with_option(Reads(ONE + TWO), encoding="utf-16-le"),),
        ),
        Case(
            "UTF-16 without a byte order mark",
            "JSON",
            array.encode("utf-16-le"),
            Fails("InputError", UNMARKED),
            (with_option(Reads(ONE + TWO), encoding="utf-16-le"),),
            name="in.json",
        ),
        Case(
            "UTF-16 without a byte order mark",
            "CSV",
            table.encode("utf-16-le"),
            Fails("InputError", UNMARKED),
            (with_option(Reads(ROWS), encoding="utf-16-le"),),
            name="in.csv",
        ),
        Case(
            "UTF-16 that ends within a character",
            "JSON Lines",
            text.encode("utf-16")[:-1],
            with_mark,
            (
                with_option(
                    Fails(
                        "InputTruncated",
                        "{path}: the file ends within a character; nothing of it was loaded",
                        1,
                    ),
                    encoding="utf-16",
                ),
            ),
        ),
    )


def other_cases() -> tuple[Case, ...]:
    """Encodings of one byte for each character, and bytes that mean nothing in any text."""
    latin, place = '{"id":"café"}'.encode("latin-1"), "not valid UTF-8: byte 0xe9 at 10"
    cafe = '{"id":"café"}\n'.encode()
    return (
        Case(
            "Latin-1 or cp1252",
            "JSON Lines",
            ONE + latin + b"\n" + TWO,
            Rejects((Bad("utf8", place, latin),)),
            (with_option(Reads(ONE + cafe + TWO), encoding="cp1252"),),
        ),
        Case(
            "Latin-1 or cp1252",
            "CSV",
            "id,name\n1,café\n".encode("latin-1"),
            Rejects((Bad("utf8", NO_CELL, b"1,caf\xe9", 1, 2),), b""),
            (with_option(Reads('{"id":"1","name":"café"}\n'.encode()), encoding="latin-1"),),
            name="in.csv",
        ),
        Case(
            "Latin-1 in the header",
            "CSV",
            "id,prénom\n1,a\n".encode("latin-1"),
            Fails(
                "InputError",
                "{path}:1: the header is not valid utf-8; pass the encoding of the file, for example encoding='cp1252'",
            ),
            (with_option(Reads('{"id":"1","prénom":"a"}\n'.encode()), encoding="cp1252"),),
            name="in.csv",
        ),
        Case(
            "a byte that the encoding has no character for",
            "JSON Lines",
            ONE + b'{"id":"\x81"}\n' + TWO,
            Rejects((Bad("utf8", "not valid UTF-8: byte 0x81 at 7", b'{"id":"\x81"}'),)),
            (
                with_option(
                    Rejects((Bad("utf8", "not valid cp1252", b'{"id":"\x81"}'),)), encoding="cp1252"
                ),
            ),
        ),
        in_lines("a NUL byte", b'{"id":"a\0b"}', "json", "not JSON: {parser}"),
        in_array("a NUL byte", b'{"id":"a\0b"}', "json", "not JSON: {parser}"),
        sound(
            "a NUL byte",
            "CSV",
            b"id,name\n1,a\0b\n",
            b'{"id":"1","name":"a\\u0000b"}\n',
            name="in.csv",
            words="part of the text",
        ),
        sound(
            "a NUL byte",
            "fixed width",
            b"1\0\n",
            b'{"id":"1","name":"\\u0000"}\n',
            name="in.txt",
            options={"format": "fixed", "fields": {"id": 1, "name": 1}},
            words="part of the text",
        ),
        in_lines(
            "a control character within a text", b'{"id":"a\tb"}', "json", "not JSON: {parser}"
        ),
        sound(
            "U+2028, U+2029, U+0085 within a text",
            "JSON Lines",
            '{"id":"a\u2028b\u2029c\u0085d"}\n'.encode(),
            '{"id":"a\u2028b\u2029c\u0085d"}\n'.encode(),
            words="part of the text: lines end at newlines only",
        ),
        sound(
            "U+2028, U+2029, U+0085 within a text",
            "CSV",
            'id,name\n1,"a\u2028b"\n2,c\u0085d\x0b\x0c\n'.encode(),
            '{"id":"1","name":"a\u2028b"}\n{"id":"2","name":"c\u0085d\\u000b\\f"}\n'.encode(),
            name="in.csv",
            words="part of the text: lines end at newlines only",
        ),
    )


CASES = (*utf8_cases(), *mark_cases(), *utf16_cases(), *other_cases())
