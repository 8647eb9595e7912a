"""Steps as plain data, for files and other processes, and back."""

from __future__ import annotations

import sys

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from etlkit._words import did_you_mean, shown
from etlkit.errors import ConfigurationError
from etlkit.expressions.data import MOST_VALUES, is_too_large
from etlkit.transformations.compound_verbs import CompoundVerb
from etlkit.transformations.plain_values import Reading, Writing
from etlkit.transformations.step import Chain, Step
from etlkit.transformations.verbs import Verb


DEEPEST = 150
"""Levels of nested lists and dicts that are read."""

_NONE: Mapping[str, Any] = MappingProxyType({})

VERBS: dict[str, str] = {
    "Aggregate": "aggregating",
    "Batch": "batching",
    "Cast": "conversions",
    "Deduplicate": "deduplicating",
    "Derive": "deriving",
    "Drop": "fields",
    "Enumerate": "numbering",
    "Explode": "nesting",
    "Extract": "parsing",
    "FillNull": "conversions",
    "Filter": "filters",
    "FlatMap": "maps",
    "Flatten": "nesting",
    "HashPII": "privacy",
    "Join": "joining",
    "Limit": "filters",
    "Lookup": "looking_up",
    "Map": "maps",
    "Mask": "privacy",
    "Melt": "reshaping",
    "ParseDate": "parsing",
    "Pivot": "reshaping",
    "Redact": "privacy",
    "Rename": "fields",
    "Reorder": "fields",
    "Replace": "replacing",
    "Route": "routing",
    "Sample": "sampling",
    "Select": "fields",
    "Sort": "sorting",
    "Split": "routing",
    "Standardize": "replacing",
    "Tap": "routing",
    "Throttle": "pacing",
    "TopK": "ranking",
    "Union": "unions",
    "Window": "windows",
}
"""The verbs that have a dict form, and the module of each."""


def to_dict(step: Step, *, names: Mapping[str, object] = _NONE) -> dict[str, Any]:
    """A verb, or a chain of verbs, as data that JSON and YAML can hold.

    Expressions become texts. The keys of ``HashPII`` stay out of it.

    Args:
        step: The verb or chain.
        names: What has no data, such as functions and sources, by names of your choice.

    Raises:
        ConfigurationError: A step is no verb, or holds a function that has no name.

    Example:
        >>> from etlkit import F
        >>> from etlkit.transformations import Derive, Map
        >>> to_dict(Derive(total=F.price * F.n))
        {'verb': 'Derive', 'values': {'total': 'price * n'}}
        >>> to_dict(Map(dict), names={"copied": dict})
        {'verb': 'Map', 'func': {'$name': 'copied'}}
    """
    if isinstance(step, Chain):
        return {"verb": "Chain", "steps": [to_dict(one, names=names) for one in step.steps]}
    name = type(step).__name__
    if not isinstance(step, (Verb, CompoundVerb)) or name not in VERBS:
        message = f"{step.label} has no dict form: it is no verb, as Select and Derive are"
        raise ConfigurationError(message)
    settings = step.settings()
    writing = Writing(step.label, names)
    if isinstance(step, CompoundVerb):
        return {"verb": name, **{each: writing.value(one) for each, one in settings.items()}}
    settings.pop(step.secret, None)
    made = {}
    for each, one in settings.items():
        if each == step.expression:
            made[each] = writing.expression(one)
        elif each == step.expressions:
            made[each] = writing.expressions(one)
        else:
            made[each] = writing.value(one)
    return {"verb": name, **made}


def from_dict(
    given: Mapping[str, Any] | list[Any],
    *,
    names: Mapping[str, object] = _NONE,
    keys: Mapping[str, bytes | str] = _NONE,
) -> Step:
    """The verb or chain of a dict form.

    Where a verb takes an expression, a text is one, as ``parse_expression`` reads it: a
    plain name in it is a field, and a text that is meant has quotes of its own. Where a
    verb takes the name of a field, a text is the name.

    Args:
        given: What ``to_dict`` made; or, shorter, the name of a verb with its first
            argument, or with a dict of all. A list is a chain.
        names: What stands behind a ``{"$name": ...}``.
        keys: The keys of ``HashPII``, by their ``key_id``.

    Raises:
        ConfigurationError: It is none; the message has the verb, the argument, and the
            place in the text of an expression.

    Example:
        >>> from_dict({"verb": "Derive", "values": {"size": "'big' if n > 9 else 'small'"}})
        Derive(size=when(F.n > 9).then('big').otherwise('small'))
        >>> from_dict({"Filter": "state in ['CA', 'NY'] and amount > 100"})
        Filter(F.state.is_in(['CA', 'NY']) & (F.amount > 100))
    """
    if is_too_large(given, levels=DEEPEST):
        message = (
            f"the data of a step is nested more than {DEEPEST} levels deep, or has more than "
            f"{MOST_VALUES} values"
        )
        raise ConfigurationError(message)
    settings = _settings(given)
    name = settings.pop("verb", None)
    if name == "Chain":
        return Chain.of([from_dict(one, names=names, keys=keys) for one in _steps(settings)])
    if not isinstance(name, str) or name not in VERBS:
        near = did_you_mean(name, VERBS) if isinstance(name, str) else ""
        message = f"a dict with a verb such as {{'verb': 'Drop', ...}}, got {shown(given)}{near}"
        raise ConfigurationError(message)
    kind = _class_of(name)
    if issubclass(kind, Verb) and kind.secret:
        settings[kind.secret] = _key(name, settings, keys)
    for each in settings:
        if each not in _arguments(kind):
            message = f"{name} has no argument {each!r}{did_you_mean(each, _arguments(kind))}"
            raise ConfigurationError(message)
    try:
        return kind.of_settings(_read(kind, settings, Reading(name, names)))
    except (LookupError, TypeError, ValueError) as error:
        message = f"{name}: {error}, in {shown(given)}"
        raise ConfigurationError(message) from error


def _settings(given: object) -> dict[str, Any]:
    """The arguments by name, and the verb; of the shorter form, too."""
    if isinstance(given, list):
        return {"verb": "Chain", "steps": given}
    if not isinstance(given, Mapping):
        return {}
    if len(given) != 1 or "verb" in given:
        return dict(given)
    ((name, argument),) = given.items()
    if name not in VERBS:
        return {"verb": name}
    kind = _class_of(name)
    first = kind.takes if issubclass(kind, Verb) else next(iter(kind.arguments()))
    takes_dict = issubclass(kind, Verb) and kind.spread == "named"
    if isinstance(argument, Mapping) and not takes_dict and not any(map(_is_mark, argument)):
        return {**argument, "verb": name}
    many = issubclass(kind, Verb) and kind.spread == "many" and isinstance(argument, str)
    return {"verb": name, first: [argument] if many else argument}


def _is_mark(key: object) -> bool:
    return isinstance(key, str) and key.startswith("$")


def _arguments(kind: type[Verb | CompoundVerb]) -> list[str]:
    """The names of the arguments of a verb."""
    if issubclass(kind, CompoundVerb):
        return list(kind.arguments())
    return [each.name for each in kind.__attrs_attrs__ if each.init]


def _read(
    kind: type[Verb | CompoundVerb], settings: Mapping[str, Any], reading: Reading
) -> dict[str, Any]:
    """The arguments that the data of them stands for."""
    made = {}
    for each, one in settings.items():
        if issubclass(kind, Verb) and each == kind.expression:
            made[each] = reading.expression(each, one)
        elif issubclass(kind, Verb) and each == kind.expressions:
            made[each] = reading.expressions(each, one)
        else:
            made[each] = reading.value(one)
    return made


def _steps(settings: Mapping[str, Any]) -> list[Any]:
    """The steps of a chain."""
    steps = settings.get("steps")
    if isinstance(steps, list) and set(settings) == {"steps"}:
        return steps
    message = f"a chain has a list of steps, and nothing else, got {shown(settings)}"
    raise ConfigurationError(message)


def _key(name: str, settings: Mapping[str, Any], keys: Mapping[str, bytes | str]) -> bytes | str:
    """The key of a verb, which is never part of the data."""
    key_id = settings.get("key_id")
    if "key" in settings:
        message = f"{name}: a key does not belong into data; from_dict(..., keys={{key_id: key}})"
        raise ConfigurationError(message)
    if not isinstance(key_id, str) or key_id not in keys:
        message = f"{name} needs its key: from_dict(..., keys={{{key_id!r}: key}})"
        raise ConfigurationError(message)
    return keys[key_id]


def _class_of(name: str) -> type[Verb | CompoundVerb]:
    home = f"etlkit.transformations.{VERBS[name]}"
    __import__(home)
    found: type[Verb | CompoundVerb] = getattr(sys.modules[home], name)
    return found
