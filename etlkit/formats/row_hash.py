"""The row hash: 128 bits that tell what a record holds, whatever becomes of it.

It is BLAKE2b of the canonical form of the record, which is JSON without spaces, in UTF-8,
with the keys of every object sorted by code point. In there

- integers have all their digits, whatever their width; ``1``, ``1.0`` and ``true`` differ;
- floats have the shortest digits that read back equal, from 1e16 on as ``1e+16``; NaN and
  infinities are ``null``, as in every JSON that this library writes;
- a list and a tuple are the same; a set is a list in the order of the canonical forms of
  its values;
- dates and times are texts of RFC 3339, enumerations their values, data classes objects; a
  UUID and a ``Decimal`` are the texts of ``str``;
- bytes are the text of their hexadecimal digits;
- keys that are no texts are the texts of their canonical forms;
- any other value is the text of its ``repr``. One that shows an address in memory has
  another hash each time.

It is made of the record and not of what a destination makes of it, so it is the same for
every destination; and of what was written as JSON and read back it is the same, too.
``ROW_HASH_VERSION`` is counted up if any of this changes.
"""

from __future__ import annotations

import json
import re

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NoReturn

import orjson

from etlkit.formats.values import MAX_DEPTH, depth_exceeds, too_deep


if TYPE_CHECKING:
    from etlkit.formats.format import KernelCode
    from etlkit.records import Record

ROW_HASH_VERSION = 1
"""Version of the rules; hashes of different versions are never compared."""

ROW_HASH_BYTES = 16
"""Length of a row hash."""


_BEGUN = blake2b(digest_size=ROW_HASH_BYTES)  # a copy takes less time than a new one

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS

# orjson 3.11 wrote 1e16 where later ones write 1e+16, so lines with what may be such a float
# are made piece by piece there.
_UNSIGNED = orjson.dumps(1e16) == b"1e16"
_EXPONENT = re.compile(rb"[0-9]e[0-9]")


def row_hash(record: Record) -> bytes:
    """The row hash of a record.

    Raises:
        Unfit: It is nested too deeply.

    Example:
        >>> row_hash({"b": 2, "a": 1}).hex() == row_hash({"a": 1, "b": 2}).hex()
        True
    """
    try:
        line = orjson.dumps(record, _plain, _OPTIONS)
    except TypeError:
        return slow_row_hash(record)
    if _UNSIGNED and _EXPONENT.search(line):
        return slow_row_hash(record)
    return blake2b(line, digest_size=ROW_HASH_BYTES).digest()


def slow_row_hash(record: Record) -> bytes:
    """The row hash of a record that orjson has no form for.

    Raises:
        Unfit: It is nested too deeply.
    """
    return blake2b(canonical_form(record), digest_size=ROW_HASH_BYTES).digest()


def canonical_form(value: Any) -> bytes:
    """The canonical form of a value, worked out piece by piece.

    Raises:
        Unfit: It is nested too deeply.
    """
    if depth_exceeds(value, MAX_DEPTH):
        raise too_deep()
    return _form(value)


def write_row_hash(code: KernelCode, record: str) -> None:
    """Add lines to a kernel that put the row hash of a record into ``row_hash``."""
    if _UNSIGNED:
        code.line(f"row_hash = {code.bind('row_hash', row_hash)}({record})")
        return
    dumps, plain = code.bind("dumps", orjson.dumps), code.bind("plain", _plain)
    begun, slow = code.bind("begun", _BEGUN.copy), code.bind("slow_row_hash", slow_row_hash)
    with code.block("try:"):
        code.line(f"hasher = {begun}()")
        code.line(f"hasher.update({dumps}({record}, {plain}, {_OPTIONS}))")
        code.line("row_hash = hasher.digest()")
    with code.block("except TypeError:"):
        code.line(f"row_hash = {slow}({record})")


def _form(value: Any) -> bytes:
    if isinstance(value, Enum):
        return _form(value.value)
    if isinstance(value, dict):
        pairs = sorted((_key(key), _form(inner)) for key, inner in value.items())
        return b"{" + b",".join(b"%b:%b" % (_text(key), form) for key, form in pairs) + b"}"
    if isinstance(value, (list, tuple)):
        return b"[" + b",".join(map(_form, value)) + b"]"
    return _scalar(value)


def _scalar(value: Any) -> bytes:
    if isinstance(value, str):
        return _text(str(value))
    if isinstance(value, float):
        return _SIGN.sub(b"e+", orjson.dumps(float(value)))
    try:
        return orjson.dumps(value, _refuse, _OPTIONS)
    except TypeError:
        return _digits(value) if isinstance(value, int) else _form(_plain(value))


_SIGN = re.compile(rb"e(?=[0-9])")


def _refuse(value: object) -> NoReturn:
    raise TypeError(type(value).__name__)


def _digits(value: int) -> bytes:
    try:
        return int.__repr__(value).encode()
    except ValueError:  # more digits than Python writes
        return _text(hex(value))


def _key(key: object) -> str:
    return str(key) if isinstance(key, str) else _form(key).decode()


def _text(text: str) -> bytes:
    try:
        return orjson.dumps(text)
    except TypeError:  # half of a surrogate pair, which UTF-8 has no form for
        return json.dumps(text).encode()


def _plain(value: Any) -> Any:
    """A value that orjson does not know, as one or more that it does."""
    for kinds, plain in _PLAIN:
        if isinstance(value, kinds):
            return plain(value)
    if is_dataclass(value):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    try:
        return repr(value)
    except Exception as error:  # noqa: BLE001 -- a record has a hash whatever its values are like
        return f"<{type(value).__name__} without a repr: {type(error).__name__}>"


_PLAIN: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (Decimal, str),
    (float, float),  # a class made of it
    (tuple, list),  # the same
    (AbstractSet, lambda values: sorted(values, key=_form)),
    (Mapping, dict),
    ((bytes, bytearray, memoryview), lambda value: bytes(value).hex()),
)
