"""Records as text tables."""

from __future__ import annotations

import json

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from hypothesis import given
from hypothesis import strategies as st

from etlkit.errors import ConfigurationError
from etlkit.schema import TYPE_NAMES
from etlkit.testing import rows


def test_a_table_is_records() -> None:
    """The first line names the fields, and a field without a type is text."""
    found = rows("""
        id:int | name | note
        1      | Ada  | 7
        2      | Bob  | true
    """)

    assert found == [
        {"id": 1, "name": "Ada", "note": "7"},
        {"id": 2, "name": "Bob", "note": "true"},
    ]


@pytest.mark.parametrize(
    ("word", "text", "value"),
    [
        ("array", '["a | b", 1]', ["a | b", 1]),
        ("bool", "true", True),
        ("boolean", "0", False),
        ("date", "2024-01-31", date(2024, 1, 31)),
        ("datetime", "2024-01-31T12:30:00Z", datetime(2024, 1, 31, 12, 30, tzinfo=UTC)),
        ("decimal", "1.50", Decimal("1.50")),
        ("dict", '{"n": {"a": "|"}}', {"n": {"a": "|"}}),
        ("float", "1e3", 1000.0),
        ("int", "-12", -12),
        ("integer", "7", 7),
        ("list", "[]", []),
        ("number", "2", 2.0),
        ("object", "{}", {}),
        ("str", "a b", "a b"),
        ("string", '"a"', "a"),
        ("time", "12:30", time(12, 30)),
        (
            "uuid",
            "123e4567-e89b-12d3-a456-426614174000",
            UUID(int=0x123E4567E89B12D3A456426614174000),
        ),
    ],
)
def test_a_type_has_the_word_of_schemas(word: str, text: str, value: Any) -> None:
    """What a cell holds is of that type and no other."""
    (record,) = rows(f"value:{word}\n{text}")

    assert record == {"value": value}
    assert type(record["value"]) is TYPE_NAMES[word]


def test_none_an_empty_text_and_no_field_are_told_apart() -> None:
    """They are three things, and records have all of them."""
    found = rows("""
        id:int | name
        1      |
        2      | ""
        3      | ...
        4      | "..."
    """)

    assert found == [
        {"id": 1, "name": None},
        {"id": 2, "name": ""},
        {"id": 3},
        {"id": 4, "name": "..."},
    ]


def test_a_text_in_quotes_may_hold_anything() -> None:
    """It is read as JSON, so bars, ends of lines and spaces around have their place."""
    found = rows(r"""
        text
        " a | b "
        "two\nlines"
        "\"quoted\" and \u00e9"
        5" pipe \n
    """)

    assert [record["text"] for record in found] == [
        " a | b ",
        "two\nlines",
        '"quoted" and \u00e9',
        '5" pipe \\n',
    ]


def test_a_name_may_have_spaces_and_bars() -> None:
    """A name in quotes is read as JSON, and the type comes behind."""
    found = rows("""
        car model | "a|b":int | "c:d" | at:noon:int
        Swift     | 1         | x     | 2
    """)

    assert found == [{"car model": "Swift", "a|b": 1, "c:d": "x", "at:noon": 2}]


def test_a_table_of_markdown_is_one() -> None:
    """With bars at both ends and a rule below the header."""
    found = rows("""
        | id:int | name |
        |-------:|:-----|
        | 1      | Ada  |
        |        |      |
    """)

    assert found == [{"id": 1, "name": "Ada"}, {"id": None, "name": None}]


def test_a_rule_needs_no_bars_at_the_ends() -> None:
    """It stands right below the header, and nowhere else."""
    found = rows("a | b\n---+---\n1 | 2\n--- | ---")

    assert found == [{"a": "1", "b": "2"}, {"a": "---", "b": "---"}]


def test_empty_lines_are_no_records() -> None:
    """Nor is a header alone."""
    found = rows("\n\n a | b \n\n 1 | 2\r\n\n")

    assert found == [{"a": "1", "b": "2"}]
    assert rows("a | b") == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\n \n", "rows(): the text has no line; a table begins with names: id:int | name"),
        (
            "a:itn",
            "rows(): line 1, column 1, field 'a': unknown type 'itn'; did you mean 'int'?\n    a:itn",
        ),
        (
            "a:varchar",
            "rows(): line 1, column 1, field 'a': unknown type 'varchar'; did you mean 'str'?\n    a:varchar",
        ),
        (
            "a:blob",
            (
                "rows(): line 1, column 1, field 'a': unknown type 'blob'; the names are array, bool, "
                "boolean, date, datetime, decimal, dict, float, int, integer, list, number, object, "
                "str, string, time, uuid\n    a:blob"
            ),
        ),
        (
            "id:int | id",
            "rows(): line 1, column 10, field 'id': the name comes twice\n    id:int | id",
        ),
        ("a | | b", "rows(): line 1, column 5: a field needs a name\n    a | | b"),
        (
            "\n  id:int | name\n  x | Ada",
            (
                "rows(): line 3, column 3, field 'id': a whole number is digits, with a sign or "
                "without, such as -12, got 'x'\n    x | Ada"
            ),
        ),
        ("a | b\n1", "rows(): line 2, column 1: 1 cell(s) for 2 field(s), which are a, b\n    1"),
        ("a\n1 | 2", "rows(): line 2, column 5: 2 cell(s) for 1 field(s), which are a\n    1 | 2"),
        (
            "| a |\n| 1",
            (
                "rows(): line 2, column 1: the header begins with |, so each line begins and ends "
                "with it\n    | 1"
            ),
        ),
        (
            'n:int\n"1"',
            'rows(): line 2, column 1, field \'n\': int is expected, got "1"\n    "1"',
        ),
        (
            "n:list\nx",
            "rows(): line 2, column 1, field 'n': list is written as JSON, got 'x'\n    x",
        ),
        ("n:list\n{}", "rows(): line 2, column 1, field 'n': list is expected, got {}\n    {}"),
        (
            'a\n"x" y',
            "rows(): line 2, column 1, field 'a': 'y' follows the end of the value\n    \"x\" y",
        ),
        (
            '"a" b',
            "rows(): line 1, column 1, field 'a': 'b' follows the end of the name\n    \"a\" b",
        ),
        (
            'a | b\n1 | "x',
            (
                "rows(): line 2, column 5: the text in quotes, or the JSON, has a mistake: "
                'Unterminated string starting at\n    1 | "x'
            ),
        ),
    ],
    ids=[
        "nothing",
        "a near type",
        "a type of databases",
        "no type",
        "one name twice",
        "no name",
        "another value",
        "too few cells",
        "too many cells",
        "no bar at the end",
        "quotes in another column",
        "no JSON",
        "another JSON",
        "words behind quotes",
        "words behind a name",
        "an open quote",
    ],
)
def test_what_is_no_table_is_refused(text: str, words: str) -> None:
    """The message has line, column and field, and shows the line."""
    with pytest.raises(ConfigurationError) as caught:
        rows(text)

    assert str(caught.value) == words


def test_records_are_no_text() -> None:
    """Who has records needs no table."""
    given: Any = [{"id": 1}]

    with pytest.raises(ConfigurationError) as caught:
        rows(given)

    assert str(caught.value) == "rows() takes the text of a table, got [{'id': 1}]"


CELLS = st.sampled_from(
    ["1", "x", '"a"', '"', "...", "", " ", "[1]", "[", "{}", "|", "---", "\n", "\t", "2024-01-31"]
)
HEADS = st.sampled_from(
    ["a", "a:int", "b:list", "b", "c:date", '"d|"', "| a | b |", "a:", ":int", "|"]
)


@given(head=st.lists(HEADS, max_size=3), cells=st.lists(CELLS, max_size=12))
def test_any_text_is_a_table_or_refused(head: list[str], cells: list[str]) -> None:
    """With one kind of error, whatever it is."""
    text = " | ".join(head) + "\n" + " | ".join(cells)

    found = records_or_none(text)

    assert found is None or all(set(record) <= {"a", "b", "c", "d|"} for record in found)


def records_or_none(text: str) -> list[dict[str, Any]] | None:
    """The records of a table; None where it is refused."""
    try:
        return rows(text)
    except ConfigurationError:
        return None


@given(record=st.dictionaries(st.text(min_size=1), st.text(), min_size=1))
def test_what_is_written_as_json_reads_back(record: dict[str, str]) -> None:
    """Any text and any name, in quotes."""
    head, line = (" | ".join(map(json.dumps, texts)) for texts in (record, record.values()))

    found = rows(f"{head}\n{line}")

    assert found == [record]
