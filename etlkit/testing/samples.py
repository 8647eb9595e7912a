"""Records that are made up for a step: with the fields that it asks for."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from etlkit.records import own
from etlkit.transformations.step import RecordStep


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from etlkit.records import Record
    from etlkit.transformations.step import StageStep, Step

VALUES: tuple[Any, ...] = (
    "Ada",
    1,
    " ca ",
    2.5,
    None,
    "CA",
    0,
    "",
    "2024-01-31",
    True,
    "12",
    -3,
    "2024-01-31T12:30:00",
    date(2024, 1, 31),
    datetime(2024, 1, 31, 12, 30, tzinfo=UTC),
    Decimal("1.50"),
    [1, 2],
    ["a"],
    [],
    {"a": 1},
)
"""The values that made-up records have."""

_PROBES: tuple[Any, ...] = (
    "probe",
    8_675_309,
    "1999-12-31",
    86.25,
    date(1999, 12, 31),
    datetime(1999, 12, 31, 23, 59, tzinfo=UTC),
    ["probe"],
    [{"probe": 1}],
    {"probe": 1},
)
"""Other values, by which a step is asked: what remembers values has not seen the first ones."""

_USUAL = ("id", "name")
_STRIDE = 7
_MOST_FIELDS = 50


def made_up(step: Step) -> list[Record]:
    """Records for a step: each value in every field, and then mixed, with fields left out.

    Which fields, the step is asked: it gets records without any, and what it looks for in
    them is added until it looks for nothing else.
    """
    names = list(_asked_for(step)) or list(_USUAL)
    alike = [dict.fromkeys(names, value) for value in VALUES]
    mixed = [_mixed(names, at) for at in range(len(VALUES))]
    return [own(record) for record in [*alike, *mixed]]


def goes_through(parts: Sequence[RecordStep | StageStep], records: list[Record]) -> bool:
    """Whether the parts of a step raise nothing for these records, which they may change."""
    try:
        for part in parts:
            records = [own(made) for made in _made(part, records)]
    except Exception:  # noqa: BLE001 -- it is what is asked
        return False
    return True


def _mixed(names: Sequence[str], at: int) -> Record:
    """A record with other values in each field, and mostly without one of them."""
    record = {name: VALUES[(at + _STRIDE * n) % len(VALUES)] for n, name in enumerate(names, 1)}
    if at % (len(names) + 1) < len(names):
        del record[names[at % (len(names) + 1)]]
    return record


class _Asked(dict[str, Any]):
    """A record that remembers which fields it was asked for."""

    def __init__(self, record: Record, names: dict[str, None]) -> None:
        super().__init__(record)
        self._names = names

    def _note(self, name: object) -> None:
        if isinstance(name, str):
            self._names[name] = None

    def __getitem__(self, name: str) -> Any:
        self._note(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self._note(name)
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._note(name)
        return super().get(name, default)

    def pop(self, name: str, *default: Any) -> Any:
        self._note(name)
        return super().pop(name, *default)


def _asked_for(step: Step) -> dict[str, None]:
    names: dict[str, None] = {}
    known = -1
    while known < len(names) <= _MOST_FIELDS:
        known = len(names)
        for value in _PROBES:
            with suppress(Exception):
                _through(step.parts(), dict.fromkeys(names, value), names)
    return names


def _through(
    parts: Sequence[RecordStep | StageStep], record: Record, names: dict[str, None]
) -> None:
    """Send a record through the parts of a step."""
    current = [record]
    for part in parts:
        current = [own(made) for made in _made(part, [_Asked(one, names) for one in current])]


def _made(part: RecordStep | StageStep, records: Sequence[Record]) -> Iterator[Record]:
    """What goes on of records that come to a part of a step, one after the other."""
    if isinstance(part, RecordStep):
        fresh = part.fresh()
        for record in records:
            yield from (made for output, made in fresh.routed(record) if output is None)
    else:
        yield from (made for batch in part.run(iter([list(records)])) for made in batch)
