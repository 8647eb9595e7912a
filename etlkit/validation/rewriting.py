"""What happens to a record before it is judged: coercion, and the dropping of fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from etlkit._codegen import Code
from etlkit.schema.fields import place_text
from etlkit.validation.coercion import Coercion
from etlkit.validation.traits import coerces, rewrites


if TYPE_CHECKING:
    from collections.abc import Callable

    from etlkit.schema.fields import Field, Place, Schema

Change: TypeAlias = tuple[Literal["coerced", "dropped"], str]
"""What was done, and to which field; for dropping, to the fields of which record."""

if TYPE_CHECKING:
    Rewriter = Callable[[Any, list[Change]], None]


def compile_rewrite(schema: Schema, place: Place = ()) -> Rewriter:
    """The function that changes a record in place, and adds each change to a list."""
    code = Code()
    with code.block("def rewrite(record, changes):"):
        code.line("pass")
        for field in schema.fields:
            if not rewrites(field):
                continue
            key = code.bind("field", field.name)
            code.line(f"value = record.get({key})")
            _rewrite_value(field, (*place, field.name), f"record[{key}]", code)
        if schema.unknown == "drop":
            names = frozenset(field.name for field in schema.fields)
            change: Change = ("dropped", place_text(place))
            has_all, drop = code.bind("has_all", names.issuperset), code.bind("drop", _drop)
            with code.block(f"if not {has_all}(record):"):
                arguments = f"{code.bind('names', names)}, {code.bind('change', change)}"
                code.line(f"{drop}(record, {arguments}, changes)")
    return code.function("rewrite")


def _rewrite_value(field: Field, place: Place, target: str, code: Code) -> None:
    if coerces(field):
        right = " or ".join(f"value.__class__ is {code.bind('type', one)}" for one in field.types)
        with code.block(f"if not (value is None or {right}):"):
            code.line(f"new = {code.bind('coerced', Coercion(field.types))}(value)")
            with code.block("if new is not value:"):
                change: Change = ("coerced", place_text(place))
                code.line(f"{target} = value = new")
                code.line(f"changes.append({code.bind('change', change)})")
    if field.fields is not None and rewrites(field.fields):
        _rewrite_inside(dict, compile_rewrite(field.fields, place), code)
    if field.items is not None and rewrites(field.items):
        _rewrite_inside(list, _compile_rewrite_items(field.items, (*place, None)), code)


def _rewrite_inside(kind: type, rewrite: Rewriter, code: Code) -> None:
    with code.block(f"if isinstance(value, {code.bind('kind', kind)}):"):
        code.line(f"{code.bind('rewrite', rewrite)}(value, changes)")


def _compile_rewrite_items(items: Field, place: Place) -> Rewriter:
    code = Code()
    loop = code.block("for index, value in enumerate(items):")
    with code.block("def rewrite(items, changes):"), loop:
        _rewrite_value(items, place, "items[index]", code)
    return code.function("rewrite")


def _drop(
    record: dict[Any, Any], names: frozenset[str], change: Change, changes: list[Change]
) -> None:
    for name in [name for name in record if name not in names]:
        del record[name]
        changes.append(change)


def rewrite_plainly(
    schema: Schema, record: dict[Any, Any], changes: list[Change], place: Place = ()
) -> None:
    """The same, as plainly as possible; the reference for the generated code."""
    for field in schema.fields:
        if field.name in record:
            before = record[field.name]
            after = _plainly(field, before, changes, (*place, field.name))
            if after is not before:
                record[field.name] = after
    if schema.unknown == "drop":
        _drop(
            record,
            frozenset(field.name for field in schema.fields),
            ("dropped", place_text(place)),
            changes,
        )


def _plainly(field: Field, value: Any, changes: list[Change], place: Place) -> Any:
    if coerces(field) and value is not None:
        new = Coercion(field.types)(value)
        if new is not value:
            changes.append(("coerced", place_text(place)))
            value = new
    if field.fields is not None and isinstance(value, dict):
        rewrite_plainly(field.fields, value, changes, place)
    if field.items is not None and isinstance(value, list):
        value[:] = [_plainly(field.items, one, changes, (*place, None)) for one in value]
    return value
