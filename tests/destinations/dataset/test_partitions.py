"""The names of the folders that partitions lie in."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit import DataLoader
from etlkit.destinations import DatasetDestination
from etlkit.destinations.dataset.partitions import NULL, PartitionEncoder
from etlkit.errors import ConfigurationError
from etlkit.formats import RecordEncoder
from etlkit.records import Unfit


class Colour(str, Enum):  # noqa: UP042 -- what users had before StrEnum
    """An enum of texts, whose own text is another one."""

    RED = "red"


class Level(IntEnum):
    """An enum of numbers."""

    LOW = 1


def folder_of(record: dict[Any, Any], *fields: str) -> str:
    """The folder of a record that is partitioned by some fields."""
    return PartitionEncoder(RecordEncoder(), fields or ("f",)).encode(record)[0]


@pytest.mark.parametrize(
    ("value", "folder"),
    [
        ("CA", "f=CA"),
        ("", "f="),
        ("São Paulo", "f=São Paulo"),
        (None, f"f={NULL}"),
        (NULL, "f=%5F_HIVE_DEFAULT_PARTITION__"),
        (True, "f=true"),
        (False, "f=false"),
        (-3, "f=-3"),
        (1.5, "f=1.5"),
        (Decimal("1.50"), "f=1.50"),
        (date(2024, 6, 1), "f=2024-06-01"),
        (datetime(2024, 6, 1, 12, tzinfo=UTC), "f=2024-06-01T12%3A00%3A00+00%3A00"),
        (Colour.RED, "f=red"),
        (Level.LOW, "f=1"),
        ("..", "f=.."),
        ("a/../../b", "f=a%2F..%2F..%2Fb"),
        ("a\\b", "f=a%5Cb"),
        ("50%", "f=50%25"),
        ("a=b", "f=a%3Db"),
        ("\x00\n\x7f", "f=%00%0A%7F"),
    ],
    ids=repr,
)
def test_a_value_names_a_folder(value: object, folder: str) -> None:
    """What a path cannot have is escaped as Hive does; null has a name of its own."""
    found = folder_of({"f": value})

    assert found == folder


@pytest.mark.parametrize(
    ("field", "folder"), [("_f", "%5Ff=1"), (".f", "%2Ef=1"), ("a/b", "a%2Fb=1")]
)
def test_a_field_name_is_escaped_too(field: str, folder: str) -> None:
    """Readers skip what begins with an underscore or a dot."""
    found = folder_of({field: 1}, field)

    assert found == folder


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            [1],
            (
                "f is of type list, which cannot name a folder; partition by a text, a number, a date, "
                "true or false"
            ),
        ),
        (
            {},
            (
                "f is of type dict, which cannot name a folder; partition by a text, a number, a date, "
                "true or false"
            ),
        ),
        (float("nan"), "f is no finite number, so it cannot name a folder"),
        (
            "x" * 300,
            (
                "f makes the name of a folder of 302 bytes, more than the 255 that it may have; "
                "partition by a shorter field"
            ),
        ),
        (
            10**5000,
            "f is too long an integer to name a folder; partition by a shorter field",
        ),
        ("\ud800", "f has half of a surrogate pair, which cannot be in the name of a folder"),
    ],
    ids=["list", "dict", "nan", "long", "digits", "surrogate"],
)
def test_a_value_that_is_no_name_refuses_the_record(value: object, message: str) -> None:
    """The record is rejected with the reason."""
    with pytest.raises(Unfit) as caught:
        folder_of({"f": value})

    assert (caught.value.code, str(caught.value)) == ("partition", message)


@settings(deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_different_texts_have_different_folders(one: str, other: str) -> None:
    """Unescaped, a name is the text again, and no name has a part of a path in it."""
    name = folder_of({"f": one})

    assert unquote(name) == f"f={one}"
    assert "/" not in name
    assert (name == folder_of({"f": other})) == (one == other)


@pytest.mark.parametrize("given", [["a", "a"], [""], 5, [1]], ids=repr)
def test_a_list_of_fields_is_looked_at(given: Any) -> None:
    """A mistaken argument is refused when the destination is made."""
    with pytest.raises(ConfigurationError, match="partition_by is the name of a field or a list"):
        DatasetDestination("out/", partition_by=given)


@pytest.mark.parametrize("options", [{"max_records": 0}, {"max_bytes": True}, {"max_bytes": 1.5}])
def test_a_limit_is_a_whole_number(options: Any) -> None:
    """A part has room for something."""
    with pytest.raises(ConfigurationError, match="is a whole number from 1, or None for no limit"):
        DatasetDestination("out/", **options)


def test_a_mistyped_option_is_told(tmp_path: Path) -> None:
    """Arguments of the dataset are among what may have been meant."""
    with pytest.raises(ConfigurationError, match=r"did you mean 'partition_by'\?"):
        DataLoader(f"{tmp_path}/out/", partition_bye="state")
