"""Small JSON files: an array of objects, or one object. The file is held in memory."""

from __future__ import annotations

import json

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import frozen

from etlkit.errors import InputError
from etlkit.formats.format import Format
from etlkit.formats.values import explain_json, loads_checked
from etlkit.records import Batch


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.formats.format import ByteStream
    from etlkit.records import Origin

BATCH_RECORDS = 1000


def _nothing(_: str) -> None:
    """Numbers are not looked at while elements are cut out; they are read exactly later."""


_CUTTER = json.JSONDecoder(parse_int=_nothing, parse_float=_nothing, parse_constant=_nothing)


@frozen
class Json(Format):
    """A JSON file that is one array of objects, or one object.

    Each element keeps its bytes. The whole file is read at once, so it should be small
    against the memory; for large data use JSON Lines.
    """

    name: ClassVar[str] = "json"
    suffixes: ClassVar[tuple[str, ...]] = (".json",)

    def batches(self, stream: ByteStream, origin: Origin) -> Iterator[Batch]:
        """The elements of the array, numbered from 1, or the one object.

        Raises:
            InputError: The file is not JSON, or neither an array nor an object.
        """
        items: list[bytes] = []
        first = 1
        for element in _elements(_text(stream.read(), origin), origin):
            items.append(element.encode())
            if len(items) == BATCH_RECORDS:
                yield Batch(items, origin, first, loads_checked, explain=explain_json)
                first, items = first + len(items), []
        if items:
            yield Batch(items, origin, first, loads_checked, explain=explain_json)


def _text(data: bytes, origin: Origin) -> str:
    try:
        return data.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        message = f"{origin.uri}: not valid UTF-8 at byte {error.start}"
        raise InputError(message) from error


def _elements(text: str, origin: Origin) -> Iterator[str]:
    start = _skip(text, 0)
    if start == len(text):
        return
    if text[start] == "{":
        end = _end(text, start, origin)
        _expect_end(text, end, origin)
        yield text[start:end]
    elif text[start] == "[":
        yield from _array(text, start + 1, origin)
    else:
        raise _mistake(text, start, origin, "neither an array nor an object")


def _array(text: str, position: int, origin: Origin) -> Iterator[str]:
    position = _skip(text, position)
    while text[position : position + 1] != "]":
        end = _end(text, position, origin)
        yield text[position:end]
        position = _skip(text, end)
        if text[position : position + 1] == ",":
            position = _skip(text, position + 1)
            if text[position : position + 1] == "]":
                raise _mistake(text, position, origin, "a comma before the end of the array")
        elif text[position : position + 1] != "]":
            raise _mistake(text, position, origin, "',' or ']' expected after an element")
    _expect_end(text, position + 1, origin)


def _end(text: str, start: int, origin: Origin) -> int:
    try:
        return _CUTTER.raw_decode(text, start)[1]
    except json.JSONDecodeError as error:
        raise _mistake(text, error.pos, origin, error.msg) from error
    except RecursionError as error:
        raise _mistake(text, start, origin, "nested too deeply to be read") from error


def _skip(text: str, position: int) -> int:
    while text[position : position + 1] in {" ", "\t", "\n", "\r"}:
        position += 1
    return position


def _expect_end(text: str, position: int, origin: Origin) -> None:
    rest = _skip(text, position)
    if rest < len(text):
        hint = "; if each line is an object, pass format='jsonl'" if text[rest] == "{" else ""
        raise _mistake(text, rest, origin, f"more text after the end of the value{hint}")


def _mistake(text: str, position: int, origin: Origin, what: Any) -> InputError:
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    return InputError(f"{origin.uri}:{line}:{column}: not a JSON file of records: {what}")
