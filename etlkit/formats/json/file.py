"""One JSON file while it is read: how far it is cut, and what follows next."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, NoReturn, cast

import orjson

from etlkit.errors import InputError, InputTruncated
from etlkit.formats.json.elements import ElementEnd, in_array, in_sequence, meeting
from etlkit.formats.json.windows import Spans
from etlkit.formats.text.lines import Growing
from etlkit.formats.values import MAX_DEPTH, explain_json
from etlkit.records import Batch


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.formats.json.options import JsonOptions
    from etlkit.formats.json.windows import Window
    from etlkit.records import Origin, Refusal

# orjson refuses more than 1024 levels. Elements that are read inside of so many arrays can
# have no more than MAX_DEPTH, which costs less than looking at each value for its depth.
_AROUND = 1024 - MAX_DEPTH
_OPEN, _CLOSE = b"[" * _AROUND, b"]" * _AROUND

# How objects follow each other in most files without an array; a string has no newline.
_NEXT_LINE, _NEXT_ELEMENT = b"}\n{", b"}\n,{"

_MORE = "more text after the end of the value"
_NO_VALUE = b",:]}\0"
_NO_END = "the element that begins here does not end; a quote or a bracket may be missing"
_TAKEN = object()


class JsonFile:
    """The state of reading one file; asked once for its batches.

    Raises:
        InputError: From ``batches``: the file is not JSON, or neither an array nor objects.
        InputTruncated: It ends before its array or object does.
    """

    def __init__(self, options: JsonOptions, window: Window, origin: Origin) -> None:
        self._options = options
        self._origin = origin
        self._window = window
        self._decode = options.decoder()
        self._is_array, self._spans = False, in_sequence
        self._number = 1
        self._after_element = False
        self._meeting: tuple[bytes, bytes] | None = None

    def batches(self) -> Iterator[Batch]:
        """The elements of the file, numbered from 1."""
        opening = self._window.peek()
        if opening == b"[":
            self._is_array, self._spans = True, in_array
            self._window.at += 1
        elif opening not in {b"{", b""}:
            self._fail("neither an array nor an object")
        while self._is_at_element():
            found = self._read_at_once()
            for batch in self._cut() if found is None else (found,):
                self._number += len(batch.items) + len(batch.refused)
                self._after_element = True
                yield batch

    @property
    def _frame(self) -> tuple[bytes, bytes]:
        """What makes a file of an element."""
        return (b"[", b"]") if self._is_array else (b"", b"")

    # -- between elements

    def _is_at_element(self) -> bool:
        """Go on to the next element; False at the end of a file that ends as it should."""
        following = self._window.peek()
        if not self._is_array:
            if following not in {b"{", b""}:
                self._fail(_MORE)
            return following == b"{"
        if self._after_element and following not in {b"]", b""}:
            following = self._pass_comma(following)
        if not following:
            raise self._cut_off(self._window.place(), "the array has no ']'")
        if following == b"]":
            self._window.at += 1
            if self._window.peek():
                self._fail(_MORE)
        return following != b"]"

    def _pass_comma(self, found: bytes) -> bytes:
        """Go on to what follows the comma between two elements."""
        if found != b",":
            self._fail("',' or ']' expected after an element")
        self._window.at += 1
        self._after_element = False
        following = self._window.peek()
        if following == b"]":
            self._fail("a comma before the end of the array")
        return following

    # -- many elements at once

    def _read_at_once(self) -> Batch | None:
        """The elements up to the last place where two meet, or None if that does not work out."""
        window = self._window
        start, end = window.at, self._last_end()
        if not start < end <= start + self._options.max_record_bytes:
            return None
        text = window.data[start:end]
        if not self._options.may_read_plainly(text):
            return None
        records = _loaded(text) if self._is_array else _loaded_in_sequence(text)
        if records is None:
            self._meeting = None
            return None
        window.at = end
        found = self._spans(window.data, start)
        places = Spans(window.data, window.line, islice(found, len(records)))
        decode, items = _Loaded(records, places).take, range(len(records))
        return Batch(items, self._origin, self._number, decode, places=places, frame=self._frame)

    def _last_end(self) -> int:
        """Where the last element that ends in the window is likely to end, or -1."""
        window = self._window
        if not self._is_array:
            last = b"}" if window.ended else _NEXT_LINE
            return window.data.rfind(last, window.at) + 1
        if window.ended:
            return window.data.rfind(b"]", window.at)
        if self._meeting is None:
            self._meeting = meeting(window.data, window.at)
        if self._meeting is None:
            return -1
        tail, head = self._meeting
        place = window.data.rfind(tail + head, window.at)
        if place < 0:
            self._meeting = None
            return -1
        return place + len(tail)

    # -- one element after the other

    def _cut(self) -> Iterator[Batch]:
        """The elements that end in the window; if there is none, more of it, or a long one."""
        window = self._window
        if found := list(self._spans(window.data, window.at)):
            window.at = found[-1][1]
            yield from self._within_limit(found)
        elif window.data[window.at] in _NO_VALUE:
            self._fail("a value expected")
        elif window.ended:
            raise self._cut_off(window.place(), _NO_END)
        elif len(window.data) - window.at < window.chunk_bytes:
            window.more()
        else:
            yield self._long()

    def _within_limit(self, found: list[tuple[int, int]]) -> Iterator[Batch]:
        """Elements as a batch, or as several around those that are too long."""
        window, number = self._window, self._number
        limit = self._options.max_record_bytes
        first = 0
        for index, (start, end) in enumerate(found):
            if end - start > limit:
                if index > first:
                    yield self._batch(found[first:index], number + first)
                element = Growing(limit)
                element.add(window.data[start:end])
                refusal = element.refusal(window.line_at(start))
                yield self._refused(refusal, number + index)
                first = index + 1
        if first < len(found):
            yield self._batch(found[first:], number + first)

    def _batch(self, found: list[tuple[int, int]], number: int) -> Batch:
        data = self._window.data
        places = Spans(data, self._window.line, found)
        return self._of([data[start:end] for start, end in found], number, places)

    def _of(self, items: list[bytes], number: int, places: Spans) -> Batch:
        return Batch(
            items,
            self._origin,
            number,
            self._decode,
            explain=explain_json,
            places=places,
            frame=self._frame,
        )

    def _refused(self, refusal: Refusal, number: int) -> Batch:
        return Batch((), self._origin, number, self._decode, refused=(refusal,))

    def _long(self) -> Batch:
        """An element that is longer than the window."""
        window = self._window
        place, line = window.place(), window.line_at(window.at)
        element = Growing(self._options.max_record_bytes)
        ending = ElementEnd(window.data[window.at : window.at + 1])
        while (end := ending.find(window.data, window.at)) < 0:
            element.add(window.data[window.at :])
            window.at = len(window.data)
            window.more()
            if not window.data:
                raise self._cut_off(place, _NO_END)
        element.add(window.data[window.at : end])
        window.at = end
        if element.overlong:
            return self._refused(element.refusal(line), self._number)
        item = element.take()
        return self._of([item], self._number, Spans(item, line, [(0, len(item))]))

    # -- files that fail as a whole

    def _fail(self, what: str) -> NoReturn:
        place = f"{self._origin.uri}:{self._window.place()}"
        message = f"{place}: not a JSON file of records: {what}"
        raise InputError(message)

    def _cut_off(self, place: str, what: str) -> InputTruncated:
        message = f"{self._origin.uri}:{place}: the JSON file is cut off: {what}"
        return InputTruncated(f"{message}; nothing of it was loaded")


class _Loaded:
    """Elements that were read at once, and are handed out one by one."""

    def __init__(self, records: list[Any], places: Spans) -> None:
        self._records = records
        self._places = places

    def take(self, position: int) -> Any:
        """An element, which belongs to the caller; so a second time it is read again."""
        record = self._records[position]
        self._records[position] = _TAKEN
        return orjson.loads(self._places.raw(position)) if record is _TAKEN else record


def _loaded(text: bytes) -> list[Any] | None:
    """The elements of an array without its brackets, or None where something is wrong with one."""
    try:
        value = orjson.loads(b"".join((_OPEN, text, _CLOSE)))
    except orjson.JSONDecodeError:
        return None
    for _ in range(_AROUND - 1):
        if len(value) != 1:  # a bracket of the text closed an array around it
            return None
        (value,) = value
    return cast("list[Any]", value)


def _loaded_in_sequence(text: bytes) -> list[Any] | None:
    """The same for objects of which each begins on a line of its own."""
    records = _loaded(text.replace(_NEXT_LINE, _NEXT_ELEMENT))
    if records is None or len(records) != text.count(_NEXT_LINE) + 1:
        return None  # or a comma went between two objects that stand within another one
    return records
