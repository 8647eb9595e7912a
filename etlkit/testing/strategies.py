"""Records that a validator lets pass, as a strategy of Hypothesis."""

from __future__ import annotations

import math
import re

from collections.abc import Callable
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import frozen

from etlkit._optional import require
from etlkit._words import shown
from etlkit.errors import ConfigurationError
from etlkit.schema.fields import Schema
from etlkit.validation.validator import DataValidator
from etlkit.validation.value_space import value_ends, value_types


if TYPE_CHECKING:
    from etlkit.schema.fields import Field

_EMAIL = re.compile(r"[a-z0-9]{1,8}(?:[.+_-][a-z0-9]{1,8})?@[a-z]{1,8}\.example")
_URL = re.compile(r"https?://[a-z]{1,8}\.example(?::[1-9][0-9]{1,3})?(?:/[a-z0-9]{0,8}){0,2}")
_FIRST, _LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
_ANY_LENGTH = 3


def records(validator: DataValidator) -> Any:
    """A Hypothesis strategy that draws records which a validator lets pass.

    A failing test shrinks to the smallest record that fails. Hypothesis comes with the
    extra ``testing``. Each record is drawn by itself: for unique fields over several
    records, draw ``lists(records(validator), unique_by=...)``.

    Args:
        validator: Whose rules the records keep.

    Returns:
        A ``SearchStrategy`` of dicts.

    Raises:
        ConfigurationError: It is no validator.
        MissingExtra: Hypothesis is not installed.

    Example:
        >>> from hypothesis import given
        >>> from etlkit import DataValidator
        >>> validator = DataValidator({"id": {"required": True, "type": int, "min": 1}})
        >>> @given(records(validator))
        ... def test_ids_are_positive(record):
        ...     assert record["id"] > 0
        >>> test_ids_are_positive()
    """
    kind: type = type(validator)
    if not issubclass(kind, DataValidator):
        message = f"records() draws for a DataValidator, got {shown(validator)}"
        raise ConfigurationError(message)
    hypothesis = require("hypothesis.strategies", extra="testing", purpose="etlkit.testing.records")
    drawn = _Strategies(hypothesis).fields(validator.schema)
    return drawn.filter(lambda record: not validator.problems(record))


@frozen
class _Strategies:
    """Strategies for values; ``of`` is the module that has them."""

    of: Any

    def fields(self, schema: Schema) -> Any:
        """Records of a schema; checks over several fields are not looked at."""
        return self.of.fixed_dictionaries(
            {each.name: self.value(each) for each in schema.fields if each.required},
            optional={each.name: self.value(each) for each in schema.fields if not each.required},
        )

    def value(self, rules: Field) -> Any:
        """Values of a field that keep its rules."""
        values = self._values(rules)
        is_nested = rules.fields is not None or rules.items is not None
        if not is_nested or rules.check is not None or rules.min_length is not None:
            judge = DataValidator(Schema((rules,)))
            values = values.filter(lambda value: not judge.problems({rules.name: value}))
        return self.of.none() | values if rules.nullable else values

    def _values(self, rules: Field) -> Any:
        if rules.allowed is not None:
            return self.of.sampled_from(rules.allowed)
        kinds = value_types(rules) or (bool, int, float, str)
        return self.of.one_of([self._of_kind(kind, rules) for kind in kinds])

    def _of_kind(self, kind: type, rules: Field) -> Any:
        makers: dict[type, Callable[[Field], Any]] = {
            date: self._dates,
            datetime: self._datetimes,
            Decimal: self._decimals,
            dict: self._dicts,
            float: self._floats,
            int: self._ints,
            list: self._lists,
            str: self._texts,
            time: self._times,
            UUID: lambda rules: self.of.uuids(),  # noqa: ARG005 -- bounds on it are rare
        }
        return makers[kind](rules) if kind in makers else self.of.from_type(kind)

    def _ints(self, rules: Field) -> Any:
        low, high = value_ends(rules, (int, float))
        least = None if low is None else math.ceil(low)
        return self.of.integers(least, None if high is None else math.floor(high))

    def _floats(self, rules: Field) -> Any:
        low, high = value_ends(rules, (int, float))
        try:
            least = None if low is None else float(low)
            most = None if high is None else float(high)
        except OverflowError:  # a bound beyond the floats; ints pass as well
            return self._ints(rules)
        return self.of.floats(least, most, allow_nan=False, allow_infinity=False)

    def _decimals(self, rules: Field) -> Any:
        ends = value_ends(rules, (Decimal,))
        return self.of.decimals(*ends, allow_nan=False, allow_infinity=False)

    def _dates(self, rules: Field) -> Any:
        low, high = value_ends(rules, (date,))
        return self.of.dates(low or date.min, high or date.max)

    def _datetimes(self, rules: Field) -> Any:
        low, high = value_ends(rules, (datetime,))
        zone = (low or high or _FIRST).tzinfo
        least, most = (_by_clock(low or _FIRST, zone), _by_clock(high or _LAST, zone))
        return self.of.datetimes(least, most, timezones=self.of.just(zone))

    def _times(self, rules: Field) -> Any:
        low, high = value_ends(rules, (time,))
        zone = (low or high or time()).tzinfo
        least, most = (end and end.replace(tzinfo=None) for end in (low, high))
        return self.of.times(least or time.min, most or time.max, timezones=self.of.just(zone))

    def _texts(self, rules: Field) -> Any:
        if rules.pattern is not None:
            return self.of.from_regex(re.compile(rules.pattern, re.ASCII), fullmatch=True)
        if rules.format is not None:
            return self._formats()[rules.format]
        return self.of.text(min_size=rules.min_length or 0, max_size=rules.max_length)

    def _formats(self) -> dict[str, Any]:
        moments = self.of.datetimes(timezones=self.of.just(UTC))
        return {
            "date": self.of.dates().map(date.isoformat),
            "date-time": moments.map(datetime.isoformat),
            "email": self.of.from_regex(_EMAIL, fullmatch=True),
            "ipv4": self.of.ip_addresses(v=4).map(str),
            "ipv6": self.of.ip_addresses(v=6).map(str),
            "time": moments.map(lambda moment: moment.timetz().isoformat()),
            "url": self.of.from_regex(_URL, fullmatch=True),
            "uuid": self.of.uuids().map(str),
        }

    def _lists(self, rules: Field) -> Any:
        item = self.of.integers() if rules.items is None else self.value(rules.items)
        least = rules.min_length or 0
        most = least + _ANY_LENGTH if rules.max_length is None else rules.max_length
        unique = repr if rules.items is not None and rules.items.unique else None
        return self.of.lists(item, min_size=least, max_size=most, unique_by=unique)

    def _dicts(self, rules: Field) -> Any:
        if rules.fields is not None:
            return self.fields(rules.fields)
        least = rules.min_length or 0
        most = least + _ANY_LENGTH if rules.max_length is None else rules.max_length
        return self.of.dictionaries(
            self.of.text(), self.of.integers(), min_size=least, max_size=most
        )


def _by_clock(moment: datetime, zone: tzinfo | None) -> datetime:
    """A moment as a clock in a zone shows it; None is the zone of naive times."""
    return (moment.astimezone(zone) if zone else moment).replace(tzinfo=None)
