"""assert_records: records that came beside those that were expected."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from etlkit._words import flag, shown
from etlkit.errors import ConfigurationError
from etlkit.records import as_object, expect_records
from etlkit.testing.differences import difference
from etlkit.testing.matching import compared
from etlkit.testing.tables import rows


if TYPE_CHECKING:
    from etlkit.records import Record


def assert_records(
    actual: Iterable[Record],
    expected: Iterable[Record] | str,
    *,
    ordered: bool = True,
    subset: bool = False,
) -> None:
    r"""Fail unless the records are those that are expected, as many, and each of them whole.

    Values are the same if they are equal and of one type: 1, 1.0 and True are three
    values, at every depth. NaN is the same as NaN. The order of fields does not matter.
    A failure tells which records are missing, which are too many, and which differ in
    what.

    Args:
        actual: The records to look at, such as those of a
            :class:`~etlkit.destinations.MemoryDestination`.
        expected: Records, or a table as :func:`rows` reads it.
        ordered: They come in the order of ``expected``; False takes any order.
        subset: Look only at the fields that an expected record has, and let it have
            others. The number of records counts all the same.

    Raises:
        AssertionError: They are others; the message has a table of the differences.
        ConfigurationError: An argument is of the wrong kind.

    Example:
        >>> assert_records([{"id": 1, "state": "CA"}], "id:int | state\n1 | CA")
        >>> assert_records([{"id": 1, "n": 2.0}, {"id": 2, "n": 5}], [{"id": 1, "n": 2}])
        Traceback (most recent call last):
            ...
        AssertionError: 2 record(s) came, 1 expected: 1 differs, 1 is too many
            no  id  n
          -  1  1   2      expected
          +  1  1   2.0    $.n is 2.0 (float), expected 2 (int)
          +  2  2   5      not expected
    """
    __tracebackhide__ = True
    flag("assert_records: ordered", ordered)
    flag("assert_records: subset", subset)
    found = _listed(actual, "actual")
    wanted = _listed(rows(expected) if isinstance(expected, str) else expected, "expected")
    match = compared(found, wanted, ordered=ordered, subset=subset)
    if match is not None:
        raise AssertionError(difference(match))


def _listed(given: Iterable[object], name: str) -> list[Record]:
    if hasattr(given, "records") and not hasattr(given, "__iter__"):
        message = f"assert_records: {name} is {shown(given)}; pass its records"
        raise ConfigurationError(message)
    expect_records(given, f"assert_records: {name}")
    records: list[Record] = []
    for number, one in enumerate(given, 1):
        try:
            records.append(as_object(one))
        except ValueError as error:
            message = f"assert_records: record {number} of {name} is no dict, got {shown(one)}"
            raise ConfigurationError(message) from error
    return records
