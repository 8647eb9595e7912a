"""JSON files of which the elements cannot be told apart, or can in spite of everything."""

from __future__ import annotations

from hostile.case import ONE, TWO, Bad, Bytes, Case, Fails, Reads, Rejects
from hostile.files import EMPTY
from hostile.shapes import in_array, sound, with_option


NOT = "{path}:%s: not a JSON file of records: %s"
CUT = "{path}:%s: the JSON file is cut off: %s; nothing of it was loaded"
MORE = "more text after the end of the value"
NEITHER = "neither an array nor an object"
NO_END = "the element that begins here does not end; a quote or a bracket may be missing"
LONG = b'{"id":"' + b"x" * 100_000 + b'"}'


def failing(what: str, content: Bytes, error: str, message: str, read: int = 0) -> Case:
    """A file that fails as a whole."""
    return Case(what, "JSON", content, Fails(error, message, read), name="in.json")


CASES = (
    sound("one object", "JSON", b'{"id":1}', ONE, name="in.json"),
    sound("objects one after the other", "JSON", b'{"id":1}\n{"id":2} ', ONE + TWO, name="in.json"),
    sound(
        "an empty array",
        "JSON",
        b"[ ]",
        b"",
        name="in.json",
        words="no records; the destination is empty afterwards",
        warnings=(EMPTY,),
    ),
    sound(
        "nothing but white space",
        "JSON",
        b" \n\t",
        b"",
        name="in.json",
        words="no records; the destination is empty afterwards",
        warnings=(EMPTY,),
    ),
    failing(
        "an array without its end",
        b'[{"id":1},\n {"id":2}',
        "InputTruncated",
        CUT % ("2:10", "the array has no ']'"),
        2,
    ),
    failing(
        "an element without its end",
        b'[{"id":1},\n {"id":2',
        "InputTruncated",
        CUT % ("2:2", NO_END),
        1,
    ),
    failing(
        "a text without its closing quote",
        b'[{"id":1},\n {"id":"2}]',
        "InputTruncated",
        CUT % ("2:2", NO_END),
        1,
    ),
    failing(
        "a comma behind the last element",
        b'[{"id":1},]',
        "InputError",
        NOT % ("1:11", "a comma before the end of the array"),
        1,
    ),
    failing(
        "a comma too many",
        b'[{"id":1},,{"id":2}]',
        "InputError",
        NOT % ("1:11", "a value expected"),
        1,
    ),
    failing(
        "a comma too few",
        b'[{"id":1} {"id":2}]',
        "InputError",
        NOT % ("1:11", "',' or ']' expected after an element"),
        1,
    ),
    failing(
        "a comment between elements",
        b'[{"id":1} /* one */, {"id":2}]',
        "InputError",
        NOT % ("1:11", "',' or ']' expected after an element"),
        1,
    ),
    failing("two arrays", b'[{"id":1}][{"id":2}]', "InputError", NOT % ("1:11", MORE), 1),
    failing("text behind the end", b'[{"id":1}] done', "InputError", NOT % ("1:12", MORE), 1),
    failing(
        "a bracket of the wrong kind at the end",
        b'[{"id":1}}',
        "InputError",
        NOT % ("1:10", "',' or ']' expected after an element"),
        1,
    ),
    failing("a text, a number or `null` as a file", b'"id"', "InputError", NOT % ("1:1", NEITHER)),
    failing("no JSON at all", b"<html>", "InputError", NOT % ("1:1", NEITHER)),
    Case(
        "an array within the array",
        "JSON",
        b'[[{"id":1}],{"id":2}]',
        Rejects(
            (
                Bad(
                    "not_object",
                    "the record is an array, expected a JSON object (a dict)",
                    b'[{"id":1}]',
                    1,
                    1,
                ),
            ),
            TWO,
        ),
        name="in.json",
    ),
    failing("100 000 opening brackets", b"[" * 100_000, "InputTruncated", CUT % ("1:2", NO_END)),
    Case(
        "100 000 brackets that close again",
        "JSON",
        b"[" * 100_000 + b"]" * 100_000,
        Rejects(
            (
                Bad(
                    "depth",
                    "the record is nested deeper than 250 levels",
                    b"[" * 99_999 + b"]" * 99_999,
                    1,
                    1,
                ),
            ),
            b"",
        ),
        name="in.json",
    ),
    in_array(
        "an element above `max_record_bytes`",
        LONG,
        "too_long",
        stage="read",
        kept=4096,
        words="its first 4096 bytes are kept",
        limit=99_999,
        options={"max_record_bytes": 99_999},
        also=(with_option(Reads(ONE + LONG + b"\n" + TWO), max_record_bytes=1 << 24),),
    ),
)
