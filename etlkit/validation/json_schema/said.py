"""What a document says, and where: every refusal names the place by a JSON pointer (RFC 6901)."""

from __future__ import annotations

from typing import Any, NoReturn
from urllib.parse import unquote

from attrs import frozen

from etlkit._words import shown
from etlkit.errors import SchemaError


__all__ = ["Keywords", "Said", "effort", "merged"]


@frozen
class Said:
    """Something that a document says.

    Attributes:
        value: What it says.
        pointer: Where, as a JSON pointer.
        trail: The references that were followed to get here.
    """

    value: Any
    pointer: str
    trail: tuple[str, ...] = ()

    def below(self, name: str | int) -> Said:
        """What stands below, by its name or index.

        Raises:
            SchemaError: It is a number that no message could show.
        """
        escaped = str(name).replace("~", "~0").replace("/", "~1")
        found = Said(self.value[name], f"{self.pointer}/{escaped}", self.trail)
        if isinstance(found.value, int):
            try:
                str(found.value)
            except ValueError:  # sys.set_int_max_str_digits
                found.refuse("the number has more digits than Python writes")
        return found

    def refuse(self, what: str) -> NoReturn:
        """Refuse it.

        Raises:
            SchemaError: Always.
        """
        message = f"{self.pointer}: {what}"
        raise SchemaError(message)

    def target(self, document: Any) -> Said:
        """What it refers to within its document.

        Raises:
            SchemaError: It refers to something outside, to nothing, or to itself.
        """
        reference = self.value
        if not isinstance(reference, str):
            self.refuse(f"'$ref' is a text, got {shown(reference)}")
        if reference != "#" and not reference.startswith("#/"):
            self.refuse(
                f"{shown(reference)} leads out of the document, and nothing is fetched; "
                "copy what it names into '$defs' and refer to '#/$defs/...'"
            )
        if reference in self.trail:
            self.refuse(f"{shown(reference)} refers to itself, and rules have no recursion")
        found = document
        for name in unquote(reference).split("/")[1:]:
            found = _below(found, name.replace("~1", "/").replace("~0", "~"))
            if found is None:
                self.refuse(f"there is nothing at {shown(reference)}")
        return Said(found, reference, (*self.trail, reference))


def _below(found: Any, name: str) -> Any:
    if isinstance(found, dict):
        return found.get(name)
    if isinstance(found, list) and name in map(str, range(len(found))):
        return found[int(name)]
    return None


Keywords = dict[str, Said]
"""The keywords of one level; ``properties`` has a dict of what is said of each."""


def merged(one: Keywords, other: Keywords) -> Keywords:
    """Both of two sets of keywords at once.

    Raises:
        SchemaError: They have a keyword in common and differ in it.
    """
    _check_closed(one, other)
    _check_closed(other, one)
    both = {**one, **other}
    for keyword in one.keys() & other.keys():
        both[keyword] = _both(keyword, one[keyword], other[keyword])
    return both


def _check_closed(one: Keywords, other: Keywords) -> None:
    """``additionalProperties`` counts only the properties that stand beside it."""
    if "additionalProperties" in one and other.keys() & {"properties", "additionalProperties"}:
        one["additionalProperties"].refuse(
            "'additionalProperties' cannot be combined with properties from elsewhere; "
            "write them out side by side"
        )


def effort(one: Keywords, other: Keywords) -> int:
    """Names and characters that ``merged`` goes through."""
    common = one.keys() & other.keys()
    return (
        len(one)
        + len(other)
        + sum(_effort(each, one[each].value, other[each].value) for each in common)
    )


def _effort(keyword: str, one: Any, other: Any) -> int:
    if one is other:
        return 0
    if keyword == "properties" and one.keys().isdisjoint(other.keys()):
        return len(one) + len(other)
    if isinstance(one, list) and isinstance(other, list) and keyword == "required":
        return len(one) + len(other)
    return len(repr(one)) + len(repr(other))


def _are_lists(*several: Said) -> bool:
    return all(isinstance(each.value, list) for each in several)


def _both(keyword: str, one: Said, other: Said) -> Said:
    if one.value is other.value:
        return one
    if keyword == "required" and _are_lists(one, other):
        return Said([*one.value, *other.value], one.pointer, one.trail)
    if keyword == "properties" and not one.value.keys() & other.value.keys():
        return Said({**one.value, **other.value}, one.pointer, one.trail)
    if repr(one.value) != repr(other.value):  # True is not 1
        other.refuse(f"{keyword!r} differs from the one at {one.pointer}; write one of them")
    return one
