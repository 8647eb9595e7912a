"""The fast half of a compiled schema: one expression that is true when every rule holds.

CPython limits how deep blocks and parentheses may nest, so each nested dict and each
list gets a function of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._codegen import Code
from etlkit.validation.conditions import MISSING, conditions, guarded, says_yes


if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from etlkit.schema.fields import Field, Schema
    from etlkit.validation.conditions import Binder


def accepting(schema: Schema, code: Binder) -> str:
    """An expression over ``record`` that is true when every rule holds, warnings too.

    A required key that is missing raises KeyError instead, which is the cheapest way to
    find it; whoever evaluates the expression takes that for False.
    """
    tests = [_field_test(field, code) for field in schema.fields]
    if schema.unknown == "refuse":
        tests.append(_known_test(schema, code))
    tests += [says_yes(code.bind("check", one.func), "record", code) for one in schema.checks]
    return " and\n".join(tests) or "True"


def _known_test(schema: Schema, code: Binder) -> str:
    """The test that a record has no field that the schema does not name."""
    names = frozenset(field.name for field in schema.fields)
    if all(field.required for field in schema.fields):
        # all of them are there, as the tests before this one have found
        return f"len(record) == {code.bind('count', len(names))}"
    return f"{code.bind('has_all', names.issuperset)}(record)"


def _field_test(field: Field, code: Binder) -> str:
    key = code.bind("field", field.name)
    passes = _value_test(field, code)
    if field.required:
        get = f"(value := record[{key}])"
        if field.nullable:
            return f"({get} is None or {passes})"
        refuses_none = field.types and not isinstance(None, field.types)
        return _asked_for_type(get, passes) if refuses_none else f"({get} is not None and {passes})"
    if field.nullable:
        return f"((value := record.get({key})) is None or {passes})"
    missing = code.bind("MISSING", MISSING)
    get = f"(value := record.get({key}, {missing}))"
    return f"({get} is {missing} or value is not None and {passes})"


def _value_test(field: Field, code: Binder) -> str:
    """The test of a value that is there and not None."""
    tests = [each.text for each in conditions(field, code)]
    if field.fields is not None:
        accept = code.bind("accept", _compile_accept(field.fields))
        tests.append(guarded(field, dict, f"{accept}(value)", code))
    if field.items is not None:
        accept = code.bind("accept_items", _compile_accept_items(field.items))
        tests.append(guarded(field, list, f"{accept}(value)", code))
    return " and ".join(tests) or "True"


def _asked_for_type(get: str, passes: str) -> str:
    """The value looked up within the test of its type, which says no to None by itself."""
    return passes.replace("value", get, 1)


def _compile_accept(schema: Schema) -> Callable[[Any], bool]:
    code = Code()
    with code.block("def accept(record):"):
        code.line(f"return ({accepting(schema, code)})")
    return code.function("accept")


def _compile_accept_items(items: Field) -> Callable[[Any], bool]:
    code = Code()
    with code.block("def accept_items(items):"):
        with code.block("for value in items:"):
            passes = _value_test(items, code)
            none = "value is None or" if items.nullable else "value is not None and"
            with code.block(f"if not ({none} ({passes})):"):
                code.line("return False")
        code.line("return True")
    return code.function("accept_items")
