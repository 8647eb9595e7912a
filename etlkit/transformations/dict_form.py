"""Steps as plain data, for files and other processes, and back."""

from __future__ import annotations

import sys

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from attrs import astuple

from etlkit._words import did_you_mean, shown
from etlkit.errors import ConfigurationError
from etlkit.expressions import Expression
from etlkit.expressions.casting import cast
from etlkit.expressions.operands import cast_type
from etlkit.expressions.printing import TYPE_WORDS
from etlkit.transformations.aggregations import Aggregation
from etlkit.transformations.cells import Cells
from etlkit.transformations.stage_verbs import StageVerb
from etlkit.transformations.step import Chain, Step
from etlkit.transformations.verbs import Verb


_NONE: Mapping[str, bytes | str] = MappingProxyType({})

VERBS: dict[str, str] = {
    "Aggregate": "groups",
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
    "Flatten": "nesting",
    "HashPII": "privacy",
    "Join": "joining",
    "Limit": "filters",
    "Lookup": "looking_up",
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
}
"""The verbs that have a dict form, and the module of each."""


def to_dict(step: Step) -> dict[str, Any]:
    """A verb, or a chain of verbs, as data that JSON and YAML can hold.

    The keys of ``HashPII`` stay out of it.

    Raises:
        ConfigurationError: A step is no verb, or holds a function.

    Example:
        >>> from etlkit.transformations import Drop, Select
        >>> to_dict(Select("id", "name", missing="null"))
        {'verb': 'Select', 'fields': ['id', 'name'], 'missing': 'null'}
    """
    if isinstance(step, Chain):
        return {"verb": "Chain", "steps": [to_dict(one) for one in step.steps]}
    name = type(step).__name__
    if not isinstance(step, (Verb, StageVerb)) or name not in VERBS:
        message = f"{step.label} has no dict form: it is no verb, as Select and Derive are"
        raise ConfigurationError(message)
    settings = step.settings()
    if isinstance(step, Verb):
        settings.pop(step.secret, None)
    return {"verb": name, **{each: _encoded(step, one) for each, one in settings.items()}}


def from_dict(given: Mapping[str, Any], *, keys: Mapping[str, bytes | str] = _NONE) -> Step:
    """The verb or chain of a dict form.

    Args:
        given: What ``to_dict`` made.
        keys: The keys of ``HashPII``, by their ``key_id``.

    Raises:
        ConfigurationError: It is none.

    Example:
        >>> from_dict({"verb": "Drop", "fields": ["age"]})
        Drop('age')
    """
    settings = dict(given) if _is_mapping(given) else {}
    name = settings.pop("verb", None)
    if name == "Chain":
        return Chain.of([from_dict(one, keys=keys) for one in _steps(settings)])
    if not isinstance(name, str) or name not in VERBS:
        near = did_you_mean(name, VERBS) if isinstance(name, str) else ""
        message = f"a dict with a verb such as {{'verb': 'Drop', ...}}, got {shown(given)}{near}"
        raise ConfigurationError(message)
    kind: type[Verb | StageVerb] = _class_of(name)
    if issubclass(kind, StageVerb):
        names = list(kind.arguments)
    else:
        if kind.secret:
            settings[kind.secret] = _key(name, settings, keys)
        names = [each.name for each in kind.__attrs_attrs__ if each.init]
    for each in settings:
        if each not in names:
            message = f"{name} has no argument {each!r}{did_you_mean(each, names)}"
            raise ConfigurationError(message)
    try:
        return kind.of_settings({each: _decoded(one) for each, one in settings.items()})
    except (LookupError, TypeError, ValueError) as error:
        message = f"{name}: {error}, in {shown(given)}"
        raise ConfigurationError(message) from error


def _is_mapping(given: object) -> bool:
    return isinstance(given, Mapping)


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


def _class_of(name: str) -> Any:
    home = f"etlkit.transformations.{VERBS[name]}"
    __import__(home)
    return getattr(sys.modules[home], name)


def _encoded(step: Step, value: Any) -> Any:
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, Mapping):
        pairs = [(_encoded(step, key), _encoded(step, one)) for key, one in value.items()]
        if all(isinstance(key, str) and not key.startswith("$") for key, _ in pairs):
            return dict(pairs)
        return {"$pairs": [list(pair) for pair in pairs]}
    if isinstance(value, (list, tuple)):
        return [_encoded(step, one) for one in value]
    return _encoded_special(step, value)


def _encoded_special(step: Step, value: Any) -> Any:
    if isinstance(value, Expression):
        return {"$expression": value.to_dict()}
    if isinstance(value, Aggregation):
        parts = [_encoded(step, one) for one in astuple(value, recurse=False)]
        return {"$aggregation": [type(value).__name__, *parts]}
    if isinstance(value, type) and value in TYPE_WORDS:
        return TYPE_WORDS[value]
    if type(value) in TYPE_WORDS:
        return {"$constant": [TYPE_WORDS[type(value)], cast(value, str)]}
    if isinstance(value, timedelta):
        return {"$constant": ["seconds", value.total_seconds()]}
    what = "the function " if callable(value) else ""
    message = f"{step.label}: {what}{shown(value)} has no dict form"
    raise ConfigurationError(message)


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    if "$expression" in value:
        return Expression.from_dict(value["$expression"])
    if "$pairs" in value:
        return {_decoded_key(key): _decoded(one) for key, one in value["$pairs"]}
    if "$constant" in value:
        kind, text = value["$constant"]
        return timedelta(seconds=text) if kind == "seconds" else cast(text, cast_type(kind))
    return _decoded_dict(value)


def _decoded_dict(value: Mapping[str, Any]) -> Any:
    if "$aggregation" in value:
        kind, *parts = value["$aggregation"]
        return _aggregation(kind, [_decoded(one) for one in parts])
    return {key: _decoded(one) for key, one in value.items()}


def _aggregation(kind: object, parts: list[Any]) -> Aggregation:
    kinds = [each for each in Aggregation.__subclasses__() if each is not Cells]
    found = {each.__name__: each for each in kinds}
    if not isinstance(kind, str) or kind not in found:
        near = did_you_mean(kind, found) if isinstance(kind, str) else ""
        message = f"an aggregation is one of {', '.join(found)}, got {shown(kind)}{near}"
        raise ConfigurationError(message)
    make: Any = found[kind]
    made: Aggregation = make(*parts)
    return made


def _decoded_key(value: Any) -> Any:
    """The key of a dict, which was a tuple where it is a list."""
    return tuple(map(_decoded_key, value)) if isinstance(value, list) else _decoded(value)
