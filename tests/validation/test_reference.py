"""Three implementations of the rules agree: two of generated code, and the plain one."""

from __future__ import annotations

import enum
import os

from collections import OrderedDict
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from numbers import Number
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from etlkit import DataValidator
from etlkit._codegen import Code
from etlkit.errors import SchemaError
from etlkit.records import own
from etlkit.validation.reference import findings
from etlkit.validation.rewriting import rewrite_plainly


PAIRS = int(os.environ.get("ETLKIT_PAIRS", "2000"))
"""Pairs of a schema and a record; the session ``tests`` takes 10 000."""

RECORDS_OF_A_SCHEMA = 20


class Text(str):
    """A text under another name."""

    __slots__ = ()


class Level(enum.IntEnum):
    """An int under another name."""

    LOW = 1
    HIGH = 5


class Whole(int):
    """A plain subclass."""


NAMES = st.sampled_from(["id", "it's\n", "__import__('os')", "", "def"])
TYPES = [
    bool,
    bytes,
    date,
    datetime,
    dict,
    float,
    int,
    list,
    object,
    str,
    time,
    tuple,
    Decimal,
    Number,
    UUID,
]
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
    "1",
    "-2.5",
    "true",
    "2024-01-01",
    "2024-01-01T12:00:00Z",
    "a@b.example",
    "12\n",
    "٣",
    "__import__('os')",
    [1, "1", None],
    ["a", ["b"]],
    {"id": 1, "state": "a"},
    {"id": "x", "def": [1, 2], "more": 5},
    [{"id": 1}, {"id": None}],
]
VALUES = st.sampled_from(ODD_VALUES) | st.integers() | st.floats() | st.text(max_size=3)
NESTED_VALUES = st.recursive(
    st.sampled_from(ODD_VALUES) | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=5,
)
NUMBERS = st.integers(-5, 5) | st.floats(-5, 5) | st.just(float("inf"))
BOUNDS = st.one_of(
    NUMBERS,
    st.sampled_from(["a", "b", b"a", Decimal(1), Fraction(3, 2), date(2024, 1, 1), Level.LOW, [1]]),
)


def raising(value: Any) -> bool:
    """A check that cannot cope with what it is given."""
    raise LookupError(type(value).__name__)


def in_words(value: Any) -> Any:
    """A check that says what is wrong."""
    return isinstance(value, (int, dict)) or "is no int"


CHECKS = st.sampled_from([bool, raising, in_words, lambda value: None, lambda value: 1])
SWITCHES = {name: st.booleans() for name in ("required", "nullable", "sensitive", "coerce")}
FLAT: dict[str, st.SearchStrategy[Any]] = {
    **SWITCHES,
    "type": st.lists(st.sampled_from(TYPES), min_size=1, max_size=3),
    "allowed": st.lists(VALUES.filter(lambda value: value is not None), min_size=1, max_size=4),
    "min": BOUNDS,
    "exclusive_max": BOUNDS,
    "min_length": st.integers(0, 2),
    "max_length": st.integers(0, 3),
    "pattern": st.sampled_from(["a", r"\d+", "(a|b)*", r"(\w+)*x?", "$"]),
    "format": st.sampled_from(["date", "date-time", "email", "ipv4", "uuid"]),
    "check": CHECKS,
    "severity": st.sampled_from(["error", "warning"]),
}


def rules(depth: int) -> st.SearchStrategy[Any]:
    """The rules of a field, some of them mistaken; few at once, so that values can pass."""
    nested: dict[str, st.SearchStrategy[Any]] = {}
    if depth:
        nested["fields"] = st.dictionaries(NAMES, rules(depth - 1), max_size=3)
        nested["items"] = rules(depth - 1) | st.just({"unique": True, "nullable": True})
    every = {**FLAT, **nested}
    chosen = st.lists(st.sampled_from(sorted(every)), max_size=4, unique=True)
    return chosen.flatmap(
        lambda names: st.fixed_dictionaries({name: every[name] for name in names})
    )


def nested(depth: int) -> st.SearchStrategy[Any]:
    """The rules of a dict or a list, which would seldom come by chance."""
    inner = rules(0) if depth == 0 else rules(0) | nested(depth - 1)
    fields = st.dictionaries(NAMES, inner, min_size=1, max_size=3)
    return st.builds(
        lambda one, more: {**more, **one},
        st.builds(lambda one: {"fields": one}, fields)
        | st.builds(lambda one: {"items": one}, inner),
        st.fixed_dictionaries({}, optional={**SWITCHES, "severity": FLAT["severity"]}),
    )


RULES_OF_NUMBERS = st.fixed_dictionaries(
    {"type": st.lists(st.sampled_from([int, float, str, bool]), min_size=1, max_size=3)},
    optional={
        **SWITCHES,
        "allowed": st.lists(st.integers(-2, 2) | st.just(1.5), min_size=1, max_size=4),
        "exclusive_min": NUMBERS,
        "max": NUMBERS,
    },
)
RECORD_CHECKS = {"raising": raising, "long": lambda record: len(record) > 1 or "too short"}
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "unknown": st.sampled_from(["allow", "drop", "refuse"]),
        "coerce": st.booleans(),
        "severity": st.sampled_from(["error", "warning"]),
        "checks": st.sampled_from([{}, RECORD_CHECKS]),
    },
)
INSIDE = st.dictionaries(NAMES, VALUES, max_size=4) | st.lists(VALUES, max_size=3)
RECORDS = st.dictionaries(
    NAMES | st.text(max_size=3),
    st.one_of(
        VALUES,
        NESTED_VALUES,
        INSIDE,
        st.lists(INSIDE, max_size=3),
        st.dictionaries(NAMES, INSIDE, max_size=3),
    ),
    max_size=6,
)


def made(schema: Any, options: Any) -> DataValidator | None:
    """The validator, or None where the rules are mistaken, which shows in one way only."""
    try:
        return DataValidator(schema, **options)
    except SchemaError:
        return None


VALIDATORS = (
    st.builds(
        made,
        st.dictionaries(
            NAMES, st.one_of(rules(2), RULES_OF_NUMBERS, nested(2)), min_size=1, max_size=4
        ),
        OPTIONS,
    )
).filter(bool)
thoroughly = settings(
    deadline=None,
    max_examples=PAIRS // RECORDS_OF_A_SCHEMA,
    suppress_health_check=list(HealthCheck),
)
MANY_RECORDS = st.lists(RECORDS, min_size=RECORDS_OF_A_SCHEMA, max_size=RECORDS_OF_A_SCHEMA)


def accepting(validator: DataValidator) -> Any:
    """What the kernel's condition says; as there, whatever it raises means no."""
    code = Code()
    with code.block("def accepts(record):"):
        code.line(f"return bool({validator.condition(code)})")
    function = code.function("accepts")

    def accepts(record: dict[str, Any]) -> bool:
        try:
            return bool(function(record))
        except Exception:  # noqa: BLE001 -- that is how the kernel takes it
            return False

    return accepts


def in_full(found: Any) -> list[Any]:
    """Everything that findings say."""
    return [
        (words.problem(value, at), words.words(value, at), words.is_warning, words.counted)
        for words, value, at in found
    ]


def rewritten_plainly(validator: DataValidator, record: dict[str, Any]) -> tuple[Any, list[Any]]:
    """The record and the changes, as the reference has them."""
    changes: list[Any] = []
    copy = own(record)
    rewrite_plainly(validator.schema, copy, changes)
    return copy, changes


def rewritten(validator: DataValidator, record: dict[str, Any]) -> tuple[Any, list[Any]]:
    """The same, by the generated code."""
    changes: list[Any] = []
    copy = own(record)
    validator.rewrite(copy, changes)
    return copy, changes


@thoroughly
@given(validator=VALIDATORS, records=MANY_RECORDS)
@example(validator=DataValidator({"id": {"type": [int, object]}}), records=[{"id": True}])
@example(validator=DataValidator({"id": {"type": [Number, float]}}), records=[{"id": False}])
@example(
    validator=DataValidator({"id": {"type": date, "min": date(2024, 1, 1)}}), records=[{"id": NOON}]
)
@example(validator=DataValidator({}), records=[{"id": 1}])
@example(
    validator=DataValidator({"id": {"min": 2, "exclusive_max": 4}}),
    records=[{"id": n} for n in (1, 2, 4, 5, "a", None)],
)
@example(
    validator=DataValidator({"id": {"nullable": True, "required": True}}),
    records=[{"id": None}, {}],
)
@example(
    validator=DataValidator({"id": {"items": {"type": int, "severity": "warning"}}}),
    records=[{"id": ["x"] * 150 + [5]}],
)
@example(validator=DataValidator({"id": {"items": {"type": int}}}), records=[{"id": ["x"] * 150}])
def test_the_implementations_agree(validator: Any, records: list[dict[str, Any]]) -> None:
    """The condition, the collecting code and the plain one judge a record alike."""
    judged = [validator.own(record) for record in records]

    by_code = [in_full(validator.found(record)) for record in judged]

    assert by_code == [in_full(findings(validator.schema, record)) for record in judged]
    assert list(map(accepting(validator), judged)) == [not found for found in by_code]
    passed, messages = validator.validate(records)
    assert passed is all(warns for found in by_code for _, _, warns, _ in found)
    assert messages == [
        f"record {number}: {words}"
        for number, found in enumerate(by_code, 1)
        for _, words, _, _ in found
    ]


@thoroughly
@given(validator=VALIDATORS, records=MANY_RECORDS)
def test_both_ways_of_rewriting_agree(validator: Any, records: list[dict[str, Any]]) -> None:
    """Coercion and dropping do the same to a record, and count the same."""
    by_code = [rewritten(validator, record) for record in records]

    assert repr(by_code) == repr([rewritten_plainly(validator, record) for record in records])


@settings(thoroughly, max_examples=60)
@given(validator=VALIDATORS, records=st.lists(RECORDS, max_size=3))
def test_a_record_is_not_changed_by_looking_at_it(
    validator: Any, records: list[dict[str, Any]]
) -> None:
    """Validation works on copies, whatever it coerces or drops."""
    before = repr(records)

    validator.validate(records)

    assert repr(records) == before
