"""Records beside those that are expected."""

from __future__ import annotations

import itertools

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from hypothesis import given
from hypothesis import strategies as st

from etlkit.destinations import MemoryDestination
from etlkit.errors import ConfigurationError
from etlkit.testing import assert_records


def said(actual: Any, expected: Any, **options: Any) -> str:
    """What the failure says, line by line."""
    with pytest.raises(AssertionError) as caught:
        assert_records(actual, expected, **options)
    return str(caught.value)


NAN = float("nan")


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        ([], []),
        ([{"id": 1, "n": 2}], [{"n": 2, "id": 1}]),
        ([{"n": NAN}], [{"n": float("nan")}]),
        ([{"n": [NAN, {"a": (1, 2)}]}], [{"n": [NAN, {"a": (1, 2)}]}]),
        ([{"n": {1, 2}}], [{"n": {2, 1}}]),
        ([{"n": bytearray(b"a")}], [{"n": bytearray(b"a")}]),
        (
            [{"at": datetime(2024, 1, 1, 12, tzinfo=UTC)}],
            [{"at": datetime(2024, 1, 1, 14, tzinfo=timezone(timedelta(hours=2)))}],
        ),
        (({"id": n} for n in (1, 2)), [{"id": 1}, {"id": 2}]),
        ([{"id": 1, "state": "CA"}], "id:int | state\n1 | CA"),
    ],
    ids=[
        "none at all",
        "fields in another order",
        "NaN",
        "NaN in a list",
        "sets",
        "no hash",
        "one moment",
        "a generator",
        "a table",
    ],
)
def test_the_same_records_pass(actual: Any, expected: Any) -> None:
    """Values are the same when they are equal and of one type."""
    assert assert_records(actual, expected) is None


@pytest.mark.parametrize(
    ("found", "wanted", "words"),
    [
        (1, 1.0, "$.n is 1 (int), expected 1.0 (float)"),
        (True, 1, "$.n is True (bool), expected 1 (int)"),
        ("1", 1, "$.n is '1' (str), expected 1 (int)"),
        (None, "", "$.n is None, expected ''"),
        ((1,), [1], "$.n is (1,) (tuple), expected [1] (list)"),
        ({"a": [0, True]}, {"a": [0, 1]}, "$.n.a[1] is True (bool), expected 1 (int)"),
        ([1, 2], [1], "$.n is [1, 2], expected [1]"),
        ({"a": 1}, {"b": 1}, "$.n lacks 'b'; $.n has 'a' too"),
        (
            "x" * 100 + "yes" + "z" * 100,
            "x" * 100 + "no" + "z" * 100,
            f"$.n is …{'x' * 20}yes{'z' * 37}…, expected …{'x' * 20}no{'z' * 38}…",
        ),
    ],
    ids=[
        "a float",
        "a bool",
        "a text",
        "None",
        "a tuple",
        "inside",
        "another length",
        "other keys",
        "a long text",
    ],
)
def test_a_difference_has_its_path(found: Any, wanted: Any, words: str) -> None:
    """And both values, with their types where they are of two."""
    *_, last = said([{"id": 1, "n": found}], [{"id": 1, "n": wanted}]).splitlines()

    assert last.endswith(f"    {words}")


def test_a_failure_is_a_table() -> None:
    """Each line has a mark: what was expected, and what came."""
    actual = [
        {"id": 1, "state": "CA"},
        {"id": 2, "state": "ny"},
        {"id": 4, "state": "WA"},
        {"id": 9},
    ]

    words = said(actual, "id:int | state\n1 | CA\n2 | NY\n3 | OR\n4 | WA")

    assert words.splitlines() == [
        "4 record(s) came, 4 expected: 1 differs, 1 is missing, 1 is too many",
        "    no  id  state",
        "  -  2  2   'NY'     expected",
        "  +  2  2   'ny'     $.state is 'ny', expected 'NY'",
        "  -  3  3   'OR'     missing",
        "  +  4  9   ...      not expected",
    ]


def test_another_order_is_told_as_such() -> None:
    """With the place where each record was expected."""
    words = said([{"n": 1}, {"n": 2}, {"n": 3}], [{"n": 3}, {"n": 2}, {"n": 1}])

    assert words.splitlines() == [
        "3 record(s) came, 3 expected: the same ones in another order, which ordered=False would not mind",
        "    no  n",
        "  ~  1  1    expected as number 3",
        "  ~  3  3    expected as number 1",
    ]


def test_any_order_will_do() -> None:
    """Where the test says so; each record counts as often as it is there."""
    records = [{"n": 1}, {"n": 2}, {"n": 2}]

    assert assert_records(records[::-1], records, ordered=False) is None
    assert said(records, [{"n": 1}, {"n": 1}, {"n": 2}], ordered=False).splitlines() == [
        "3 record(s) came, 3 expected: 1 is missing, 1 is too many",
        "    no  n",
        "  -  2  1    missing",
        "  +  3  2    not expected",
    ]


def test_a_subset_of_the_fields_will_do() -> None:
    """Of each expected record only its own fields are looked at."""
    actual = [{"id": 1, "state": "CA", "at": "now"}, {"id": 2, "state": "NY", "at": "now"}]

    assert assert_records(actual, "id:int | state\n1 | CA\n2 | ...", subset=True) is None
    assert said(actual, "id:int | state\n1 | CA\n2 | ny", subset=True).splitlines() == [
        "2 record(s) came, 2 expected: 1 differs",
        "    no  id  state",
        "  -  2  2   'ny'     expected",
        "  +  2  2   'NY'     $.state is 'NY', expected 'ny'",
        "    2 of 3 fields are shown",
    ]


def test_a_subset_of_the_records_does_not_do() -> None:
    """However few fields are looked at, records are counted."""
    first, *_ = said([{"id": 1, "n": 1}, {"id": 2, "n": 2}], [{"id": 1}], subset=True).splitlines()

    assert first == "2 record(s) came, 1 expected: 1 is too many"


def test_records_with_other_fields_do_not_take_each_others_place() -> None:
    """A record that fits two expected ones goes where it is needed."""
    actual = [{"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 2, "b": 2}]
    expected = [{"a": 1}, {"b": 1}, {"b": 2}]

    found = assert_records(actual, expected, ordered=False, subset=True)

    assert found is None


def test_a_message_has_an_end() -> None:
    """Of many records that differ the first ones are shown, and of many fields some."""
    wide = {f"f{n}": n for n in range(20)}

    long = said([{"n": n} for n in range(300)], [{"n": n} for n in range(100, 400)]).splitlines()
    broad = said([wide], [{**wide, "f15": None}]).splitlines()

    assert long[0] == "300 record(s) came, 300 expected: 100 are missing, 100 are too many"
    assert [len(long), long[-1]] == [15, "    and 188 more"]
    assert broad[1] == "    no  f0  f1  f15   f2  f3  f4  f5  f6"
    assert broad[-1] == "    8 of 20 fields are shown"


def test_many_records_are_compared_by_their_places() -> None:
    """Which of them belong together is not worked out for every pair."""
    first, *_ = said(
        [{"n": n, "x": 1} for n in range(200)], [{"n": n, "x": 2} for n in range(200)]
    ).splitlines()

    assert first == "200 record(s) came, 200 expected: 200 differ"


@pytest.mark.parametrize(
    ("actual", "expected", "options", "words"),
    [
        (
            MemoryDestination(),
            [],
            {},
            "assert_records: actual is MemoryDestination(0 records); pass its records",
        ),
        (
            [1],
            [],
            {},
            "assert_records: record 1 of actual is no dict, got 1",
        ),
        (
            [],
            {"id": 1},
            {},
            (
                "assert_records: expected takes an iterable of dicts, got dict; put a single "
                "record into a list"
            ),
        ),
        ([], [], {"ordered": "no"}, "assert_records: ordered is True or False, got 'no'"),
        ([], [], {"subset": 1}, "assert_records: subset is True or False, got 1"),
    ],
    ids=["a destination", "no record", "one record", "no bool", "a number"],
)
def test_what_cannot_be_compared_is_refused(
    actual: Any, expected: Any, options: Any, words: str
) -> None:
    """The message names the argument."""
    with pytest.raises(ConfigurationError) as caught:
        assert_records(actual, expected, **options)

    assert str(caught.value) == words


RECORDS = st.lists(
    st.fixed_dictionaries(
        {}, optional={"a": st.sampled_from([1, 1.0, True]), "b": st.sampled_from([None, "x"])}
    ),
    max_size=5,
)


def passes(actual: list[Any], expected: list[Any], **options: Any) -> bool:
    """Whether nothing is raised."""
    try:
        assert_records(actual, expected, **options)
    except AssertionError:
        return False
    return True


def as_texts(records: list[Any]) -> list[str]:
    """The records, each as a text that tells types apart."""
    return [repr(sorted(record.items())) for record in records]


def fits(found: Any, wanted: Any) -> bool:
    """Whether a record has the fields that are expected."""
    return wanted.items() <= found.items() and as_texts([wanted]) == as_texts(
        [{name: found[name] for name in wanted}]
    )


@given(actual=RECORDS, expected=RECORDS)
def test_records_in_order_are_compared_one_by_one(actual: list[Any], expected: list[Any]) -> None:
    """It passes for the same records in the same places, and for no others."""
    assert passes(actual, expected) is (as_texts(actual) == as_texts(expected))


@given(actual=RECORDS, expected=RECORDS)
def test_records_in_any_order_are_counted(actual: list[Any], expected: list[Any]) -> None:
    """It passes for the same records as often, and for no others."""
    same = sorted(as_texts(actual)) == sorted(as_texts(expected))

    assert passes(actual, expected, ordered=False) is same


@given(actual=RECORDS, expected=RECORDS)
def test_a_subset_is_found_whichever_records_fit(actual: list[Any], expected: list[Any]) -> None:
    """It passes if there is any way to give each expected record one that came."""
    ways = itertools.permutations(actual) if len(actual) == len(expected) else []
    some = any(all(map(fits, way, expected)) for way in ways)

    assert passes(actual, expected, ordered=False, subset=True) is some
