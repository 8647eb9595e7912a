"""JSON that is not JSON, or means what no other program would take it for."""

from __future__ import annotations

import functools

import orjson

from hostile.case import ONE, TWO, Bytes, Case, Reads, made
from hostile.shapes import in_array, in_lines, sound, with_option


ODD = "not JSON: NaN and Infinity have no form in JSON ({parser})"
PARSER = "not JSON: {parser}"
DEEP = "the record is nested deeper than 250 levels"
TOO_WIDE = "an integer that Python does not read: Exceeds the limit (4300 digits) for integer string conversion: value has 4301 digits; use sys.set_int_max_str_digits() to increase the limit"
NO_OBJECT = "the record is {}, expected a JSON object (a dict)"


def nested(levels: int) -> bytes:
    """A record with so many levels, its own among them."""
    return b'{"id":' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"


@functools.cache
def many_keys() -> bytes:
    """A record with 100 000 keys."""
    return b"{" + b",".join(b'"k%d":%d' % (number, number) for number in range(100_000)) + b"}"


BAD: dict[str, tuple[Bytes, str, str]] = {
    "`NaN`": (b'{"id":NaN}', "json", ODD),
    "`Infinity`": (b'{"id":Infinity}', "json", ODD),
    "`-Infinity`": (b'{"id":-Infinity}', "json", ODD),
    "`1e400`": (b'{"id":1e400}', "json", PARSER),
    "half of a surrogate pair, `\\ud800`": (b'{"id":"\\ud800"}', "json", PARSER),
    "an escape that JSON does not have, `\\x41`": (b'{"id":"\\x41"}', "json", PARSER),
    "`01`": (b'{"id":01}', "json", PARSER),
    "`+1`": (b'{"id":+1}', "json", PARSER),
    "`.5`": (b'{"id":.5}', "json", PARSER),
    "`0x1F`": (b'{"id":0x1F}', "json", PARSER),
    "`1_000`": (b'{"id":1_000}', "json", PARSER),
    "quotes of the wrong kind": (b"{'id':3}", "json", PARSER),
    "a comma too many": (b'{"id":3,}', "json", PARSER),
    "a comment": (b'{"id":3 /* three */}', "json", PARSER),
    "`None`": (b'{"id":None}', "json", PARSER),
    "a key without quotes": (b"{id:3}", "json", PARSER),
    "an integer of more than 4300 digits": (b'{"id":' + b"9" * 4301 + b"}", "integer", TOO_WIDE),
    "nesting of 251 levels": (nested(251), "depth", DEEP),
    "nesting of 100 000 levels": (nested(100_000), "depth", DEEP),
    "a number in place of an object": (b"5", "not_object", NO_OBJECT.format("a number")),
    "a text in place of an object": (b'"id"', "not_object", NO_OBJECT.format("a string")),
    "an array in place of an object": (b'[{"id":3}]', "not_object", NO_OBJECT.format("an array")),
    "`null` in place of an object": (b"null", "not_object", NO_OBJECT.format("null")),
    "`true` in place of an object": (b"true", "not_object", NO_OBJECT.format("true or false")),
}

GOOD: dict[str, tuple[Bytes, Bytes, str]] = {
    "`\\u0000` in a text": (b'{"id":"a\\u0000b"}', b'{"id":"a\\u0000b"}', "read"),
    "`1e-400`": (b'{"id":1e-400}', b'{"id":0.0}', "read as 0.0, as every reader of doubles does"),
    "`-0.0`": (b'{"id":-0.0}', b'{"id":-0.0}', "read"),
    "a double of 17 digits": (b'{"id":0.12345678901234568}', b'{"id":0.12345678901234568}', "read"),
    "an integer of 65 bits": (
        b'{"id":18446744073709551616}',
        b'{"id":18446744073709551616}',
        "read, exactly",
    ),
    "an integer of 4300 digits": (
        b'{"id":' + b"9" * 4300 + b"}",
        b'{"id":' + b"9" * 4300 + b"}",
        "read, exactly",
    ),
    "nesting of 250 levels": (nested(250), nested(250), "read"),
    "an empty object": (b"{}", b"{}", "read"),
    "an empty key": (b'{"":3}', b'{"":3}', "read"),
    "100 000 keys": (many_keys, many_keys, "read"),
    "keys that differ in their Unicode form only": (
        '{"é":1,"e\u0301":2}'.encode(),
        '{"é":1,"e\u0301":2}'.encode(),
        "two keys; nothing is normalised",
    ),
}


# Releases of orjson differ in how they write the exponent.
ROUNDED = Reads(ONE + orjson.dumps({"id": 2.0**64}) + b"\n" + TWO, words="a double")
ALSO = {"an integer of 65 bits": (with_option(ROUNDED, exact_integers=False),)}


def _good(what: str, raw: Bytes, line: Bytes, words: str) -> tuple[Case, Case]:
    also = ALSO.get(what, ())
    loaded = lambda: ONE + made(line) + b"\n" + TWO  # noqa: E731 -- made when it is needed
    return (
        sound(
            what,
            "JSON Lines",
            lambda: ONE + made(raw) + b"\n" + TWO,
            loaded,
            words=words,
            also=also,
        ),
        sound(
            what,
            "JSON",
            lambda: b'[{"id":1},' + made(raw) + b',{"id":2}]',
            loaded,
            words=words,
            also=also,
            name="in.json",
        ),
    )


TWICE = b'{"id":3,"id":4}'
LAST = Reads(ONE + b'{"id":4}\n' + TWO, words="the last one counts")
STRICT = in_lines("", TWICE, "duplicate_key", "the key 'id' comes twice in one object").outcome

CASES = (
    *(case for what, (raw, line, words) in GOOD.items() for case in _good(what, raw, line, words)),
    Case(
        "the same key twice",
        "JSON Lines",
        ONE + TWICE + b"\n" + TWO,
        LAST,
        (with_option(STRICT, strict_keys=True),),
    ),
    Case(
        "the same key twice",
        "JSON",
        b'[{"id":1},\n' + TWICE + b',\n{"id":2}]',
        LAST,
        (
            with_option(
                in_array(
                    "", TWICE, "duplicate_key", "the key 'id' comes twice in one object"
                ).outcome,
                strict_keys=True,
            ),
        ),
        name="in.json",
    ),
    *(
        case
        for what, (raw, code, message) in BAD.items()
        for case in (in_lines(what, raw, code, message), in_array(what, raw, code, message))
    ),
)
