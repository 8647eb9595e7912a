"""Clean JSON means the same to etlkit, to DuckDB and to the json module; so does broken JSON."""

from __future__ import annotations

import json

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from etlkit.formats.values import has_odd_float, loads_checked


Records = list[dict[str, Any]]
Read = Callable[..., Records]
Write = Callable[..., Path]

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | FLOATS | TEXT
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
RECORDS = st.lists(st.dictionaries(TEXT, VALUES, max_size=4), max_size=5)
LAYOUTS = st.sampled_from([{}, {"indent": 1}, {"separators": (",", ":")}])

# What DuckDB has a type for; it reads no NUL in a text.
DUCKDB_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
COLUMNS = {
    "whole": "BIGINT",
    "real": "DOUBLE",
    "flag": "BOOLEAN",
    "text": "VARCHAR",
    "list": "BIGINT[]",
}
TYPED = st.lists(
    st.tuples(
        st.integers(-(2**63), 2**63 - 1),
        FLOATS,
        st.booleans() | st.none(),
        DUCKDB_TEXT,
        st.lists(st.integers(-9, 9), max_size=3),
    ).map(lambda row: dict(zip(COLUMNS, row, strict=True))),
    min_size=1,
    max_size=5,
)
FILES = {"in.jsonl": "newline_delimited", "in.json": "array"}


def in_file(name: str, records: Records, **layout: Any) -> bytes:
    """A file of these records, as the json module writes it."""
    if name.endswith(".jsonl"):
        return b"".join(json.dumps(one).encode() + b"\n" for one in records)
    return json.dumps(records, ensure_ascii=False, **layout).encode()


@pytest.mark.parametrize("name", FILES)
@settings(deadline=None, max_examples=30)
@given(records=TYPED)
def test_duckdb_reads_the_same_values(
    name: str, records: Records, read: Read, folder: Path, duckdb_rows: Read
) -> None:
    """Every double to its last bit."""
    found = read(name, in_file(name, records))

    theirs = duckdb_rows("read_json", folder / name, columns=COLUMNS, format=FILES[name])
    assert repr(found) == repr(theirs) == repr(records)


@pytest.mark.parametrize("name", FILES)
@settings(deadline=None, max_examples=150)
@given(records=RECORDS, layout=LAYOUTS)
def test_the_json_module_reads_the_same_values(
    name: str, records: Records, layout: dict[str, Any], read: Read
) -> None:
    """Integers of any width, and any nesting, however the file is laid out."""
    found = read(name, in_file(name, records, **layout))

    assert repr(found) == repr(records)


@pytest.mark.parametrize("name", FILES)
@settings(deadline=None, max_examples=30)
@given(records=TYPED)
def test_duckdb_reads_what_is_written(
    name: str, records: Records, write: Write, duckdb_rows: Read
) -> None:
    """A file made by etlkit gives its records to DuckDB."""
    path = write(f"written-{name}", records)

    theirs = duckdb_rows("read_json", path, columns=COLUMNS, format=FILES[name])

    assert repr(theirs) == repr(records)


@settings(deadline=None, max_examples=100)
@given(records=RECORDS)
def test_the_json_module_reads_what_is_written(records: Records, write: Write) -> None:
    """A file made by etlkit gives its records to the json module, as an array and in lines."""
    array, lines = write("all.json", records), write("all.jsonl", records)

    values = (
        json.loads(array.read_bytes()),
        [json.loads(line) for line in lines.read_bytes().split(b"\n")[:-1]],
    )

    assert repr(values) == repr((records, records))


# -- texts that one may take and the other refuse

AGREED = [
    "",
    " ",
    "{}",
    "[]",
    " [ ] ",
    "\t\r\n{}\n",
    "\x0b{}",
    "\x0c{}",
    "\xa0{}",
    "\u2060{}",
    "{} {}",
    "{}x",
    "{}}",
    "[]]",
    "[",
    "{",
    "}",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[1,,2]",
    "[1 2]",
    "[1:2]",
    "{1:2}",
    "{a:1}",
    "{'a':1}",
    '{"a"}',
    '{"a":}',
    '{"a" 1}',
    '{"a":1,}',
    '{"a":1,,"b":2}',
    '{"a":1 "b":2}',
    '{"a":1;"b":2}',
    '{,"a":1}',
    '{"a":1}/* c */',
    '{"a":1}// c',
    '{"a":1}# c',
    '{"":1}',
    '{"a":1,"a":2}',
    '{"a":{"a":1,"a":2},"a":3}',
    "true",
    "True",
    "tr",
    "truee",
    "null",
    "nul",
    "None",
    "0",
    "-0",
    "-0.0",
    "00",
    "01",
    "-01",
    "+1",
    "-",
    "--1",
    "1.",
    ".1",
    "-.1",
    "1.0",
    "1.e1",
    "1e",
    "1e+",
    "1e1",
    "1E1",
    "1e+01",
    "1e1.5",
    "1e-400",
    "0x1F",
    "1_000",
    "1,000",
    "\uff11",
    "123456789012345678901234567890",
    "-123456789012345678901234567890",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "-9223372036854775809",
    "0.1000000000000000055511151231257827021181583404541015625",
    "1.7976931348623157e308",
    "5e-324",
    "2.2250738585072011e-308",
    '"',
    '"a',
    "'a'",
    '"a\nb"',
    '"a\tb"',
    '"a\\\nb"',
    '"\\"',
    '"\\\\"',
    '"\\/\\b\\f\\n\\r\\t"',
    '"\\a"',
    '"\\x41"',
    '"\\u"',
    '"\\u00"',
    '"\\u004g"',
    '"\\U0041"',
    '"\\u0041"',
    '"\\u0000"',
    '"\\ud83d\\ude00"',
    '"\\uD83D\\uDE00"',
    '"é\u2028\ufffe\uffff"',
    '"\x7f"',
    '"\x00"',
    '"\x1f"',
    "\x00",
    "[" * 249 + "]" * 249,
    "[" * 250 + "]" * 249,
]

# A text, whether etlkit takes it, and why it is right.
DISPUTED = {
    "NaN": "RFC 8259, section 6",
    "-Infinity": "RFC 8259, section 6",
    "1e400": "it would become an infinity",
    '"\\ud800"': "half of a pair has no form in UTF-8",
    '"\\udc00\\ud800"': "half of a pair has no form in UTF-8",
    "[" * 251 + "]" * 251: "deeper than what can be written",
}
REFUSED = object()


def meaning(read: Callable[[bytes], Any], text: str) -> Any:
    """The value that a reader makes of a text, or that it refuses it."""
    try:
        return repr(read(text.encode()))
    except (ValueError, RecursionError):
        return REFUSED


@pytest.mark.parametrize("text", AGREED, ids=range(len(AGREED)))
def test_the_json_module_takes_and_refuses_the_same(text: str) -> None:
    """And makes the same value of what it takes."""
    found = meaning(loads_checked, text)

    assert found == meaning(json.loads, text)


@pytest.mark.parametrize("text", DISPUTED, ids=range(len(DISPUTED)))
def test_what_the_json_module_takes_against_the_standard_is_refused(text: str) -> None:
    """Each of these would be changed on its way, or could not be written again."""
    found = meaning(loads_checked, text)

    assert found is REFUSED
    assert meaning(json.loads, text) is not REFUSED


EDITS = st.lists(
    st.tuples(
        st.integers(0, 200), st.sampled_from([0, 1, 2]), st.sampled_from(list('[]{}",:\\0-.e u1'))
    )
)


@settings(deadline=None, max_examples=500)
@given(value=VALUES, edits=EDITS.filter(bool))
def test_damaged_json_means_the_same_or_nothing(
    value: Any, edits: list[tuple[int, int, str]]
) -> None:
    """Characters are put in, taken away and changed; both readers agree on what is left."""
    text = json.dumps(value, ensure_ascii=False)
    for place, taken, put in edits:
        at = place % (len(text) + 1)
        text = text[:at] + put + text[at + taken :]
    theirs = meaning(json.loads, text)
    assume(theirs is REFUSED or is_writable(json.loads(text)))

    found = meaning(loads_checked, text)

    assert found == theirs


def is_writable(value: Any) -> bool:
    """Whether a value of the json module is one that JSON has a form for."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return not has_odd_float(value)
