"""The thorough half of a compiled schema: a function that finds every problem of a record.

A finding is a tuple, and becomes words only when somebody reads it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from etlkit._codegen import Code
from etlkit.validation.answers import Answered, Asked
from etlkit.validation.conditions import conditions
from etlkit.validation.messages import (
    MOST_BROKEN_ITEMS,
    check_complaint,
    complaint,
    required_complaint,
    unknown_complaint,
    unknown_fields,
)
from etlkit.validation.traits import has_warnings


if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from etlkit.schema.fields import Field, Place, Schema
    from etlkit.validation.messages import Finding, Path

    Collector = Callable[[Any, list[Finding], Path], None]


def compile_collect(schema: Schema, place: Place = (), *, is_masked: bool = False) -> Collector:
    """The function that adds every finding of a record to a list, in order.

    ``is_masked`` is for the inside of a sensitive field, where names are masked too.
    It may raise where a value cannot be compared with what a rule names.
    """
    code = Code()
    with code.block("def collect(record, found, at):"):
        code.line("mark = len(found)", "get = record.get")
        for field in schema.fields:
            key = code.bind("field", field.name)
            code.line(f"value = get({key})")
            of = _Subject(field, (*place, field.name), "at", f"(*at, {key})")
            with code.block("if value is None:"):
                _collect_none(of, schema, key, code)
            _collect_value(of, code)
        if schema.unknown == "refuse":
            _collect_unknown(schema, place, code, is_masked=is_masked)
        _collect_checks(schema, place, code)
    return code.function("collect")


class _Subject:
    """A field or item whose value is looked at.

    Attributes:
        field: Its rules.
        place: Where it is in every record.
        at: The expression for the path of the record or list that it is in.
        path: The expression for its own path.
    """

    def __init__(self, field: Field, place: Place, at: str, path: str) -> None:
        self.field = field
        self.place = place
        self.at = at
        self.path = path

    def complain(self, rule: str, code: Code, value: str = "value") -> str:
        """The line that adds the finding of a broken rule."""
        words = code.bind("complaint", complaint(self.field, rule, self.place))
        return f"found.append(({words}, {value}, {self.at}))"


def _collect_none(of: _Subject, schema: Schema, key: str, code: Code) -> None:
    """The branch for a value that is None or not there, which is rare."""
    code.line("pass")
    if of.field.required:
        words = code.bind("complaint", required_complaint(schema, of.field, of.place))
        with code.block(f"if {key} not in record:"):
            code.line(f"found.append(({words}, record, {of.at}))")
    if not of.field.nullable:
        with code.block(f"if {key} in record:"):
            code.line(of.complain("nullable", code))


def _collect_value(of: _Subject, code: Code) -> None:
    """The branches for a value that is not None: of a wrong type, and the rest."""
    field = of.field
    with code.closing():
        code.open("else:")
        code.line("pass")
        tests = list(conditions(field, code))
        if tests and tests[0].rule == "type":  # the others mean nothing for another type
            with code.block(f"if not {tests[0].text}:"):
                code.line(of.complain("type", code))
            code.open("else:")
            code.line("pass")
            del tests[0]
        for test in tests:
            if test.rule == "check":
                _collect_answer(of, code)
                continue
            with code.block(f"if not ({test.text}):"):
                code.line(of.complain(test.rule, code))
        _collect_inside(of, code)


def _collect_answer(of: _Subject, code: Code) -> None:
    code.line(f"answer = {code.bind('asked', Asked(of.field.check))}(value)")  # type: ignore[arg-type]  # a condition says that there is a check
    with code.block("if answer is not True:"):
        answered = f"{code.bind('Answered', Answered)}(value, answer)"
        code.line(of.complain("check", code, answered))


def _collect_inside(of: _Subject, code: Code) -> None:
    """What is wrong inside of a dict or a list."""
    field = of.field
    if field.fields is not None:
        inside = compile_collect(field.fields, of.place, is_masked=field.sensitive)
        collect = code.bind("collect", inside)
        with code.block(f"if isinstance(value, {code.bind('kind', dict)}):"):
            code.line(f"{collect}(value, found, {of.path})")
    if field.items is not None:
        collect = code.bind("collect", _compile_collect_items(field.items, (*of.place, None)))
        with code.block(f"if isinstance(value, {code.bind('kind', list)}):"):
            code.line(f"{collect}(value, found, {of.path})")


def _compile_collect_items(items: Field, place: Place) -> Collector:
    code = Code()
    with code.block("def collect(items, found, at):"):
        code.line("mark = len(found)")
        with code.block("for index, value in enumerate(items):"):
            of = _Subject(items, place, "(*at, index)", "(*at, index)")
            with code.block("if value is None:"):
                code.line("pass" if items.nullable else of.complain("nullable", code))
            _collect_value(of, code)
            if not has_warnings(items):  # an error may come after any number of warnings
                most = code.bind("most", MOST_BROKEN_ITEMS)
                with code.block(f"if len(found) - mark >= {most}:"):
                    code.line("break")
    return code.function("collect")


def _collect_unknown(schema: Schema, place: Place, code: Code, *, is_masked: bool) -> None:
    names = frozenset(field.name for field in schema.fields)
    find = code.bind("unknown_fields", partial(unknown_fields, is_masked=is_masked))
    words = code.bind("complaint", unknown_complaint(schema, place))
    with code.block(f"if not {code.bind('has_all', names.issuperset)}(record):"):
        code.line(f"found += {find}({words}, {code.bind('names', names)}, record, at)")


def _collect_checks(schema: Schema, place: Place, code: Code) -> None:
    """Checks are made for records whose fields are as they should be."""
    if not schema.checks:
        return
    code.open(f"if not {code.bind('has_errors', has_errors)}(found, mark):")
    for check in schema.checks:
        code.line(f"answer = {code.bind('asked', Asked(check.func))}(record)")
        words = code.bind("complaint", check_complaint(schema, check, place))
        with code.block("if answer is not True:"):
            code.line(f"found.append(({words}, answer, at))")


def has_errors(found: list[Finding], mark: int = 0) -> bool:
    """Whether one of the findings, from a mark on, refuses the record."""
    return any(not words.is_warning for words, _, _ in found[mark:])
