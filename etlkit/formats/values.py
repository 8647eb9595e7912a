"""JSON values that orjson alone would change or refuse: wide integers, deep nesting."""

from __future__ import annotations

import json
import re

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import PurePath
from typing import Any, NoReturn

import orjson

from etlkit._words import shown
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
_SCALARS = frozenset({str, int, bool, type(None)})
_WIDE_NUMBER = re.compile(rb"-?[0-9]{19,}")

# An integer of 309 digits is beyond every double, so orjson refuses it.
_STRING = rb'"(?:[^"\\]++|\\.)*+"?'  # possessive: a place to go back to for each byte is too many
_HUGE_RUN = re.compile(rb"[0-9]{309}")
_STRING_OR_HUGE = re.compile(_STRING + rb"|(?<![0-9.eE+])[1-9][0-9]{308,}(?![0-9.eE])")
_STRING_OR_BRACKET = re.compile(_STRING + rb"|[][{}]")
_MANY = 10_000
_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


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
    try:
        value = loads_shallow(text)
    except orjson.JSONDecodeError:
        if not _HUGE_RUN.search(text):
            raise
        loads_shallow(_STRING_OR_HUGE.sub(_short, text))  # refuses whatever else is wrong
    else:
        if not _WIDE_NUMBER.search(text):
            return value
    try:
        return json.loads(text.decode())
    except ValueError as error:
        raise Unfit("integer", f"an integer that Python does not read: {error}") from error


def loads_strict(text: bytes) -> Any:
    """As ``loads_checked``; a key that comes twice in one object is refused."""
    value = loads_checked(text)
    json.loads(text, object_pairs_hook=_no_key_twice)
    return value


def _no_key_twice(pairs: list[tuple[str, Any]]) -> None:
    seen = set()
    for key, _ in pairs:
        if key in seen:
            words = f"the key {shown(key)} comes twice in one object"
            masked = "has a key twice in one object"
            problem = Problem((), "duplicate_key", words, masked=masked)
            raise Unfit("duplicate_key", words, (problem,))
        seen.add(key)


def _short(match: re.Match[bytes]) -> bytes:
    """A string as it is, and an integer of one digit in the place of a long one."""
    text = match[0]
    return text if text.startswith(b'"') else b"1".ljust(len(text))


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
        if len(level) > _MANY:  # a record that holds itself twice would double for ever
            level = list({id(inner): inner for inner in level}.values())
    return bool(level)


def explain_json(text: bytes, error: Exception) -> Exception:
    """Why a line is not a JSON record, in words that say what to mend."""
    if isinstance(error, Unfit):
        return error
    try:
        words = text.decode()
    except UnicodeDecodeError as wrong:
        return Unfit("utf8", f"not valid UTF-8: byte {text[wrong.start]:#04x} at {wrong.start}")
    if _nested_too_deeply(text):
        return too_deep()
    if words.startswith("\ufeff"):
        return Unfit("json", "a byte order mark in the middle of the file")
    if _has_constant(words):
        return Unfit("json", f"not JSON: NaN and Infinity have no form in JSON ({_said(error)})")
    return Unfit("json", f"not JSON: {_said(error)}")


def _said(error: Exception) -> str:
    """What a parser says of one record, which has no line number of its own."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos + 1}"
    return str(error)


def _nested_too_deeply(text: bytes) -> bool:
    """Whether a text that orjson refused opens too many brackets; its words for it vary."""
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        if match[0] in b"[{":
            depth += 1
        elif match[0] in b"]}":
            depth -= 1
        if depth > MAX_DEPTH:
            return True
    return False


def _has_constant(text: str) -> bool:
    """Whether a NaN or an infinity stands before anything else that is wrong."""
    found: list[str] = []
    with suppress(ValueError):
        json.loads(text, parse_constant=found.append)
    return bool(found)


def canonical_json(record: object) -> bytes:
    """JSON of any record, keys sorted, for quarantine.

    What has no form is shown by its repr; NaN and infinities as Python writes them.
    """
    with suppress(TypeError):
        line = orjson.dumps(record, _shown, _CANONICAL)
        if b"null" not in line or not has_odd_float(record):
            return line
    plain = _plain(record, ())
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode(errors="backslashreplace")


def _plain(value: object, around: tuple[int, ...]) -> object:
    """The value as dicts, lists and what else the standard library writes.

    ``around`` are the ids of the containers that the value stands in.
    """
    if id(value) in around or len(around) > MAX_DEPTH:
        return "..."
    inside = (*around, id(value))
    if isinstance(value, dict):
        return {
            key if isinstance(key, str) else _shown(key): _plain(inner, inside)
            for key, inner in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_plain(inner, inside) for inner in value]
    return _plain_scalar(value)


def _plain_scalar(value: object) -> object:
    if isinstance(value, float):
        return value
    try:
        return orjson.loads(orjson.dumps(value, _shown, _CANONICAL))
    except TypeError:
        if isinstance(value, int) and _refusal(value) is None:
            return int(value)
        return value if isinstance(value, str) else _shown(value)


def _shown(value: object) -> str:
    """The repr of a value, whatever its class makes of that."""
    try:
        return repr(value)
    except Exception as error:  # noqa: BLE001 -- the failure is what is shown
        if isinstance(value, int):
            return hex(value)
        return f"<{type(value).__name__} without a repr: {type(error).__name__}>"


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
        try:
            return orjson.Fragment(int.__repr__(value).encode())
        except ValueError as error:  # more digits than Python writes
            raise TypeError(str(error)) from error
    return value


def _raise_unfit(record: Any, error: Exception) -> NoReturn:
    path, what, why, culprit = _culprit(record, ())
    place = Problem(path, "encode", why).place
    ways = next((way for kinds, way in _WAYS if isinstance(culprit, kinds)), "")
    raise Unfit(
        "encode", f"{place} {what} that JSON has no form for ({why}); change it in a step{ways}"
    ) from error


_WAYS = (
    (Decimal, ", for example by str(...), or by float(...) where it need not be exact"),
    ((set, frozenset), ", for example by sorted(...)"),
    ((bytes, bytearray, memoryview), ", for example by .decode() or .hex()"),
    (timedelta, ", for example by .total_seconds()"),
    (PurePath, ", for example by str(...)"),
)
"""What turns a value of some type into one that JSON has a form for."""


def _culprit(
    value: Any, path: tuple[str | int, ...]
) -> tuple[tuple[str | int, ...], str, str, Any]:
    """Where the first thing stands that has no form in JSON, what it is, why not, and itself."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if why := _refusal({key: None}):
                return path, f"has a key of type {type(key).__name__}", why, None
            if _refusal(inner):
                return _culprit(inner, (*path, key))
    if isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            if _refusal(inner):
                return _culprit(inner, (*path, index))
    return path, f"is a {type(value).__name__}", _refusal(value) or "", value


def _refusal(value: Any) -> str | None:
    """Why a value cannot be written, or None."""
    try:
        orjson.dumps(_with_fragments(value))
    except TypeError as error:
        return str(error)
    return None


def has_odd_float(value: Any) -> bool:
    """Whether a value has a NaN or an infinity at any depth."""
    if isinstance(value, float):
        return value - value != 0
    if isinstance(value, dict):
        return any(has_odd_float(inner) for inner in value.values())
    if isinstance(value, (list, tuple)):
        return any(has_odd_float(inner) for inner in value)
    if value.__class__ in _SCALARS:
        return False
    fields = getattr(value, "__dataclass_fields__", ())  # orjson writes data classes, too
    return any(has_odd_float(getattr(value, name)) for name in fields)
