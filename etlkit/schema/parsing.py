"""A schema from plain rules: ``{"id": {"required": True, "type": int}}``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import evolve, frozen

from etlkit._functions import is_function
from etlkit._words import did_you_mean, shown
from etlkit.errors import SchemaError
from etlkit.schema.consistency import check_coercion, check_field, is_coercible
from etlkit.schema.fields import Field, RecordCheck, Schema, Severity, Unknown, check_name
from etlkit.schema.rules import NESTED, RULES, SEVERITIES, check_names, mistake


UNKNOWN = ("allow", "drop", "refuse")
_IN_LIST = (
    "'unique' compares a record with others, and the field is inside a list; "
    "a list whose items differ has 'unique' in its 'items'"
)
DEEPEST = 150
"""Levels of nested rules; they are compiled by calls within calls, of which Python allows 1 000."""


@frozen
class _Defaults:
    """What rules do not say themselves."""

    unknown: Unknown
    coerce: bool
    severity: Severity
    depth: int = 0
    in_list: bool = False


def parse_schema(
    rules: object,
    *,
    unknown: Unknown = "allow",
    checks: object = (),
    unique: object = (),
    coerce: bool = False,
    severity: Severity = "error",
) -> Schema:
    """A schema from plain rules by field.

    Args:
        rules: Rules by field: ``{"id": {"required": True, "type": int}}``.
        unknown: What becomes of fields without rules, nested ones too: ``"allow"``,
            ``"drop"`` or ``"refuse"``.
        checks: Functions of the record by name, or a list of functions and
            :class:`RecordCheck`.
        unique: Names, or groups of names, of fields that together differ in all records.
        coerce: What fields do that say nothing of it.
        severity: The same.

    Raises:
        SchemaError: A rule is unknown or cannot mean anything; the message names the
            field and the rule.

    Example:
        >>> schema = parse_schema({"id": {"required": True, "type": "integer"}})
        >>> schema.fields[0].types
        (<class 'int'>,)
    """
    defaults = _Defaults(
        _choice("unknown", unknown, UNKNOWN),
        _claim("coerce", coerce),
        _choice("severity", severity, SEVERITIES),
    )
    if isinstance(rules, Schema):
        given = (unknown, checks, unique, coerce, severity)
        if given != ("allow", (), (), False, "error"):
            message = "a Schema says itself what unknown, checks, unique, coerce and severity are"
            raise SchemaError(message)
        return masked_inside(_schema("", rules, defaults))
    schema = masked_inside(_schema("", rules, defaults))
    return _with_whole(schema, checks, unique, defaults)


def masked_inside(schema: Schema, *, sensitive: bool = False) -> Schema:
    """The schema, with everything inside of what is sensitive being sensitive too."""
    fields = tuple(_masked_inside(field, sensitive=sensitive) for field in schema.fields)
    return evolve(schema, fields=fields)


def _masked_inside(field: Field, *, sensitive: bool) -> Field:
    if field.fields is None and field.items is None:
        return field if field.sensitive or not sensitive else evolve(field, sensitive=True)
    sensitive = sensitive or field.sensitive
    fields, items = field.fields, field.items
    return evolve(
        field,
        sensitive=sensitive,
        fields=None if fields is None else masked_inside(fields, sensitive=sensitive),
        items=None if items is None else _masked_inside(items, sensitive=sensitive),
    )


def _claim(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        message = f"{name} is True or False, got {shown(value)}"
        raise SchemaError(message)
    return value


def _choice(name: str, value: object, known: tuple[str, ...]) -> Any:
    if value not in known:
        valid = ", ".join(map(repr, known))
        hint = did_you_mean(str(value), known)
        message = f"{name} is one of {valid}, got {shown(value)}{hint}"
        raise SchemaError(message)
    return value


def _schema(place: str, rules: object, defaults: _Defaults) -> Schema:
    made = rules if isinstance(rules, Schema) else None
    if made is not None:
        rules = _by_name(place, made)
        defaults = evolve(defaults, unknown=_choice("unknown", made.unknown, UNKNOWN))
    if not isinstance(rules, Mapping):
        where = f"'fields' of field {place!r} is" if place else "a schema is"
        message = (
            f"{where} a dict of field names and rules such as "
            f"{{'id': {{'required': True, 'type': int}}}}, got {shown(rules)}"
        )
        raise SchemaError(message)
    if defaults.depth > DEEPEST:
        message = f"the rules are nested more than {DEEPEST} levels deep"
        raise SchemaError(message)
    if _is_json_schema(rules):
        message = "this is a JSON Schema document: use DataValidator.from_json_schema(document)"
        raise SchemaError(message)
    fields: list[Field] = []
    for name, rule in rules.items():  # no comprehension: each level costs few calls
        if not isinstance(name, str):
            message = f"field names are strings, got {shown(name)}"
            raise SchemaError(message)
        fields.append(_field(name, f"{place}.{name}" if place else name, rule, defaults))
    schema = Schema(tuple(fields), unknown=defaults.unknown)
    return (
        schema if made is None else _with_whole(schema, made.checks, made.unique, defaults, place)
    )


def _by_name(place: str, made: Schema) -> dict[str, Field]:
    """The fields of a ready-made schema, as rules that are still to be checked."""
    where = f"'fields' of field {place!r}" if place else "a Schema"
    named: dict[str, Field] = {}
    for field in made.fields:
        if not issubclass(type(field), Field):  # isinstance would end what mypy looks at
            message = f"{where} has Field objects, got {shown(field)}"
            raise SchemaError(message)
        if field.name in named:
            message = f"{where} has the field {field.name!r} twice"
            raise SchemaError(message)
        named[field.name] = field
    return named


def _with_whole(
    schema: Schema, checks: object, unique: object, defaults: _Defaults, place: str = ""
) -> Schema:
    """The schema with what holds for the whole of its records."""
    names = [field.name for field in schema.fields]
    groups = tuple(
        _group(one, names) for one in _listed("unique is a list of fields such as ['id']", unique)
    )
    if groups and defaults.in_list:
        raise mistake(place, _IN_LIST)
    return evolve(schema, checks=_checks(checks, names, defaults), unique=groups)


def _is_json_schema(rules: Mapping[Any, object]) -> bool:
    """Whether its keywords stand where the rules of fields do, which are dicts."""
    return isinstance(rules.get("$schema", rules.get("type")), str) and "properties" in rules


def _field(name: str, place: str, rules: object, defaults: _Defaults) -> Field:
    if isinstance(rules, Field):
        if rules.name != name:
            raise mistake(place, f"its Field has the name {rules.name!r}; let them be the same")
        rules, defaults = _as_rules(rules), evolve(defaults, coerce=False)
    if not isinstance(rules, Mapping):
        message = (
            f"the rules of field {place!r} are a dict such as {{'type': int}}, got {shown(rules)}"
        )
        raise SchemaError(message)
    check_names(place, rules)
    values = _plain_rules(place, rules, defaults)
    inside = evolve(
        defaults,
        coerce=values["coerce"],
        severity=values["severity"],
        depth=defaults.depth + 1,
    )
    if "fields" in rules:
        values["fields"] = _schema(place, rules["fields"], inside)
        values.setdefault("types", (dict,))
    if "items" in rules:
        in_list = evolve(inside, in_list=True)
        one = rules["items"]
        item = one.name if isinstance(one, Field) else "item"
        values["items"] = _field(item, f"{place}[*]", one, in_list)
        values.setdefault("types", (list,))
    field = Field(name, **values)
    check_field(place, field)
    if "coerce" in rules and field.coerce:
        check_coercion(place, field)
    elif field.coerce and not is_coercible(field):
        field = evolve(field, coerce=False)  # it was meant for others
    _check_in_list(place, field, defaults)
    return field


def _plain_rules(place: str, rules: Mapping[str, Any], defaults: _Defaults) -> dict[str, Any]:
    values: dict[str, Any] = {
        "coerce": defaults.coerce,
        "severity": defaults.severity,
    }
    for rule, value in rules.items():
        if rule in RULES:
            attribute, read = RULES[rule]
            values[attribute] = read(place, rule, value)
    return values


def _as_rules(field: Field) -> dict[str, Any]:
    """What a ready-made field says, as rules that are still to be checked."""
    found = {rule: getattr(field, attribute) for rule, (attribute, _) in RULES.items()}
    found |= {rule: getattr(field, rule) for rule in NESTED}
    if found["type"] == ():
        del found["type"]
    return {
        rule: value for rule, value in found.items() if value is not None and value is not False
    }


def _check_in_list(place: str, field: Field, defaults: _Defaults) -> None:
    if not defaults.in_list:
        return
    is_item = place.endswith("[*]")
    if is_item and field.required:
        raise mistake(place, "'required' is for fields of a record; a list has what it has")
    if field.unique and not is_item:
        raise mistake(place, _IN_LIST)


def _listed(what: str, value: object) -> list[Any]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        message = f"{what}, got {shown(value)}"
        raise SchemaError(message)
    return list(value)


def _group(names: object, known: list[str]) -> tuple[str, ...]:
    group = (
        (names,)
        if isinstance(names, str)
        else tuple(_listed("each of unique is a list of fields", names))
    )
    for name in group:
        if name not in known:
            hint = did_you_mean(str(name), known)
            message = f"unique names the field {shown(name)}, which has no rules{hint}"
            raise SchemaError(message)
    return group


def _checks(checks: object, known: list[str], defaults: _Defaults) -> tuple[RecordCheck, ...]:
    pairs: list[Any]
    if isinstance(checks, Mapping):
        pairs = [(name, func) for name, func in checks.items()]
    else:
        pairs = [
            (None, one)
            for one in _listed("checks is a dict of names and functions, or a list", checks)
        ]
    return tuple(_record_check(name, one, known, defaults) for name, one in pairs)


def _record_check(name: object, one: object, known: list[str], defaults: _Defaults) -> RecordCheck:
    if isinstance(one, RecordCheck):
        for field in one.fields:
            if field not in known:
                hint = did_you_mean(str(field), known)
                message = f"check {one.name!r} names the field {field!r}, which has no rules{hint}"
                raise SchemaError(message)
        _choice(f"the severity of check {one.name!r}", one.severity, SEVERITIES)
        func: object = one.func
        if not is_function(func):
            message = f"check {one.name!r} has a function of the record, got {shown(func)}"
            raise SchemaError(message)
        return one
    if not is_function(one):
        message = f"a check is a function of the record, got {shown(one)}"
        raise SchemaError(message)
    return RecordCheck(
        check_name(one) if name is None else str(name), one, severity=defaults.severity
    )
