"""Three implementations of the rules agree: two of generated code, and the plain one."""

from __future__ import annotations

import enum

from collections import OrderedDict
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from numbers import Number
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from etlkit import DataValidator
from etlkit._codegen import Code
from etlkit.schema import Schema, parse_schema
from etlkit.validation.accepting import accepting
from etlkit.validation.reference import findings


class Text(str):
    """A text under another name."""

    __slots__ = ()


class Level(enum.IntEnum):
    """An int under another name."""

    LOW = 1
    HIGH = 5


class Whole(int):
    """A plain subclass."""


NAMES = st.sampled_from(["id", "state", "it's\n", "__import__('os')", "{x}", "\\u0041", "", "def"])
TYPES = [bool, bytes, date, datetime, dict, float, int, list, object, str, tuple, Decimal, Number]
NOON = datetime(2024, 1, 2, 12, tzinfo=UTC)
ODD_VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    -1,
    5,
    10**30,
    -(2**63),
    0.0,
    -0.0,
    1.0,
    1.5,
    float("nan"),
    float("inf"),
    -float("inf"),
    "",
    "a",
    "b",
    Text("a"),
    Level.HIGH,
    Whole(1),
    b"a",
    [],
    [1],
    ["a"],
    (1,),
    {},
    {"a": 1},
    OrderedDict(a=1),
    {1},
    Decimal(1),
    Decimal("2.5"),
    Fraction(1, 2),
    1j,
    date(2024, 1, 1),
    NOON,
    object(),
    int,
]
VALUES = st.sampled_from(ODD_VALUES) | st.integers() | st.floats() | st.text(max_size=3)
NUMBERS = st.integers(-5, 5) | st.floats(-5, 5) | st.just(float("inf"))
BOUNDS = st.one_of(
    NUMBERS,
    st.sampled_from(["a", "b", b"a", Decimal(1), Fraction(3, 2), date(2024, 1, 1), Level.LOW, [1]]),
)
RULES = st.fixed_dictionaries(
    {},
    optional={
        "required": st.booleans(),
        "nullable": st.booleans(),
        "sensitive": st.booleans(),
        "type": st.lists(st.sampled_from(TYPES), min_size=1, max_size=3),
        "allowed": st.lists(VALUES.filter(lambda value: value is not None), min_size=1, max_size=4),
        "min": BOUNDS,
        "max": BOUNDS,
    },
)
RULES_OF_NUMBERS = st.fixed_dictionaries(
    {"type": st.lists(st.sampled_from([int, float, str, bool]), min_size=1, max_size=3)},
    optional={
        "required": st.booleans(),
        "nullable": st.booleans(),
        "allowed": st.lists(st.integers(-2, 2) | st.just(1.5), min_size=1, max_size=4),
        "min": NUMBERS,
        "max": NUMBERS,
    },
)
SCHEMAS = st.dictionaries(NAMES, RULES | RULES_OF_NUMBERS, max_size=4)
RECORDS = st.dictionaries(NAMES | st.text(max_size=3), VALUES, max_size=6)


def parsed(rules: Any) -> Any:
    """The rules, or None where they are mistaken."""
    try:
        parse_schema(rules)
    except ValueError as error:  # no mistake may show as anything but a SchemaError
        raise AssertionError from error
    except Exception:  # noqa: BLE001 -- a SchemaError, which test_schema reads
        return None
    return rules


GOOD_SCHEMAS = SCHEMAS.map(parsed).filter(lambda rules: rules is not None)
thoroughly = settings(
    deadline=None,
    max_examples=500,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


def accepts(schema: Schema, records: list[dict[str, Any]]) -> list[bool]:
    """What the kernel's condition says; as there, whatever it raises means no."""
    code = Code()
    with code.block("def accepts(record):"):
        code.line(f"return bool({accepting(schema, code)})")
    function = code.function("accepts")
    return [answered(function, record) for record in records]


def answered(function: Any, record: dict[str, Any]) -> bool:
    """The answer of a condition."""
    try:
        return bool(function(record))
    except Exception:  # noqa: BLE001 -- that is how the kernel takes it
        return False


def judged_plainly(
    schema: Schema, record: dict[str, Any], by_code: list[tuple[Any, str]]
) -> list[tuple[Any, str]]:
    """The broken rules as the reference finds them.

    A value that defies comparison has no judgement; that of the code stands, if it is no.
    """
    try:
        return broken_rules(schema, record)
    except (ArithmeticError, TypeError):
        assert by_code
        return by_code


def found_by_code(validator: DataValidator, record: dict[str, Any]) -> list[tuple[Any, str]]:
    """The broken rules as the generated code finds them."""
    return [(problem.path[0], problem.rule) for problem in validator.problems(record)]


@thoroughly
@given(rules=GOOD_SCHEMAS, records=st.lists(RECORDS, min_size=1, max_size=8))
@example(rules={"id": {"type": [int, object]}}, records=[{"id": True}])
@example(rules={"id": {"type": [Number, float]}}, records=[{"id": False}])
@example(rules={"id": {"type": date, "min": date(2024, 1, 1)}}, records=[{"id": NOON}])
@example(rules={}, records=[{"id": 1}])
@example(rules={"id": {"min": 2, "max": 4}}, records=[{"id": n} for n in (1, 2, 4, 5, "a", None)])
@example(rules={"id": {"nullable": True, "required": True}}, records=[{"id": None}, {}])
def test_the_implementations_agree(rules: Any, records: list[dict[str, Any]]) -> None:
    """The condition, the collecting code and the plain one judge a record alike."""
    validator = DataValidator(rules)

    by_code = [found_by_code(validator, record) for record in records]

    pairs = zip(records, by_code, strict=True)
    assert by_code == [judged_plainly(validator.schema, *pair) for pair in pairs]
    assert accepts(validator.schema, records) == [not found for found in by_code]
    failed = [number for number, found in enumerate(by_code, 1) if found]
    assert [number for number, _ in validator._failures(records)] == failed
    assert validator.validate(records)[0] is (not failed)


@settings(thoroughly, max_examples=60)
@given(rules=GOOD_SCHEMAS, record=RECORDS)
def test_a_record_is_not_changed_by_looking_at_it(rules: Any, record: dict[str, Any]) -> None:
    """Validation reads and never writes, however many problems it finds."""
    before = dict(record)

    DataValidator(rules).validate([record])

    assert list(record) == list(before)
    assert all(record[name] is before[name] for name in record)
