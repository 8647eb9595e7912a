"""A schema as code."""

from __future__ import annotations

import linecache
import traceback

from typing import Any

import pytest

from etlkit import DataValidator
from etlkit._codegen import Code
from etlkit.schema import parse_schema
from etlkit.validation.accepting import accepting
from etlkit.validation.collecting import compile_collect


HOSTILE = [
    "it's",
    '"""',
    "a\nimport os",
    "__import__('os').system('true')",
    "{record}",
    "\\u0027",
    "\u2028",
    "#",
    "\\",
    "def",
    "record",
    "value",
    "",
    "\x00",
    "\ud800",
]


class Trap:
    """A constant whose repr would be code."""

    def __repr__(self) -> str:
        return "__import__('os')"


def texts(rules: dict[str, Any]) -> list[str]:
    """The generated source texts of a schema."""
    schema = parse_schema(rules)
    code = Code()
    condition = accepting(schema, code)
    collect = compile_collect(schema)
    return [condition, source_of(collect), source_of(DataValidator(rules)._failures)]


def source_of(function: Any) -> str:
    """The text that a generated function was compiled from."""
    return "".join(linecache.getlines(function.__code__.co_filename))


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_hostile_name_works_like_any_other(name: str) -> None:
    """A field may be called whatever a key of JSON may be."""
    validator = DataValidator(
        {name: {"required": True, "type": str, "allowed": [name], "min": name}}
    )

    passing, failing = validator.problems({name: name}), validator.problems({})

    assert passing == []
    assert [problem.path for problem in failing] == [(name,)]


def test_no_value_of_a_user_enters_the_text() -> None:
    """Hostile rules give the very text that harmless ones give."""
    trap = Trap()
    hostile = {
        name: {"required": True, "type": str, "allowed": [f"{name}x", name], "max": f"{name}y"}
        for name in HOSTILE
    } | {"__import__": {"allowed": [trap]}}
    harmless = {
        f"field{n}": {"required": True, "type": str, "allowed": ["p", f"q{n}"], "max": f"r{n}"}
        for n in range(len(HOSTILE))
    } | {"last": {"allowed": ["s"]}}

    assert texts(hostile) == texts(harmless)


def test_a_schema_of_a_thousand_fields_works() -> None:
    """No limit of the compiler is in the way, and every field is looked at."""
    names = [f"field {n}" for n in range(1000)]
    validator = DataValidator(
        {name: {"required": True, "type": int, "min": n} for n, name in enumerate(names)}
    )

    passing = validator.validate([{name: n for n, name in enumerate(names)}])
    failing = validator.problems(dict.fromkeys(names[1:], -1))

    assert passing == (True, [])
    assert [problem.path for problem in failing] == [(name,) for name in names]
    assert [problem.rule for problem in failing] == ["required"] + ["min"] * 999


def test_equal_shapes_share_their_code() -> None:
    """Two schemas that differ in names and constants only are compiled once."""
    first = DataValidator({"a": {"type": int, "min": 1000}, "b": {"allowed": ["x"]}})

    second = DataValidator({"c": {"type": int, "min": 2000}, "d": {"allowed": ["y", "z"]}})

    assert first._failures.__code__ is second._failures.__code__  # type: ignore[attr-defined]  # a function has code
    assert first._collect.__code__ is second._collect.__code__  # type: ignore[attr-defined]  # a function has code
    assert first.validate([{"a": 1000, "b": "x"}]) == second.validate([{"c": 2000, "d": "z"}])


def test_a_traceback_shows_the_generated_rule() -> None:
    """Whoever looks at a surprising failure sees the line of the check."""

    class Odd(int):
        def __ge__(self, other: object) -> bool:
            raise RuntimeError("odd")

    collect = compile_collect(parse_schema({"n": {"min": 1}}))

    with pytest.raises(RuntimeError) as caught:
        collect({"n": Odd(5)}, [], ())

    text = "".join(traceback.format_exception(caught.value))
    assert ", in collect\n    if not ((isinstance(value, _" in text


def test_no_value_of_a_nested_rule_enters_a_text() -> None:
    """Names, patterns, checks and their names stay values at every level."""
    hostile = {name: nested_rule(name, f"({index}|x)") for index, name in enumerate(HOSTILE)}
    harmless = {
        f"f{index}": nested_rule(f"g{index}", f"({index}|y)") for index in range(len(HOSTILE))
    }

    found = [DataValidator(rules, **OPTIONS) for rules in (hostile, harmless)]

    shapes = [
        [source_of(one._failures), source_of(one._collect), source_of(one._rewrite)]
        for one in found
    ]
    assert shapes[0] == shapes[1]
    assert found[0].validate([{name: {name: ["5"]} for name in HOSTILE}])[0] is False


def nested_rule(name: str, pattern: str) -> dict[str, Any]:
    """A rule of each kind, inside of a dict and a list."""
    items = {"type": str, "pattern": pattern, "check": Trap, "coerce": True, "unique": True}
    return {"fields": {name: {"items": items, "max_length": 3, "severity": "warning"}}}


OPTIONS: dict[str, Any] = {
    "unknown": "drop",
    "checks": {"__import__('os')": lambda record: False},
}
