"""Where the elements of a JSON array end, told from their quotes and brackets alone.

An object ends with the brace that closes its first one, and an array with its bracket,
whatever stands in between. So a broken element can be told apart from its neighbours.
"""

from __future__ import annotations

import re

from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from collections.abc import Iterator

_BLANKS = rb"[ \t\r\n]*+"
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_BETWEEN = _BLANKS + rb"," + _BLANKS + rb"(?=[^\] \t\r\n])"

_BLANK = re.compile(_BLANKS)
_SEPARATOR = re.compile(_BETWEEN)
_GAP = re.compile(_BLANKS + rb"(?=\{)")
_SCALAR = re.compile(rb'[^][{}",:\x00 \t\r\n]*+')
_REST_OF_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)

# How an element ends, and how the object behind it begins, up to its first key.
_TAIL = re.compile(rb"[]} \t\r\n]++\Z")
_HEAD = re.compile(_BETWEEN + rb"\{" + _BLANKS + _STRING, re.DOTALL)
_LONGEST_TAIL = 200


def _up_to(brackets: bytes) -> re.Pattern[bytes]:
    """Matches whole strings and what else does not count, and then what does."""
    other = rb'[^"' + brackets + rb"]*+"
    return re.compile(
        other + rb"(?:" + _STRING + other + rb')*+(["' + brackets + rb"]?+)", re.DOTALL
    )


_UP_TO_NEXT = {b"{": _up_to(rb"{}"), b"[": _up_to(rb"\[\]")}


def after_blanks(data: bytes, start: int) -> int:
    """The index of the first byte that is no white space."""
    return _end(_BLANK, data, start)


def meeting(data: bytes, start: int) -> tuple[bytes, bytes] | None:
    """How two objects of this array meet, or None where it cannot be told.

    In most files all elements end alike and begin alike, and nothing within them does,
    so the last meeting in a piece of the file is likely to be where it can be cut.

    Returns:
        What the element at ``start`` ends with, and what follows it up to the first key
        of the next one.
    """
    end = ElementEnd(data[start : start + 1]).find(data, start)
    if end < 0:
        return None
    tail = _TAIL.search(data, max(start, end - _LONGEST_TAIL), end)
    head = _HEAD.match(data, end)
    return None if tail is None or head is None else (tail[0], head[0])


def in_array(data: bytes, start: int) -> Iterator[tuple[int, int]]:
    """Where the elements stand from ``start`` on, as far as they end in these bytes."""
    return _spans(data, start, _SEPARATOR)


def in_sequence(data: bytes, start: int) -> Iterator[tuple[int, int]]:
    """The same for objects that follow each other without commas."""
    return _spans(data, start, _GAP)


def _spans(data: bytes, start: int, between: re.Pattern[bytes]) -> Iterator[tuple[int, int]]:
    while True:
        end = ElementEnd(data[start : start + 1]).find(data, start)
        if end <= start:
            return
        yield start, end
        match = between.match(data, end)
        if match is None:
            return
        start = match.end()


class ElementEnd:
    """Finds the end of one element, which may come in several pieces."""

    def __init__(self, opening: bytes) -> None:
        self._opening = opening
        self._up_to_next = _UP_TO_NEXT.get(opening)
        self._depth = 0
        self._in_string = False
        self._escaped = False

    def find(self, data: bytes, start: int) -> int:
        """The index behind the element, or -1 where these bytes do not hold its end.

        Args:
            data: Bytes of the file; at the next call those that follow.
            start: Where the element begins, or goes on, in them.

        Returns:
            ``start`` itself where no element can begin.
        """
        if self._up_to_next is None and self._opening != b'"':
            end = _end(_SCALAR, data, start)
            return end if end < len(data) else -1
        while start < len(data):
            start = self._step(data, start)
            if self._depth == 0 and not self._in_string:
                return start
        return -1

    def _step(self, data: bytes, start: int) -> int:
        """Go behind the next quote or bracket that counts."""
        if self._in_string:
            return self._through_string(data, start)
        if self._up_to_next is None:
            self._in_string = True
            return start + 1
        match = self._up_to_next.match(data, start)
        if match is None:  # it matches nothing, too
            return len(data)
        if match[1] == b'"':
            self._in_string = True
        elif match[1]:
            self._depth += 1 if match[1] == self._opening else -1
        return match.end()

    def _through_string(self, data: bytes, start: int) -> int:
        end = _end(_REST_OF_STRING, data, start + self._escaped)
        self._escaped = data[end : end + 1] == b"\\"  # what it escapes comes with the next bytes
        self._in_string = data[end : end + 1] != b'"'
        return end + 1


def _end(pattern: re.Pattern[bytes], data: bytes, start: int) -> int:
    match = pattern.match(data, start)
    return start if match is None else match.end()
