"""``anyOf`` and ``oneOf``, where they say what the rules of one field can say.

That is so when one of two is null, when all are lists of values, and when each is about
types of its own: then a keyword of one says nothing of the values of another.
"""

from __future__ import annotations

from itertools import combinations

from etlkit.validation.json_schema.keywords import SCOPES
from etlkit.validation.json_schema.said import Keywords, Said, merged
from etlkit.validation.json_schema.values import enumerated, type_names


__all__ = ["united"]

_ENUMERATIONS = frozenset({"const", "enum", "type"})


def united(several: Said, branches: list[Keywords], *, exactly_one: bool) -> Keywords:
    """The keywords that say what the branches say together.

    Raises:
        SchemaError: No rules of one field can say it.
    """
    others = [branch for branch in branches if not _is_null(branch)]
    nulls = len(branches) - len(others)
    if exactly_one and (nulls > 1 or (nulls and any(map(_takes_null, others)))):
        several.refuse("null passes more than one of the schemas in 'oneOf', so it never passes")
    if not others:
        return branches[0]
    together = others[0] if len(others) == 1 else _several(several, others, exactly_one=exactly_one)
    return _with_null(together) if nulls else together


def _is_null(branch: Keywords) -> bool:
    if branch.keys() - _ENUMERATIONS:
        return False
    return type_names(branch) == ["null"] or enumerated(branch) == [None]


def _takes_null(branch: Keywords) -> bool:
    names, values = type_names(branch), enumerated(branch)
    return (names is None or "null" in names) and (values is None or None in values)


def _with_null(branch: Keywords) -> Keywords:
    """A branch that lets null pass as well."""
    both = dict(branch)
    names, values = type_names(branch), enumerated(branch)
    if names is not None:
        both["type"] = _said_as(branch["type"], [*names, "null"])
    if values is not None:
        place = branch.get("enum") or branch["const"]
        both.pop("const", None)
        both["enum"] = _said_as(place, [*values, None])
    return both


def _said_as(place: Said, value: object) -> Said:
    return Said(value, place.pointer, place.trail)


def _several(several: Said, branches: list[Keywords], *, exactly_one: bool) -> Keywords:
    lists = [enumerated(branch) for branch in branches if not branch.keys() - _ENUMERATIONS]
    values = [value for each in lists if each is not None for value in each]
    if len([each for each in lists if each is not None]) == len(branches):
        if exactly_one and len(set(map(repr, values))) < len(values):
            several.refuse("a value is in more than one of the lists in 'oneOf'; write 'anyOf'")
        return {"enum": _said_as(several, values)}
    return _by_type(several, branches)


def _by_type(several: Said, branches: list[Keywords]) -> Keywords:
    """Branches of types that exclude each other."""
    names = [_own_types(several, index, branch) for index, branch in enumerate(branches)]
    for one, other in combinations(names, 2):
        if one & other:
            word = min(one & other)
            several.refuse(
                f"more than one of the schemas is about {word!r}; each needs types of its own"
            )
    together: Keywords = {}
    for branch, own in zip(branches, names, strict=True):
        scoped = {
            keyword: said
            for keyword, said in branch.items()
            if keyword in SCOPES and SCOPES[keyword] & own
        }
        together = merged(together, scoped)
    every = [name for branch in branches for name in type_names(branch) or ()]
    return {**together, "type": _said_as(several, list(dict.fromkeys(every)))}


def _own_types(several: Said, index: int, branch: Keywords) -> frozenset[str]:
    """The types of a branch, with the integers among the numbers."""
    names = type_names(branch)
    other = [keyword for keyword in branch if keyword not in SCOPES and keyword != "type"]
    if names is None or other:
        what = f"has {other[0]!r}" if other else "has no 'type'"
        several.below(index).refuse(
            f"{what}, so it cannot be told from the other schemas by type alone"
        )
    return frozenset(names) | ({"integer"} if "number" in names else frozenset())
