"""JSON Schema documents as rules of etlkit."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from etlkit._words import shown
from etlkit.errors import SchemaError
from etlkit.schema import has_type, parse_schema
from etlkit.validation.json_schema.extras import extra_rules, record_extras
from etlkit.validation.json_schema.flattening import Document
from etlkit.validation.json_schema.keywords import EXACT_FORMATS, PREFIX, SCOPES, TYPES
from etlkit.validation.json_schema.pattern_import import python_pattern
from etlkit.validation.json_schema.said import Keywords, Said
from etlkit.validation.json_schema.values import (
    claim,
    count,
    enumerated,
    names,
    number,
    text,
    type_names,
)


__all__ = ["rules_from"]

MAX_DEPTH = 150
"""Levels of fields within fields, which a validator can have."""

MOST_TOLD = 10
"""Fields of which is told at once what is refused."""

_BOUNDS = {
    "minimum": "min",
    "maximum": "max",
    "exclusiveMinimum": "exclusive_min",
    "exclusiveMaximum": "exclusive_max",
}
_LENGTHS = {
    "min_length": {"string": "minLength", "array": "minItems", "object": "minProperties"},
    "max_length": {"string": "maxLength", "array": "maxItems", "object": "maxProperties"},
}
_OF_RECORDS = frozenset({"type", "properties", "required", "additionalProperties"})

# RFC 3339 asks for seconds and a zone; the rule of etlkit does not.
_FULL_TIME = r"\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+\-]\d{2}:[0-5]\d)"

_EVERY = frozenset(TYPES) - {"integer"}  # the integers are among the numbers

Rules = dict[str, Any]


def rules_from(document: object, *, check_formats: bool = True) -> tuple[Rules, Rules]:
    """The rules that a JSON Schema document says, by field, and the options beside them.

    Args:
        document: The document, as it was read from JSON.
        check_formats: Whether ``format`` is a rule; otherwise it is an annotation.

    Raises:
        SchemaError: The document has a keyword that no rule can say, or is mistaken.
    """
    if not isinstance(document, dict):
        message = (
            f"a JSON Schema document is a dict, got {shown(document)}; "
            "read a file of one with json.loads()"
        )
        raise SchemaError(message)
    said = Said(document, "#")
    try:
        return _record_rules(said, _Importer(Document(document), check_formats))
    except RecursionError:
        said.refuse("schemas stand within each other more often than Python can follow")


def _record_rules(said: Said, importer: _Importer) -> tuple[Rules, Rules]:
    keywords = importer.document.keywords(said)
    types = type_names(keywords)
    if types is not None and "object" not in types:
        hint = (
            "; for the schema of one record pass document['items']" if "items" in keywords else ""
        )
        keywords["type"].refuse(f"records are objects, got {shown(keywords['type'].value)}{hint}")
    for keyword, each in keywords.items():
        if keyword not in _OF_RECORDS and not keyword.startswith(PREFIX):
            each.refuse(f"{keyword!r} says nothing that a rule can say of a whole record")
    return importer.record(said, keywords, depth=0)


@frozen
class _Importer:
    document: Document
    check_formats: bool

    def record(self, said: Said, keywords: Keywords, *, depth: int) -> tuple[Rules, Rules]:
        """The rules of an object by field, and what else ``parse_schema`` takes."""
        if depth > MAX_DEPTH:
            said.refuse(f"fields are nested deeper than {MAX_DEPTH} levels")
        properties = keywords["properties"].value if "properties" in keywords else {}
        rules = self._fields(properties, depth)
        required = names(keywords["required"]) if "required" in keywords else []
        for name in required:
            rules.setdefault(name, {"nullable": True})["required"] = True
        return rules, {"unknown": _unknown(keywords), **record_extras(keywords)}

    def _fields(self, properties: dict[str, Said], depth: int) -> Rules:
        """The rules by field; what is refused of several is told together."""
        rules: Rules = {}
        refused: list[str] = []
        for name, each in properties.items():
            try:
                rules[name] = self.field(each, depth)
            except SchemaError as error:
                refused.append(str(error))
                if len(refused) == MOST_TOLD:
                    break
        if refused:
            raise SchemaError("; ".join(refused))
        return rules

    def field(self, said: Said, depth: int) -> Rules:
        """The rules of a field."""
        keywords = self.document.keywords(said)
        extras = extra_rules(keywords)
        if f"{PREFIX}rules" in keywords:
            _check_alone(keywords)
            return {**self.field(keywords[f"{PREFIX}rules"], depth), **extras}
        named, values = type_names(keywords), enumerated(keywords)
        kinds = _kinds(said, keywords, named)
        rules: Rules = {}
        if (named is None or "null" in named) and (values is None or None in values):
            rules["nullable"] = True
        if kinds:
            rules["type"] = _python_types(kinds)
        if values is not None:
            rules["allowed"] = _allowed(said, values, kinds)
        scoped = {
            keyword: each
            for keyword, each in keywords.items()
            if SCOPES.get(keyword, frozenset()) & set(kinds)
        }
        rules |= _bounds(scoped) | _lengths(scoped, kinds) | _pattern(scoped)
        return rules | self._format(scoped, extras) | self._inside(said, scoped, depth + 1) | extras

    def _format(self, keywords: Keywords, extras: Rules) -> Rules:
        if (
            "format" not in keywords
            or not self.check_formats
            or "type" in extras
            or "format" in extras
        ):
            return {}
        said = keywords["format"]
        name = text(said)
        if name == "time" and "pattern" not in keywords:
            return {"format": "time", "pattern": _FULL_TIME}
        if name not in EXACT_FORMATS:
            known = ", ".join(sorted({*EXACT_FORMATS, "time"}))
            said.refuse(
                f"etlkit cannot check the format {shown(name)}, only {known}; "
                "check_formats=False takes formats for annotations"
            )
        return {"format": name}

    def _inside(self, said: Said, keywords: Keywords, depth: int) -> Rules:
        """The rules of nested fields and of items."""
        rules: Rules = {}
        if keywords.keys() & {"properties", "required", "additionalProperties"}:
            fields, options = self.record(said, keywords, depth=depth)
            try:
                rules["fields"] = parse_schema(fields, **options)
            except SchemaError as error:  # it names the field within this object
                said.refuse(str(error))
        item: Rules = {"nullable": True}
        if "items" in keywords:
            if depth > MAX_DEPTH:
                said.refuse(f"lists are nested deeper than {MAX_DEPTH} levels")
            if isinstance(keywords["items"].value, list):
                keywords["items"].refuse("a list of schemas, one for each place, is not a rule")
            item = self.field(keywords["items"], depth)
        if "uniqueItems" in keywords:
            item["unique"] = claim(keywords["uniqueItems"])
        return rules if item == {"nullable": True} else {**rules, "items": item}


def _check_alone(keywords: Keywords) -> None:
    """Keywords beside rules that only warn would be ignored."""
    for keyword, said in keywords.items():
        if not keyword.startswith(PREFIX):
            said.refuse(f"{keyword!r} stands beside '{PREFIX}rules'; write it among these")


def _unknown(keywords: Keywords) -> str:
    if "additionalProperties" not in keywords:
        return "allow"
    said = keywords["additionalProperties"]
    if said.value is not False:
        said.refuse("a schema for all other fields is not a rule; write true or false")
    return "refuse"


def _kinds(said: Said, keywords: Keywords, named: list[str] | None) -> list[str]:
    """The types that the rules are to name, in the words of JSON; none for any value.

    A keyword lets pass what it says nothing of. A rule without types does not, so all the
    types are named where a schema names none.
    """
    if named is None:
        return sorted(_EVERY) if keywords.keys() & SCOPES.keys() else []
    kinds = [name for name in named if name != "null"]
    if not kinds:
        said.refuse("only null may pass, which is not a rule; leave the field out")
    if set(kinds) >= _EVERY and not keywords.keys() & SCOPES.keys():
        return []
    return [name for name in kinds if name != "integer" or "number" not in kinds]


def _python_types(kinds: list[str]) -> list[type]:
    return [TYPES[name] for name in kinds]


def _allowed(said: Said, values: list[Any], kinds: list[str]) -> list[Any]:
    """The listed values that have one of the types; 1.0 is the integer 1."""
    types = tuple(TYPES[name] for name in kinds)
    whole = [int(one) if int in types and _is_whole(one) else one for one in values]
    fit = [one for one in whole if one is not None and (not types or has_type(one, types))]
    if not fit:
        said.refuse("none of the values that are allowed can pass, unless null")
    return fit


def _is_whole(value: object) -> bool:
    return isinstance(value, float) and value.is_integer()


def _bounds(keywords: Keywords) -> Rules:
    """The bounds; of two on one side, the one that says more."""
    found = {rule: number(keywords[each]) for each, rule in _BOUNDS.items() if each in keywords}
    for rule, sign in (("min", 1), ("max", -1)):
        exclusive = f"exclusive_{rule}"
        if rule in found and exclusive in found:
            more = sign * found[exclusive] >= sign * found[rule]
            del found[rule if more else exclusive]
    return found


def _lengths(keywords: Keywords, kinds: list[str]) -> Rules:
    """The lengths; one rule is for texts, arrays and objects alike."""
    rules: Rules = {}
    for rule, by_kind in _LENGTHS.items():
        said = {kind: keywords[each] for kind, each in by_kind.items() if each in keywords}
        lengths = {kind: count(each) for kind, each in said.items()}
        if not lengths:
            continue
        first = next(iter(said.values()))
        sized = [kind for kind in by_kind if kind in kinds]
        if len({lengths.get(kind) for kind in sized}) > 1:
            first.refuse(
                f"the rule {rule!r} would be for {' and '.join(sized)} alike; "
                "name one of these types, or give them the same length"
            )
        rules[rule] = lengths[sized[0]]
    return rules


def _pattern(keywords: Keywords) -> Rules:
    if "pattern" not in keywords:
        return {}
    said = keywords["pattern"]
    try:
        return {"pattern": python_pattern(text(said))}
    except ValueError as error:
        said.refuse(f"{shown(said.value)} has {error}")
