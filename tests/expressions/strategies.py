"""Made-up expressions and records, for tests that compare two ways to the same."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from etlkit.errors import ExpressionError
from etlkit.expressions import Expression, F, coalesce, concat, list_of, lit, when


class Word(str):
    """A text of a class of its own."""

    __slots__ = ()


NAMES = ["a", "b", "c", "d e"]

VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0, 1, 10**20, -(10**20), 2**63]),
    st.sampled_from([0.0, -0.0, 0.5, 1.5, -2.5, 1e308, 1e-308, float("inf"), float("nan")]),
    st.sampled_from(["", "a", "B", "12", "1.5", "true", "%d", "2026-01-31", "x" * 5]),
    st.sampled_from([Word("aB"), Word("12")]),
    st.sampled_from([Decimal("1.5"), Decimal(0), Decimal("Infinity"), Decimal("1E+400")]),
    st.sampled_from([date(2026, 1, 31), datetime(2026, 1, 31, tzinfo=UTC)]),
    st.sampled_from([[], [1, None, "a"], {}, {"k": 1, "l": None}, (1, 2)]),
)

CONSTANTS: st.SearchStrategy[Any] = st.one_of(
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.5, 2.0, "a", "12", "", Decimal("0.5"), date(2026, 1, 31), 10**20]),
)

RECORDS = st.dictionaries(st.sampled_from(NAMES), VALUES)

LEAVES: st.SearchStrategy[Expression] = st.one_of(
    st.sampled_from(NAMES).map(lambda name: F[name]),
    st.sampled_from(NAMES).map(lambda name: F[name]),
    CONSTANTS.map(lit),
    st.none().map(lit),
    st.tuples(st.sampled_from(NAMES), CONSTANTS).map(lambda pair: F[pair[0]].default(pair[1])),
)


def _operated(operator: str, left: Any, right: Any) -> Expression:
    """Two operands combined; the first alone where that is refused when it is built."""
    with suppress(ExpressionError):
        return _combined(operator, left, right)
    return left


def _combined(operator: str, left: Any, right: Any) -> Expression:
    made: Expression = {
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "/": lambda: left / right,
        "//": lambda: left // right,
        "%": lambda: left % right,
        "**": lambda: left**right,
        "==": lambda: left == right,
        "!=": lambda: left != right,
        "<": lambda: left < right,
        "<=": lambda: left <= right,
        ">": lambda: left > right,
        ">=": lambda: left >= right,
        "coalesce": lambda: coalesce(left, right),
        "fill": lambda: left.fill_null(right),
        "concat": lambda: concat(left, right),
        "list": lambda: list_of(left, right),
    }[operator]()
    return made


def _one(kind: str, of: Expression) -> Expression:
    """A function of an operand; the operand where that is refused when it is built."""
    with suppress(ExpressionError):
        return _called(kind, of)
    return of


def _called(kind: str, of: Expression) -> Expression:
    made: Expression = {
        "minus": lambda: -of,
        "null": of.is_null,
        "not null": of.is_not_null,
        "in": lambda: of.is_in([1, "a", 2.5]),
        "int": lambda: of.cast(int),
        "float": lambda: of.cast("float"),
        "str": lambda: of.cast(str),
        "bool": lambda: of.cast(bool, strict=False),
        "date": lambda: of.cast("date", strict=False),
        "decimal": lambda: of.cast("decimal"),
        "key": lambda: of["k"],
        "place": lambda: of[1],
        "between": lambda: of.between(0, 2),
        "abs": of.abs,
        "round": of.round,
        "upper": of.str.upper,
    }[kind]()
    return made


UNARY = [
    *("minus", "null", "not null", "in", "int", "float", "str", "bool", "date", "decimal"),
    *("key", "place", "between", "abs", "round", "upper"),
]
BINARY = [
    *("+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">="),
    *("coalesce", "fill", "concat", "list"),
]


def _claims(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    compared = st.builds(_operated, st.sampled_from(["==", "!=", "<", ">"]), inner, inner)
    return st.one_of(
        compared, st.sampled_from(NAMES).map(lambda name: F[name]), inner.map(Expression.is_null)
    )


def _extended(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    claims = _claims(inner)
    return st.one_of(
        st.builds(_operated, st.sampled_from(BINARY), inner, inner),
        st.builds(_one, st.sampled_from(UNARY), inner),
        st.tuples(claims, claims).map(lambda two: two[0] & two[1]),
        st.tuples(claims, claims).map(lambda two: two[0] | two[1]),
        claims.map(lambda claim: ~claim),
        st.tuples(claims, inner, claims, inner, inner).map(
            lambda five: when(five[0]).then(five[1]).when(five[2]).then(five[3]).otherwise(five[4])
        ),
    )


EXPRESSIONS = st.recursive(LEAVES, _extended, max_leaves=8)
