"""A hash that tells plans apart, so that it can be said later by which one a load was made."""

from __future__ import annotations

import functools
import hashlib
import types

from collections.abc import Mapping
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import attrs

from etlkit.expressions import Expression


if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_DEPTH = 12
"""Objects inside of objects that are looked into."""

MOST_ITEMS = 1000
"""Items of one container that are looked at."""


_PLAIN: frozenset[type] = frozenset({str, int, float, bool, bytes, type(None)})


def fingerprint(*parts: object) -> str:
    """Sixteen hexadecimal digits over the names, settings and code of these parts.

    Functions count by their bytecode and constants, so that another version of Python
    gives another hash, and so does an edit of the function itself; what the function calls,
    and values that only it refers to, are not looked at.
    """
    digest = hashlib.blake2b(digest_size=8)
    for text in _texts(parts, 0):
        digest.update(text.encode(errors="surrogatepass") + b"\0")
    return digest.hexdigest()


def _texts(value: Any, depth: int) -> Iterator[str]:
    """What makes a value what it is, as a row of texts; no address in memory is among them."""
    yield type(value).__qualname__
    if depth > MOST_DEPTH:
        return
    if value is None or isinstance(value, (str, int, float, bool, bytes)):
        yield repr(value)
    elif isinstance(value, types.CodeType):
        yield from _of_code(value, depth)
    elif isinstance(value, type):
        yield f"{value.__module__}.{value.__qualname__}"
    elif isinstance(value, (Mapping, list, tuple, set, frozenset)):
        yield from _of_container(value, depth)
    else:
        yield from _of_object(value, depth)


def _of_container(value: Any, depth: int) -> Iterator[str]:
    yield str(len(value))
    if isinstance(value, (set, frozenset)):
        yield from sorted("\0".join(_texts(inner, depth + 1)) for inner in value)
        return
    most = MOST_ITEMS
    if isinstance(value, Mapping):
        most *= 2
        value = chain.from_iterable(value.items())
    for inner in islice(value, most):
        if inner.__class__ in _PLAIN:  # most of them; a generator for each is slow
            yield inner.__class__.__qualname__
            yield repr(inner)
        else:
            yield from _texts(inner, depth + 1)


def _of_code(code: types.CodeType, depth: int) -> Iterator[str]:
    yield code.co_code.hex()
    yield repr(code.co_names)
    for constant in code.co_consts:
        yield from _texts(constant, depth + 1)


def _of_object(value: Any, depth: int) -> Iterator[str]:
    """A function by its code, an object of etlkit by what it consists of, another by its class."""
    if isinstance(value, functools.partial):
        yield from _texts((value.func, value.args, value.keywords), depth + 1)
        return
    if isinstance(value, Expression):
        yield repr(value)
        return
    function = getattr(value, "__func__", value)
    code = getattr(function, "__code__", None)
    if code is not None:
        yield from _texts((code, getattr(function, "__defaults__", None)), depth + 1)
        return
    kind = type(value)
    if not kind.__module__.startswith("etlkit."):  # it may hold anything, such as a large model
        functions = [each for each in vars(kind).values() if isinstance(each, types.FunctionType)]
        yield from _texts([each.__code__ for each in functions], depth + 1)
    if kind.__module__.startswith("etlkit.") or attrs.has(kind):
        for name in _names(value):
            yield name
            yield from _texts(getattr(value, name, None), depth + 1)


def _names(value: Any) -> list[str]:
    if attrs.has(type(value)):
        return [each.name for each in attrs.fields(type(value))]
    return sorted(getattr(value, "__dict__", ()))
