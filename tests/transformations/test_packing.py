"""Values as bytes that read back exactly."""

from __future__ import annotations

import math

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import IntEnum
from functools import reduce
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit.transformations.spilling.packing import Unpackable, is_exact, packed, tagged, untagged


WEST = timezone(timedelta(hours=-3))


class Grade(IntEnum):
    """A class that orjson would take for a number."""

    A = 1


VALUES: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=3)
    | st.sampled_from(["\ud800", 2**63, 2**64, -(2**63) - 1, 10**50])
    | st.decimals()
    | st.dates()
    | st.datetimes()
    | st.times()
    | st.datetimes(timezones=st.just(UTC) | st.just(timezone(timedelta(hours=-3, seconds=7))))
    | st.timedeltas()
    | st.uuids()
    | st.binary(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3)
        | st.frozensets(st.integers() | st.text(max_size=2), max_size=1)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(VALUES)
def test_a_value_reads_back_with_its_types(value: Any) -> None:
    """Also what JSON has no form for."""
    form = orjson.dumps(tagged(value))

    assert repr(untagged(orjson.loads(form))) == repr(value)


@settings(deadline=None)
@given(VALUES, VALUES)
def test_bytes_are_equal_for_equal_values_only(one: Any, other: Any) -> None:
    """Of the same types, whatever the order of the keys."""
    assert packed(one) == packed(one)
    assert (packed(one) == packed(other)) == (packed([one]) == packed([other]))


@pytest.mark.parametrize(
    "values",
    [
        [1, 1.0, True, "1", Decimal(1), b"1", [1], (1,), {1: 1}, {"1": 1}],
        [0, False, None, "", [], {}, (), frozenset(), set(), b"", bytearray()],
        [date(2024, 1, 1), datetime(2024, 1, 1), "2024-01-01", datetime(2024, 1, 1, tzinfo=UTC)],  # noqa: DTZ001 -- one without a zone is meant
        [time(1), timedelta(hours=1), "01:00:00"],
        [math.nan, math.inf, -math.inf, "nan", None],
        [UUID(int=1), str(UUID(int=1))],
        [["list", 1], {"dict": 1}, ["dict", ["a", 1]], {"a": 1}],
    ],
    ids=["one", "empty", "dates", "times", "floats", "uuids", "words"],
)
def test_values_that_differ_have_different_bytes(values: list[Any]) -> None:
    """However alike they look."""
    assert len({packed(value) for value in values}) == len(values)


def test_the_order_of_keys_does_not_matter() -> None:
    """A record with its fields in another order is the same record."""
    assert packed({"a": 1, "b": 2}) == packed({"b": 2, "a": 1})
    assert packed({"a": (1,), "b": 2}) == packed({"b": 2, "a": (1,)})


@pytest.mark.parametrize(
    "value",
    [
        object(),
        Grade.A,
        {"a": [Grade.A]},
        type("Text", (str,), {})("a"),
    ],
    ids=["object", "enum", "inside", "subclass"],
)
def test_what_cannot_be_written_exactly_is_told(value: Any) -> None:
    """It is not written as something else."""
    assert not is_exact(value)
    with pytest.raises(Unpackable):
        packed(value)


def test_a_zone_that_is_no_offset_is_told() -> None:
    """It would read back as another one; what is only compared needs no zone."""
    moment = datetime(2024, 1, 1, tzinfo=ZoneInfo("America/New_York"))

    assert packed(moment) == packed(datetime(2024, 1, 1, 5, tzinfo=UTC))
    with pytest.raises(Unpackable):
        tagged(moment)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0.0, -0.0),
        (Decimal("1.0"), Decimal(1)),
        (Decimal("-0.00"), Decimal(0)),
        (Decimal("1" * 50 + "e2"), Decimal("1" * 50 + "00")),
        (datetime(2024, 1, 1, tzinfo=UTC), datetime(2023, 12, 31, 21, tzinfo=WEST)),
        (datetime(2024, 1, 1), datetime(2024, 1, 1, fold=1)),  # noqa: DTZ001 -- one without a zone is meant
        (time(1), time(1, fold=1)),
    ],
    ids=["zeros", "decimals", "decimal zeros", "long decimals", "moments", "times", "clocks"],
)
def test_equal_values_of_one_type_have_equal_bytes(one: Any, other: Any) -> None:
    """However they are written, and wherever they stand."""
    assert one == other
    assert packed(one) == packed(other)
    assert packed({"a": [one], "-0.0": 1}) == packed({"-0.0": 1, "a": [other]})
    assert packed({"a": ({one: 1}, {one})}) == packed({"a": ({other: 1}, {other})})


def test_a_moment_that_utc_has_no_date_for_has_bytes() -> None:
    """The calendar ends some hours earlier there."""
    assert packed(datetime.max.replace(tzinfo=WEST)) != packed(datetime.max.replace(tzinfo=UTC))


def test_what_is_nested_too_deeply_is_told() -> None:
    """Before Python runs out of stack."""
    value = reduce(lambda inner, _: [inner], range(5000), [])

    with pytest.raises(Unpackable):
        packed(value)
