"""Wrong arguments of steps: what is said of them, with the line of the user's program."""

from __future__ import annotations

import inspect
import re

from collections.abc import Callable, Iterable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import PurePath
from types import MappingProxyType
from typing import Any
from uuid import UUID

from etlkit._words import did_you_mean, shown
from etlkit.errors import ConfigurationError, ExpressionError
from etlkit.expressions import Expression, lit, parse_expression
from etlkit.expressions.building import Fields, When
from etlkit.expressions.places import place, without_place
from etlkit.expressions.uncalled import Uncalled
from etlkit.transformations.called import without_result


def mistake(words: str) -> ConfigurationError:
    """The error for a step that cannot mean anything; it ends with the user's line."""
    return ConfigurationError(f"{words} ({place()})")


def reworded(verb: str, error: ExpressionError) -> ConfigurationError:
    """What is wrong with an expression or constant, as a mistake of a verb."""
    return mistake(f"{verb}: {without_place(error)}")


def field_name(verb: str, given: object) -> str:
    """The name of a field.

    Raises:
        ConfigurationError: It is something else.
    """
    if isinstance(given, str):
        return given
    hint = ""
    if isinstance(given, Expression):
        (name, *_) = (*given.fields(), "name")
        hint = f"; write the name: {name!r}"
    elif isinstance(given, (list, tuple, set, frozenset)):
        hint = f"; write the names one after the other: {verb}('a', 'b'), or {verb}(*names)"
    message = f"{verb}: a field is called by its name, a text, got {shown(given)}{hint}"
    raise mistake(message)


def field_names(verb: str, given: Iterable[object]) -> tuple[str, ...]:
    """The names of fields: at least one, and none of them twice.

    Raises:
        ConfigurationError: They are something else.
    """
    names = tuple(field_name(verb, one) for one in given)
    if not names:
        message = f"{verb} needs the names of fields, such as {verb}('id', 'name')"
        raise mistake(message)
    for name in names:
        if names.count(name) > 1:
            message = f"{verb}: the field {name!r} is named twice"
            raise mistake(message)
    return names


def named(verb: str, given: object, more: Mapping[str, Any], *, example: str) -> dict[str, Any]:
    """What was given for fields by a dict, by keywords, or by both.

    Raises:
        ConfigurationError: It is nothing, no dict, or a field comes twice.
    """
    if given is not None and not isinstance(given, Mapping):
        message = f"{verb} takes a dict or keywords, such as {example}, got {shown(given)}"
        raise mistake(message)
    for name in more:
        if given is not None and name in given:
            message = f"{verb}: {name!r} is in the dict and among the keywords"
            raise mistake(message)
    found = {field_name(verb, name): one for name, one in {**(given or {}), **more}.items()}
    if not found:
        message = f"{verb} has nothing to do; write for example {example}"
        raise mistake(message)
    return found


def choice(
    verb: str,
    argument: str,
    given: object,
    allowed: tuple[str, ...],
    elsewhere: Mapping[str, str] = MappingProxyType({}),
) -> Any:
    """One of several words.

    Args:
        verb: The verb.
        argument: Its argument.
        given: The word.
        allowed: The words that it may be.
        elsewhere: What other tools call some of them.

    Raises:
        ConfigurationError: It is none of them.
    """
    if isinstance(given, str) and given in allowed:
        return given
    near = did_you_mean(given, allowed, elsewhere) if isinstance(given, str) else ""
    words = " or ".join(map(repr, allowed))
    message = f"{verb}: {argument} is {words}, got {shown(given)}{near}"
    raise mistake(message)


def text(verb: str, argument: str, given: object) -> str:
    """A text.

    Raises:
        ConfigurationError: It is something else.
    """
    if isinstance(given, str):
        return given
    message = f"{verb}: {argument} is a text, got {shown(given)}"
    raise mistake(message)


def truth(verb: str, argument: str, given: object) -> bool:
    """True or False.

    Raises:
        ConfigurationError: It is neither.
    """
    if isinstance(given, bool):
        return given
    message = (
        f"{verb}: {argument} is True or False, got {shown(given)}; for a field of that name "
        f"write a dict: {verb}({{{argument!r}: ...}})"
    )
    raise mistake(message)


def function_of_record(words: str, given: Callable[..., Any]) -> Callable[..., Any]:
    """A function that can be called with a record.

    Raises:
        ConfigurationError: It takes another number of arguments.
    """
    if isinstance(given, (Expression, Fields, Uncalled)) or not callable(given):
        hint = unfinished(given)
        if isinstance(given, Expression):
            hint = "; Derive(name=...) gives records a field"
        message = f"{words}: a function is expected, got {shown(given)}{hint}"
        raise mistake(message)
    if (wrong := without_result(given)) is not None:
        message = f"{words}: {wrong}"
        raise mistake(message)
    try:
        signature = inspect.signature(given)
    except (TypeError, ValueError):  # some that are written in C have none
        return given
    try:
        signature.bind({})
    except TypeError as error:
        message = f"{words}: the function is called with one record, but it takes {signature}"
        raise mistake(message) from error
    return given


def condition(verb: str, given: object) -> Any:
    """An expression, or a function of a record, that says yes or no.

    Raises:
        ConfigurationError: It is neither.
    """
    if isinstance(given, Expression):
        return given
    if callable(given) and not isinstance(given, (Fields, Uncalled)):
        return function_of_record(verb, given)
    hint = unfinished(given)
    if isinstance(given, str):
        hint = f"; {_meant(given) or 'an expression is no text: write it without the quotes'}"
        if given.isidentifier():
            hint = f"; for the value of the field write F.{given}"
    elif isinstance(given, bool):
        hint = "; two values that Python compared have no field in them: write F.name == value"
    message = (
        f"{verb} takes an expression such as F.amount > 100, or a function of a record, "
        f"got {shown(given)}{hint}"
    )
    raise mistake(message)


def _meant(text: str) -> str:
    """The expression that stands in a text, as it is written without the quotes."""
    try:
        found = parse_expression(re.sub(r"\bF\.(?=\w)", "", text))
    except ExpressionError:
        return ""
    return f"write {found!r}" if found.fields() else ""


def unfinished(given: object) -> str:
    """What is missing from something that becomes an expression."""
    if isinstance(given, Fields):
        return "; F stands for all fields, one of them is F.name"
    if isinstance(given, When):
        return "; after when(...) comes .then(...)"
    if isinstance(given, Uncalled):
        return f"; write {given.call}"
    return ""


def computed(words: str, given: object) -> Any:
    """An expression, or a function of a record, that gives a value; a constant is made one.

    Raises:
        ConfigurationError: It is none of them.
    """
    if isinstance(given, Expression):
        return given
    if given is None or isinstance(given, (bool, int, float, Decimal, date, time, timedelta, UUID)):
        try:
            return lit(given)
        except ExpressionError as error:
            raise reworded(words, error) from None
    if callable(given) and not isinstance(given, (Fields, Uncalled, type)):
        return function_of_record(words, given)
    message = (
        f"{words} is an expression or a function of a record, got {shown(given)}{_as_value(given)}"
    )
    raise mistake(message)


def _as_value(given: object) -> str:
    """How to write something as a value that is worked out."""
    if isinstance(given, (list, tuple)):
        return "; a list of values is list_of(F.a, F.b)"
    if isinstance(given, type):
        return f"; another type of a value is F.name.cast({given.__name__})"
    if not isinstance(given, str):
        return unfinished(given)
    hint = f"; for a text that is always the same write lit({shown(given)})"
    if given.isidentifier():
        return f"{hint}, for the value of a field F.{given}"
    meant = _meant(given)
    return f"{hint}, for an expression {meant.removeprefix('write ')}" if meant else hint


def not_a_step(given: object) -> str:
    """What to say of something that stands where a step belongs, and what to write instead."""
    expected = "a step such as Map(...) or Filter(...) is expected"
    return f"{expected}, got {shown(given)}{_hint(given)}"


def _hint(given: object) -> str:
    if isinstance(given, type) and hasattr(given, "parts"):
        return f"; that is the class, a step has arguments: {given.__name__}(...)"
    for attribute, hint in _NEIGHBOURS.items():
        if hasattr(given, attribute):
            return hint
    if isinstance(given, Expression):
        return f"; an expression is what a step is made with: Filter({given!r})"
    if isinstance(given, (list, tuple)):
        return "; join steps by |, such as Filter(...) | Select(...)"
    return "; wrap the function, for example Map(function)" if callable(given) else ""


_NEIGHBOURS = {
    "judge": (
        "; a validator is no step, pass it to the job as validator=..., or write it at the "
        "end of a flow: source | step | validator"
    ),
    "batches": "; a source comes first: source | step",
    "keys": "; from_dict(...) makes a step of its dict form",
}
"""What validators, sources and dicts have, and no step; they live in rooms beside this one."""


def no_source(given: object, label: str) -> str:
    """What to say of something before ``|`` and a step that is neither source nor step."""
    if isinstance(given, (str, PurePath)):
        hint = f"; records of a file are FileSource({str(given)!r}) | {label}"
    elif isinstance(given, Mapping) or not isinstance(given, Iterable):
        return not_a_step(given)
    else:
        hint = f"; records at hand are RecordsSource(records) | {label}, or {label}.apply(records)"
    return f"a source or a step is expected before |, got {shown(given)}{hint}"
