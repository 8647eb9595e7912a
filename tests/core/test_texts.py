"""Texts as values, and what texts look like."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from etlkit.schema import FORMATS, PARSERS


A_UUID = "123e4567-e89b-12d3-a456-426614174000"
HOW_INT = "a whole number is digits, with a sign or without, such as -12"
HOW_FLOAT = "a number is written such as 12, -0.5 or 1e-3"
HOW_BOOL = "true and false are written true and false, or 1 and 0"
HOW_DECIMAL = "a decimal number is written such as 12, -0.50 or 1e-3"
HOW_DATE = "a date is written such as 2024-01-31"
HOW_DATETIME = "a date with time is written such as 2024-01-31T12:30:00 or …12:30:00+02:00"
HOW_TIME = "a time is written such as 12:30 or 12:30:00"
TOO_FINE = "the seconds have more than 6 digits after the point, which a time does not keep"
TOO_LONG = "a float has no room for all digits of the number; int and decimal have"
TOO_SMALL = "the number is too near to zero for a float"
HOW_UUID = "a UUID is written such as 123e4567-e89b-12d3-a456-426614174000"


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        (int, "12", 12),
        (int, "-12", -12),
        (int, "+007", 7),
        (int, "9" * 40, int("9" * 40)),
        (float, "1.5", 1.5),
        (float, "-1e3", -1000.0),
        (float, ".5", 0.5),
        (bool, "TRUE", True),
        (bool, "0", False),
        (Decimal, "1.50", Decimal("1.50")),
        (date, "2024-02-29", date(2024, 2, 29)),
        (datetime, "2024-01-31T12:30:00", datetime(2024, 1, 31, 12, 30)),  # noqa: DTZ001 -- naive stays naive
        (datetime, "2024-01-31 12:30Z", datetime(2024, 1, 31, 12, 30, tzinfo=UTC)),
        (
            datetime,
            "2024-01-31T12:30:00.25+02:00",
            datetime(2024, 1, 31, 12, 30, 0, 250_000, timezone(timedelta(hours=2))),
        ),
        (datetime, "2024-01-31t12:30:00z", datetime(2024, 1, 31, 12, 30, tzinfo=UTC)),
        (
            datetime,
            "2024-01-31T12:30:00,123456000-0130",
            datetime(2024, 1, 31, 12, 30, 0, 123_456, timezone(-timedelta(minutes=90))),
        ),
        (
            datetime,
            "1890-01-01T00:00:00+00:53:28",
            datetime(1890, 1, 1, tzinfo=timezone(timedelta(minutes=53, seconds=28))),
        ),
        (time, "12:30", time(12, 30)),
        (time, "12:30:00.5+02", time(12, 30, 0, 500_000, timezone(timedelta(hours=2)))),
        (float, "0.1000000000000000055511151231257827", 0.1),
        (float, "9007199254740992", 2.0**53),
        (float, "-9007199254740994.0", -(2.0**53) - 2),
        (float, "1e23", 1e23),
        (float, "0e-999", 0.0),
        (float, "5e-324", 5e-324),
        (UUID, A_UUID.upper(), UUID(A_UUID)),
    ],
    ids=str,
)
def test_a_text_becomes_a_value(type_: type, text: str, value: Any) -> None:
    """The value, of exactly the type."""
    found = PARSERS[type_](text)

    assert found == value
    assert type(found) is type_


@pytest.mark.parametrize(
    ("type_", "text", "message"),
    [
        *(
            (int, text, HOW_INT)
            for text in ("", "-", "1_000", " 1", "1 ", "1.0", "٣", "0x1", "--1")
        ),
        (int, "9" * 5000, "the number has 5000 digits, which is more than Python reads"),
        *(
            (float, text, HOW_FLOAT)
            for text in ("", "1_0", " 1", "nan", "inf", "1,5", "٣", "1e", "0x1p3")
        ),
        (float, "1e999", "the number is too great for a float"),
        *((float, text, TOO_SMALL) for text in ("1e-400", "-0.01E-330")),
        *(
            (float, text, TOO_LONG)
            for text in ("9007199254740993", "-9007199254740993", "9007199254740992.5", "1" * 300)
        ),
        *((bool, text, HOW_BOOL) for text in ("", "yes", "2", " true")),
        *(
            (Decimal, text, HOW_DECIMAL)
            for text in ("", "NaN", "1_0", "1,5", "1e99999999999999999999")
        ),
        *(
            (date, text, HOW_DATE)
            for text in ("20240131", "2024-02-30", "31.01.2024", "2024-01-31T00:00")
        ),
        *(
            (datetime, text, HOW_DATETIME)
            for text in (
                "",
                "now",
                "2024-01-31",
                "20240131",
                "20240131T123000",
                "2024-01-31T123000",
                "2024-W01-1",
                "2024-W01-1T12:30:00",
                "2024-01-31x12:30",
                "2024-02-30T12:30",
                "2024-01-31T12",
                "2024-01-31T24:00",
                "2024-01-31T25:00",
                "2024-01-31T12:30.5",
                "2024-01-31T12:30:60",
                "2024-01-31T12:30:00+10:60",
                "2024-01-31T12:30:00+24:00",
                "2024-01-31T12:30:00+02:0030",
                "2024-01-31T12:3\u0660",
                "2024-01-31T12:30:00\n",
            )
        ),
        (datetime, "2024-01-31T12:30:00.1234567", TOO_FINE),
        (time, "12:30:00,0000001Z", TOO_FINE),
        *(
            (time, text, HOW_TIME)
            for text in ("", "12", "1230", "24:00", "25:00", "12:30x", "12:30.5", "12:30+10:60")
        ),
        *(
            (UUID, text, HOW_UUID)
            for text in ("", A_UUID.replace("-", ""), f"{{{A_UUID}}}", A_UUID + "0")
        ),
    ],
)
def test_a_text_that_is_no_such_value_is_refused(type_: type, text: str, message: str) -> None:
    """What Python takes generously is refused, and the message does not quote the text."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011 -- the message is compared
        PARSERS[type_](text)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("email", "ada@example.org"),
        ("email", "a.b+c@sub.example.co"),
        ("email", "o'hara@x-y.example"),
        ("url", "https://example.org"),
        ("url", "http://user:pw@example.org:8080/a?b=c#d"),
        ("url", "ftp://192.0.2.1/x"),
        ("url", "http://[2001:db8::1]:80/"),
        ("url", "custom+x://host"),
        ("ipv4", "192.0.2.1"),
        ("ipv4", "255.255.255.255"),
        ("ipv6", "2001:db8::1"),
        ("ipv6", "::ffff:192.0.2.1"),
        ("date", "2024-02-29"),
        ("time", "12:30:00.5"),
        ("time", "12:30:00+02:00"),
        ("date-time", "2024-01-31T12:30:00Z"),
        ("date-time", "2024-01-31 12:30:00.123456789+02:00"),
        ("date-time", "2024-01-31t12:30:00z"),
        ("time", "12:30:00.123456789z"),
        ("uuid", A_UUID),
    ],
)
def test_a_text_has_its_format(name: str, text: str) -> None:
    """What is common, and what the standards allow besides."""
    assert FORMATS[name](text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(
            ("email", text)
            for text in (
                "",
                "@",
                "ada",
                "ada@",
                "@example.org",
                "ada@example",
                "ada@@example.org",
                ".ada@example.org",
                "ada.@example.org",
                "a..b@example.org",
                "ada@-x.org",
                "ada@example..org",
                "ada@example.org\n",
                "ada lovelace@example.org",
                "ä@example.org",
                f"{'a' * 65}@example.org",
                f"a@{'b' * 64}.org",
                f"a@{'b.' * 130}org",
            )
        ),
        *(
            ("url", text)
            for text in (
                "",
                "example.org",
                "://example.org",
                "1http://example.org",
                "http://",
                "http:///path",
                "http://a b",
                "http://example.org:99999",
                "http://example.org:x",
                "http://[::1",
                "http://[::1]x",
                "http://[zz]",
                "http://example.org/\n",
                "javascript:alert(1)",
            )
        ),
        *(
            ("ipv4", text)
            for text in ("", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.٤")
        ),
        *(("ipv6", text) for text in ("", "1.2.3.4", "::1%eth0", "::1::", "g::")),
        *(("date", text) for text in ("", "2024-02-30", "2024-W01-1", "20240131", "2024-01-31\n")),
        *(
            ("time", text)
            for text in ("", "24:01", "1230", "12:30 ", "12", "12:30.5", "12:30+10:60", "12:30:60")
        ),
        *(
            ("date-time", text)
            for text in (
                "",
                "2024-01-31",
                "2024-01-31T12:30:00",
                "2024-02-30T12:30:00Z",
                "2024-01-31T12:30Z",
                "2024-01-31T24:00:00Z",
                "2024-01-31T12:30:00+10:60",
                "2024-01-31T12:30:00+24:00",
                "2024-01-31T12:30:00+0200",
                "2024-W01-1T12:30:00Z",
            )
        ),
        *(("uuid", text) for text in ("", A_UUID[:-1], A_UUID + "\n", A_UUID.replace("-", "_"))),
    ],
)
def test_a_text_without_its_format_is_told(name: str, text: str) -> None:
    """A line feed at the end, digits of other scripts and zeros in front among them."""
    assert not FORMATS[name](text)
