"""Cells as values of the types that a schema gives."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from hypothesis import given
from hypothesis import strategies as st

from etlkit import DataValidator
from etlkit.errors import ConfigurationError, InputError
from etlkit.formats.text.cells import Cell, Decoders, columns_of
from etlkit.records import Unfit
from etlkit.schema import Field, parse_schema


TOO_LONG = "a float has no room for all digits of the number; int and decimal have"
TOO_FINE = "the seconds have more than 6 digits after the point, which a time does not keep"
HOW_DATETIME = "a date with time is written such as 2024-01-31T12:30:00 or …12:30:00+02:00"


def decoders(schema: Any, *names: str, nulls: tuple[str, ...] = ()) -> Decoders:
    """The decoders of a file with these fields."""
    return columns_of(schema, frozenset(nulls), "utf-8").decoders(names)


def value(kind: Any, text: str, block: bytes = b"") -> Any:
    """The value of one cell, as the decoder of a block makes it."""
    decode = decoders({"x": {"type": kind}}, "x").of_block(block, is_text=True)
    return decode([text])["x"]


def refusal(schema: Any, row: list[str], nulls: tuple[str, ...] = ()) -> str:
    """What is said of a row that is no record."""
    made = decoders(schema, *[f"f{number}" for number in range(1, 3)], nulls=nulls)
    with pytest.raises(Exception) as caught:  # noqa: PT011 -- whatever it is, it is explained
        made.plain(row)
    return str(made.explain(row, caught.value))


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        (int, "12", 12),
        (int, "-12", -12),
        (int, "+007", 7),
        (int, " 12 ", 12),
        (int, "9" * 30, int("9" * 30)),
        (float, "1.5", 1.5),
        (float, " -1e-3", -0.001),
        (float, "12", 12.0),
        (bool, "true", True),
        (bool, "FALSE", False),
        (bool, "tRue", True),
        (bool, "0", False),
        ("decimal", "12.50", Decimal("12.50")),
        ("date", "2024-02-29", date(2024, 2, 29)),
        ("datetime", "2024-02-29T12:30:00", datetime(2024, 2, 29, 12, 30)),  # noqa: DTZ001 -- as it is written
        ("datetime", "2024-02-29 12:30:00.5", datetime(2024, 2, 29, 12, 30, 0, 500000)),  # noqa: DTZ001 -- as it is written
        ("datetime", "2024-02-29T12:30:00Z", datetime(2024, 2, 29, 12, 30, tzinfo=UTC)),
        ("datetime", "2024-02-29t12:30:00z", datetime(2024, 2, 29, 12, 30, tzinfo=UTC)),
        ("datetime", "2024-02-29T12:30:00z", datetime(2024, 2, 29, 12, 30, tzinfo=UTC)),
        ("time", "12:30", time(12, 30)),
        (
            "uuid",
            "123e4567-e89b-12d3-a456-426614174000",
            UUID("123e4567-e89b-12d3-a456-426614174000"),
        ),
        (str, " as it stands ", " as it stands "),
        (dict, '{"a": [1, 18446744073709551616]}', {"a": [1, 18446744073709551616]}),
        (list, "[1, null]", [1, None]),
        ([int, str], "12", 12),
        ([int, str], "x12", "x12"),
        ([int, float], "1.5", 1.5),
        (int, "", None),
        (dict, "", None),
        (str, "", ""),
    ],
    ids=str,
)
@pytest.mark.parametrize("block", [b"", b"00000000000000000000"], ids=["plain", "wide"])
def test_a_text_becomes_a_value_of_its_type(
    kind: Any, text: str, found: object, block: bytes
) -> None:
    """Whether a block may hold integers of more than 64 bits makes no difference."""
    made = value(kind, text, block)

    assert (made, type(made)) == (found, type(found))


@pytest.mark.parametrize(
    ("kind", "text", "why"),
    [
        (int, "1_000", ": a whole number is digits, with a sign or without, such as -12"),
        (int, "\u0661", ": a whole number is digits, with a sign or without, such as -12"),
        (int, "1.0", ": a whole number is digits, with a sign or without, such as -12"),
        (float, "nan", ": a number is written such as 12, -0.5 or 1e-3"),
        (float, "Infinity", ": a number is written such as 12, -0.5 or 1e-3"),
        (float, "1e400", ": the number is too great for a float"),
        (float, "1_0.5", ": a number is written such as 12, -0.5 or 1e-3"),
        (float, "9007199254740993", f": {TOO_LONG}"),
        (float, "1e-400", ": the number is too near to zero for a float"),
        ("datetime", "2024-01-31", f": {HOW_DATETIME}"),
        ("datetime", "2024-W01-1T12:30:00", f": {HOW_DATETIME}"),
        ("datetime", "2024-01-31T12:30:00.1234567", f": {TOO_FINE}"),
        ("time", "12:30:00.1234567", f": {TOO_FINE}"),
        (bool, "yes", ": true and false are written true and false, or 1 and 0"),
        ("date", "2024-02-30", ": a date is written such as 2024-01-31"),
        ("date", "20240229", ": a date is written such as 2024-01-31"),
        (dict, "[1]", ": a JSON object is expected"),
        (list, "{}", ": a JSON array is expected"),
        (dict, "{", ": not JSON: unexpected end of data at character 2"),
        ([int, bool], "x", ""),
    ],
    ids=str,
)
def test_a_text_that_is_no_value_is_refused(kind: Any, text: str, why: str) -> None:
    """The message has the text, the type, and what the type looks like where it is one."""
    field = parse_schema({"f1": {"type": kind}}).fields[0]

    said = refusal({"f1": {"type": kind}}, [text, "x"])

    assert said == f"$.f1 is {text!r}, expected {field.type_names}{why}"


def test_every_cell_of_a_wrong_type_is_told_at_once() -> None:
    """Nobody wants to mend a row cell by cell."""
    schema = {"f1": {"type": int}, "f2": {"type": bool}}

    said = refusal(schema, ["a", "b"])

    assert said == (
        "$.f1 is 'a', expected int: a whole number is digits, with a sign or without, such as -12; "
        "$.f2 is 'b', expected bool: true and false are written true and false, or 1 and 0"
    )


def test_a_sensitive_cell_is_not_shown() -> None:
    """Neither the text nor what a parser says of it."""
    said = refusal({"f1": {"type": int, "sensitive": True}}, ["900-48-9065", "x"])

    assert said == "$.f1 is ***, expected int"


def test_cells_that_mean_none_have_no_type() -> None:
    """They are missing values, in columns of texts too."""
    made = decoders({"a": {"type": int}}, "a", "b", "c", nulls=("NA", "-"))

    record = made.plain(["NA", "-", ""])

    assert record == {"a": None, "b": None, "c": ""}


def test_an_empty_cell_of_another_type_is_none_among_other_missing_values() -> None:
    """There is no number without digits."""
    made = decoders({"a": {"type": int}}, "a", nulls=("NA",))

    assert made.plain([""]) == {"a": None}


@pytest.mark.parametrize(
    "schema",
    [
        {"a": {"type": int}},
        parse_schema({"a": {"type": int}}),
        DataValidator({"a": {"type": int}}),
    ],
    ids=["rules", "schema", "validator"],
)
def test_a_schema_comes_in_any_form(schema: Any) -> None:
    """The rules that records are validated by say how cells are read, too."""
    made = decoders(schema, "a", "b")

    assert made.plain(["1", "2"]) == {"a": 1, "b": "2"}


def test_a_type_that_no_text_is_read_as_is_refused() -> None:
    """It would make every row a rejected one."""
    with pytest.raises(ConfigurationError) as caught:
        columns_of({"a": {"type": complex}}, frozenset(), "utf-8")

    assert str(caught.value) == (
        "field 'a': no text is read as complex; the types of cells are Decimal, UUID, bool, date, "
        "datetime, dict, float, int, list, str, time"
    )


def test_a_field_that_the_header_lacks_is_remarked() -> None:
    """It may be a slip in the schema."""
    columns = columns_of({"amuont": {"type": int}}, frozenset(), "utf-8")

    remarks = columns.check(["id", "amount"], "f.csv:1")

    assert remarks == (
        "f.csv:1: the header has no field 'amuont'; did you mean 'amount'?; the schema names it",
    )


def test_a_required_field_that_the_header_lacks_fails_the_run() -> None:
    """No record of the file could pass."""
    columns = columns_of({"ID": {"required": True}}, frozenset(), "utf-8")

    with pytest.raises(InputError) as caught:
        columns.check(["id"], "f.csv:1")

    assert str(caught.value) == (
        "f.csv:1: the header has no field 'ID'; did you mean 'id'?; the schema requires it"
    )


@pytest.mark.parametrize(
    "name", ["x'); import os; (", "a\nb", "def", '"', "\\", "{0}", ""], ids=repr
)
def test_a_hostile_name_stays_a_name(name: str) -> None:
    """Names of a header are bound and never become text of a program."""
    made = decoders({name: {"type": int}}, name, "b")

    assert made.plain(["1", "{text}"]) == {name: 1, "b": "{text}"}


def test_a_thousand_columns_are_decoded() -> None:
    """There is no limit on the number of fields."""
    names = [f"n{number}" for number in range(1000)]
    made = decoders({name: {"type": int} for name in names}, *names)

    record = made.plain([str(number) for number in range(1000)])

    assert record == {f"n{number}": number for number in range(1000)}


KINDS = [int, float, bool, date, datetime, dict, list]
TEXTS = st.one_of(
    st.text(st.sampled_from("0123456789+-.eE_ tTrRuefalsZ:/"), max_size=20),
    st.integers().map(str),
    st.floats().map(str),
    st.dates().map(str),
    st.datetimes().map(str),
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.text(max_size=12),
    st.from_regex(
        r"2024-(W01-1|01-31)[T tx][012][0-9]:?[0-6]0(:?[0-6]0)?([.,][0-9]{1,8})?"
        r"(Z|z|[+-][012][0-9]:?([0-6]0)?)?",
        fullmatch=True,
    ),
    st.from_regex(r"-?90071992547409(89|9[0-9])(\.[05]{1,3}|e[0-9])?", fullmatch=True),
    st.sampled_from(["{}", "[]", '{"a": 1}', "[1.5]", "\u0661", "2024-W01-1", "2024-01-01x10:00"]),
    st.sampled_from(["1e-400", "-0.0", "0e9", ".0", "00", "2024-01-31", "20240131", "-9e15"]),
)


def outcome(make: Any, text: str) -> object:
    """What a decoder makes of a text: the repr of the value, or that it refuses."""
    try:
        return repr(make(text))
    except (ValueError, Unfit):
        return "refused"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@given(text=TEXTS.filter(bool))
def test_the_fast_conversions_agree_with_the_parsers(kind: type, text: str) -> None:
    """What Python itself converts is what the strict parser gives, for any text."""
    decode = decoders({"x": {"type": kind}}, "x").plain

    fast = outcome(lambda text: decode([text])["x"], text)

    assert fast == outcome(Cell(Field("x", (kind,))).value, text)
