"""The compiled kernel and the plain interpreter do the same work."""

from __future__ import annotations

import json

from collections import OrderedDict
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from attrs import frozen
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etlkit import DataValidator
from etlkit.engine.kernel import DECODE, Kernel
from etlkit.engine.plan import Check, Stage
from etlkit.engine.reference import Interpreter
from etlkit.expressions import F, lit
from etlkit.formats.format import Encoder
from etlkit.formats.json.lines import JsonLinesEncoder
from etlkit.formats.objects import HAND_OVER, RECORDS
from etlkit.formats.values import explain_json
from etlkit.records import Batch, Origin, Unfit, own
from etlkit.transformations import (
    Aggregate,
    Collect,
    CountDistinct,
    Filter,
    FlatMap,
    Map,
    Min,
    RecordStep,
    Sort,
    Sum,
)
from etlkit.transformations.grouping.groups import Groups


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.engine.kernel import Outcome
    from etlkit.records import Record
from etlkit.transformations.step import StepCode


CACHED = LookupError("raised again and again")


# -- the zoo of functions


def keep(record: Record) -> Record:
    """Leave it."""
    return record


def add_one(record: Record) -> Record:
    """Change in place."""
    record["n"] += 1
    return record


def append(record: Record) -> Record:
    """Change in place, further down."""
    record["list"].append(record["n"])
    return record


def replace(record: Record) -> Record:
    """Make another record."""
    return {"n": record["n"] * 2, "list": record["list"], "old": dict(record)}


def other_dict(record: Record) -> Record:
    """Make a dict that is none exactly."""
    return OrderedDict(record)


def rename(record: Record) -> Record:
    """Take away what later steps look for."""
    record["m"] = record.pop("n")
    return record


def break_some(record: Record) -> Record:
    """Change, and then raise for some."""
    record["touched"] = True
    if record["n"] % 3 == 0:
        raise ValueError(f"{record['n']} is a multiple of three")
    return record


def break_cached(record: Record) -> Record:
    """Raise the same exception object for some."""
    if record["n"] % 4 == 1:
        raise CACHED
    return record


def stop_some(record: Record) -> Record:
    """Raise what ends iterations."""
    return record if record["n"] % 4 else next(iter(()))


def divide(record: Record) -> Record:
    """Raise deeper down."""
    return {**record, "n": 12 // record["n"]}


def forget_some(record: Record) -> Any:
    """Forget to return some."""
    return None if record["n"] % 4 == 2 else record


def wrong_some(record: Record) -> Any:
    """Return something else for some."""
    return [record] if record["n"] < 0 else record


def unencodable_some(record: Record) -> Record:
    """Make some unfit for JSON."""
    record["set"] = {record["n"]} if record["n"] == 5 else None
    return record


def nan_some(record: Record) -> Record:
    """Make some of them odd."""
    record["f"] = float("nan") if record["n"] % 2 else 1.5
    return record


def wide_some(record: Record) -> Record:
    """Make some of them wide."""
    record["n"] *= 10 ** (30 if record["n"] > 3 else 0)
    return record


def even(record: Record) -> bool:
    """Keep every second one."""
    return record["n"] % 2 == 0


def fan(record: Record) -> list[Record]:
    """From none to four."""
    return [{**record, "n": n} for n in range(record["n"] % 5)]


def fan_lazily(record: Record) -> Iterator[Record]:
    """From none to three, one after the other."""
    for n in range(record["n"] % 4):
        yield {**record, "n": record["n"] + n, "list": list(record["list"])}


def fan_and_break(record: Record) -> Iterator[Record]:
    """Raise after some results."""
    for n in range(4):
        if n == record["n"]:
            raise ArithmeticError("half-way")
        yield {**record, "n": n}


def fan_and_miss(record: Record) -> Iterator[Record]:
    """Miss a field of the record, after one result that later steps have changed."""
    yield {"n": 1, "list": [], "liszt": 0}
    yield {"n": record["lists"], "list": []}


def fan_same(record: Record) -> list[Record]:
    """The same object twice."""
    return [record, record]


def fan_and_stop(record: Record) -> Iterator[Record]:
    """Raise what ends iterations."""
    return iter([next(iter(record["list"]))])


def fan_wrong(record: Record) -> Any:
    """No list of records for some."""
    return {
        0: [record],
        1: record,
        2: None,
        3: "text",
        4: [record, None],
        5: [OrderedDict(record)],
    }[record["n"] % 6]


MAPS = [
    keep, add_one, append, replace, other_dict, rename, break_some, break_cached, stop_some, divide,
    forget_some, wrong_some, unencodable_some, nan_some, wide_some,
]  # fmt: skip
FILTERS = [even, break_some, keep, forget_some]
FLAT_MAPS = [fan, fan_lazily, fan_and_break, fan_and_miss, fan_same, fan_and_stop, fan_wrong]
SCHEMAS: list[Any] = [
    {},
    {"n": {"required": True, "type": int}},
    {"n": {"required": True, "type": int, "min": 0, "max": 50}, "list": {"required": True}},
    {"m": {"type": int, "nullable": True}, "n": {"allowed": [1, 2, 3]}},
]


class Fussy(Encoder):
    """An encoder of a user, called as it stands."""

    def encode(self, record: Record) -> str:
        """The repr of most records."""
        if len(record) > 4:
            raise Unfit("fussy", f"{len(record)} fields are too many")
        return repr(record)


# -- steps that send records to outputs


@frozen
class Copy(RecordStep):
    """Sends each record to an output, and goes on with it."""

    label = "Copy"

    outputs: tuple[str, ...]

    def each(self, record: Record) -> list[Record]:
        """The record goes on."""
        return [record]

    def routed(self, record: Record) -> Iterator[tuple[str | None, Record]]:
        """To every output, and on."""
        for output in self.outputs:
            yield output, record
        record["copied"] = record["n"] + 1
        yield None, record

    def write(self, code: StepCode) -> None:
        """The same."""
        for output in self.outputs:
            code.emit(output, "record")
        code.line("record['copied'] = record['n'] + 1")


@frozen
class Part(RecordStep):
    """Sends something of each record to its outputs, by its number, and goes on with the rest."""

    label = "Part"

    outputs: tuple[str, ...]

    def each(self, record: Record) -> list[Record]:
        """Some records go on."""
        return [record] if record["n"] % 3 == 2 else []

    def routed(self, record: Record) -> Iterator[tuple[str | None, Record]]:
        """None of them, those that leave, and those that do not."""
        number = record["n"] % 3
        if number == 0:
            return
        record["sent"] = True
        for output in self.outputs:
            yield output, {"n": record["n"], "list": record["list"]}
        if number == 2:
            yield None, record

    def write(self, code: StepCode) -> None:
        """The same."""
        code.line("number = record['n'] % 3")
        with code.block("if number == 0:"):
            code.drop()
        code.line("record['sent'] = True")
        for output in self.outputs:
            code.emit(output, "{'n': record['n'], 'list': record['list']}")
        with code.block("if number != 2:"):
            code.leave()


@frozen
class Scatter(RecordStep):
    """Sends every second of some results to its outputs, and goes on with the others."""

    label = "Scatter"
    fans_out = True

    outputs: tuple[str, ...]

    def each(self, record: Record) -> list[Record]:
        """Some results go on."""
        return [made for made in scattered(record) if made["i"] % 2 == 0]

    def routed(self, record: Record) -> Iterator[tuple[str | None, Record]]:
        """One after the other."""
        for made in scattered(record):
            if made["i"] % 2:
                for output in self.outputs:
                    yield output, made
            else:
                yield None, made

    def write(self, code: StepCode) -> None:
        """The same."""
        code.fan_out(f"{code.bind('scattered', scattered)}(record)")
        with code.block("if record['i'] % 2:"):
            for output in self.outputs:
                code.emit(output, "record")
            code.leave()


def scattered(record: Record) -> Iterator[Record]:
    """From none to three results."""
    for i in range(record["n"] % 4):
        yield {"n": record["n"], "i": i, "list": record["list"]}


SENT_TO = st.sampled_from([("a",), ("b",), ("a", "b"), ("b", "a")])
STEPS: Any = st.one_of(
    SENT_TO.map(Copy),
    SENT_TO.map(Part),
    SENT_TO.map(Scatter),
    st.sampled_from(MAPS).map(Map),
    st.sampled_from(FILTERS).map(Filter),
    st.sampled_from(FLAT_MAPS).map(FlatMap),
    st.sampled_from(SCHEMAS).map(lambda rules: Check("validate", DataValidator(rules))),
)
# what a group needs of a record is a tuple, so nothing but the grouping comes behind it
KEYS: Any = st.sampled_from(
    [
        Aggregate("n"),
        Aggregate(["n", "list"]),
        Aggregate("m", size=len),
        Aggregate({"half": F.n // 2}, total=Sum("n")),
        Aggregate({"k": lambda record: record["n"]}, all=Collect("list"), group=repr),
        Aggregate({"one": lit(1)}, total=Sum("s"), low=Min(F.n), kinds=CountDistinct("list")),
    ]
).map(lambda step: step.parts()[0])
CHAINS = st.builds(
    lambda steps, last: [*steps, *last],
    st.lists(STEPS, max_size=5),
    st.lists(KEYS, max_size=1),
)
ENCODERS = st.sampled_from(
    [JsonLinesEncoder(), JsonLinesEncoder(strict_floats=True), RECORDS, Fussy()]
)
RECORDS_OF_ZOO = st.fixed_dictionaries(
    {"n": st.integers(-3, 12), "list": st.lists(st.integers(0, 3), max_size=2)},
    optional={"s": st.text(max_size=2)},
)
ODD_RECORDS: Any = st.one_of(
    st.just({}), st.just({"n": "text", "list": 5}), st.just({"n": None}), st.just({"list": []})
)
LINES = st.one_of(
    RECORDS_OF_ZOO.map(orjson.dumps),
    ODD_RECORDS.map(json.dumps).map(str.encode),
    st.sampled_from([b"", b" ", b"\t\r", b"{", b"[1]", b"5", b"1.5", b'"n"', b"null", b"true"]),
    st.sampled_from([b"\xff", b'{"n": NaN}', b'{"n": 1}}', b'\xef\xbb\xbf{"n": 1}']),
)
ITEMS: Any = st.one_of(
    RECORDS_OF_ZOO,
    ODD_RECORDS,
    RECORDS_OF_ZOO.map(OrderedDict),
    RECORDS_OF_ZOO.map(MappingProxyType),
    st.sampled_from([5, None, True, 1.5, [1], "n", (1,), {1}, b"n", object]),
)


def of_lines(lines: list[bytes], first: int) -> Batch:
    """A batch as a file of JSON Lines gives it."""
    origin = Origin("forms.jsonl")
    return Batch(
        lines,
        origin,
        first,
        orjson.loads,
        is_blank=lambda item: not item.strip(),
        explain=explain_json,
    )


def of_records(items: list[Any], first: int) -> Batch:
    """A batch as a source without bytes gives it."""
    return Batch(items, Origin("records"), first, own)


FIRSTS = st.integers(1, 10**6)
BATCHES = st.builds(of_lines, st.lists(LINES, max_size=8), FIRSTS) | st.builds(
    of_records, st.lists(ITEMS, max_size=8), FIRSTS
)


# -- what a worker made of a batch, ready to be compared


@frozen
class Made:
    """Everything that can be seen of an outcome."""

    items: list[str]
    numbers: list[int]
    dropped: list[int]
    produced: list[int]
    blank: int
    rejected: list[tuple[Any, ...]]
    hashes: list[bytes] | None
    sent: dict[str, tuple[list[str], list[int], list[bytes] | None]]


def made_by(kind: type[Kernel | Interpreter], stage: Stage, batch: Batch) -> Made:
    """Make a worker for a stage, and run it."""
    return made_again(kind(stage), stage, batch)


def made_again(worker: Kernel | Interpreter, stage: Stage, batch: Batch) -> Made:
    """Run a worker that is there."""
    rejected: list[tuple[Any, ...]] = []

    def reject(where: int, error: Exception, _: Batch, position: int, record: Record) -> None:
        if where >= 0:
            error = stage.steps[where].explain(error, record)
        # what a map returned instead of a record has taken the place of the record
        lost = isinstance(error, Unfit) and error.code == "step"
        seen = None if lost else repr(record)
        rejected.append((where, position, type(error), str(error), seen))

    outcome: Outcome = worker.run(batch, reject)
    return Made(
        [repr(item) for item in gathered(outcome.out.items)],
        list(outcome.out.record_numbers),
        list(outcome.dropped),
        list(outcome.produced),
        outcome.blank,
        rejected,
        outcome.out.hashes,
        {
            name: ([repr(item) for item in out.items], list(out.record_numbers), out.hashes)
            for name, out in outcome.sent.items()
        },
    )


def gathered(items: list[Any]) -> list[Any]:
    """The items; for what Aggregate makes of records the values that wait in its groups."""
    tuples = [item for item in items if item.__class__ is tuple and isinstance(item[0], Groups)]
    found = {id(item): item for item in [*items, *[item[0] for item in tuples]]}
    groups = [item for item in found.values() if isinstance(item, Groups)]
    for into, key, *values in tuples:
        into.put(key, values)
    waiting = [(key, slots[0], slots[-1]) for one in groups for key, slots in one.waiting.items()]
    for one in groups:
        one.waiting.clear()
    return [waiting for _ in items] if groups else items


def chain(
    *steps: RecordStep, encoder: Encoder = RECORDS, to: Encoder = RECORDS, hashed: bool = False
) -> Stage:
    """A stage of these steps, with the outputs that they use."""
    used = dict.fromkeys(name for step in steps for name in step.outputs)
    end: Any = None
    if steps and not steps[-1].shown:  # what it makes is for the next stage, and no record
        encoder, end = HAND_OVER, Sort("n").parts()[-1]
    encoders = {name: {"a": to, "b": RECORDS}[name] for name in used}
    return Stage(steps, 0, encoder, end, encoders=encoders, hashed=hashed)


FOUR = [{"n": 4, "list": [1]}]


@settings(deadline=None, max_examples=1000)
@given(
    steps=CHAINS,
    encoder=ENCODERS,
    to=ENCODERS,
    hashed=st.booleans(),
    batch=BATCHES,
)
@example([FlatMap(fan_and_miss), Map(rename)], RECORDS, RECORDS, False, of_records(FOUR, 1))
@example([FlatMap(fan), FlatMap(fan), Filter(even)], RECORDS, RECORDS, True, of_records(FOUR, 1))
@example(
    [Map(rename), FlatMap(fan_same), Map(break_some)],
    RECORDS,
    RECORDS,
    False,
    of_records(FOUR * 2, 1),
)
@example([FlatMap(fan_and_stop)], RECORDS, RECORDS, False, of_records([{"list": []}], 1))
@example(
    [Copy(("a", "b")), Part(("b",)), Map(break_some)],
    RECORDS,
    Fussy(),
    True,
    of_records([{"n": n, "list": []} for n in range(6)], 1),
)
def test_kernel_and_interpreter_agree(
    steps: list[RecordStep],
    encoder: Encoder,
    to: Encoder,
    hashed: bool,
    batch: Batch,
) -> None:
    """Items, hashes and record numbers for each output, counts and rejections are the same."""
    stage = chain(*steps, encoder=encoder, to=to, hashed=hashed)

    compiled, plain = made_by(Kernel, stage, batch), made_by(Interpreter, stage, batch)

    assert compiled == plain


@settings(deadline=None, max_examples=300)
@given(steps=CHAINS, encoder=ENCODERS, batch=BATCHES)
@example([FlatMap(fan), Map(rename), FlatMap(fan), Filter(even)], RECORDS, of_records(FOUR, 1))
def test_a_kernel_that_is_timed_does_the_same(
    steps: list[RecordStep], encoder: Encoder, batch: Batch
) -> None:
    """And counts the records that enter each step as the interpreter does."""
    stage = chain(*steps, encoder=encoder)
    workers = [Kernel(stage, timed=True), Interpreter(stage)]

    compiled, plain = (made_again(worker, stage, batch) for worker in workers)

    assert compiled == plain
    assert workers[0].entered == workers[1].entered


@settings(deadline=None, max_examples=200)
@given(steps=CHAINS, encoder=ENCODERS, batch=BATCHES)
def test_every_record_of_a_batch_is_accounted_for(
    steps: list[RecordStep], encoder: Encoder, batch: Batch
) -> None:
    """What went in and was added is what came out, was filtered, rejected or blank."""
    made = made_by(Kernel, chain(*steps, encoder=encoder, to=Fussy()), batch)

    sent = [numbers for _, numbers, _ in made.sent.values()]
    went = len(made.items) + sum(map(len, sent)) + sum(made.dropped)
    assert len(batch.items) + sum(made.produced) == went + len(made.rejected) + made.blank
    assert [sorted(numbers) for numbers in (made.numbers, *sent)] == [made.numbers, *sent]
    kept = {number - batch.first for numbers in (made.numbers, *sent) for number in numbers}
    assert kept.isdisjoint(position for _, position, *_ in made.rejected)


@settings(deadline=None, max_examples=100)
@given(steps=CHAINS, encoder=ENCODERS, batch=BATCHES)
def test_a_kernel_keeps_nothing_from_batch_to_batch(
    steps: list[RecordStep], encoder: Encoder, batch: Batch
) -> None:
    """The second run of a kernel gives what the first one gave."""
    stage = chain(*steps, encoder=encoder)
    kernel = Kernel(stage)
    first = made_again(kernel, stage, batch)

    second = made_again(kernel, stage, batch)

    assert second == first


@pytest.mark.parametrize("worker", [Kernel, Interpreter])
def test_each_step_is_called_once_for_each_record(worker: Any) -> None:
    """Also for records that fail in a later step."""
    calls: list[tuple[str, int]] = []

    def noted(name: str) -> Any:
        return lambda record: calls.append((name, record["n"])) or record

    stage = chain(
        Map(noted("map")),
        Filter(noted("filter")),
        FlatMap(lambda record: [noted("flat map")(record)]),
        Aggregate({"k": lambda record: noted("key")(record)["n"]}).parts()[0],
        encoder=JsonLinesEncoder(),
    )

    made_by(worker, stage, of_records([{"n": 1}, {"n": 2}], 1))

    steps = ["map", "filter", "flat map", "key"]
    assert calls == [(step, n) for n in (1, 2) for step in steps]


@pytest.mark.parametrize("worker", [Kernel, Interpreter])
def test_a_record_is_finished_before_the_next_one_is_decoded(worker: Any) -> None:
    """Decode, steps and encoding of one record, then those of the next."""
    seen: list[str] = []

    class Noting(Encoder):
        def encode(self, record: Record) -> Record:
            seen.append(f"encode {record['n']}")
            return record

    def decode(item: int) -> Record:
        seen.append(f"decode {item}")
        return {"n": item}

    stage = chain(Map(lambda record: seen.append(f"map {record['n']}") or record), encoder=Noting())

    made_by(worker, stage, Batch([1, 2], Origin("records"), 1, decode))

    assert seen == ["decode 1", "map 1", "encode 1", "decode 2", "map 2", "encode 2"]


@pytest.mark.parametrize("worker", [Kernel, Interpreter])
def test_a_result_of_a_flat_map_is_finished_before_the_next_one_is_made(worker: Any) -> None:
    """A generator of a million results is never held as a whole."""
    seen: list[str] = []

    def results(record: Record) -> Iterator[Record]:
        for n in range(2):
            seen.append(f"make {n}")
            yield {"n": n}

    stage = chain(FlatMap(results), Map(lambda record: seen.append(f"map {record['n']}") or record))

    made_by(worker, stage, of_records([{}], 1))

    assert seen == ["make 0", "map 0", "make 1", "map 1"]


@pytest.mark.parametrize("worker", [Kernel, Interpreter])
def test_a_generator_is_closed_when_a_later_step_fails(worker: Any) -> None:
    """What it holds open is released at once."""
    seen: list[str] = []

    def results(record: Record) -> Iterator[Record]:
        try:
            yield {"n": 0}
            yield {"n": 1}
        finally:
            seen.append("closed")

    stage = chain(FlatMap(results), Map(break_some))

    made = made_by(worker, stage, of_records([{}], 1))

    assert len(made.rejected) == 1
    assert seen == ["closed"]


@pytest.mark.parametrize("worker", [Kernel, Interpreter])
@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ([1], "an array"),
        ("n", "a string"),
        (True, "true or false"),
        (None, "null"),
        (5, "a number"),
        (1.5, "a number"),
        ((1,), "of type tuple"),
        ({1}, "of type set"),
        (b"n", "of type bytes"),
        (object, "of type type"),
    ],
    ids=repr,
)
def test_what_is_no_object_is_rejected_by_its_kind(worker: Any, item: object, kind: str) -> None:
    """The words of JSON for its values, and the type of any other."""
    made = made_by(worker, chain(), of_records([item], 1))

    message = f"the record is {kind}, expected a JSON object (a dict)"
    assert made.rejected == [(DECODE, 0, Unfit, message, "{}")]


@pytest.mark.parametrize("worker", [Kernel, Interpreter])
def test_any_dict_that_is_decoded_is_a_record(worker: Any) -> None:
    """A decoder of a user may give dicts of another class; steps get plain ones."""
    batch = Batch([1], Origin("records"), 1, lambda item: OrderedDict(n=item))
    stage = chain(Map(lambda record: {"class": type(record).__name__}))

    made = made_by(worker, stage, batch)

    assert made.items == ["{'class': 'dict'}"]


@pytest.mark.parametrize("worker", [Kernel, Interpreter])
def test_a_record_that_cannot_be_decoded_is_not_mistaken_for_the_one_before(worker: Any) -> None:
    """The rejection gets an empty record, whatever came before."""
    made = made_by(worker, chain(), of_lines([b'{"ssn": "1"}', b"{"], 1))

    (rejected,) = made.rejected
    assert (rejected[0], rejected[1], rejected[4]) == (DECODE, 1, "{}")


@pytest.mark.parametrize("worker", [Kernel, Interpreter])
def test_a_chain_may_be_longer_than_calls_may_be_nested(worker: Any) -> None:
    """The number of steps is no reason to reject a record."""
    stage = chain(*[Map(add_one)] * 1200, FlatMap(fan_same))

    made = made_by(worker, stage, of_records([{"n": 0}], 1))

    assert made.items == ["{'n': 1200}"] * 2
    assert made.rejected == []


@pytest.mark.parametrize("worker", [Kernel, Interpreter])
def test_an_interrupt_goes_through(worker: Any) -> None:
    """Ctrl-C is never a record's fault."""

    def interrupt(record: Record) -> Record:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made_by(worker, chain(Map(interrupt)), of_records([{}], 1))


def test_the_interpreter_counts_what_enters_a_step() -> None:
    """A record that fails has entered the steps up to the one it fails in."""
    stage = chain(Map(keep), Map(break_some), FlatMap(fan), Map(keep))
    interpreter = Interpreter(stage)

    made_again(interpreter, stage, of_records([{"n": 2}, {"n": 3}, {"n": 4}], 1))

    assert interpreter.entered == [3, 3, 2, 6]
