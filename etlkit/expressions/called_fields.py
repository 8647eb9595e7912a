"""What to say of an expression that is called like a function, as other tools let it be."""

from __future__ import annotations

from etlkit.expressions.namespaces import AGGREGATED, SPACES, Functions, names_of
from etlkit.expressions.places import unknown


_FREE = ("coalesce", "concat", "greatest", "least", "lit", "when")
_FIELDS = ("col", "column", "field")


def not_called(shown: str, name: str, first: object) -> AttributeError:
    """The error for an expression that is called.

    Args:
        shown: The expression.
        name: What the field is called, if it is one.
        first: The argument that came first, if any.
    """
    if not name:
        return unknown(f"{shown} is a value, which cannot be called")
    return unknown(f"{shown} is the field {name!r}, which cannot be called{_hint(name, first)}")


def _hint(name: str, first: object) -> str:
    if name in _FIELDS:
        return f"; a field is F[{first!r}]" if isinstance(first, str) else "; a field is F.name"
    if name in _FREE:
        return f"; {name} is a function beside F: from etlkit.expressions import {name}"
    if name in names_of(Functions):
        found = [f"F.name.{name}()"]
    else:
        found = [f"F.name.{space.word}.{name}()" for space in SPACES if name in names_of(space)]
    hint = f"; as a function it is {' or '.join(found)}" if found else ""
    if name in AGGREGATED:
        hint += f"; over many records it is Aggregate('by', total={AGGREGATED[name]})"
    return hint
