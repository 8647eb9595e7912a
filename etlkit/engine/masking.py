"""Messages without the values of sensitive fields.

Messages that etlkit writes itself mask such values where they arise. This is for what
exceptions of steps, encoders and destinations say.
"""

from __future__ import annotations

import re

from typing import TYPE_CHECKING

from etlkit._words import SHOWN_CHARACTERS


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from etlkit.records import Record

MASK = "***"

_SHORT = 4
"""Texts below this length are words like any other, so they are masked only as whole words."""


def masked(message: str, fields: Iterable[str], records: Iterable[Record]) -> str:
    """The message without the values that these fields have in these records."""
    texts = {
        text.strip()
        for name in fields
        for record in records
        for value in _values(record.get(name))
        for text in _texts(value)
    }
    for text in sorted(texts - {""}, key=lambda text: (-len(text), text)):
        if len(text) < _SHORT:
            message = re.sub(rf"(?<!\w){re.escape(text)}(?!\w)", MASK, message)
        else:
            message = message.replace(text, MASK)
    return message


def _values(value: object) -> Iterator[object]:
    """A value and those inside it, each once, since steps can make circles."""
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
