"""What becomes of a record that fails."""

from __future__ import annotations

import json
import logging
import traceback

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from etlkit import DataValidator, FileSource, Quarantine, RecordsSource, Transformation
from etlkit.destinations import Destination, LoadSession, MemoryDestination
from etlkit.errors import BudgetExceeded, RecordError
from etlkit.formats.format import Encoder
from etlkit.records import Batch, Origin, Problem, Refusal, Unfit, own
from etlkit.runs import Load, Part, Written
from etlkit.sources import DataSource
from etlkit.transformations import Aggregate, Filter, FlatMap, Map


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from etlkit.records import OutBatch, Record, Rejection
    from etlkit.runs import CommitRecord

SECRET = "123-45-6789"
SENSITIVE = DataValidator({"ssn": {"sensitive": True}})


class NoTens(Encoder):
    """An encoder that has no form for some records."""

    def encode(self, record: Record) -> Record:
        """The record, unless it is unfit or worse."""
        if record.get("n") == 10:
            raise Unfit("no_tens", "ten has no form")
        if record.get("n") == 11:
            raise OverflowError("eleven is too much")
        return record


class _Calling(Encoder):
    def __init__(self, func: Any) -> None:
        self._func = func

    def encode(self, record: Record) -> Any:
        return self._func(record)


class Choosy(Destination):
    """A destination that refuses some of what it is given, and keeps the rest."""

    uri = "choosy:"

    def __init__(self, *unwanted: str) -> None:
        self.records: list[Record] = []
        self._unwanted = unwanted

    def encoder(self) -> Encoder:
        """An encoder that refuses some, too."""
        return NoTens()

    def open(self, load: Load) -> LoadSession:
        """A session over a list."""
        return _ChoosySession(self, self._unwanted)


class _ChoosySession(LoadSession):
    def __init__(self, destination: Choosy, unwanted: tuple[str, ...]) -> None:
        self._destination = destination
        self._unwanted = unwanted
        self._taken: list[Record] = []

    def write(self, batch: OutBatch) -> Sequence[Refusal]:
        numbers = batch.record_numbers
        pairs = list(zip(numbers, batch.items, strict=True))
        bad = {number for number, item in pairs if item.get("name") in self._unwanted}
        self._taken += [item for number, item in pairs if number not in bad]
        return [
            Refusal(position, "unwanted", f"{item['name']!r} is not wanted")
            for position, (number, item) in enumerate(pairs)
            if number in bad
        ]

    def prepare(self) -> Written:
        return Written((Part("choosy", len(self._taken)),))

    def commit(self, record: CommitRecord) -> None:
        self._destination.records = self._taken

    def abort(self) -> None:
        self._taken = []


def raiser(error: BaseException) -> Any:
    """A function that raises."""

    def fail(record: Record) -> Record:
        raise error

    return fail


def not_json(line: bytes) -> str:
    """What a line is called that orjson, whatever its version, does not read."""
    with pytest.raises(orjson.JSONDecodeError) as caught:
        orjson.loads(line)
    return f"not JSON: {caught.value.msg} at character {caught.value.pos + 1}"


def parts(rejection: Rejection) -> tuple[Any, ...]:
    """Everything about a rejection, in the order in which people ask."""
    return (
        rejection.code,
        rejection.message,
        rejection.stage,
        rejection.step,
        rejection.place,
        rejection.raw,
        rejection.derived,
        rejection.exception,
    )


VALIDATOR = DataValidator({"id": {"required": True, "type": int}, "state": {"allowed": ["CA"]}})

LINES: dict[str, tuple[bytes, Any, dict[str, Any], tuple[Any, ...]]] = {
    "not JSON": (
        b'{"id": }',
        None,
        {},
        ("json", not_json(b'{"id": }'), "decode", None, None),
    ),
    "not UTF-8": (
        b'{"id": "\xff"}',
        None,
        {},
        ("utf8", "not valid UTF-8: byte 0xff at 8", "decode", None, None),
    ),
    "no object": (
        b"[1]",
        None,
        {},
        (
            "not_object",
            "the record is an array, expected a JSON object (a dict)",
            "decode",
            None,
            None,
        ),
    ),
    "a step raises": (
        b'{"n": 0}',
        Map(lambda record: 1 // record["n"], name="divide"),
        {},
        (
            "step",
            "ZeroDivisionError: integer division or modulo by zero",
            "transform",
            "divide",
            "ZeroDivisionError",
        ),
    ),
    "a step raises without a word": (
        b"{}",
        Map(raiser(AssertionError()), name="assert"),
        {},
        ("step", "AssertionError", "transform", "assert", "AssertionError"),
    ),
    "a filter raises": (
        b"{}",
        Filter(raiser(ValueError("no")), name="f"),
        {},
        ("step", "ValueError: no", "transform", "f", "ValueError"),
    ),
    "a flat map raises": (
        b"{}",
        FlatMap(raiser(StopIteration()), name="f"),
        {},
        ("step", "StopIteration", "transform", "f", "StopIteration"),
    ),
    "a field is missing": (
        b'{"state": "CA"}',
        Map(lambda record: {"s": record["stat"]}, name="m"),
        {},
        (
            "step",
            "KeyError: 'stat'; the record has no such field; did you mean 'state'?",
            "transform",
            "m",
            "KeyError",
        ),
    ),
    "a key of a table is missing": (
        b'{"state": "XX"}',
        Map(lambda record: {"CA": 1}[record["state"]], name="m"),
        {},
        ("step", "KeyError: 'XX'; the record has no such field", "transform", "m", "KeyError"),
    ),
    "a field is there and a key of a table is missing": (
        b'{"state": "state"}',
        Map(lambda record: {"CA": 1}[record["state"]], name="m"),
        {},
        ("step", "KeyError: 'state'", "transform", "m", "KeyError"),
    ),
    "a key that is no text is missing": (
        b'{"n": 1}',
        Map(lambda record: {}[record["n"]], name="m"),
        {},
        ("step", "KeyError: 1", "transform", "m", "KeyError"),
    ),
    "a step returns None": (
        b"{}",
        Map(lambda record: None, name="m"),
        {},
        (
            "step",
            (
                "m returned None instead of a record (a dict); to change the record in place, "
                "end the function with 'return record'; a lambda makes a new one: "
                "{**record, 'name': value}"
            ),
            "transform",
            "m",
            None,
        ),
    ),
    "a step returns something else": (
        b"{}",
        Map(lambda record: [record], name="m"),
        {},
        (
            "step",
            (
                "m returned list instead of a record (a dict); FlatMap(...) makes several "
                "records of one"
            ),
            "transform",
            "m",
            None,
        ),
    ),
    "a flat map returns one record": (
        b"{}",
        FlatMap(lambda record: record, name="m"),
        {},
        (
            "step",
            (
                "m returned one record instead of a list of records; "
                "return [] for none and [record] for one"
            ),
            "transform",
            "m",
            None,
        ),
    ),
    "a key cannot be worked out": (
        b'{"stat": 1}',
        Aggregate("state"),
        {},
        (
            "missing_field",
            (
                "$ the record has no field 'state'; did you mean 'stat'?; where it may be missing, "
                "write F.state.default(None)"
            ),
            "transform",
            "Aggregate(by state): key",
            None,
        ),
    ),
    "a key cannot be hashed": (
        b'{"state": ["CA"]}',
        Aggregate("state"),
        {},
        (
            "type",
            "$.state ['CA'] is a list, which cannot be a key; make a text or tuple of it",
            "transform",
            "Aggregate(by state): key",
            None,
        ),
    ),
    "the validator has problems": (
        b'{"state": "XX"}',
        None,
        {"validator": VALIDATOR},
        (
            "invalid",
            "$.id is required but missing; $.state is 'XX', allowed is one of 'CA'",
            "validate",
            "validate",
            None,
        ),
    ),
    "the input validator has problems": (
        b'{"id": "a"}',
        Map(raiser(ValueError("never reached"))),
        {"input_validator": VALIDATOR},
        ("invalid", "$.id is str 'a', expected int", "validate", "validate input", None),
    ),
    "the encoder refuses": (
        b'{"n": 10}',
        None,
        {},
        ("no_tens", "ten has no form", "encode", None, None),
    ),
    "the encoder raises": (
        b'{"n": 11}',
        None,
        {},
        ("encode", "OverflowError: eleven is too much", "encode", None, "OverflowError"),
    ),
    "the destination refuses": (
        b'{"name": "Al"}',
        None,
        {},
        ("unwanted", "'Al' is not wanted", "write", None, None),
    ),
}


@pytest.mark.parametrize(("line", "steps", "options", "told"), LINES.values(), ids=list(LINES))
def test_a_record_that_fails_is_kept_with_its_reason(
    work: Any,
    tmp_path: Path,
    *,
    line: bytes,
    steps: Any,
    options: dict[str, Any],
    told: tuple[Any, ...],
) -> None:
    """Code, message, stage, step, file, number, bytes: whatever way it fails, all is known."""
    path = tmp_path / "in.jsonl"
    path.write_bytes(b"\n" + line + b"\n")

    worked = work(FileSource(path), steps, Choosy("Al"), **options)

    (rejection,) = worked.trail.rejections
    code, message, stage, step, exception = told
    assert worked.error is None
    assert parts(rejection) == (
        code, message, stage, step, f"{path}:2", line, False, exception,
    )  # fmt: skip
    assert worked.records == []


@pytest.mark.parametrize(("line", "steps", "options", "told"), LINES.values(), ids=list(LINES))
def test_a_record_that_fails_stops_the_run_by_policy(
    work: Any,
    tmp_path: Path,
    *,
    line: bytes,
    steps: Any,
    options: dict[str, Any],
    told: tuple[Any, ...],
) -> None:
    """The message says job, step, file, number, reason, and how to mend it."""
    path = tmp_path / "in.jsonl"
    path.write_bytes(line + b"\n")

    worked = work(FileSource(path), steps, Choosy("Al"), on_error=None, **options)

    code, message, stage, step, _ = told
    where = f"to {stage} the record" if step is None else f"step {step}"
    end = "" if message.endswith("?") else "."
    assert type(worked.error) is RecordError
    assert str(worked.error) == (
        f"job 'j', {where}: {path}:1: {message}{end} Nothing was loaded. Mend the record or the "
        "step, or set such records aside with on_error=Quarantine()"
    )
    assert worked.error.rejection.code == code
    assert worked.error.rejection == worked.trail.rejections[0]
    assert not worked.trail.committed


def test_the_cause_of_a_stop_is_the_exception_of_the_step(work: Any) -> None:
    """The traceback leads to the line of the user."""
    cause = ValueError("no")

    worked = work([{}], Map(raiser(cause)), on_error=None)

    assert worked.error.__cause__ is cause


def test_every_problem_of_a_record_is_in_its_rejection(work: Any) -> None:
    """Paths and rules for programs, next to the message for people."""
    worked = work([{"state": "XX"}], validator=VALIDATOR)

    assert worked.trail.rejections[0].problems == (
        Problem(("id",), "required", "is required but missing"),
        Problem(("state",), "allowed", "is 'XX', allowed is one of 'CA'"),
    )


def test_a_record_without_bytes_is_kept_as_canonical_json(work: Any) -> None:
    """As it was before the steps changed it, keys sorted, marked as derived."""
    spoil = Map(lambda record: record.update(b=0, x=1 // 0))

    worked = work(RecordsSource([{"b": [1], "a": "é"}], name="query"), spoil)

    assert parts(worked.trail.rejections[0])[4:7] == (
        "query:1",
        '{"a":"é","b":[1]}'.encode(),
        True,
    )
    assert worked.trail.tally.rejected_derived == 0


@pytest.mark.parametrize(
    ("steps", "uri", "raw"),
    [
        (Aggregate("state", n=len), "step Aggregate(by state)", b'{"n":1,"state":"NY"}'),
        (Transformation("sort", lambda records: records), "step sort", b'{"state":"NY"}'),
        (Transformation("b", list, scope="batch"), "step b", b'{"state":"NY"}'),
    ],
    ids=["aggregate", "dataset", "batch"],
)
def test_a_derived_record_is_rejected_as_such(work: Any, steps: Any, uri: str, raw: bytes) -> None:
    """It has no bytes of its own; it is named by the step that made it."""
    check = DataValidator({"state": {"allowed": ["CA"]}})

    worked = work([{"state": "CA"}, {"state": "NY"}], steps, validator=check)

    (rejection,) = worked.trail.rejections
    assert (rejection.uri, rejection.record_no) == (uri, 2)
    assert (rejection.raw, rejection.derived) == (raw, True)
    assert (worked.trail.tally.rejected, worked.trail.tally.rejected_derived) == (1, 1)


def test_a_source_whose_name_begins_like_a_step_has_no_derived_records(work: Any) -> None:
    """What counts as derived is decided by how it came about, not by its name."""
    worked = work(RecordsSource([{"n": 1}], name="step by step"), Map(raiser(ValueError())))

    assert worked.trail.tally.rejected_derived == 0


@pytest.mark.parametrize(
    "error", [MemoryError("full"), KeyboardInterrupt(), SystemExit(3)], ids=repr
)
@pytest.mark.parametrize(
    "step",
    [Map, Filter, FlatMap, lambda func: Aggregate({"key": func})],
    ids=["map", "filter", "flat map", "key"],
)
def test_what_is_no_fault_of_a_record_ends_the_run(
    work: Any, step: Any, error: BaseException
) -> None:
    """It surfaces as it is; nothing is rejected, and nothing published."""
    destination = MemoryDestination()
    destination.records = [{"before": True}]

    worked = work([{"n": 1}], step(raiser(error)), destination)

    assert worked.error is error
    assert worked.trail.rejections == []
    assert destination.records == [{"before": True}]


@pytest.mark.parametrize("error", [MemoryError("full"), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("place", ["decode", "encode"])
def test_what_is_no_fault_of_a_record_ends_the_run_outside_of_the_chain_too(
    work: Any, batches_source: Any, place: str, error: BaseException
) -> None:
    """While it is decoded, and while it is encoded."""
    fail = raiser(error)

    class Failing(Choosy):
        def encoder(self) -> Encoder:
            return _Calling(fail if place == "encode" else own)

    batch = Batch([{"n": 1}], Origin("records"), 1, fail if place == "decode" else own)

    worked = work(batches_source(batch), None, Failing())

    assert worked.error is error
    assert worked.trail.rejections == []
    assert not worked.trail.committed


def test_records_that_a_reader_refused_are_rejected(work: Any, batches_source: Any) -> None:
    """With the beginning of their bytes and their whole length."""
    refusal = Refusal(0, "too_long", "the record has 9 bytes", b"abc", 9)
    origin = Origin("forms.jsonl")
    source = batches_source(
        Batch([], origin, 1, own, refused=(refusal,)), Batch([{"n": 2}], origin, 2, own)
    )

    worked = work(source)

    (rejection,) = worked.trail.rejections
    assert parts(rejection) == (
        "too_long", "the record has 9 bytes", "read", None, "forms.jsonl:1", b"abc", False, None,
    )  # fmt: skip
    assert rejection.raw_bytes == 9
    assert (worked.trail.tally.read, worked.trail.tally.loaded) == (2, 1)


def test_the_last_line_of_a_file_may_have_been_cut_off(work: Any, tmp_path: Path) -> None:
    """A bad line without a newline at its end is told apart from any other."""
    path = tmp_path / "in.jsonl"
    bad, cut = b'{"a": }', b'{"a": 1'
    path.write_bytes(bad + b"\n" + cut)

    worked = work(FileSource(path))

    assert worked.words == [
        f"{path}:1: {not_json(bad)}",
        (
            f"{path}:2: {not_json(cut)}; the file ends here without a newline, "
            "so the record may have been cut off"
        ),
    ]


def test_only_the_last_record_of_an_open_batch_may_have_been_cut_off(
    work: Any, batches_source: Any
) -> None:
    """Those before it ended with a newline."""

    def decode(item: bytes) -> Record:
        raise Unfit("json", "not JSON")

    batch = Batch([b"a", b"b"], Origin("f"), 1, decode, ends_open=True)

    worked = work(batches_source(batch))

    assert worked.words == [
        "f:1: not JSON",
        (
            "f:2: not JSON; the file ends here without a newline, so the record may have been "
            "cut off"
        ),
    ]


# -- sensitive values


@pytest.mark.parametrize(
    ("steps", "validator", "message"),
    [
        (
            Map(lambda record: int(record["ssn"])),
            SENSITIVE,
            "ValueError: invalid literal for int() with base 10: '***'",
        ),
        (
            Map(lambda record: {}[record["ssn"]]),
            SENSITIVE,
            "KeyError: '***'; the record has no such field",
        ),
        (
            Map(lambda record: record.update(ssn="new", old=record["ssn"]) or record)
            | Map(lambda record: raiser(ValueError(f"{record['old']} or {record['ssn']}"))(record)),
            SENSITIVE,
            "ValueError: *** or ***",
        ),
        (
            None,
            DataValidator({"ssn": {"sensitive": True, "type": int}}),
            "$.ssn is str ***, expected int",
        ),
    ],
    ids=["exception", "key", "before and after a step", "validator"],
)
def test_a_sensitive_value_is_masked(work: Any, steps: Any, validator: Any, message: str) -> None:
    """In messages of validators and of exceptions; the bytes are kept as they are."""
    worked = work([{"ssn": SECRET}], steps, validator=validator)

    (rejection,) = worked.trail.rejections
    assert rejection.message == message
    assert rejection.raw == b'{"ssn":"123-45-6789"}'
    assert SECRET not in repr(rejection)


def test_a_value_is_masked_in_the_problems_of_another_validator(work: Any) -> None:
    """What one validator calls sensitive, the other one does not give away."""
    worked = work(
        [{"ssn": SECRET}],
        input_validator=SENSITIVE,
        validator=DataValidator({"ssn": {"type": int}}),
    )

    (rejection,) = worked.trail.rejections
    assert rejection.message == "$.ssn is str '***', expected int"
    assert rejection.problems == (Problem(("ssn",), "type", "is str '***', expected int"),)


def test_a_value_is_masked_in_what_a_destination_says(work: Any) -> None:
    """A database may quote what it refuses."""
    worked = work(
        [{"name": SECRET}],
        destination=Choosy(SECRET),
        validator=DataValidator({"name": {"sensitive": True}}),
    )

    assert worked.words == ["records:1: '***' is not wanted"]


@pytest.mark.parametrize(
    ("line", "steps", "message"),
    [
        (b'{"', None, not_json(b'{"')),
        (b"[1]", None, "the record is an array, expected a JSON object (a dict)"),
        (
            b'{"ssn": "1"}',
            Map(lambda record: None, name="m"),
            (
                "m returned None instead of a record (a dict); to change the record in place, end "
                "the function with 'return record'; a lambda makes a new one: "
                "{**record, 'name': value}"
            ),
        ),
        (b'{"ssn": ""}', Map(raiser(ValueError("empty"))), "ValueError: empty"),
    ],
    ids=["not JSON", "no object", "a step returns None", "an empty value"],
)
@pytest.mark.parametrize("before", [b"", b'{"ssn": "1"}\n'], ids=["first", "after another"])
def test_masking_harms_no_message(
    work: Any, tmp_path: Path, *, before: bytes, line: bytes, steps: Any, message: str
) -> None:
    """A record that has no such value, and one that follows another, is told as ever."""
    path = tmp_path / "in.jsonl"
    path.write_bytes(before + line + b"\n")

    worked = work(FileSource(path), steps, validator=SENSITIVE)

    assert worked.error is None
    assert worked.trail.rejections[-1].message == message


class Once(DataSource):
    """A source whose record can be decoded a single time."""

    def __init__(self) -> None:
        self._left = [{"ssn": SECRET}]

    def records(self) -> Iterator[Record]:
        """Never asked."""
        raise NotImplementedError

    def batches(self) -> Iterator[Batch]:
        """The record as something to be decoded."""
        yield Batch([b"x"], Origin("once"), 1, lambda _: self._left.pop())


@pytest.mark.parametrize(
    ("steps", "validator"),
    [
        (Map(raiser(ValueError(SECRET))), SENSITIVE),
        (None, DataValidator({"ssn": {"sensitive": True, "type": int}})),
    ],
    ids=["step", "validator"],
)
def test_a_message_is_withheld_where_nobody_knows_what_to_hide(
    work: Any, steps: Any, validator: Any
) -> None:
    """A record that cannot be decoded again may have had any value."""
    worked = work(Once(), steps, validator=validator)

    (rejection,) = worked.trail.rejections
    words = "what is wrong is withheld: there are sensitive fields, and decoding failed this time"
    assert {rejection.message, *(one.message for one in rejection.problems)} == {words}


def test_no_traceback_of_a_stop_shows_a_sensitive_value(work: Any) -> None:
    """The cause would, so it is left out; the message is masked."""
    worked = work(
        [{"ssn": SECRET}], Map(raiser(ValueError(SECRET))), on_error=None, validator=SENSITIVE
    )

    text = "".join(traceback.format_exception(worked.error))
    assert SECRET not in text
    assert "records:1: ValueError: ***. Nothing was loaded." in text
    assert worked.error.__cause__ is None


# -- budgets


def failing(n: int, of: int) -> list[Record]:
    """So many records that fail, among others."""
    return [{"n": 0}] * n + [{"n": 1}] * (of - n)


DIVIDE = Map(lambda record: {"n": 1 // record["n"]}, name="divide")


@pytest.mark.parametrize(
    ("policy", "n", "of"),
    [
        (Quarantine(), 5, 5),
        (Quarantine(max_errors=3), 3, 10),
        (Quarantine(max_errors=0), 0, 10),
        (Quarantine(max_error_rate=0.3), 3, 10),
        (Quarantine(max_error_rate=0.0), 0, 10),
        (Quarantine(max_error_rate=1.0), 10, 10),
        (Quarantine(max_errors=3, max_error_rate=0.3), 3, 10),
    ],
    ids=["none", "number", "number 0", "rate", "rate 0", "rate 1", "both"],
)
def test_a_run_within_its_budget_passes(work: Any, policy: Quarantine, n: int, of: int) -> None:
    """Exactly as many as it may."""
    worked = work(failing(n, of), DIVIDE, on_error=policy)

    assert worked.error is None
    assert (worked.trail.tally.rejected, len(worked.records)) == (n, of - n)


@pytest.mark.parametrize(
    ("policy", "n", "of", "message"),
    [
        (
            Quarantine(max_errors=3),
            4,
            10,
            "4 record(s) rejected, more than max_errors=3",
        ),
        (
            Quarantine(max_errors=0),
            10,
            10,
            "1 record(s) rejected, more than max_errors=0",
        ),
        (
            Quarantine(max_error_rate=0.3),
            4,
            10,
            "4 of 10 record(s) rejected (40.00%), more than max_error_rate=0.3",
        ),
        (
            Quarantine(max_error_rate=0.0),
            1,
            1000,
            "1 of 1000 record(s) rejected (0.10%), more than max_error_rate=0",
        ),
    ],
    ids=["number", "number 0", "rate", "rate 0"],
)
def test_a_run_beyond_its_budget_fails(
    work: Any, policy: Quarantine, n: int, of: int, message: str
) -> None:
    """One more than it may; the destination stays as it was."""
    destination = MemoryDestination()
    destination.records = [{"before": True}]

    worked = work(failing(n, of), DIVIDE, destination, on_error=policy)

    assert type(worked.error) is BudgetExceeded
    assert str(worked.error) == message
    assert destination.records == [{"before": True}]


@pytest.mark.parametrize("percent", [7, 14, 28, 29, 55, 56, 57, 58])
def test_exactly_the_greatest_rate_passes(work: Any, percent: int) -> None:
    """Also where the product of rate and records is not exact in binary."""
    policy = Quarantine(max_error_rate=percent / 100)

    worked = work(failing(percent, 100), DIVIDE, on_error=policy)

    assert worked.error is None


def test_ten_thousand_rejected_records_need_no_place(work: Any) -> None:
    """All of them are in the result."""
    worked = work(failing(10_000, 10_001), DIVIDE)

    assert worked.error is None
    assert len(worked.trail.rejections) == 10_000


def test_more_than_ten_thousand_rejected_records_need_a_place(work: Any) -> None:
    """Without one the run fails rather than lose a record."""
    worked = work(failing(10_001, 10_002), DIVIDE)

    assert type(worked.error) is BudgetExceeded
    assert str(worked.error) == (
        "more than 10000 records, or 64 MiB of them, were rejected and there is no place for them; "
        "give the job a service with a root, or Quarantine(to='rejected.jsonl')"
    )
    assert worked.records == []


def test_a_file_keeps_any_number_of_rejected_records(work: Any, tmp_path: Path) -> None:
    """The result shows the first hundred and names the file."""
    path = tmp_path / "rejected.jsonl"

    worked = work(failing(10_001, 10_002), DIVIDE, on_error=Quarantine(to=path))

    numbers = [json.loads(line)["record_no"] for line in path.read_text().splitlines()]
    assert worked.error is None
    assert numbers == list(range(1, 10_002))
    assert [one.record_no for one in worked.trail.rejections] == list(range(1, 101))
    assert worked.trail.quarantine == str(path)


def test_rejected_records_of_a_failed_run_are_kept_to_look_at(work: Any, tmp_path: Path) -> None:
    """Beside the file of those that count."""
    path = tmp_path / "rejected.jsonl"

    worked = work(failing(2, 3), DIVIDE, on_error=Quarantine(max_errors=1, to=path))

    assert not path.exists()
    assert worked.trail.quarantine == f"{path}.run-1.failed"
    kept = (tmp_path / "rejected.jsonl.run-1.failed").read_text().splitlines()
    assert [json.loads(line)["raw"] for line in kept] == ['{"n":0}'] * 2


def test_nothing_is_logged_of_a_rejected_record(work: Any, caplog: Any) -> None:
    """What a program may react to is in the result."""
    caplog.set_level(logging.DEBUG)

    work(failing(2, 3), DIVIDE)

    assert caplog.records == []


def circle() -> Record:
    """A record that holds itself."""
    record: Record = {"n": 1}
    record["self"] = record
    return record


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (circle(), "the record is nested deeper than 250 levels"),
        ({"n": 10**5000}, "$.n is <int>, above the greatest allowed value 5"),
        ({"n": Decimal("NaN")}, "$.n is Decimal Decimal('NaN'), expected at most 5"),
    ],
    ids=["circle", "5001 digits", "decimal NaN"],
)
def test_no_value_is_too_odd_to_be_rejected(work: Any, record: Record, message: str) -> None:
    """The run goes on with the others, whatever a caller hands in."""
    worked = work([record, {"n": 1}], validator=DataValidator({"n": {"max": 5}}))

    (rejection,) = worked.trail.rejections
    assert worked.error is None
    assert rejection.message.startswith(message)
    assert rejection.raw is not None
    assert worked.records == [{"n": 1}]
