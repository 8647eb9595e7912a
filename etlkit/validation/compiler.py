"""A schema as code: one function that accepts or not, one that collects every problem."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from etlkit._codegen import Code
from etlkit.validation.conditions import MISSING, conditions
from etlkit.validation.messages import Complaint


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from etlkit.records import Problem, Record
    from etlkit.schema.fields import Field, Schema
    from etlkit.validation.conditions import Binder


def accepting(schema: Schema, code: Binder) -> str:
    """An expression over ``record`` that is true when every rule holds.

    A required key that is missing raises KeyError instead, which is the cheapest way to
    find it; whoever evaluates the expression takes that for False.
    """
    tests = [_field_test(field, code) for field in schema.fields]
    return " and\n".join(tests) or "True"


def _field_test(field: Field, code: Binder) -> str:
    key = code.bind("field", field.name)
    passes = " and ".join(each.text for each in conditions(field, code)) or "True"
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


def _asked_for_type(get: str, passes: str) -> str:
    """The value looked up within the test of its type, which says no to None by itself."""
    return passes.replace("value", get, 1)


def compile_collect(schema: Schema) -> Callable[[Record], list[Problem]]:
    """The function that gives every problem of a record, in the order of the schema."""
    code = Code()
    missing = code.bind("MISSING", MISSING)
    with code.block("def collect(record):"):
        code.line("problems = []")
        for field in schema.fields:
            code.line(f"value = record.get({code.bind('field', field.name)}, {missing})")
            with code.closing():
                _collect_field(field, code, missing)
        code.line("return problems")
    return code.function("collect")


def _collect_field(field: Field, code: Code, missing: str) -> None:
    def complain(rule: str) -> str:
        return f"problems.append({code.bind('complaint', Complaint(field, rule))}(value))"

    with code.block(f"if value is {missing}:"):
        code.line(complain("required") if field.required else "pass")
    with code.block("elif value is None:"):
        code.line("pass" if field.nullable else complain("nullable"))
    tests = list(conditions(field, code))
    if not tests:
        return
    code.open("else:")
    if tests[0].rule == "type":  # the other rules mean nothing for a value of another type
        with code.block(f"if not {tests[0].text}:"):
            code.line(complain("type"))
        del tests[0]
        if tests:
            code.open("else:")
    for test in tests:
        with code.block(f"if not ({test.text}):"):
            code.line(complain(test.rule))


def compile_failures(
    schema: Schema, collect: Callable[[Any], list[Problem]]
) -> Callable[[Iterable[Record]], list[tuple[int, list[Problem]]]]:
    """The function that gives the numbers, from 1, and problems of the records that fail."""
    code = Code()
    with code.block("def failures(records):"):
        code.line("failed = []")
        with code.block("for number, record in enumerate(records, 1):"):
            accepted = f"record.__class__ is dict and ({accepting(schema, code)})"
            with code.block("try:"), code.block(f"if {accepted}:"):
                code.line("continue")
            with code.block("except MemoryError:"):
                code.line("raise")
            with code.block("except Exception:"):
                code.line("pass  # collect() says what it is")
            code.line(f"problems = {code.bind('collect', collect)}(record)")
            with code.block("if problems:"):
                code.line("failed.append((number, problems))")
        code.line("return failed")
    return code.function("failures")
