"""What newcomers write first, and what they are told."""

from __future__ import annotations

import copy
import inspect
import pickle

from collections.abc import Callable
from typing import Any

import pytest

from etlkit import F
from etlkit._codegen import Code
from etlkit._functions import is_function
from etlkit.errors import ConfigurationError, ExpressionError, UnknownFunction
from etlkit.expressions import Expression, coalesce, concat, lit, when
from etlkit.records import Unfit
from etlkit.transformations import Map


def chained() -> object:
    """A comparison with two ends."""
    return 1 < F.n < 5


def assigned() -> None:
    """A field that is given a value."""
    F.n = F.m


NAN = float("nan")

MISTAKES: list[tuple[Callable[[], Any], str]] = [
    (lambda: (F.a > 1) and (F.b > 1), "write & for and, | for or, ~ for not"),
    (lambda: not F.a, "~ for not"),
    (lambda: 1 if F.a else 2, "F.a is true or false for a record only"),
    (chained, ".between(1, 5) for 1 <= x <= 5"),
    (lambda: "x" in F.tags, ".is_in([...]) for in"),
    (lambda: F.a in [1, 2], ".is_in([...]) for in, .between"),
    (lambda: list(F.tags), "F.tags has no values to iterate over"),
    (lambda: len(F.tags), "write .str.length() or .list.length() for len(F.tags)"),
    (lambda: {F.a}, "no key of a dict or set"),
    (lambda: f"{F.first} {F.last}", "write concat(F.first, ' ', F.last)"),
    (lambda: int(F.a), "write .cast(int) for int(F.a)"),
    (lambda: float(F.a), "write .cast(float) for float(F.a)"),
    (lambda: max(F.a, F.b), "least(...) and greatest(...) for min and max"),
    (lambda: F.a.is_in(F.allowed), "write F.allowed.list.contains(F.x)"),
    (lambda: F.a == None, "write .is_null()"),  # noqa: E711 -- the mistake
    (lambda: F.a != None, "write .is_not_null()"),  # noqa: E711 -- the mistake
    (lambda: F.a + None, "an expression + None has no use"),
    (lambda: F.first + " " + F.last, "+ takes numbers, got ' '; concat(...) joins texts"),
    (lambda: F.a.str.contains(5), "str.contains(part): a text is expected, got 5"),
    (lambda: F.a.str.matches("(a"), "'(a' is no regular expression"),
    (lambda: F.a.str.extract("(a+)+$"), "can match in so many ways"),
    (lambda: F.a.str.extract("a", 1), "group is one of 0, got 1"),
    (lambda: F.a.dt.truncate("mont"), "did you mean 'month'?"),
    (
        lambda: F.a.str.to_date("YYYY-MM-DD"),
        "'YYYY-MM-DD' is no format of dates such as '%d.%m.%Y': it has no sign such as %Y (",
    ),
    (lambda: F.a.str.to_date("%Q"), "'%Q' is no format of dates such as '%d.%m.%Y'"),
    (lambda: F.a.dt.to_zone("Mars/Crater"), "there is no time zone 'Mars/Crater'"),
    (lambda: F.a.str.pad_start(5, "ab"), "fill is one character, got 'ab'"),
    (lambda: F.a > 1 & F.b, "put each comparison in parentheses: (F.a > 1) & (F.b < 2)"),
    (lambda: F.a.is_in("CA"), "is_in takes a list of constants such as ['CA', 'NY']"),
    (lambda: F.a.is_in([1, None]), "None equals nothing"),
    (lambda: F.a.is_in([F.b]), "a field such as F.name or a constant is expected"),
    (lambda: F.a > (lambda record: 1), "a function belongs into Map, Filter or Derive"),
    (lambda: F.a == NAN, "nan is no number to calculate or compare with"),
    (lambda: F.a.cast("integre"), "did you mean 'integer'?"),
    (lambda: (F.a + 1).default(0), "only fields have a default"),
    (lambda: F.a[1.5], "in brackets stand the name of a nested field or a place in a list"),
    (lambda: F[1], "a field has a text as its name, got 1"),
    (lambda: F("a b"), "F is not called; write F['a b'], or F.name for a name without spaces"),
    (assigned, "F.n = ... sets nothing; Derive(n=...) gives records a field"),
    (lambda: when("a > 1"), "when takes a condition such as F.n > 10, got 'a > 1'"),
    (lambda: when(F.a).otherwise(1), "after when(...) comes .then(...), got .otherwise"),
    (coalesce, "coalesce takes at least one value"),
    (lambda: concat(F.a, separator=1), "separator is a text, got 1"),
    (lambda: F.a.round("x"), "digits is a whole number, got 'x'"),
    (lambda: F.a.round(1, 2), "round(digits=0, mode='half_even')"),
    (lambda: lit("x", "date"), "a date is written such as 2024-01-31"),
    (lambda: F.day.dt.year == 2024, "its parentheses are missing: F.day.dt.year()"),
    (lambda: (F.a + F.b).round > 3, "its parentheses are missing: (F.a + F.b).round()"),
    (lambda: F.a.str.upper.strip, "its parentheses are missing: F.a.str.upper()"),
    (lambda: F.a + F.b.str.length, "its parentheses are missing: F.b.str.length()"),
    (lambda: F.a.str[0], "from F.a.str by brackets; write F.a.str.slice(0, 1)"),
    (lambda: F.tags.list[0], "from F.tags.list by brackets; write F.tags[0]"),
    (lambda: F.day.dt[0], "nothing is taken from F.day.dt by brackets (test_mistakes.py"),
    (lambda: F.a[0:2], "; .str.slice(...) and .list.slice(...) give parts (test_mistakes.py"),
]


@pytest.mark.parametrize(("mistake", "message"), MISTAKES, ids=[text for _, text in MISTAKES])
def test_a_mistake_is_told_with_what_to_write_and_where(
    mistake: Callable[[], Any], message: str
) -> None:
    """As soon as the expression is built, with the line of the user's program."""
    with pytest.raises(ExpressionError) as caught:
        mistake()

    assert message in str(caught.value)
    assert "(test_mistakes.py:" in str(caught.value)
    assert isinstance(caught.value, ConfigurationError)


UNKNOWN: list[tuple[Callable[[], Any], str]] = [
    (lambda: F.name.upper, "expressions have no function .upper; write .str.upper()"),
    (lambda: F.name.isin([1]), "expressions have no function .isin; did you mean .is_in()?"),
    (lambda: F.name.str.uper, "expressions have no function .str.uper; did you mean .upper()?"),
    (
        lambda: F.contact.email,
        "a field inside of a field is F.contact['email']",
    ),
    (
        lambda: F.amount.mean,
        (
            "no function .mean; write .list.mean(); over many records it is "
            "Aggregate('by', total=Mean('amount'))"
        ),
    ),
    (
        lambda: F.contact.count,
        "Aggregate('by', total=Count()); a field inside of a field is F.contact['count']",
    ),
    (
        lambda: F.amount.map,
        "no function .map; Derive(name=lambda record: ...) calls a function of yours",
    ),
    (
        lambda: F.amount.apply,
        "no function .apply; Derive(name=lambda record: ...) calls a function of yours",
    ),
    (
        lambda: F.name.like("A%"),
        (
            "no function .like; write .str.starts_with('...'), .str.ends_with('...') or "
            ".str.contains('...') for parts of a text, .str.matches(r'...') for a pattern ("
        ),
    ),
    (lambda: F.a.eq(3), "expressions have no function .eq; write F.name == value ("),
    (lambda: F.a.not_in([3]), "no function .not_in; write ~F.name.is_in([...]) ("),
    (lambda: F.a.shift(1), "no function .shift; Window(...) looks at the records around ("),
    (
        lambda: F.amount.desc,
        "no function .desc; Sort('name', descending=True) sorts downwards",
    ),
]


@pytest.mark.parametrize(("mistake", "message"), UNKNOWN, ids=[text for _, text in UNKNOWN])
def test_an_unknown_function_is_told_with_the_one_that_was_meant(
    mistake: Callable[[], Any], message: str
) -> None:
    """It is an AttributeError too, so that hasattr works."""
    with pytest.raises(UnknownFunction) as caught:
        mistake()

    assert message in str(caught.value)
    assert isinstance(caught.value, AttributeError)


def test_an_expression_that_is_nested_too_deeply_is_refused() -> None:
    """A chain of one operator is one level, whatever its length."""
    chain: Expression = F.a
    for _ in range(500):
        chain = chain + 1
    deep: Expression = F.a
    for _ in range(29):
        deep = -deep

    with pytest.raises(ExpressionError, match="nested more than 30 levels deep"):
        _ = -deep

    assert chain.function()({"a": 0}) == 500
    assert deep.function()({"a": 1}) == -1


def test_an_expression_that_grows_by_itself_is_refused() -> None:
    """What stands in it twice counts twice, so that nothing takes for ever."""
    grown: Expression = F.a

    for _ in range(11):
        grown = (grown + 1) * grown

    with pytest.raises(ExpressionError, match="more than 10000 parts"):
        _ = (grown + grown) * (grown - grown)

    assert grown.function()({"a": 0}) == grown.evaluate({"a": 0})


def test_an_expression_is_no_function() -> None:
    """What takes a function refuses it in words."""
    with pytest.raises(ConfigurationError, match=r"a function is expected, got F\.a"):
        Map(F.a)

    assert not is_function(F.a)


def test_a_function_without_its_parentheses_is_shown_as_one() -> None:
    """In notebooks and editors too, with what it takes."""
    function: Any = F.name.str.slice

    assert repr(function) == "<a function that is called: F.name.str.slice()>"
    assert str(inspect.signature(function)) == "(start: 'int' = 0, stop: 'int | None' = None)"
    assert function.__name__ == "slice"
    assert function.__doc__.startswith("The characters from ``start``")


def test_a_part_of_a_text_is_no_item() -> None:
    """As it is in Python; the message says how it is taken."""
    with pytest.raises(Unfit) as caught:
        F.name[0].evaluate({"name": "Ann"})

    assert str(caught.value) == (
        "$.name a list is expected, got 'Ann' in F.name[0]; .str.slice(0, 1) gives a part of a text"
    )


@pytest.mark.parametrize(
    ("called", "given", "message"),
    [
        (
            F.count,
            (),
            (
                "F.count is the field 'count', which cannot be called; as a function it is "
                "F.name.str.count(); over many records it is Aggregate('by', total=Count())"
            ),
        ),
        (
            F.upper,
            (),
            (
                "F.upper is the field 'upper', which cannot be called; as a function it is "
                "F.name.str.upper()"
            ),
        ),
        (
            F.round,
            (2,),
            (
                "F.round is the field 'round', which cannot be called; as a function it is "
                "F.name.round()"
            ),
        ),
        (F.col, ("a",), "F.col is the field 'col', which cannot be called; a field is F['a']"),
        (F.col, (), "F.col is the field 'col', which cannot be called; a field is F.name"),
        (
            F.when,
            (F.a > 1,),
            (
                "F.when is the field 'when', which cannot be called; when is a function beside F: "
                "from etlkit.expressions import when"
            ),
        ),
        (F["car model"], (), "F['car model'] is the field 'car model', which cannot be called"),
        (F.a + F.b, (3,), "F.a + F.b is a value, which cannot be called"),
    ],
    ids=["aggregated", "texts", "any value", "col", "col alone", "when", "a field", "a sum"],
)
def test_an_expression_cannot_be_called(called: Any, given: Any, message: str) -> None:
    """A field may have the name of a function; the message says where the function is."""
    with pytest.raises(UnknownFunction) as caught:
        called(*given)

    assert str(caught.value).rpartition(" (")[0] == message


def test_names_are_no_fields_in_coalesce() -> None:
    """As they are in other tools; here a text is itself."""
    with pytest.raises(ExpressionError) as caught:
        coalesce("name", F.nickname)

    assert str(caught.value).rpartition(" (")[0] == (
        "coalesce gives 'name' always, as a text is never None; F['name'] is a field"
    )


def test_concat_takes_no_list() -> None:
    """What joins a list is named."""
    with pytest.raises(ExpressionError) as caught:
        concat([F.first, F.last])

    assert str(caught.value).rpartition(" (")[0] == (
        "concat takes the texts one by one: concat(F.a, F.b); .list.join(', ') joins a list"
    )


def test_an_expression_travels() -> None:
    """F is one object, and a choice that is not finished goes on elsewhere."""
    begun = when(F.a > 1).then(2)

    sent = pickle.loads(pickle.dumps(begun))

    assert sent.when(F.b).then(3).same_as(begun.when(F.b).then(3))
    assert pickle.loads(pickle.dumps(F)) is F
    assert copy.deepcopy(F.a).same_as(F.a)


def test_the_deepest_expression_is_compiled_inside_of_a_kernel() -> None:
    """Python allows a hundred levels of indentation."""
    deep: Expression = F.a
    for _ in range(9):
        deep = when((deep > 1) & (F.b > 1)).then(deep).otherwise(F.a)
    code = Code()
    with code.block("def work(record):"), code.closing():
        for _ in range(25):
            code.open("if True:")
        code.line(f"return {deep.write(code, 'record')}")

    found = code.function("work")({"a": 2, "b": 2})

    assert deep.node.depth <= 30
    assert found == 2
