"""What newcomers write first with verbs, and what they are told: each message is read whole."""

from __future__ import annotations

import functools

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from etlkit import ETLJob, F, RecordsSource, Transformation
from etlkit.errors import ConfigurationError, ExpressionError, RecordError
from etlkit.expressions import when
from etlkit.transformations import (
    Aggregate,
    Cast,
    Derive,
    Drop,
    Extract,
    FillNull,
    Filter,
    FlatMap,
    Join,
    Limit,
    Map,
    Mask,
    RecordStep,
    Rename,
    Replace,
    Select,
    Sort,
    Step,
    Sum,
)


def changed_in_place(record: dict[str, Any]) -> None:
    """A step that forgets to return the record."""
    record["x"] = 1


def checked_only(record: dict[str, Any]) -> None:
    """A condition that is worked out and not returned."""
    if record["n"] > 1:
        return
    record["n"] > 2  # noqa: B015 -- the mistake


async def fetched(record: dict[str, Any]) -> dict[str, Any]:
    """A function of another world."""
    return record


async def streamed(record: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
    """Another one."""
    yield record


CLASS = "a step such as Map(...) or Filter(...) is expected, got <class 'etlkit.transformations."


def line_of(function: Callable[..., Any]) -> str:
    """Where a function is written, as messages say it."""
    return f"test_mistakes.py:{function.__code__.co_firstlineno}"


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        pytest.param(
            lambda: Map(changed_in_place),
            f"Map: changed_in_place ({line_of(changed_in_place)}) returns nothing; end it with "
            "'return' and its result",
            id="a function that changes the record in place",
        ),
        pytest.param(
            lambda: Transformation("t", changed_in_place, scope="record"),
            f"Transformation 't': changed_in_place ({line_of(changed_in_place)}) returns nothing; end it with "
            "'return' and its result",
            id="the same as a transformation",
        ),
        pytest.param(
            lambda: Filter(checked_only),
            f"Filter: checked_only ({line_of(checked_only)}) returns nothing; end it with "
            "'return' and its result",
            id="a condition that is not returned",
        ),
        pytest.param(
            lambda: Map(fetched),
            f"Map: fetched ({line_of(fetched)}) is asynchronous, and steps call plain functions",
            id="a coroutine",
        ),
        pytest.param(
            lambda: FlatMap(streamed),
            f"FlatMap: streamed ({line_of(streamed)}) is asynchronous, and steps call plain "
            "functions",
            id="an asynchronous generator",
        ),
        pytest.param(
            lambda: Filter("amount > 3"),
            "Filter takes an expression such as F.amount > 100, or a function of a record, got "
            "'amount > 3'; write F.amount > 3",
            id="a text as a condition",
        ),
        pytest.param(
            lambda: Filter("F.amount > 3 and F.n == 1"),
            "Filter takes an expression such as F.amount > 100, or a function of a record, got "
            "'F.amount > 3 and F.n == 1'; write (F.amount > 3) & (F.n == 1)",
            id="an expression in quotes",
        ),
        pytest.param(
            lambda: Filter("WHERE amount > 3"),
            "Filter takes an expression such as F.amount > 100, or a function of a record, got "
            "'WHERE amount > 3'; an expression is no text: write it without the quotes",
            id="a text of another language",
        ),
        pytest.param(
            lambda: Filter("amount"),
            "Filter takes an expression such as F.amount > 100, or a function of a record, got "
            "'amount'; for the value of the field write F.amount",
            id="a field as a text",
        ),
        pytest.param(
            lambda: Filter(amount=3),
            "Filter has no argument 'amount'; write Filter(F.amount == 3)",
            id="one equals sign",
        ),
        pytest.param(
            lambda: Filter(amount=3, state="CA"),
            "Filter has no argument 'amount'; write Filter((F.amount == 3) & (F.state == 'CA'))",
            id="two keywords",
        ),
        pytest.param(
            lambda: Filter(F.a > 1, F.b > 1),
            "Filter: too many positional arguments; join conditions by &: "
            "Filter((F.a > 1) & (F.b < 2))",
            id="two conditions",
        ),
        pytest.param(
            Filter,
            "Filter: missing a required argument: 'predicate'; it is written "
            "Filter(predicate, *, name=None)",
            id="no condition",
        ),
        pytest.param(
            lambda: Filter(F),
            "Filter takes an expression such as F.amount > 100, or a function of a record, got F; "
            "F stands for all fields, one of them is F.name",
            id="all fields",
        ),
        pytest.param(
            lambda: Filter(when(F.amount > 1)),
            "Filter takes an expression such as F.amount > 100, or a function of a record, got "
            "when(F.amount > 1); after when(...) comes .then(...)",
            id="a condition that waits for its value",
        ),
        pytest.param(
            lambda: Filter(3 == 3),  # noqa: PLR0133 -- the mistake
            "Filter takes an expression such as F.amount > 100, or a function of a record, got "
            "True; two values that Python compared have no field in them: write F.name == value",
            id="a comparison of constants",
        ),
        pytest.param(
            lambda: Derive(total="amount * 2"),
            "Derive: 'total' is an expression or a function of a record, got 'amount * 2'; for a "
            "text that is always the same write lit('amount * 2'), for an expression F.amount * 2",
            id="a value in quotes",
        ),
        pytest.param(
            lambda: Derive(total=str(F.amount)),
            "Derive: 'total' is an expression or a function of a record, got 'F.amount'; for a "
            "text that is always the same write lit('F.amount'), for an expression F.amount",
            id="the text of an expression",
        ),
        pytest.param(
            lambda: Derive(total=[F.a, F.b]),
            "Derive: 'total' is an expression or a function of a record, got [F.a, F.b]; a list "
            "of values is list_of(F.a, F.b)",
            id="a list of expressions",
        ),
        pytest.param(
            lambda: Derive(total=when(F.a > 1)),
            "Derive: 'total' is an expression or a function of a record, got when(F.a > 1); after "
            "when(...) comes .then(...)",
            id="a value that waits",
        ),
        pytest.param(
            lambda: Derive("total", F.amount * 2),
            "Derive: too many positional arguments; write Derive(total=F.price * F.n)",
            id="a name and a value",
        ),
        pytest.param(
            lambda: Derive(F.amount * 2),
            "Derive takes a dict or keywords, such as Derive(total=F.price * F.n), got "
            "F.amount * 2",
            id="a value without a name",
        ),
        pytest.param(
            lambda: Select(["a", "b"]),
            "Select: a field is called by its name, a text, got ['a', 'b']; write the names one "
            "after the other: Select('a', 'b'), or Select(*names)",
            id="a list of names",
        ),
        pytest.param(
            lambda: Select(F.a),
            "Select: a field is called by its name, a text, got F.a; write the name: 'a'",
            id="an expression as a name",
        ),
        pytest.param(
            lambda: Rename("name", "full_name"),
            "Rename: too many positional arguments; write Rename(old='new')",
            id="two names",
        ),
        pytest.param(
            lambda: Cast("amount", int),
            "Cast: too many positional arguments; write Cast(amount=float)",
            id="a name and a type",
        ),
        pytest.param(
            lambda: FillNull("amount", 0),
            "FillNull: too many positional arguments; write FillNull(amount=0)",
            id="a name and a constant",
        ),
        pytest.param(
            lambda: Replace(state={"Calif": "CA"}),
            "Replace has no argument 'state'; it is written "
            "Replace(field, mapping, *, default=..., unmapped='error', missing='error')",
            id="a mapping by the name of its field",
        ),
        pytest.param(
            Limit,
            "Limit: missing a required argument: 'n'; it is written Limit(n)",
            id="no number",
        ),
        pytest.param(
            lambda: Limit("5"),
            "Limit: n is a number of records, got '5'",
            id="a number as a text",
        ),
        pytest.param(
            lambda: Mask("card", keep=4),
            "Mask has no argument 'keep'; did you mean 'keep_last'?; it is written "
            "Mask(*fields, keep_last=4, missing='error')",
            id="half of a name",
        ),
        pytest.param(
            lambda: Transformation("t", lambda record: record, scop="record"),
            "Transformation has no argument 'scop'; did you mean 'scope'?; it is written "
            "Transformation(name, func, config=None, *, scope='dataset')",
            id="a misspelt keyword",
        ),
        pytest.param(
            lambda: Map(F.a),
            "Map: a function is expected, got F.a; Derive(name=...) gives records a field",
            id="a map of an expression",
        ),
        pytest.param(
            lambda: Map(lambda a, b: a),
            "Map: the function is called with one record, but it takes (a, b)",
            id="a function of two values",
        ),
        pytest.param(
            lambda: Extract("name", ".*"),
            "Extract('name'): the pattern '.*' has no named group, such as (?P<year>[0-9]{4}), "
            "to name a field",
            id="a pattern without names",
        ),
        pytest.param(
            lambda: Limit(1) >> Limit(2),
            "steps are joined by |: Limit(1) | ...",
            id="arrows",
        ),
        pytest.param(
            lambda: Limit(1) + Limit(2),
            "steps are joined by |: Limit(1) | ...",
            id="a sum of steps",
        ),
        pytest.param(
            lambda: Limit(1) & Limit(2),
            "steps are joined by |: Limit(1) | ...",
            id="both of two steps",
        ),
        pytest.param(
            lambda: Limit(1) | Filter,
            f"{CLASS}filters.Filter'>; that is the class, a step has arguments: Filter(...)",
            id="a class",
        ),
        pytest.param(
            lambda: Limit(1) | (F.a > 1),
            "a step such as Map(...) or Filter(...) is expected, got F.a > 1; an expression is "
            "what a step is made with: Filter(F.a > 1)",
            id="a condition instead of a filter",
        ),
        pytest.param(
            lambda: Limit(1) | {"limit": 2},
            "a step such as Map(...) or Filter(...) is expected, got {'limit': 2}; from_dict(...) "
            "makes a step of its dict form",
            id="the dict form",
        ),
        pytest.param(
            lambda: {"n": 1} | Limit(1),
            "a step such as Map(...) or Filter(...) is expected, got {'n': 1}; from_dict(...) "
            "makes a step of its dict form",
            id="a record before a step",
        ),
    ],
)
def test_a_mistake_is_told_when_the_step_is_made(mistake: Callable[[], Any], message: str) -> None:
    """With what to write instead, and the line of the user's program."""
    with pytest.raises((ConfigurationError, ExpressionError)) as caught:
        mistake()

    said, _, where = str(caught.value).rpartition(" (")
    assert said == message
    assert where.startswith("test_mistakes.py:")


@pytest.mark.parametrize(
    ("keyword", "start"),
    [
        ("reverse", "Sort has no argument 'reverse'; did you mean 'descending'?; it is written "),
        ("key", "Sort has no argument 'key'; did you mean 'by'?; it is written "),
        ("descnding", "Sort has no argument 'descnding'; did you mean 'descending'?; it is "),
        ("colour", "Sort has no argument 'colour'; it is written Sort(by, *, descending=False"),
    ],
)
def test_what_other_tools_call_an_argument_is_understood(keyword: str, start: str) -> None:
    """pandas, Polars and SQL have other names for some of them."""
    with pytest.raises(ConfigurationError) as caught:
        Sort("n", **{keyword: True})

    assert str(caught.value).startswith(start)


def test_a_missing_argument_of_a_join_is_named() -> None:
    """Keyword-only arguments are shown as such."""
    with pytest.raises(ConfigurationError) as caught:
        Join([{"id": 1}])  # type: ignore[call-arg]  # the mistake

    assert str(caught.value).startswith(
        "Join: missing a required argument: 'on'; it is written Join(other, *, on, how='inner'"
    )


class Stamp(RecordStep):
    """A step of a user, whose argument goes wrong inside."""

    label = "Stamp"

    def __init__(self, text: str) -> None:
        self.text = text + "!"

    def each(self, record: dict[str, Any]) -> tuple[dict[str, Any]]:
        """The record with a stamp."""
        return ({**record, "stamp": self.text},)

    def write(self, code: Any) -> None:
        """The same."""
        code.line(f"record = {{**record, 'stamp': {code.bind('text', self.text)}}}")


def test_a_step_of_a_user_tells_the_same() -> None:
    """Whoever writes a step gets the words for it."""
    with pytest.raises(ConfigurationError) as caught:
        Stamp(txt="x")  # type: ignore[call-arg]  # the mistake

    assert str(caught.value).startswith(
        "Stamp has no argument 'txt'; did you mean 'text'?; it is written Stamp(text) ("
    )


def test_a_type_error_inside_of_a_step_stays_one() -> None:
    """The arguments fit, so it is no mistake in the call."""
    with pytest.raises(TypeError, match="unsupported operand"):
        Stamp(5)  # type: ignore[arg-type]  # the mistake


def given_back(record: dict[str, Any]) -> dict[str, Any]:
    """A function that wraps another one."""
    changed_in_place(record)
    return record


@functools.wraps(changed_in_place)
def wrapped(record: dict[str, Any]) -> dict[str, Any]:
    """It returns what the wrapped one does not."""
    changed_in_place(record)
    return record


def several(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A generator returns nothing itself."""
    yield record
    yield record


def refused(record: dict[str, Any]) -> dict[str, Any]:
    """A function that only raises."""
    raise ValueError(record)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Map(given_back),
        lambda: Map(wrapped),
        lambda: Map(functools.partial(given_back)),
        lambda: FlatMap(several),
        lambda: Map(refused),
        lambda: Derive(x=lambda record: None),
        lambda: Filter(bool),
    ],
    ids=["function", "wrapped", "partial", "generator", "refusal", "lambda", "class"],
)
def test_functions_with_a_result_are_taken(make: Callable[[], Step]) -> None:
    """Only what can return nothing but None is a mistake."""
    assert make().label


RECORD = {"amount": 3, "name": "Ann", "tags": ["a"]}


@pytest.mark.parametrize(
    ("step", "message"),
    [
        pytest.param(
            Map(lambda record: record.update(x=1), name="tidy"),
            "tidy returned None instead of a record (a dict); to change the record in place, end "
            "the function with 'return record'; a lambda makes a new one: "
            "{**record, 'name': value}",
            id="a lambda that changes the record in place",
        ),
        pytest.param(
            Map(lambda record: record.amount, name="tidy"),
            "AttributeError: 'dict' object has no attribute 'amount'; a record is a dict: "
            "record['amount']",
            id="a field as an attribute",
        ),
        pytest.param(
            Map(lambda record: record["amuont"], name="tidy"),
            "KeyError: 'amuont'; the record has no such field; did you mean 'amount'?",
            id="a misspelt key",
        ),
        pytest.param(
            Filter(F.amuont > 1),
            "$ the record has no field 'amuont'; did you mean 'amount'?; where it may be missing, "
            "write F.amuont.default(None)",
            id="a misspelt field",
        ),
        pytest.param(
            Select("nmae"),
            "$ the record has no field 'nmae'; did you mean 'name'?; missing='ignore' lets records without it pass",
            id="a misspelt name",
        ),
        pytest.param(
            Drop("passwrd"),
            "$ the record has no field 'passwrd'; missing='ignore' lets records without it pass",
            id="a name of nothing",
        ),
        pytest.param(
            Rename(full_name="name"),
            "$ the record has no field 'full_name'; did you mean 'name'?; the old name comes "
            "first: Rename(name='full_name')",
            id="names the wrong way round",
        ),
        pytest.param(
            Sort("-amount"),
            "$ the record has no field '-amount'; did you mean 'amount'?; where it may be "
            "missing, write F['-amount'].default(None)",
            id="a minus for descending",
        ),
        pytest.param(
            Aggregate("name", total=Sum("amuont")),
            "$ the record has no field 'amuont'; did you mean 'amount'?; where it may be missing, "
            "write F.amuont.default(None)",
            id="a misspelt field of a sum",
        ),
        pytest.param(
            Filter(F.amount > "2"),
            "$.amount 3 and '2' cannot be compared in F.amount > '2'; .cast(...) makes one type "
            "of the other",
            id="a number in quotes",
        ),
        pytest.param(
            Derive(twice=F.name * 2),
            "$.name a number is expected, got 'Ann' in F.name * 2; .cast(float) or .cast(int) "
            "makes a number of a text",
            id="a text times two",
        ),
        pytest.param(
            Filter(F.amount),
            "$.amount true or false is expected, got 3 in F.amount; write a comparison, such as "
            "!= 0",
            id="a number as a condition",
        ),
    ],
)
def test_a_record_that_fails_says_what_was_meant(step: Step, message: str) -> None:
    """With the step, the record and what to write; a run and a flow tell the same."""
    source = RecordsSource([RECORD])
    job = ETLJob("j", "J", source, step, "memory:")
    label = next(part for part in step.parts()).label

    with pytest.raises(RecordError) as of_a_run:
        job.execute().raise_if_failed()
    with pytest.raises(RecordError) as of_a_flow:
        list(source | step)

    end = "" if message.endswith("?") else "."
    told = f"step {label}: records:1: {message}{end}"
    assert str(of_a_run.value).startswith(f"job 'j', {told} Nothing was loaded.")
    assert str(of_a_flow.value).startswith(f"{told} Mend the record")


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (Filter(lambda record: record.update(x=1)), "Filter"),
        (Filter(lambda record: record.pop("amount")), "Filter"),
        (Derive(x=lambda record: record.update(y=1)), "Derive: 'x'"),
        (Derive(x=lambda record: record.pop("amount")), "Derive: 'x'"),
    ],
    ids=["a filter adds", "a filter removes", "a value adds", "a value removes"],
)
def test_a_function_that_changes_what_it_looks_at_is_refused(step: Any, words: str) -> None:
    """The compiled form and the plain form tell the same."""
    (function, *_) = [step.predicate] if isinstance(step, Filter) else step.values.values()
    with pytest.raises(RecordError) as compiled:
        list(RecordsSource([RECORD]) | step)
    with pytest.raises(Exception, match="changed the record") as plain:
        step.apply([RECORD])

    assert str(plain.value) == (
        f"{words}: lambda {line_of(function)} changed the record that it was to look at; Map "
        "changes records, and Derive gives them fields"
    )
    assert str(plain.value) in str(compiled.value)
    assert RECORD == {"amount": 3, "name": "Ann", "tags": ["a"]}


def counts(record: dict[str, Any]) -> bool:
    """A function with a name of its own."""
    return bool(record.setdefault("seen", 1))


def test_a_function_that_changes_what_it_looks_at_is_told_with_its_place() -> None:
    """By its name and where it is written."""
    with pytest.raises(Exception, match="changed the record") as caught:
        Filter(counts).apply([RECORD])

    assert str(caught.value) == (
        f"Filter: counts ({line_of(counts)}) changed the record that it was to look at; Map "
        "changes records, and Derive gives them fields"
    )
