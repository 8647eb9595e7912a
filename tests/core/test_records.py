"""What flows through a run."""

from __future__ import annotations

import types

from collections import OrderedDict, UserDict, defaultdict, namedtuple
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit.errors import ConfigurationError
from etlkit.records import (
    Batch,
    Origin,
    OutBatch,
    Problem,
    Refusal,
    Rejection,
    Unfit,
    expect_records,
    own,
    refused_place,
)


Point = namedtuple("Point", ["x", "y"])  # noqa: PYI024 -- the plain kind, as users have it


class Listed(list):
    """A list under another name."""


class Frame:
    """A data frame, as far as can be told from outside."""

    def __arrow_c_stream__(self) -> None:
        """Hand out nothing."""

    def __iter__(self) -> Any:
        """The names of the columns."""
        return iter(["id"])


class Source:
    """A source of records."""

    def extract(self) -> list[Any]:
        """No records."""
        return []


def numbers_by_model(first: int, fates: list[bool]) -> list[int]:
    """The record numbers of those that came out, counted one by one."""
    return [number for number, came_out in enumerate(fates, first) if came_out]


def gaps_of(fates: list[bool]) -> list[int]:
    """For each record that did not come out, how many had come out before it."""
    return [sum(fates[:index]) for index, came_out in enumerate(fates) if not came_out]


def batch(items: list[Any], first: int = 1) -> Batch:
    """A batch of records at hand."""
    return Batch(items, Origin("records"), first, own)


@pytest.mark.parametrize("position", [0, 1], ids=["first", "last"])
def test_a_refused_item_has_no_position_of_another_one(position: int) -> None:
    """Or the rejection would have the number and the bytes of a record that is fine."""
    with pytest.raises(ConfigurationError) as caught:
        Batch(
            [b"{}", b"{}"], Origin("forms"), 1, dict, refused=(Refusal(position, "torn", "torn"),)
        )

    assert str(caught.value) == (
        f"a batch of forms: the refused item has position {position}, which is that of an item; "
        "refused ones stand behind the items, from 2 on, or in a batch of their own"
    )


@settings(deadline=None, max_examples=300)
@given(first=st.integers(1, 1000), fates=st.lists(st.booleans(), max_size=40))
def test_record_numbers_follow_from_the_gaps(first: int, fates: list[bool]) -> None:
    """The numbers worked out of the gaps are those that counting gives."""
    items = [came_out for came_out in fates if came_out]

    out = OutBatch(items, batch(fates, first), gaps=gaps_of(fates))

    assert list(out.record_numbers) == numbers_by_model(first, fates)


def test_record_numbers_without_gaps_are_a_range() -> None:
    """A batch in which nothing is missing needs no list of numbers."""
    out = OutBatch(["a", "b"], batch(["a", "b"], 7))

    assert out.record_numbers == range(7, 9)


def test_record_numbers_of_a_chain_that_fans_out_are_those_it_kept() -> None:
    """Several items may have the number of one record."""
    out = OutBatch(["a", "b", "c"], batch(["x", "y"], 7), numbers=[7, 7, 8])

    assert out.record_numbers == [7, 7, 8]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ((), "$"),
        (("email",), "$.email"),
        (("contact", "email"), "$.contact.email"),
        (("tags", 0), "$.tags[0]"),
        (("car model",), "$['car model']"),
        (("it's\n",), '$["it\'s\\n"]'),
        (("",), "$['']"),
    ],
    ids=repr,
)
def test_a_problem_says_its_place_as_people_write_it(
    path: tuple[str | int, ...], place: str
) -> None:
    """Names that are no identifiers are quoted."""
    problem = Problem(path, "type", "is wrong")

    assert problem.place == place


def test_a_rejection_says_where_the_record_stands() -> None:
    """File and record number, ready for an editor."""
    rejection = Rejection("json", "not JSON", "decode", None, "forms.jsonl", 17, b"{")

    assert rejection.place == "forms.jsonl:17"


@pytest.mark.parametrize(
    ("raw", "record"),
    [
        (b'{"id": 1}', {"id": 1}),
        (b"[1]", None),
        (b"{", None),
        (b"\xff", None),
        (b"", None),
        (None, None),
    ],
    ids=["object", "array", "no JSON", "no UTF-8", "empty", "no bytes"],
)
def test_a_rejection_gives_the_record_where_there_is_one(
    raw: bytes | None, record: dict[str, Any] | None
) -> None:
    """Bytes that are no JSON object give None."""
    rejection = Rejection("step", "wrong", "transform", "s", "forms.jsonl", 17, raw)

    assert rejection.record == record


@pytest.mark.parametrize(
    "value",
    [
        Rejection("json", "not JSON", "decode", None, "forms.jsonl", 17, b"secret"),
        Refusal(0, "too_long", "too long", b"secret"),
    ],
    ids=["rejection", "refusal"],
)
def test_raw_bytes_are_not_shown(value: object) -> None:
    """They may hold sensitive values, and a repr ends up in logs."""
    shown = repr(value)

    assert "secret" not in shown


@pytest.mark.parametrize(
    "value",
    [
        Origin("records"),
        Refusal(0, "code", "message"),
        Problem((), "type", "is wrong"),
        batch([]),
        OutBatch([], batch([])),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_flows_cannot_be_changed(value: Any) -> None:
    """Data that flows is frozen."""
    name = attrs.fields(type(value))[0].name

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(value, name, None)


def test_an_unfit_record_says_why() -> None:
    """Code, message and problems; it is a ValueError for whoever knows nothing of it."""
    problem = Problem(("id",), "required", "is required but missing")

    error = Unfit("invalid", "$.id is required but missing", (problem,))

    assert isinstance(error, ValueError)
    assert str(error) == "$.id is required but missing"
    assert (error.code, error.problems) == ("invalid", (problem,))


def change_all(value: Any) -> None:
    """Change every container of a value in place, at every depth."""
    inside = value.values() if isinstance(value, dict) else value
    for inner in list(inside) if isinstance(value, (dict, list, tuple)) else ():
        change_all(inner)
    match value:
        case dict():
            value["changed"] = True
        case list():
            value.append("changed")
        case set():
            value.add("changed")
        case bytearray():
            value.extend(b"changed")


NESTED = {
    "dicts": lambda: {"a": {"b": {"c": 1}}},
    "lists": lambda: {"a": [[1], [{"b": 2}]]},
    "ordered dict": lambda: {"a": OrderedDict(b=OrderedDict(c=1))},
    "default dict": lambda: {"a": defaultdict(list, b=[1])},
    "subclass of list": lambda: {"a": Listed([1])},
    "tuple of dicts": lambda: {"a": ({"b": 1}, [2])},
    "named tuple": lambda: {"a": Point({"b": 1}, [2])},
    "set": lambda: {"a": {1, 2}},
    "byte array": lambda: {"a": bytearray(b"b")},
    "an ordered dict itself": lambda: OrderedDict(a=[1], b={"c": OrderedDict(d=[])}),
}


@pytest.mark.parametrize("make", NESTED.values(), ids=list(NESTED))
def test_a_copy_shares_no_container_with_the_record(make: Any) -> None:
    """Whatever a step changes in the copy, the record of the caller stays as it is."""
    record = make()

    change_all(own(record))

    assert record == make()


@pytest.mark.parametrize("make", NESTED.values(), ids=list(NESTED))
def test_a_copy_is_equal_to_the_record(make: Any) -> None:
    """Nothing is lost or converted on the way; the record itself becomes a plain dict."""
    copy = own(make())

    assert copy == make()
    assert type(copy) is dict
    assert type(copy["a"]) is type(make()["a"])


JSON_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        | st.tuples(inner)
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=200)
@given(st.dictionaries(st.text(max_size=3), JSON_LIKE, max_size=4))
def test_a_copy_of_any_record_is_equal_and_apart(record: dict[str, Any]) -> None:
    """The copy of a record can be changed at every depth without changing the record."""
    before = repr(record)
    copy = own(record)
    equal = copy == record

    change_all(copy)

    assert equal
    assert repr(record) == before


@pytest.mark.parametrize(
    "value",
    ["text", Decimal("1.5"), datetime(2024, 1, 1, tzinfo=UTC), object()],
    ids=["text", "Decimal", "datetime", "object"],
)
def test_a_copy_shares_values_that_are_no_containers(value: object) -> None:
    """Only what holds values is copied."""
    copy = own({"a": value})

    assert copy["a"] is value


@pytest.mark.parametrize(
    "make",
    [lambda: types.MappingProxyType({"a": [1]}), lambda: UserDict(a=[1])],
    ids=["view", "user dict"],
)
def test_any_mapping_becomes_a_record(make: Any) -> None:
    """A source may give mappings that are no dicts."""
    copy = own(make())

    assert copy == {"a": [1]}
    assert type(copy) is dict


@pytest.mark.parametrize("value", [5, "text", None, (1, 2)], ids=repr)
def test_what_is_no_record_stays_what_it_is(value: object) -> None:
    """Whoever asked for a record finds out, and rejects it."""
    copy = own(value)

    assert copy == value


class Cells:
    """Two items that begin in the second and the fourth line of their file."""

    def raw(self, position: int) -> bytes:
        """The bytes of an item."""
        return [b"1,2\r\n", b"x\n"][position]

    def line(self, position: int) -> int:
        """The line of an item."""
        return [2, 4][position]


def test_an_item_that_is_not_its_own_bytes_is_looked_up_in_its_file() -> None:
    """Cells come from bytes that the file still has, in lines that are no record numbers."""
    batch = Batch([["1", "2"], ["x"]], Origin("f.csv"), 1, own, places=Cells())

    found = [(batch.raw(at), batch.line(at), batch.place(at)) for at in (0, 1)]

    assert found == [(b"1,2\r\n", 2, "f.csv:2"), (b"x\n", 4, "f.csv:4")]


def test_an_item_that_could_not_be_cut_out_has_the_place_that_its_refusal_says() -> None:
    """The batch does not hold it, so the reader tells where it began."""
    batch = Batch([], Origin("f.csv"), 3, own, places=Cells())
    refusal = Refusal(0, "csv", "why", b"raw", line_no=7)

    place = refused_place(batch, refusal)

    assert (place, batch.raw(0), batch.line(0)) == ("f.csv:7", None, None)


def test_a_record_without_a_line_of_its_own_is_told_by_its_number() -> None:
    """As one of a file without lines is."""
    rejections = [
        Rejection("json", "", "decode", None, "f", 3, b""),
        Rejection("csv", "", "decode", None, "f", 3, b"", line_no=9),
    ]

    assert [one.place for one in rejections] == ["f:3", "f:9"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("in.csv", "str; pass FileSource(...).extract() for the records of a file"),
        (Path("in.csv"), "PosixPath; pass FileSource(...).extract() for the records of a file"),
        ({"id": 1}, "dict; put a single record into a list"),
        (Frame(), "Frame; pass RecordsSource(frame).extract() for the records of a data frame"),
        (Source(), "Source; pass what its extract() gives"),
        (5, "int"),
    ],
    ids=["path as text", "path", "record", "frame", "source", "number"],
)
def test_what_holds_records_in_another_way_is_refused_with_the_way_out(
    given: object, words: str
) -> None:
    """Its keys, characters or columns are no records."""
    with pytest.raises(ConfigurationError) as caught:
        expect_records(given, "validate")

    assert str(caught.value) == f"validate takes an iterable of dicts, got {words}"


def test_the_line_of_a_record_may_be_its_number() -> None:
    """As in JSON Lines, blank lines counted."""
    batch = Batch([b"{}", b"{}"], Origin("f.jsonl"), 3, own, by_line=True)

    lines = [batch.line(position) for position in range(3)]

    assert lines == [3, 4, 5]
