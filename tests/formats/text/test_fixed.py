"""Fixed-width text: each field at its own place, and lines that do not fit set aside."""

from __future__ import annotations

import io

from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit import ETLJob, FileSource, Quarantine
from etlkit.errors import ConfigurationError
from etlkit.formats import FixedWidth
from etlkit.records import Batch, Origin


ORIGIN = Origin("accounts.txt")
PLACES = {"id": (0, 4), "name": (5, 10)}
HOW = "fields are {'name': (start, stop), ...} or {'name': width, ...}"


class Pieces:
    """A stream that gives its bytes in pieces of its own choice, as a pipe does."""

    def __init__(self, data: bytes, cuts: list[int]) -> None:
        ends = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
        self._pieces = [data[start:end] for start, end in pairwise(ends) if end > start]

    def read(self, _: int = -1, /) -> bytes:
        """The next piece."""
        return self._pieces.pop(0) if self._pieces else b""


def records(data: bytes, **options: Any) -> list[Any]:
    """The records of a file in which none fails."""
    return [
        batch.decode(item)
        for batch in FixedWidth(**options).batches(io.BytesIO(data), ORIGIN)
        for item in batch.items
    ]


def outcome(batch: Batch, position: int) -> str:
    """A record, or the code and the reason of its rejection."""
    item = batch.items[position]
    try:
        return repr(batch.decode(item))
    except ValueError as error:
        reason: Any = batch.reason(item, error)
        return f"{reason.code}: {reason}"


def seen(data: bytes, cuts: list[int]) -> list[tuple[Any, ...]]:
    """Each line with its number, bytes and outcome."""
    return [
        (batch.first + position, batch.raw(position), outcome(batch, position))
        for batch in FixedWidth(fields=PLACES).batches(Pieces(data, cuts), ORIGIN)
        for position in range(len(batch.items))
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"id": (0, 4), "name": (4, 9), "rest": (9, 10)},
        {"id": 4, "name": 5, "rest": 1},
        {"id": 4, "name": (4, 9), "rest": 1},
        {"rest": (9, 10), "id": (0, 4), "name": [4, 9]},
    ],
    ids=["places", "widths", "both", "in another order"],
)
def test_fields_stand_at_their_places(fields: dict[str, Any]) -> None:
    """Places are slices, and a width goes on where the field before it ends."""
    found = records(b"0017Ada  X\n  18Grace \n", fields=fields)

    assert found == [
        {"id": "0017", "name": "Ada", "rest": "X"},
        {"id": "18", "name": "Grace", "rest": ""},
    ]


def test_spaces_stay_if_asked() -> None:
    """Without strip a field has its whole width."""
    found = records(b"0017 Ada  \n", fields=PLACES, strip=False)

    assert found == [{"id": "0017", "name": "Ada  "}]


def test_only_spaces_are_taken_away() -> None:
    """Other white space is part of a value."""
    found = records("\t17\u00a0 \u2003Ada \n".encode(), fields=PLACES)

    assert found == [{"id": "\t17\u00a0", "name": "\u2003Ada"}]


def test_positions_count_characters() -> None:
    """A letter of several bytes takes one place."""
    found = records("äöü1 Zoë  \n".encode(), fields=PLACES)

    assert found == [{"id": "äöü1", "name": "Zoë"}]


def test_fields_may_overlap() -> None:
    """A part of a field may have a name of its own."""
    found = records(b"20240131\n", fields={"date": (0, 8), "year": (0, 4)})

    assert found == [{"date": "20240131", "year": "2024"}]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"  \n", b"   \r\n", b""])
def test_a_line_may_end_in_any_way(end: bytes) -> None:
    """Windows line ends, a missing one, and spaces behind the last field are no text."""
    found = records(b"0017 Ada  " + end, fields=PLACES)

    assert found == [{"id": "0017", "name": "Ada"}]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"0017 Ada", "fields: the line has 8 characters, but the fields take 10"),
        (b"0017 Ada\r", "fields: the line has 8 characters, but the fields take 10"),
        (
            b"0017 Ada   x ",
            (
                "fields: the line has text behind the last field, at position 11; name it among "
                "the fields, if only to drop it in a step"
            ),
        ),
        (b"", "fields: the line is blank"),
        (b"          ", "fields: the line is blank"),
        (b"0017 \xffda  ", "utf8: not valid UTF-8: byte 0xff at 5"),
    ],
    ids=["short", "short with CR", "long", "empty", "blank", "utf8"],
)
def test_a_line_that_does_not_fit_is_refused(line: bytes, expected: str) -> None:
    """A line is read as it is meant, or set aside with its bytes."""
    found = seen(line + b"\n", [])

    assert found == [(1, line, expected)]


def test_a_schema_gives_types() -> None:
    """Fields are typed as cells of CSV are, and an empty one of another type is None."""
    schema = {"id": {"type": int}, "paid": {"type": "decimal"}, "on": {"type": "date"}}
    data = b"0017 12.50 2026-01-31\n  18   NA            \n"

    found = records(
        data, fields={"id": 4, "paid": (4, 10), "on": (11, 21)}, schema=schema, null_values=["NA"]
    )

    assert found == [
        {"id": 17, "paid": Decimal("12.50"), "on": date(2026, 1, 31)},
        {"id": 18, "paid": None, "on": None},
    ]


def test_a_field_of_the_wrong_type_is_refused(tmp_path: Path) -> None:
    """All fields of a line that mean nothing are named at once."""
    path = tmp_path / "accounts.txt"
    path.write_bytes(b"0017 Ada  \nnone Bob  \n")
    rules = {"id": {"type": int}}
    source = FileSource(path, format="fixed", fields=PLACES, schema=rules)

    result = ETLJob(
        "accounts", "Accounts", source, None, tmp_path / "out.jsonl", on_error=Quarantine()
    ).execute()

    (rejection,) = result.rejections
    assert (rejection.code, rejection.message, rejection.raw) == (
        "type",
        "$.id is 'none', expected int: a whole number is digits, with a sign or without, such as -12",
        b"none Bob  ",
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"schema": {"nam": {"type": str}}},
            "the schema names 'nam', which is not among the fields; did you mean 'name'?",
        ),
        ({"null_values": "NA"}, "null_values is a list of texts, got 'NA'"),
        ({"null_values": None}, "null_values is a list of texts, got None"),
        ({"null_values": [None]}, "null_values is a list of texts, got [None]"),
    ],
    ids=["schema", "one text", "None", "a list of None"],
)
def test_options_that_cannot_be_meant_are_refused(options: dict[str, Any], message: str) -> None:
    """A mistaken option fails where it is written."""
    with pytest.raises(ConfigurationError) as caught:
        FixedWidth(fields=PLACES, **options)

    assert str(caught.value) == message


def test_blank_lines_are_counted_and_others_set_aside(tmp_path: Path) -> None:
    """A run reads what fits, and says of each other line where it stands."""
    path = tmp_path / "accounts.txt"
    path.write_bytes(b"0017 Ada  \n\n          \n0018 Al\n0019 Grace\n")
    source = FileSource(path, format="fixed", fields=PLACES)

    result = ETLJob(
        "accounts", "Accounts", source, None, tmp_path / "out.jsonl", on_error=Quarantine()
    ).execute()

    (rejection,) = result.rejections
    assert (result.rows_loaded, result.tally.blank) == (2, 2)
    assert (rejection.place, rejection.raw) == (f"{path}:4", b"0018 Al")


LINES = st.lists(
    st.sampled_from([b"0017 Ada  ", b"0018 Zo\xc3\xab  ", b"", b"short", b"0019 Grace!", b"\xff"])
)


@settings(deadline=None)
@given(LINES, st.lists(st.integers(0, 100)), st.sampled_from([b"", b"\n"]))
def test_any_pieces_of_a_file_give_the_same_records(
    lines: list[bytes], cuts: list[int], end: bytes
) -> None:
    """Numbers, bytes and records do not depend on how the bytes arrive."""
    data = b"\n".join(lines) + end

    found = seen(data, cuts)

    assert found == seen(data, [])
    expected = data.removesuffix(b"\n").split(b"\n") if data else []
    assert [(number, raw) for number, raw, _ in found] == list(enumerate(expected, 1))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, f"{HOW}, got {{}}"),
        ([("id", 4)], f"{HOW}, got [('id', 4)]"),
        ({"id": 0}, f"field 'id': {HOW}, with 0 <= start < stop, got 0"),
        ({"id": True}, f"field 'id': {HOW}, with 0 <= start < stop, got True"),
        ({"id": "4"}, f"field 'id': {HOW}, with 0 <= start < stop, got '4'"),
        ({"id": (4, 4)}, f"field 'id': {HOW}, with 0 <= start < stop, got (4, 4)"),
        ({"id": (-1, 4)}, f"field 'id': {HOW}, with 0 <= start < stop, got (-1, 4)"),
        ({"id": (0, 4, 1)}, f"field 'id': {HOW}, with 0 <= start < stop, got (0, 4, 1)"),
        ({"id": (0, None)}, f"field 'id': {HOW}, with 0 <= start < stop, got (0, None)"),
        ({7: (0, 4)}, f"field 7: {HOW}, with 0 <= start < stop, got (0, 4)"),
    ],
    ids=repr,
)
def test_fields_that_cannot_be_meant_are_refused(fields: Any, message: str) -> None:
    """A mistaken option fails where it is written, with what it should be."""
    with pytest.raises(ConfigurationError) as caught:
        FixedWidth(fields=fields)

    assert str(caught.value) == message
