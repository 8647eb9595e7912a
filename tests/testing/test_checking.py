"""Steps that break what every step promises, and what is said of each."""

from __future__ import annotations

import itertools

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from attrs import frozen

from etlkit import DataValidator, F, transformations
from etlkit.errors import ConfigurationError
from etlkit.testing import check_transformation, records
from etlkit.transformations import (
    Derive,
    Filter,
    FlatMap,
    Map,
    RecordStep,
    Rename,
    Select,
    Sort,
    StageStep,
    Step,
    Transformation,
)


if TYPE_CHECKING:
    from etlkit.records import Record
    from etlkit.transformations.step import StepCode


def said(step: Any, given: Any = None, **options: Any) -> list[str]:
    """What the failure says, line by line."""
    with pytest.raises(AssertionError) as caught:
        check_transformation(step, given, **options)
    return str(caught.value).splitlines()


SWALLOWS = [
    "- It swallows errors: with a value in 'n' that nothing can be done with, it goes on",
    "  as if nothing had happened. Catch what you expect, such as ValueError, and let the rest",
    "  be raised: a record that fails is set aside or ends the run, as on_error of the job says.",
]


def shout(record: Record) -> Record:
    """Change a record in place."""
    record["name"] = record["name"].upper()
    return record


def test_a_function_that_changes_its_record_is_told_to_make_another() -> None:
    """Whoever else calls it has a record that is no longer what it was."""
    assert said(Map(shout), "name\nAda") == [
        "Map(shout) breaks what every step promises:",
        "- It changes a record that it is given: $.name is 'ADA', expected 'Ada'.",
        "  Make another one: return {**record, 'name': ...}. A run gives each step a record of",
        "  its own, so where the function is used in runs only, in_place=True allows it.",
    ]


def test_a_function_may_be_allowed_to_change_its_record() -> None:
    """As a run does, which hands over a record of its own."""
    assert check_transformation(Map(shout), "name\nAda", in_place=True) is None


def tagged(record: Record) -> bool:
    """Change what is inside a record, while it is only asked about it."""
    record["tags"].append("seen")
    return True


def numbered(found: list[Record]) -> list[Record]:
    """Change each of all records."""
    for number, record in enumerate(found):
        record["no"] = number
    return found


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (Filter(tagged), "$.tags is [1, 2, 'seen'], expected [1, 2]"),
        (FlatMap(lambda record: [record.pop("a"), record][1:]), "$ lacks 'a'"),
        (Transformation("number", numbered), "$ has 'no' too"),
    ],
    ids=["a condition", "a flat map", "over all records"],
)
def test_a_change_is_seen_wherever_it_is_made(step: Step, words: str) -> None:
    """Also below the record itself, and in steps over several records."""
    assert said(step)[1] == f"- It changes a record that it is given: {words}."


@frozen
class Hasty(RecordStep):
    """A step with its own way to be applied."""

    label = "Hasty"

    def each(self, record: Record) -> tuple[Record]:
        """As it is."""
        return (record,)

    def write(self, code: StepCode) -> None:
        """Nothing to do."""

    def apply(self, records: Any) -> list[Record]:
        """Work on the records of the caller."""
        return numbered(records)


def test_apply_works_on_copies() -> None:
    """What a step is applied to is the caller's."""
    assert said(Hasty(), "n:int\n1") == [
        "Hasty breaks what every step promises:",
        "- It changes a record that it is given: $ has 'no' too.",
        "  Make another one: return {**record, 'no': ...}. apply() works on copies of the records.",
    ]


COUNT = itertools.count(1)


def counted(record: Record) -> Record:
    """Make another record each time."""
    return {"id": record["id"], "no": next(COUNT)}


def test_a_step_that_differs_the_second_time_is_shown_with_what_it_made() -> None:
    """The first records, and what a step may depend on."""
    first, second, heads, *lines = said(Map(counted), "id:int\n1")

    assert first == "Map(counted) breaks what every step promises:"
    assert second == "- It differs the second time: 1 record(s) came, 1 expected: 1 differs"
    assert heads.split() == ["no", "id", "no"]
    assert lines[2:] == [
        "  What it makes depends on the record and its arguments alone: not on the time, on chance,",
        "  or on the order of a set. What is remembered from record to record is kept for one attempt,",
        "  in the step that fresh() returns.",
    ]


def keep_first() -> Callable[[Record], bool]:
    """A condition that remembers for ever what it has seen."""
    seen: set[Any] = set()

    def unseen(record: Record) -> bool:
        is_new = repr(record.get("id")) not in seen
        seen.add(repr(record.get("id")))
        return is_new

    return unseen


def test_a_step_that_remembers_is_one_that_differs() -> None:
    """Also when its records are made up, for which it was asked before."""
    _, words, *_ = said(Filter(keep_first(), name="unseen"))

    assert words == "- It differs the second time: 0 record(s) came, 19 expected: 19 are missing"


class Turning(RecordStep):
    """A step that sends records elsewhere by turns."""

    label = "Turning"
    outputs = ("a", "b")

    def __init__(self, *turns: str | None) -> None:
        self._turns = itertools.cycle(turns)

    def each(self, record: Record) -> list[Record]:
        """The record goes on."""
        return [record]

    def routed(self, record: Record) -> Iterator[tuple[str | None, Record]]:
        """To the next output, and on."""
        output = next(self._turns)
        if output is not None:
            yield output, record
        yield None, record

    def write(self, code: StepCode) -> None:
        """Never looked at."""


@pytest.mark.parametrize(
    ("turns", "words"),
    [
        (("a", "b"), "of the output 'a' 0 record(s) came, 1 expected: 1 is missing"),
        ((None, "b"), "of the output 'b' 1 record(s) came, 0 expected: 1 is too many"),
    ],
    ids=["another one", "one more"],
)
def test_what_goes_to_outputs_is_compared_too(turns: Any, words: str) -> None:
    """Where a record goes is part of what is made of it."""
    _, line, *_ = said(Turning(*turns), "id:int\n1")

    assert line == f"- It differs the second time: {words}"


def test_an_error_that_is_swallowed_is_found_by_a_value_that_nothing_can_be_done_with() -> None:
    """Whatever becomes of the record then: it goes on, with None, or it is left out."""

    def quiet(record: Record) -> Record:
        try:
            return {**record, "n": int(record["n"])}
        except Exception:  # noqa: BLE001 -- what is looked for
            return {**record, "n": None}

    assert said(Map(quiet, name="quiet")) == ["quiet breaks what every step promises:", *SWALLOWS]


def is_large(record: Record) -> bool:
    """Say no when it cannot be told."""
    try:
        return bool(record["n"] > 1)
    except Exception:  # noqa: BLE001 -- what is looked for
        return False


def halves(found: list[Record]) -> Iterator[Record]:
    """Leave out what fails, and tell nobody."""
    for record in found:
        try:
            yield {"half": record["n"] / 2}
        except Exception:  # noqa: BLE001 -- what is looked for
            continue


@pytest.mark.parametrize(
    "step",
    [
        Filter(is_large, name="step"),
        FlatMap(lambda record: list(halves([record])), name="step"),
        Transformation("step", halves),
        Transformation("step", halves, scope="batch"),
    ],
    ids=["a condition", "a flat map", "over all records", "over a batch"],
)
def test_errors_are_swallowed_by_steps_of_any_kind(step: Step) -> None:
    """Also where other records would hide it."""
    assert said(step, "n:int\n4\n2")[1:] == SWALLOWS


def test_in_a_chain_the_step_is_named() -> None:
    """What is wrong is wrong with one of them."""
    _, words, *_ = said(Rename(m="n") | Transformation("half", halves), "m:int\n4")

    assert words.startswith("- half: It swallows errors: with a value in 'n' that nothing can")


def test_an_error_that_is_expected_may_be_caught() -> None:
    """A narrow ``except`` is a decision."""

    def careful(record: Record) -> Record:
        try:
            return {**record, "n": int(record["n"])}
        except ValueError:
            return {**record, "n": None}

    assert check_transformation(Map(careful), "n\n12\nx") is None


class Written(RecordStep):
    """A step of a user whose two forms are given."""

    label = "Written"

    def __init__(self, each: Callable[[Record], list[Record]], *lines: str) -> None:
        self._each, self._lines = each, lines

    def each(self, record: Record) -> list[Record]:
        """The plain form."""
        return self._each(record)

    def write(self, code: StepCode) -> None:
        """The compiled form."""
        code.line(*self._lines)


def test_a_step_that_makes_two_of_one_has_to_say_so() -> None:
    """The first record only would be loaded."""
    step = Written(lambda record: [record, dict(record)], "pass")

    assert said(step, "n:int\n1") == [
        "Written breaks what every step promises:",
        "- It makes 2 records of one, of which only the first would be counted and loaded:",
        "  set fans_out = True in its class, and code.fan_out(...) in write().",
    ]


def test_a_record_that_is_left_out_is_counted() -> None:
    """By the line that the code has for it."""
    step = Written(lambda record: [record] if record["n"] else [], "if not record['n']: continue")

    assert said(step, "n:int\n0\n1\n0") == [
        "Written breaks what every step promises:",
        "- Its compiled form loses 2 record(s) without counting them:",
        "  write() leaves a record out by code.drop(), and makes several by code.fan_out(...).",
    ]


class Early(StageStep):
    """A step that looks at the first batch only."""

    label = "Early"

    def run(self, batches: Iterator[list[Record]]) -> Iterator[list[Record]]:
        """The first batch."""
        yield next(batches)


def test_a_step_over_several_records_reads_to_the_end() -> None:
    """What nobody has read is nowhere in the accounting."""
    assert said(Early(), "n:int\n0\n1\n0") == [
        "Early breaks what every step promises:",
        "- It stops before the end of its input, so the records behind are not accounted for:",
        "  run() goes on to the end of the batches, and leaves out what it does not need.",
    ]


def test_the_two_forms_of_a_step_do_the_same() -> None:
    """Records are compared, and what is refused, and the order of fields."""
    step = Written(lambda record: [{**record, "n": 1}], "record['n'] = 2")

    assert said(step, "n:int\n0") == [
        "Written breaks what every step promises:",
        "- Its compiled form is another one: 1 record(s) came, 1 expected: 1 differs",
        "      no  n",
        "    -  1  1    expected",
        "    +  1  2    $.n is 2, expected 1",
        "  write() says the same as each().",
    ]


@pytest.mark.parametrize(
    ("each", "line", "words"),
    [
        (
            lambda record: [{"a": 1, "n": record["n"]}],
            "record = {'n': record['n'], 'a': 1}",
            "the fields of a record are in another order",
        ),
        (
            lambda record: [{"n": 1 / record["n"]}],
            "record = {'n': 1 // record['n']} if record['n'] else record['no such']",
            "1 record(s) came, 1 expected: 1 differs",
        ),
        (
            lambda record: [{"n": 1 / record["n"]}],
            "record = {'n': 1 / record['n']} if record['n'] else record['m']",
            (
                "it refuses a record as ('KeyError', \"'m'\"), expected ('ZeroDivisionError', "
                "'division by zero')"
            ),
        ),
        (
            lambda record: [record] if record["n"] else [],
            "if not record['n']: raise ValueError(0)",
            "it refuses 1 record(s), expected 0",
        ),
        (
            lambda record: [record],
            "record['n' = 2",
            ("it fails with SyntaxError: '[' was never closed (<etlkit kernel ...>, line 16)"),
        ),
    ],
    ids=["fields", "values", "a refusal", "refusals", "no Python"],
)
def test_a_form_may_differ_in_many_ways(
    each: Callable[[Record], list[Record]], line: str, words: str
) -> None:
    """The message has the first one."""
    first = said(Written(each, line), "n:int\n2\n0")[1]

    assert first.startswith(f"- Its compiled form is another one: {words.partition('<')[0]}")


class Timed(Written):
    """A step that is another one in a run."""

    def __init__(self, timed: Callable[[], RecordStep]) -> None:
        super().__init__(lambda record: [record], "pass")
        self._timed = timed

    def timed(self, clock: Any) -> RecordStep:
        """The step of a run."""
        del clock
        return self._timed()


def no_step() -> RecordStep:
    """Fail in a run."""
    message = "no step for a run"
    raise RuntimeError(message)


@pytest.mark.parametrize(
    ("timed", "lines"),
    [
        (no_step, ["- A job with it fails: RuntimeError: no step for a run"]),
        (
            lambda: Written(lambda _: [{"n": 7}], "record = {'n': 7}"),
            [
                "- A job with it loads other records: 1 record(s) came, 1 expected: 1 differs",
                "      no  n",
                "    -  1  1    expected",
                "    +  1  7    $.n is 7, expected 1",
            ],
        ),
    ],
    ids=["fails", "differs"],
)
def test_a_step_does_the_same_in_a_job(timed: Callable[[], RecordStep], lines: list[str]) -> None:
    """After everything else, one is run with it."""
    assert said(Timed(timed), "n:int\n1") == ["Written breaks what every step promises:", *lines]


def drop_as(settings: dict[str, Any]) -> Step:
    """A verb that says other things of itself than it does."""

    class Drop(transformations.Drop):
        def settings(self) -> dict[str, Any]:
            return dict(settings)

        label = "Drop"

    return Drop("a")


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        (
            {"fields": 5},
            [
                (
                    "- Its dict form does not read back: ConfigurationError: Drop: fields is a list of "
                    "names, got 5"
                )
            ],
        ),
        (
            {"fields": ["a", "b"]},
            [
                "- Its dict form reads back to another verb: Drop('a', 'b')",
                "  of {'verb': 'Drop', 'fields': ['a', 'b']}",
            ],
        ),
    ],
    ids=["nothing", "another one"],
)
def test_a_verb_is_the_same_when_it_was_data(settings: Any, lines: list[str]) -> None:
    """As it is in files, and for other processes."""
    assert said(drop_as(settings), "a | b\n1 | 2") == [
        "Drop breaks what every step promises:",
        *lines,
    ]


def test_nothing_is_known_of_a_step_that_refuses_everything() -> None:
    """Rather than to pass, the check asks for other records."""
    lines = said(Map(lambda record: {"n": record["n"] + 1}, name="next"), "n\na\nb")

    assert lines == [
        "next breaks what every step promises:",
        (
            "- Nothing is known of it: it refuses each of the 2 record(s), the first as "
            "'TypeError': can only concatenate str (not \"int\") to str"
        ),
        "  Pass records that it can work with.",
    ]


def test_nothing_is_known_of_a_step_that_fails_as_a_whole() -> None:
    """Nor of those behind it."""
    step = Transformation("top", lambda found: found[0]["none"]) | Early()

    assert said(step, "n\na") == [
        "top | Early breaks what every step promises:",
        (
            "- top: Nothing is known of it: with these records a run fails, with KeyError: 'none'."
            " Pass records that it can work with."
        ),
    ]


def test_records_are_made_up_with_the_fields_that_a_step_looks_for() -> None:
    """Whether it takes them, asks for them, or is one of several steps."""
    step = (
        Map(lambda record: {"a": record["b"], "c": record.get("d"), "e": "f" in record})
        | Derive(g=F.a * 2)
        | Sort("g")
        | Select("a", "c")
    )

    assert check_transformation(step) is None


def test_a_step_over_all_records_gets_made_up_ones_that_it_can_work_with() -> None:
    """One that it cannot work with would be the end of the whole run."""
    step = Transformation("double", lambda found: [{"n": each["n"] * 2} for each in found])

    assert check_transformation(step) is None


def test_records_may_be_drawn() -> None:
    """By a strategy of Hypothesis; the smallest that fail are in its notes."""
    drawn = records(DataValidator({"n": {"required": True, "type": int}}))

    def odd(record: Record) -> Record:
        record["n"] += record["n"] > 1000
        return record

    assert check_transformation(Filter(F.n > 3), drawn) is None
    assert said(Map(odd, name="odd"), drawn)[1] == (
        "- It changes a record that it is given: $.n is 1002, expected 1001."
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            (len,),
            (
                "a step such as Map(...) or Filter(...) is expected, got <built-in function len>; "
                "wrap the function, for example Map(function)"
            ),
        ),
        (
            (Select("a"), {"a": 1}),
            (
                "check_transformation takes an iterable of dicts, got dict; put a single record "
                "into a list"
            ),
        ),
    ],
    ids=["a function", "one record"],
)
def test_what_cannot_be_checked_is_refused(arguments: Any, words: str) -> None:
    """A mistake in a test is no broken promise."""
    with pytest.raises(ConfigurationError) as caught:
        check_transformation(*arguments)

    assert str(caught.value) == words
