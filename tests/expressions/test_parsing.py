"""Texts as expressions: what is refused, and that nothing but expressions gets through."""

from __future__ import annotations

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit.errors import ExpressionError
from etlkit.expressions import parse_expression
from fuzz.expressions import SEEDS, check_expressions


REFUSED: list[tuple[str, str]] = [
    ("__import__('os').system('true')", "there is no function '__import__'"),
    ("().__class__.__bases__", ".__bases__ is no field"),
    ("a.__class__()", "there is no function .__class__"),
    ("a.str.__init__()", "there is no function .__init__"),
    ("F.a._made(1)", "there is no function ._made"),
    ("a.evaluate({})", ".evaluate is no function of a record's values"),
    ("a.function()", ".function is no function of a record's values"),
    ("a.from_dict(1)", ".from_dict is no function of a record's values"),
    ("a.node", ".node is no field"),
    ("a.str.word()", ".word is no function of a record's values"),
    ("lambda: 1", "a Lambda has no meaning in an expression"),
    ("[x for x in y]", "a ListComp has no meaning in an expression"),
    ("(yield)", "a Yield has no meaning in an expression"),
    ("(x := 5)", "a NamedExpr has no meaning in an expression"),
    ("f'{a}'", "a JoinedStr has no meaning in an expression"),
    ("b'a'", "b'a' is no constant of expressions"),
    ("1j", "1j is no constant of expressions"),
    ("...", "Ellipsis is no constant of expressions"),
    ("{'a': 1}", "a Dict has no meaning in an expression"),
    ("a[1:2]", "a Slice has no meaning in an expression"),
    ("a[b]", "in brackets stand a name or a place in a list"),
    ("a @ b", "a MatMult has no meaning in an expression"),
    ("a << 9", "a LShift has no meaning in an expression"),
    ("a ^ b", "a BitXor has no meaning in an expression"),
    ("+a", "+ before a value has no meaning"),
    ("a is 5", "only None comes after 'is'"),
    ("'x' in a", "after 'in' comes a list of constants"),
    ("a in [b]", "a field such as F.name or a constant is expected"),
    ("contact.email", "write outer['email'] for what is nested"),
    ("coalesec(a, b)", "there is no function 'coalesec'; did you mean 'coalesce'?"),
    ("a.str.uper()", "expressions have no function .str.uper; did you mean .upper()?"),
    ("F", "F stands before a field, such as F.amount"),
    ("F[1]", "a field has a text as its name, got 1"),
    ("when(a)", "after when(...) comes .then(...)"),
    ("(a)(b)", "there is no function 'a'"),
    ("upper(a)", "there is no function 'upper'; write .str.upper(...) behind the value"),
    ("ROUND(a, 2)", "there is no function 'ROUND'; write .round(...) behind the value"),
    ("name LIKE 'A%'", "character 6: invalid syntax; write a.str.starts_with('x'), a.str.ends"),
    ("a ILIKE '%x%'", "invalid syntax; write a.str.lower().str.contains('x')"),
    ("n BETWEEN 1 AND 2", "invalid syntax; write 1 <= a <= 5, or a.between(1, 5)"),
    ("a IS NULL", "invalid syntax; write 'is None' or 'is not None'"),
    ("a == 'x' && n > 1", "invalid syntax; claims are joined by 'and'"),
    ("a || b", "invalid syntax; claims are joined by 'or', and texts by concat(a, b)"),
    ("n <> 1", "invalid syntax; values are compared by !="),
    ("n > 1 AND n < 3", "invalid syntax; write 'and' in small letters"),
    ("NOT a", "invalid syntax; write 'not' in small letters"),
    ("a IN ('x', 'y')", "write 'in' in small letters, and a list in brackets: a in ['x', 'y']"),
    ("CASE WHEN a THEN b END", "invalid syntax; write 'big' if a > 1 else 'small', or when(a"),
    ("a.str.strip()(b)", "only functions of expressions are called"),
    ("concat(*a)", "a Starred has no meaning in an expression"),
    ("concat(**a)", "** has no meaning in an expression"),
    ("a.between(1)", "missing 1 required positional argument"),
    ("a.is_null(1)", "takes 1 positional argument"),
    ("a == None", "write .is_null()"),
    ("a > [1]", "a list is no operand here"),
    ("a & 5", "& joins claims, and 5 is none"),
    ("a +", "'a +', character 4: invalid syntax"),
    ("  a ** * b", "character 8: invalid syntax"),
    ("", "'', character 1: invalid syntax"),
    ("a > 1  # of all\n and b", "character 17: unexpected indent|character 18: invalid syntax"),
    ("a; b", "character 2: invalid syntax"),
    ("a = 1", "character 1: invalid syntax|character 3: invalid syntax; values are compared by =="),
    ("import os", "character 1: invalid syntax"),
    ("a\0b", "null bytes"),
    ("9" * 5000, "Exceeds the limit (4300 digits)"),
    (r"a.str.matches('\d')", r"character 16: \d has no meaning in a text; for a pattern write r "),
    ("ü > 1 and bücher.str.uper()", "character 11: expressions have no function .str.uper"),
    ("a > 1\n  and b.uper()", "character 13: expressions have no function .uper"),
    ("a" * 10_001, "an expression has at most 10000 characters, got 10001"),
    ("-" * 9_000 + "a", "nested more than 100 levels|is no expression|too many nested"),
    ("(" * 4_000 + "a" + ")" * 4_000, "too many nested parentheses"),
    ("a" + ".str.upper()" * 40, "nested more than"),
    ("not " * 60 + "a", "nested more than 30 levels"),
    (" + ".join(["a"] * 2_000), "has more than 2000 parts"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=[repr(text[:30]) for text, _ in REFUSED])
def test_what_is_no_expression_is_refused(text: str, message: str) -> None:
    """With the character where it stands, and what to write instead."""
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text)

    assert any(one in str(caught.value) for one in message.split("|"))


def test_a_refusal_says_where_it_is() -> None:
    """In the text, and in the program that reads it."""
    with pytest.raises(ExpressionError) as caught:
        parse_expression("amount > 100 and contact.email == 'x'")

    assert "character 18: .email is no field" in str(caught.value)
    assert "(test_parsing.py:" in str(caught.value)


@pytest.mark.parametrize("given", [None, 5, b"a > 1", ["a"]])
def test_only_a_text_is_read(given: object) -> None:
    """What else there is, is shown."""
    with pytest.raises(ExpressionError, match="parse_expression takes a text, got"):
        parse_expression(given)


TOKENS = [
    *("F", ".a", "a", "['k']", "[0]", "(", ")", "[", "]", ",", " ", "1", "'x'", "None", "True"),
    *("+", "-", "**", "==", "<", "&", "|", "~", " and ", " or ", " not ", " in ", " is ", " if "),
    *(" else ", ".str", ".dt", ".upper()", ".cast(int)", ".is_null()", "when(", ".then(", ":="),
    *(
        ".otherwise(",
        "coalesce(",
        "lit(",
        "__import__",
        ".__class__",
        ".node",
        "._made",
        "lambda: ",
    ),
    *("eval(", "getattr(", ".format(", "{", "}", ":", "for x in ", "await ", "*", "f'{a}'", "\n"),
]


@settings(max_examples=300, deadline=None)
@given(text=st.lists(st.sampled_from(TOKENS), max_size=15).map("".join))
def test_nothing_but_expressions_gets_through(text: str) -> None:
    """What is read is made of the known nodes, and reads back; all else is refused in words."""
    check_expressions(bytes(4) + text.encode())


@settings(max_examples=300, deadline=None)
@given(seed=st.sampled_from(SEEDS), cut=st.integers(0, 80), put=st.sampled_from(TOKENS))
def test_nothing_gets_through_in_a_text_with_something_put_in(
    seed: bytes, cut: int, put: str
) -> None:
    """A correct text that was tampered with is an expression, or it is refused."""
    check_expressions(bytes(4) + seed[:cut] + put.encode() + seed[cut:])
