"""Messages and records without the values of sensitive fields.

Messages that etlkit writes itself mask such values where they arise. This is for what
exceptions of steps, encoders and destinations say, and for records that are shown.
"""

from __future__ import annotations

import re

from typing import TYPE_CHECKING, Any

from attrs import evolve

from etlkit._words import SHOWN_CHARACTERS
from etlkit.records import Unfit


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from etlkit.records import Problem, Record
    from etlkit.schema.fields import Place

MASK = "***"

_SHORT = 4
"""Texts below this length are words like any other, so they are masked only as whole words."""


class _Masked:
    """Stands for a value that is not shown."""

    def __repr__(self) -> str:
        return MASK


def masked(message: str, places: Iterable[Place], records: Iterable[Record]) -> str:
    """The message without the values that these places have in these records.

    The keys of a dict count as values, but for those that a place names.
    """
    texts = _hidden(places, records)
    for text in sorted(texts, key=lambda text: (-len(text), text)):
        if len(text) < _SHORT:
            message = re.sub(rf"(?<!\w){re.escape(text)}(?!\w)", MASK, message)
        else:
            message = message.replace(text, MASK)
    return message


def masked_path(
    path: tuple[str | int, ...], places: Iterable[Place], records: Iterable[Record]
) -> tuple[str | int, ...]:
    """The path of a problem without the keys that ``masked`` hides."""
    places = list(places)
    named = _named(places)
    if all(isinstance(part, int) or part in named for part in path):
        return path  # as most are, and looking through a record takes its time
    texts = _hidden(places, records)
    return tuple(
        MASK if isinstance(part, str) and part not in named and part.strip() in texts else part
        for part in path
    )


def _hidden(places: Iterable[Place], records: Iterable[Record]) -> set[str]:
    """The texts that no message shows."""
    places, records = list(places), list(records)
    named = _named(places)
    texts = {
        text.strip()
        for place in places
        for record in records
        for held in _held(record, place)
        for value in _values(held, named)
        for text in _texts(value)
    }
    return texts - {""}


def _named(places: Iterable[Place]) -> set[str]:
    """The keys that the schema names, which are no secret."""
    return {part for place in places for part in place if part is not None}


def withheld(error: Exception, places: Sequence[Place]) -> Exception:
    """What is wrong with an item, without values that these places may have in it.

    For items that cannot be decoded, so that nobody can look up what is to be hidden.
    """
    if not places or not isinstance(error, Unfit) or not error.problems:
        return error
    problems = tuple(
        _without_value(problem) if _is_hidden(problem, places) else problem
        for problem in error.problems
    )
    return Unfit.of(error.code, problems)


def unquoted(error: Exception, places: Sequence[Place]) -> Exception:
    """What is wrong with a record, without values that were made of what these places have.

    For failures of steps, whose problems may quote a part of a value, which no comparison
    with the value would find.
    """
    if not places or not isinstance(error, Unfit):
        return error
    if not any(one.masked and _is_hidden(one, places) for one in error.problems):
        return error
    problems = tuple(
        evolve(one, message=one.masked) if one.masked and _is_hidden(one, places) else one
        for one in error.problems
    )
    return Unfit.of(error.code, problems)


def _is_hidden(problem: Problem, places: Iterable[Place]) -> bool:
    return any(_overlap(problem.path, place) for place in places)


def _without_value(problem: Problem) -> Problem:
    words = f"breaks the rule {problem.rule!r} (more is withheld: there are sensitive fields)"
    return evolve(problem, message=problem.masked or words)


def _overlap(path: tuple[str | int, ...], place: Place) -> bool:
    """Whether a path is at, above or below a place, or the record is shaped otherwise there."""
    for name, part in zip(path, place, strict=False):
        if isinstance(name, int) is not (part is None):
            return True
        if part is not None and name != part:
            return False
    return True


def without_sensitive(value: Any, places: Iterable[Place]) -> Any:
    """A value, for its repr, with ``***`` for what these places have in it."""
    below: dict[str | None, list[Place]] = {}
    for place in places:
        if not place:
            return _Masked()
        below.setdefault(place[0], []).append(place[1:])
    if isinstance(value, dict) and None not in below:
        return {key: without_sensitive(one, below.get(key, ())) for key, one in value.items()}
    if isinstance(value, list) and None in below:
        return [without_sensitive(one, below[None]) for one in value]
    # what has another type than the schema says may have the value anywhere
    return _Masked() if below and not _is_plain(value) else value


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, (bool, int, float))


def _held(record: object, place: Place) -> Iterator[object]:
    """What a place has in a record; where the record is shaped otherwise, all there is."""
    if not place or not isinstance(record, (dict, list)):
        yield record
    elif place[0] is not None and isinstance(record, dict):
        yield from _held(record.get(place[0]), place[1:])
    elif place[0] is None and isinstance(record, list):
        for one in record:
            yield from _held(one, place[1:])
    else:
        yield record


def _values(value: object, named: set[str]) -> Iterator[object]:
    """A value and those inside it, each once, since steps can make circles.

    The keys of a dict are among them, but for those that the schema names.
    """
    found: list[object] = [value]
    seen: set[int] = set()
    while found:
        one = found.pop()
        if one is None or isinstance(one, bool) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, dict):
            found.extend(one.values())
            found.extend(key for key in one if key not in named)
        elif isinstance(one, (list, tuple, set, frozenset)):
            found.extend(one)


def _texts(value: object) -> Iterator[str]:
    """The forms in which a message may show a value: as text, as repr, and cut short."""
    try:
        text, shown = str(value), repr(value)
    except Exception:  # noqa: BLE001 -- a value that has no text is in no message
        return
    quotes = 1 if isinstance(value, str) else 0  # they stay, and show that it was a text
    yield text
    yield shown[quotes : len(shown) - quotes]
    if len(shown) > SHOWN_CHARACTERS:
        yield shown[quotes:SHOWN_CHARACTERS]
