"""``source | step | ...``: a value that reads nothing before it is asked."""

from __future__ import annotations

import subprocess
import sys
import traceback

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import pytest

from etlkit import (
    DataLoader,
    DataSource,
    DataValidator,
    F,
    FileSource,
    JobStatus,
    Quarantine,
    RecordsSource,
)
from etlkit.destinations import MemoryDestination
from etlkit.errors import ConfigurationError, RecordError, SourceNotFound
from etlkit.jobs import Flow
from etlkit.transformations import (
    Aggregate,
    Collect,
    Deduplicate,
    Derive,
    Filter,
    Join,
    Limit,
    Map,
    Select,
    Sort,
    Split,
)
from etlkit.transformations.step import Step


ORDERS = [{"id": 1, "price": 2, "n": 3}, {"id": 2, "price": 5, "n": 0}]
TOTAL = Derive(total=F.price * F.n)


class Watched(DataSource):
    """Numbers without end, and what became of those who read them."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.closed = 0

    def records(self) -> Iterator[dict[str, Any]]:
        """Numbers, told as they are read."""
        try:
            n = 0
            while True:
                self.asked.append(n)
                yield {"n": n}
                n += 1
        finally:
            self.closed += 1


def test_a_source_and_a_step_make_a_flow() -> None:
    """It is written back as it was written."""
    flow = RecordsSource(ORDERS) | Filter(F.n > 0) | (TOTAL | Select("total"))

    assert isinstance(flow, Flow)
    assert repr(flow) == (
        "RecordsSource(name='records') | Filter(F.n > 0) | Derive(total=F.price * F.n)"
        " | Select('total')"
    )


def test_nothing_is_read_before_it_is_asked_for() -> None:
    """Neither by ``|``, nor by what a notebook or a plan shows."""
    source = Watched()

    flow = source | Filter(F.n > 1)
    shown = [repr(flow), flow._repr_html_(), flow.explain()]

    assert source.asked == []
    assert all("Filter(F.n " in text for text in shown)


def test_records_are_those_that_a_load_would_load(tmp_path: Path) -> None:
    """The same kernels make them, from the same bytes."""
    (tmp_path / "orders.jsonl").write_text('{"price": 2, "n": 3}\n\n{"price": 5, "n": 0}\n')
    memory = MemoryDestination()

    flow = FileSource(tmp_path / "orders.jsonl") | Filter(F.n > 0) | TOTAL

    assert list(flow.records()) == [{"price": 2, "n": 3, "total": 6}]
    assert flow.load(memory).rows_loaded == 1
    assert memory.records == list(flow.records())


def test_a_flow_gives_the_same_answer_each_time() -> None:
    """A Limit begins anew, and the caller's records stay as they are."""
    flow = RecordsSource(ORDERS) | TOTAL | Limit(1)

    first, again, iterated = list(flow.records()), list(flow.records()), list(flow)

    assert first == again == iterated == [{"id": 1, "price": 2, "n": 3, "total": 6}]
    assert ORDERS == [{"id": 1, "price": 2, "n": 3}, {"id": 2, "price": 5, "n": 0}]


def test_each_step_makes_another_flow() -> None:
    """So one beginning has several ends."""
    begun = RecordsSource(ORDERS) | TOTAL

    ids, totals = begun | Select("id"), begun | Select("total")

    assert list(ids) == [{"id": 1}, {"id": 2}]
    assert list(totals) == [{"total": 6}, {"total": 0}]
    assert next(iter(begun)).keys() == {"id", "price", "n", "total"}
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        begun.steps = Limit(1)  # type: ignore[misc,assignment]  # the mistake


def test_records_come_a_batch_at_a_time_and_closing_closes_the_source() -> None:
    """A source without end is read as far as it is needed."""
    source = Watched()
    records = (source | Filter(F.n % 2 == 1)).records()

    first = [next(records), next(records)]
    records.close()

    assert first == [{"n": 1}, {"n": 3}]
    assert 2 < len(source.asked) <= 2000
    assert source.closed == 1


@pytest.mark.parametrize(
    "step",
    [
        Deduplicate("n", memory_bytes=1),
        Join([{"n": n} for n in range(3000)], on="n", memory_bytes=1),
        Sort("n", memory_bytes=1),
    ],
    ids=["deduplicate", "join", "sort"],
)
def test_any_thread_may_ask_for_the_next_records(step: Step) -> None:
    """As web servers do that stream them; what is on disk then is for all threads, too."""
    flow = RecordsSource([{"n": n} for n in range(2100)]) | step
    records = flow.records()

    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        first = one.submit(list, islice(records, 500)).result()
        more = other.submit(list, islice(records, 900)).result()
    rest = list(records)

    assert [*first, *more, *rest] == list(flow)


def test_records_may_be_open_when_a_program_ends() -> None:
    """Nothing is written of it, as of a list that is left half read."""
    program = """
import builtins
from etlkit import RecordsSource
from etlkit.transformations import Deduplicate, Sort
chain = Deduplicate("n", memory_bytes=1) | Sort("n", memory_bytes=1)
records = (RecordsSource([{"n": n} for n in range(3000)]) | chain).records()
print(next(records))
builtins.kept = records  # is let go of last
"""

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert (done.stdout.split(), done.stderr) == ([b"{'n':", b"0}"], b"")


def test_any_thread_may_let_go_of_the_records() -> None:
    """What is on disk is given back then as well."""
    records = (RecordsSource(ORDERS) | Deduplicate("n", memory_bytes=1)).records()

    with ThreadPoolExecutor(1) as another:
        first = another.submit(next, records).result()
    records.close()

    assert first == ORDERS[0]


def test_steps_over_several_records_belong_to_a_flow_too() -> None:
    """What they have seen is forgotten after each answer."""
    flow = RecordsSource(ORDERS) | TOTAL | Sort("total") | Aggregate("n", totals=Collect("total"))

    assert list(flow) == list(flow) == [{"n": 0, "totals": [0]}, {"n": 3, "totals": [6]}]


def test_a_record_that_fails_is_named_with_its_step_and_place(tmp_path: Path) -> None:
    """The first one ends it, and those of its batch are not given."""
    path = tmp_path / "orders.jsonl"
    path.write_text('{"price": 2, "n": 3}\n{"price": "5", "n": 1}\n')
    records = (FileSource(path) | TOTAL).records()

    with pytest.raises(RecordError) as caught:
        list(records)

    assert str(caught.value) == (
        f"step Derive(total=F.price * F.n): {path}:2: $.price a number is expected, got "
        "'5' in F.price * F.n; .cast(float) or .cast(int) makes a number of a text. Mend the "
        "record or the step; .preview() shows the first records at each step, and "
        ".load(..., on_error=Quarantine()) sets such records aside"
    )


def test_the_lines_of_the_engine_are_left_out_of_a_traceback() -> None:
    """What fails is said in words, and what is to be mended is the step."""
    flow = RecordsSource([{"n": 1}]) | Filter(F.m > 1)

    with pytest.raises(RecordError) as caught:
        list(flow)

    lines = traceback.format_exception(caught.value)
    places = [Path(line.split('"')[1]).name for line in lines if line.startswith("  File")]
    assert places == ["test_flow.py", "flow.py"]


def test_the_lines_of_functions_of_the_user_stay_in_a_traceback() -> None:
    """They say where to look."""

    def broken(record: dict[str, Any]) -> dict[str, Any]:
        return {"n": record["m"]}

    with pytest.raises(RecordError) as caught:
        list(RecordsSource([{"n": 1}]) | Map(broken))

    assert 'return {"n": record["m"]}' in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("head", "; write flow.preview(n)"),
        ("collect", "; write list(flow.records())"),
        ("run", "; write flow.load('out.csv')"),
        ("to_pandas", "; write flow.load('memory:').to_pandas()"),
        ("filter", "; a step is joined by |: flow | Filter(...)"),
        ("group_by", "; a step is joined by |: flow | Aggregate(...)"),
        ("colour", ""),
    ],
)
def test_what_other_tools_ask_a_table_for_is_told(name: str, hint: str) -> None:
    """As an AttributeError, so that hasattr works."""
    flow = RecordsSource([{"n": 1}]) | Limit(1)

    with pytest.raises(AttributeError) as caught:
        getattr(flow, name)

    said, _, where = str(caught.value).rpartition(" (")
    assert said == f"a flow has no {name!r}{hint}"
    assert where.startswith("test_flow.py:")
    assert not hasattr(flow, "_repr_latex_")


def test_a_plan_is_shown_in_lines_by_a_notebook() -> None:
    """As the last line of a cell, where a text would be shown with its escapes."""
    plan: Any = (RecordsSource([{"n": 1}]) | Limit(1)).explain()
    shown: list[str] = []
    printer = SimpleNamespace(text=shown.append)

    plan._repr_pretty_(printer, cycle=False)

    assert shown == [str(plan)]


def test_a_sensitive_value_is_masked() -> None:
    """As in every message of a run."""
    rules = DataValidator({"ssn": {"type": str, "sensitive": True}})
    flow = RecordsSource([{"ssn": "123-45-6789"}]) | rules | Derive(n=F.ssn.cast(int))

    with pytest.raises(RecordError) as caught:
        list(flow)

    assert "123-45-6789" not in str(caught.value)
    assert "Derive(n=F.ssn.cast(int)): records:1: $.ssn" in str(caught.value)


def test_what_a_source_remarks_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """There is no result to keep it."""

    class Talking(DataSource):
        def records(self) -> Iterator[dict[str, Any]]:
            yield {"n": 1}

        def remarks(self) -> list[str]:
            return ["a file was left out"]

    found = list(Talking() | Limit(1))

    assert found == [{"n": 1}]
    assert caplog.messages == ["a file was left out"]


def test_a_source_that_is_not_there_is_told_at_once() -> None:
    """Asking for records looks whether there are any."""
    flow = FileSource("missing.jsonl") | Limit(1)

    with pytest.raises(SourceNotFound):
        flow.records()


def test_a_load_is_the_run_of_a_job(tmp_path: Path) -> None:
    """With all that a result tells."""
    flow = RecordsSource([*ORDERS, {"id": 3, "price": "x", "n": 1}]) | Filter(F.n > 0) | TOTAL

    failed = flow.load(tmp_path / "out.jsonl")
    loaded = flow.load(tmp_path / "out.jsonl", on_error=Quarantine(max_errors=1))

    assert failed.status is JobStatus.FAILED
    assert (loaded.job_id, loaded.rows_loaded, loaded.rows_rejected) == ("flow", 1, 1)
    assert (tmp_path / "out.jsonl").read_text() == '{"id":1,"price":2,"n":3,"total":6}\n'


def test_a_load_adds_where_it_is_told_to(tmp_path: Path) -> None:
    """The mode is said beside the destination, or by a loader."""
    flow = RecordsSource([{"n": 1}]) | Limit(1)
    path = tmp_path / "out.jsonl"

    flow.load(path, "append")
    flow.load(DataLoader(path, "append"))

    assert path.read_text() == '{"n":1}\n{"n":1}\n'
    with pytest.raises(ConfigurationError, match="the DataLoader says its mode itself"):
        flow.load(DataLoader(path), "append")


def test_a_load_takes_the_outputs_of_its_steps() -> None:
    """Preview and records do without loaders for them."""
    others = MemoryDestination()
    flow = RecordsSource(ORDERS) | Split(F.n > 0, unmatched="none left")

    result = flow.load("memory:", loaders={"none left": others})

    assert result.rows_loaded == 2
    assert others.records == [ORDERS[1]]
    assert list(flow) == [ORDERS[0]]
    assert flow.preview(2).snapshots[-1].records == (ORDERS[1],)


def test_a_preview_shows_the_records_after_each_step() -> None:
    """It is that of a job."""
    flow = RecordsSource(ORDERS) | Filter(F.n > 0) | Select("n")

    assert str(flow.preview(2)).splitlines() == [
        "records: 2 record(s)",
        "  {'id': 1, 'price': 2, 'n': 3}",
        "  {'id': 2, 'price': 5, 'n': 0}",
        "Filter(F.n > 0): 1 record(s)",
        "  {'id': 1, 'price': 2, 'n': 3}",
        "Select('n'): 1 record(s)",
        "  {'n': 3}",
    ]


def halve(record: dict[str, Any]) -> dict[str, Any]:
    """The record with half of its number."""
    record["n"] /= 2
    return record


def test_a_plan_shows_every_step_and_where_functions_are_written() -> None:
    """In the words of a job's plan, without a destination."""
    rules = DataValidator({"n": {"type": float}})
    flow = RecordsSource(ORDERS) | Map(halve) | Sort("n") | rules

    line = halve.__code__.co_firstlineno
    assert flow.explain().splitlines() == [
        "flow, of which nothing is read before it is asked for",
        "  read from RecordsSource records",
        "  stage 1, streaming: one record at a time, fused into one function",
        f"    Map(halve) (opaque: test_flow.py:{line})",
        "    Sort(by n): key",
        "  then over several records, spilling: Sort(by n)",
        "  stage 2, streaming: one record at a time, fused into one function",
        "    validate",
        "  rules: n (float)",
    ]


def test_a_notebook_shows_the_steps_as_text() -> None:
    """What a user named cannot become HTML."""
    flow = RecordsSource(ORDERS, name="<script>a</script>") | Map(halve, name="<b>")

    html = flow._repr_html_()

    assert "<script>" not in html
    assert "&lt;script&gt;a&lt;/script&gt;" in html
    assert "&lt;b&gt;" in html
    assert html.endswith(
        "<p><b>nothing is read yet:</b> .preview(n) shows the first records, .records() gives "
        "all, .load(destination) loads them</p>"
    )


def test_validators_stand_before_the_first_step_and_after_the_last_one() -> None:
    """They are the validators of the job."""
    before, after = DataValidator({"n": {"type": int}}), DataValidator({"half": {"type": float}})

    flow = RecordsSource(ORDERS) | before | Derive(half=F.n / 2) | after

    assert (flow.input_validator, flow.validator) == (before, after)
    assert [record["half"] for record in flow] == [1.5, 0.0]
    assert (RecordsSource(ORDERS) | before | after).input_validator is before


def test_a_flow_is_the_other_side_of_a_join() -> None:
    """It can be gone through more than once."""
    names = RecordsSource([{"id": 1, "name": "Ann", "age": 40}]) | Select("id", "name")

    joined = RecordsSource(ORDERS) | Join(names, on="id") | Select("id", "name")

    assert list(joined) == list(joined) == [{"id": 1, "name": "Ann"}]


VALIDATOR = DataValidator({"n": {"type": int}})
FLOW = RecordsSource(ORDERS) | Limit(1)


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        pytest.param(
            lambda: FLOW | "out.jsonl",
            "records are loaded by .load, not by |: (source | step).load('out.jsonl'), got 'out.jsonl'",
            id="a path at the end",
        ),
        pytest.param(
            lambda: FLOW | DataLoader("memory:"),
            "records are loaded by .load, not by |: (source | step).load(...), got "
            "DataLoader(MemoryDestination(0 records), 'replace')",
            id="a loader at the end",
        ),
        pytest.param(
            lambda: FLOW | Limit,
            "a step such as Map(...) or Filter(...) is expected, got <class "
            "'etlkit.transformations.filters.Limit'>; that is the class, a step has arguments: "
            "Limit(...)",
            id="a class",
        ),
        pytest.param(
            lambda: FLOW | [Limit(2)],
            "a step such as Map(...) or Filter(...) is expected, got [Limit(2)]; join steps by |, "
            "such as Filter(...) | Select(...)",
            id="a list of steps",
        ),
        pytest.param(
            lambda: FLOW | len,
            "a step such as Map(...) or Filter(...) is expected, got <built-in function len>; wrap "
            "the function, for example Map(function)",
            id="a function",
        ),
        pytest.param(
            lambda: FLOW | (F.n > 1),
            "a step such as Map(...) or Filter(...) is expected, got F.n > 1; an expression is what "
            "a step is made with: Filter(F.n > 1)",
            id="an expression",
        ),
        pytest.param(
            lambda: Limit(1) | RecordsSource(ORDERS),
            "a step such as Map(...) or Filter(...) is expected, got RecordsSource(name='records'); "
            "a source comes first: source | step",
            id="the source comes last",
        ),
        pytest.param(
            lambda: "in.jsonl" | Limit(1),
            "a source or a step is expected before |, got 'in.jsonl'; records of a file are "
            "FileSource('in.jsonl') | Limit(1)",
            id="a path at the beginning",
        ),
        pytest.param(
            lambda: [{"n": 1}] | Limit(1),
            "a source or a step is expected before |, got [{'n': 1}]; records at hand are "
            "RecordsSource(records) | Limit(1), or Limit(1).apply(records)",
            id="a list at the beginning",
        ),
        pytest.param(
            lambda: Limit | Limit(1),
            "a step such as Map(...) or Filter(...) is expected, got <class "
            "'etlkit.transformations.filters.Limit'>; that is the class, a step has arguments: "
            "Limit(...)",
            id="two classes",
        ),
        pytest.param(
            lambda: FLOW | VALIDATOR | Limit(3),
            "Limit(3) stands behind the last validator; a flow has one before its first step and one "
            "after its last step",
            id="a step behind the rules",
        ),
        pytest.param(
            lambda: FLOW | VALIDATOR | VALIDATOR,
            "the flow has a validator after its last step already; put all rules into one, or the "
            "first one before the first step: source | validator | step | validator",
            id="two rules at the end",
        ),
    ],
)
def test_a_mistake_is_told_where_it_is_written(mistake: Callable[[], Any], message: str) -> None:
    """With what to write instead, and the line of the user's program."""
    with pytest.raises(ConfigurationError) as caught:
        mistake()

    said, _, where = str(caught.value).rpartition(" (")
    assert said == message
    assert where.startswith("test_flow.py:")
