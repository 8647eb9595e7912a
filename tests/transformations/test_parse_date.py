"""ParseDate: dates of texts."""

from __future__ import annotations

import re

from datetime import UTC, date, datetime
from typing import Any

import pytest

from hypothesis import example, given
from hypothesis import strategies as st

from etlkit.errors import ConfigurationError
from etlkit.transformations import ParseDate
from etlkit.transformations.parsing import reader_of
from transformations.conftest import Told, both


DAY = date(2026, 1, 31)


@pytest.mark.parametrize("value", ["31.01.2026", "2026-01-31", "31.1.2026", DAY], ids=repr)
def test_a_text_of_one_of_the_formats_becomes_a_date(value: Any) -> None:
    """A date stays as it is, and so does None."""
    made = both(ParseDate("day", ["%d.%m.%Y", "%Y-%m-%d"]), {"day": value, "n": 1}, {"day": None})

    assert made == [Told([{"day": DAY, "n": 1}, {"day": None}])] * 2


@pytest.mark.parametrize(
    ("formats", "value", "expected"),
    [
        ("%Y-%m-%d %H:%M", "2026-01-31 12:30", datetime(2026, 1, 31, 12, 30)),  # noqa: DTZ001 -- without a zone
        ("%Y-%m-%d %H:%M %z", "2026-01-31 12:30 +0000", datetime(2026, 1, 31, 12, 30, tzinfo=UTC)),
        (["%Y-%m-%d", "%Y-%m-%d %H:%M"], "2026-01-31", datetime(2026, 1, 31)),  # noqa: DTZ001 -- without a zone
    ],
    ids=["a time", "a zone", "some with a time"],
)
def test_a_format_with_a_time_makes_datetimes(formats: Any, value: str, expected: datetime) -> None:
    """All results are of one type."""
    made = both(ParseDate("at", formats), {"at": value})

    assert made == [Told([{"at": expected}])] * 2


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        ("2026/01/31", "date", "no date can be made of '2026/01/31': it fits none of the formats"),
        ("31.02.2026", "date", "no date can be made of '31.02.2026': it fits none of the formats"),
        (20260131, "type", "a text or a date is expected, got 20260131"),
    ],
    ids=repr,
)
def test_anything_else_fails(value: Any, code: str, words: str) -> None:
    """The message has the field and the value."""
    made = both(ParseDate("day", "%d.%m.%Y"), {"day": value})

    assert made == [Told(refused=[(0, code, f"$.day {words}")])] * 2


def test_it_may_become_none_instead() -> None:
    """The loss is asked for."""
    made = both(ParseDate("day", "%d.%m.%Y", strict=False), {"day": "?"}, {"day": 5})

    assert made == [Told([{"day": None}, {"day": None}])] * 2


@pytest.mark.parametrize("strict", [True, False])
def test_nobody_guesses_which_of_two_dates_it_is(strict: bool) -> None:
    """Only a text that two formats read in the same way, or one of them, is a date."""
    step = ParseDate("day", ["%d/%m/%Y", "%m/%d/%Y"], strict=strict)

    made = both(step, {"day": "03/04/2026"}, {"day": "31/01/2026"}, {"day": "05/05/2026"})

    words = (
        "$.day no date can be made of '03/04/2026': it is 2026-04-03 by '%d/%m/%Y' and "
        "2026-03-04 by '%m/%d/%Y'"
    )
    dates = [{"day": DAY}, {"day": date(2026, 5, 5)}]
    assert made == [Told(dates, refused=[(0, "date", words)])] * 2


def test_a_record_without_the_field_fails() -> None:
    """The message has the field, and the one that may have been meant."""
    made = both(ParseDate("day", "%Y"), {"days": "2026"})

    words = "$ the record has no field 'day'; did you mean 'days'?; missing='ignore' lets records without it pass"
    assert made == [Told(refused=[(0, "missing_field", words)])] * 2


def test_a_record_without_the_field_may_go_on() -> None:
    """As it is."""
    made = both(ParseDate("day", "%Y", missing="ignore"), {"n": 1})

    assert made == [Told([{"n": 1}])] * 2


@pytest.mark.parametrize(
    ("formats", "words"),
    [
        ([], "ParseDate('day') takes a format such as '%d.%m.%Y' or a list of formats, got []"),
        (None, "ParseDate('day') takes a format such as '%d.%m.%Y' or a list of formats, got None"),
        ("%d.%m.", "ParseDate('day'): the format '%d.%m.' has no year, such as %Y"),
        ("dd.mm.yyyy", "ParseDate('day'): the format 'dd.mm.yyyy' has no year, such as %Y"),
        ([5], "ParseDate: a format is a text, got 5"),
    ],
    ids=["nothing", "None", "no year", "other letters", "a number"],
)
def test_other_formats_are_refused_when_the_step_is_made(formats: Any, words: str) -> None:
    """The message says what to write, and where it was written."""
    with pytest.raises(ConfigurationError) as caught:
        ParseDate("day", formats)

    assert str(caught.value).rpartition(" (")[0] == words
    assert "(test_parse_date.py:" in str(caught.value)


def test_a_directive_that_there_is_not_is_refused() -> None:
    """What Python says of it is passed on."""
    with pytest.raises(ConfigurationError, match="'%Y %Q' is no format of dates: "):
        ParseDate("day", "%Y %Q")


FORMATS = [
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%Y%m%d",
    "%m/%d/%Y %H:%M",
    "%H h, %Y-%m-%d",
    "%Y-%m-%dT%H:%M:%S",
]
PARTS = st.sampled_from(["2024", "2026", "0000", "12", "31", "02", "00", "60", "1", "٣", " 3"])


def by_strptime(text: str, one: str) -> datetime | None:
    """What the format means."""
    try:
        return datetime.strptime(text, one)  # noqa: DTZ007 -- formats without a zone
    except ValueError:
        return None


@pytest.mark.parametrize("one", FORMATS)
@given(parts=st.lists(PARTS, min_size=6, max_size=6), noise=st.sampled_from(["", "", " ", "x"]))
@example(parts=["2024", "12", "31", "12", "31", "00"], noise="")
def test_formats_of_numbers_are_read_as_strptime_reads_them(
    one: str, parts: list[str], noise: str
) -> None:
    """Whatever stands in their places."""
    values = dict(zip("YmdHMS", parts, strict=True))
    text = re.sub("%(.)", lambda found: values[found[1]], one) + noise

    made = [reader_of(one)(text), reader_of(one)(text.lower())]

    assert made == [by_strptime(text, one), by_strptime(text.lower(), one)]
