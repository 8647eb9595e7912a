"""One level of a schema, with its references, conjunctions and alternatives resolved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import define, field

from etlkit._words import shown
from etlkit.validation.json_schema.keywords import (
    ANNOTATIONS,
    DIALECTS,
    IMPORTED,
    PREFIX,
    why_refused,
)
from etlkit.validation.json_schema.said import Keywords, Said, effort, merged
from etlkit.validation.json_schema.unions import united


__all__ = ["Document"]

MAX_SUBSCHEMAS = 10_000
"""Subschemas that a document may have once its references are written out."""

MAX_DEPTH = 150
"""Schemas that may stand within each other by references, ``allOf`` and the like."""

MAX_COMBINED = 2_000_000
"""Names and characters that may be gone through to combine subschemas of one document."""

_COMBINING = frozenset({"$ref", "allOf", "anyOf", "oneOf"})
_AT_THE_ROOT = frozenset({"$id", "$schema"})
_IGNORES_BESIDE_REF = frozenset({"draft-06", "draft-07"})


@define
class Document:
    """A JSON Schema document while it is read.

    Attributes:
        root: The whole document.
        depth: Schemas within each other that are being read: by references and ``allOf``.
        read: Subschemas read so far; references make them many.
        combined: Names and characters gone through so far to combine subschemas.
    """

    root: Any
    dialect: str = field(init=False)
    depth: int = field(default=0, init=False)
    read: int = field(default=0, init=False)
    combined: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self.dialect = _dialect(self.root)

    def keywords(self, said: Said) -> Keywords:
        """The keywords of a subschema; none when it lets everything pass.

        Raises:
            SchemaError: It has a keyword that is not imported, or lets nothing pass.
        """
        self.read += 1
        if self.read > MAX_SUBSCHEMAS:
            said.refuse(f"the references make more than {MAX_SUBSCHEMAS} subschemas")
        if said.value is True:
            return {}
        if said.value is False:
            said.refuse("false lets nothing pass; leave the field out")
        if not isinstance(said.value, dict):
            said.refuse(f"a schema is an object, true or false, got {shown(said.value)}")
        if self.depth > MAX_DEPTH:
            said.refuse(f"schemas stand within each other more than {MAX_DEPTH} times")
        self.depth += 1
        try:
            found = _own(said)
            for part in self._parts(said):
                self._count(said, found, part)
                found = merged(found, part)
            return found
        finally:
            self.depth -= 1

    def _count(self, said: Said, one: Keywords, other: Keywords) -> None:
        self.combined += effort(one, other)
        if self.combined > MAX_COMBINED:
            said.refuse("its schemas have too many names and values to be combined")

    def _parts(self, said: Said) -> Iterator[Keywords]:
        """What else a subschema has to say, beside its own keywords."""
        if "$ref" in said.value:
            self._check_siblings(said)
            yield self.keywords(said.below("$ref").target(self.root))
        if "allOf" in said.value:
            yield from self._branches(said.below("allOf"))
        for keyword in ("anyOf", "oneOf"):
            if keyword in said.value:
                several = said.below(keyword)
                yield united(several, list(self._branches(several)), exactly_one=keyword == "oneOf")

    def _branches(self, several: Said) -> Iterator[Keywords]:
        if not isinstance(several.value, list) or not several.value:
            several.refuse(f"a list of schemas is expected, got {shown(several.value)}")
        return (self.keywords(several.below(index)) for index in range(len(several.value)))

    def _check_siblings(self, said: Said) -> None:
        beside = [name for name in said.value if name in IMPORTED and name != "$ref"]
        if beside and self.dialect in _IGNORES_BESIDE_REF:
            said.below(beside[0]).refuse(f"{self.dialect} ignores what stands beside '$ref'")


def _dialect(root: Any) -> str:
    named = root.get("$schema", "") if isinstance(root, dict) else ""
    if named == "":
        return "2020-12"
    dialect = DIALECTS.get(named.removesuffix("#")) if isinstance(named, str) else None
    if dialect is None:
        known = ", ".join(DIALECTS)
        Said(named, "#/$schema").refuse(f"unknown dialect {shown(named)}; known are {known}")
    return dialect


def _own(said: Said) -> Keywords:
    """The keywords that a subschema itself has, without the combining ones."""
    found: Keywords = {}
    for name in said.value:
        each = said.below(name)
        if name in _AT_THE_ROOT and said.pointer != "#":
            each.refuse(f"{name!r} stands at the root of a document only")
        if name in _COMBINING or name in ANNOTATIONS or _says_nothing(name, each.value):
            continue
        if name not in IMPORTED and not name.startswith(PREFIX):
            each.refuse(why_refused(name))
        found[name] = _properties(each) if name == "properties" else each
    return found


def _says_nothing(name: str, value: object) -> bool:
    """Whether a keyword is an annotation of others, or has the value that it has by default."""
    if name == "additionalProperties":
        return value is True or value == {}
    if name in {"uniqueItems", "items"}:
        return value is (name == "items")
    return name.startswith("x-") and not name.startswith(PREFIX)


def _properties(said: Said) -> Said:
    """The properties, each with its place."""
    if not isinstance(said.value, dict):
        said.refuse(f"'properties' is an object of schemas by name, got {shown(said.value)}")
    each = {name: said.below(name) for name in said.value}
    return Said(each, said.pointer, said.trail)
