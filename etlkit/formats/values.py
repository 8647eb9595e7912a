"""JSON values that orjson alone would change or refuse: wide integers, deep nesting."""

from __future__ import annotations

import json
import re

from typing import Any, NoReturn

import orjson

from etlkit.records import Problem, Unfit


MAX_DEPTH = 250
"""Levels of nesting that a record may have; orjson reads 1024 but writes only 254."""

MAX_SMALL = 2 * MAX_DEPTH
"""No text up to this many bytes can be nested deeper than ``MAX_DEPTH``."""

# orjson reads integers beyond 64 bits as floats. The widest that fit have 20 digits,
# or a minus sign and 19, so a shorter run of digits and dashes holds none.
_WIDE = 20
_DIGITS = bytes(48 if chr(byte) in "0123456789-" else 32 for byte in range(256))
_STRIDE = 4
_SAMPLED_RUN = b"0" * (_WIDE // _STRIDE)
_RUN = b"0" * _WIDE
_CONTAINERS = (dict, list, tuple)
_WIDE_NUMBER = re.compile(rb"-?[0-9]{19,}")


def may_have_wide_integers(block: bytes) -> bool:
    """Whether a block of JSON could hold an integer that does not fit 64 bits.

    Looks for a run of 20 digits or dashes. Such a run covers at least five of every
    fourth byte, so a sample of a quarter of the block clears most blocks at half the
    price of looking at all of it.
    """
    return _SAMPLED_RUN in block[::_STRIDE].translate(_DIGITS) and _RUN in block.translate(_DIGITS)


def loads_shallow(text: bytes) -> Any:
    """The value of a JSON text, with the depth limited.

    Raises:
        orjson.JSONDecodeError: The text is not JSON.
        Unfit: It is nested deeper than ``MAX_DEPTH``.
    """
    value = orjson.loads(text)
    if len(text) > MAX_SMALL and depth_exceeds(value, MAX_DEPTH):
        raise too_deep()
    return value


def loads_checked(text: bytes) -> Any:
    """The value of a JSON text, with every integer exact and the depth limited.

    Raises:
        orjson.JSONDecodeError: The text is not JSON.
        Unfit: It is nested deeper than ``MAX_DEPTH``, or has an integer with more
            digits than Python reads (4300).
    """
    value = loads_shallow(text)
    if _WIDE_NUMBER.search(text):
        try:
            return json.loads(text.decode())
        except ValueError as error:
            raise Unfit("integer", f"an integer that Python does not read: {error}") from error
    return value


def too_deep() -> Unfit:
    """The refusal of a record that is nested too deeply."""
    return Unfit("depth", f"the record is nested deeper than {MAX_DEPTH} levels")


def depth_exceeds(value: object, limit: int) -> bool:
    """Whether dicts and lists are nested deeper than a limit; does not recurse itself."""
    level = [value] if isinstance(value, _CONTAINERS) else []
    for _ in range(limit):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, _CONTAINERS)
        ]
    return bool(level)


def explain_json(text: bytes, error: Exception) -> Exception:
    """Why a line is not a JSON record, in words that say what to mend."""
    if isinstance(error, Unfit):
        return error
    try:
        words = text.decode()
    except UnicodeDecodeError as wrong:
        return Unfit("utf8", f"not valid UTF-8: byte {text[wrong.start]:#04x} at {wrong.start}")
    message = str(error)
    if "ecursion" in message:
        return too_deep()
    if words.startswith("\ufeff"):
        return Unfit("json", "a byte order mark in the middle of the file")
    if re.search(r"\b(NaN|Infinity)\b", words):
        return Unfit("json", f"not JSON: NaN and Infinity have no form in JSON ({message})")
    return Unfit("json", f"not JSON: {message}")


def canonical_json(record: object) -> bytes:
    """JSON of any record, keys sorted, for quarantine; what has no form is shown by its repr."""
    options = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    try:
        return orjson.dumps(record, repr, options)
    except TypeError:
        return json.dumps(record, default=repr, ensure_ascii=False, skipkeys=True).encode(
            errors="backslashreplace"
        )


def encode_wide(record: Any, error: Exception, options: int) -> bytes:
    """JSON of a record that orjson refused, if its integers were the only reason.

    Raises:
        Unfit: There is another reason; the message has the path of the value.
    """
    if depth_exceeds(record, MAX_DEPTH):
        raise too_deep() from error
    try:
        return orjson.dumps(_with_fragments(record), None, options)
    except TypeError as still:
        _raise_unfit(record, still)


def _with_fragments(value: Any) -> Any:
    """The value with each wide integer replaced by its own digits."""
    if isinstance(value, dict):
        return {key: _with_fragments(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_with_fragments(inner) for inner in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return orjson.Fragment(str(value).encode())
    return value


def _raise_unfit(record: Any, error: Exception) -> NoReturn:
    path, value = _culprit(record, ())
    problem = Problem(path, "encode", str(error))
    what = "a key" if isinstance(value, _Key) else f"a {type(value).__name__}"
    message = f"{problem.place} is {what} that JSON has no form for ({error})"
    raise Unfit("encode", message) from error


class _Key:
    """Stands for a key that is no string."""


def _culprit(value: Any, path: tuple[str | int, ...]) -> tuple[tuple[str | int, ...], object]:
    """The first value, from the outside in, that orjson does not write."""
    if isinstance(value, dict):
        if any(not isinstance(key, str) for key in value):
            return path, _Key()
        inside = [((*path, key), inner) for key, inner in value.items()]
    elif isinstance(value, (list, tuple)):
        inside = [((*path, index), inner) for index, inner in enumerate(value)]
    else:
        return path, value
    for place, inner in inside:
        try:
            orjson.dumps(_with_fragments(inner))
        except TypeError:
            return _culprit(inner, place)
    return path, value


def has_odd_float(value: Any) -> bool:
    """Whether a value has a NaN or an infinity at any depth."""
    if isinstance(value, float):
        return value - value != 0
    if isinstance(value, dict):
        return any(has_odd_float(inner) for inner in value.values())
    if isinstance(value, (list, tuple)):
        return any(has_odd_float(inner) for inner in value)
    return False
