"""A field that no record can have is told before anything is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from etlkit import DataSource, DataValidator, ETLJob, F, FileSource, RecordsSource
from etlkit.errors import ConfigurationError
from etlkit.formats import Csv, FixedWidth
from etlkit.jobs import Flow
from etlkit.transformations import (
    Aggregate,
    Batch,
    Cast,
    Count,
    Deduplicate,
    Derive,
    Drop,
    Enumerate,
    Explode,
    Extract,
    FillNull,
    Filter,
    Join,
    Limit,
    Lookup,
    Map,
    Mask,
    Max,
    Melt,
    Pivot,
    Rename,
    Reorder,
    Sample,
    Select,
    Sort,
    Split,
    Step,
    Tap,
    Throttle,
    TopK,
    Window,
)
from etlkit.transformations.known_fields import is_slip


class Unread(DataSource):
    """Orders that nobody may read."""

    def records(self) -> Iterator[dict[str, Any]]:
        """None."""
        raise AssertionError
        yield {}


RULES: dict[str, Any] = {"price": {"required": True, "type": float}, "state": {}}
CLOSED = DataValidator(RULES, unknown="refuse")
OPEN = DataValidator(RULES)


def named(record: dict[str, Any]) -> dict[str, Any]:
    """A function of a user, of which nobody knows what it makes."""
    return record


THERE = "the records have no field"
BOTH = "they have 'price', 'state'"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(
            lambda flow: flow | Filter(F.prcie > 1),
            f"Filter(F.prcie > 1): {THERE} 'prcie' there; did you mean 'price'?; {BOTH}",
            id="filter",
        ),
        pytest.param(
            lambda flow: flow | Derive(total=F.price * F.n),
            f"Derive(total=F.price * F.n): {THERE} 'n' there; {BOTH}",
            id="derive",
        ),
        pytest.param(
            lambda flow: flow | Derive(total=F.price * 2) | Select("totl"),
            f"Select('totl'): {THERE} 'totl' there; did you mean 'total'?; they have 'price', "
            "'state', 'total'",
            id="a field that was made",
        ),
        pytest.param(
            lambda flow: flow | Rename(state="code") | Drop("state"),
            f"Drop('state'): {THERE} 'state' there; they have 'price', 'code'",
            id="an old name",
        ),
        pytest.param(
            lambda flow: flow | Drop("state") | Reorder("state"),
            f"Reorder('state'): {THERE} 'state' there; they have 'price'",
            id="a field that was dropped",
        ),
        pytest.param(
            lambda flow: flow | Cast(proce=int),
            f"Cast(proce=int): {THERE} 'proce' there; did you mean 'price'?; {BOTH}",
            id="cast",
        ),
        pytest.param(
            lambda flow: flow | Mask("ssn"), f"Mask('ssn'): {THERE} 'ssn' there; {BOTH}", id="mask"
        ),
        pytest.param(
            lambda flow: flow | Explode("tags"),
            f"Explode('tags'): {THERE} 'tags' there; {BOTH}",
            id="explode",
        ),
        pytest.param(
            lambda flow: flow | Aggregate("state", n=Count()) | Sort("count"),
            f"Sort(by count): {THERE} 'count' there; they have 'state', 'n'",
            id="behind groups",
        ),
        pytest.param(
            lambda flow: flow | Aggregate("state", top=Max("amount")),
            f"Aggregate(by state): {THERE} 'amount' there; {BOTH}",
            id="aggregation",
        ),
        pytest.param(
            lambda flow: flow | Deduplicate("id"),
            f"Deduplicate(by id): {THERE} 'id' there; {BOTH}",
            id="deduplicate",
        ),
        pytest.param(
            lambda flow: flow | TopK(2, by="size"),
            f"TopK(2, by size): {THERE} 'size' there; {BOTH}",
            id="top",
        ),
        pytest.param(
            lambda flow: flow | Window("shop", n=Count()),
            f"Window(by shop): {THERE} 'shop' there; {BOTH}",
            id="window",
        ),
        pytest.param(
            lambda flow: flow | Melt(["price", "cost"]),
            f"Melt(('price', 'cost')): {THERE} 'cost' there; {BOTH}",
            id="melt",
        ),
        pytest.param(
            lambda flow: flow | Melt("price") | Melt(index="state") | Sort("price"),
            f"Sort(by price): {THERE} 'price' there; they have 'state', 'variable', 'value'",
            id="behind melts",
        ),
        pytest.param(
            lambda flow: flow | Pivot("state", index="day", values="price"),
            f"Pivot(state): {THERE} 'day' there; {BOTH}",
            id="pivot",
        ),
        pytest.param(
            lambda flow: (
                flow
                | Pivot("state", index={"low": F.price < 1}, values=Count(), columns=["CA"])
                | Sort("NY")
            ),
            f"Sort(by NY): {THERE} 'NY' there; they have 'low', 'CA'",
            id="behind a pivot",
        ),
        pytest.param(
            lambda flow: flow | Sample(0.5, by="id"),
            f"Sample(0.5 by id): {THERE} 'id' there; {BOTH}",
            id="sample",
        ),
        pytest.param(
            lambda flow: flow | Lookup("code", {}),
            f"Lookup(code): {THERE} 'code' there; {BOTH}",
            id="lookup",
        ),
        pytest.param(
            lambda flow: flow | Join([{"id": 1}], on="id"),
            f"Join(1 records, on id): {THERE} 'id' there; {BOTH}",
            id="join",
        ),
        pytest.param(
            lambda flow: flow | Tap("o", where=F.n > 1),
            f"Tap('o', where=F.n > 1): {THERE} 'n' there; {BOTH}",
            id="tap",
        ),
        pytest.param(
            lambda flow: flow | Split(F.n > 1, matched="o"),
            f"Split(F.n > 1, matched='o'): {THERE} 'n' there; {BOTH}",
            id="split",
        ),
        pytest.param(
            lambda flow: flow | Throttle(per_second=5) | Batch(2) | Sort("price"),
            f"Sort(by price): {THERE} 'price' there; they have 'records'",
            id="batch",
        ),
        pytest.param(
            lambda flow: flow | Map(named) | Select("a", "b") | Limit(1) | Filter(F.c > 1),
            f"Filter(F.c > 1): {THERE} 'c' there; they have 'a', 'b'",
            id="behind a function",
        ),
    ],
)
def test_a_field_that_no_record_has_is_told_before_anything_is_read(
    make: Callable[[Flow], Flow], message: str
) -> None:
    """Where the step is added, with what was meant and what there is."""
    flow = Unread() | CLOSED

    with pytest.raises(ConfigurationError) as caught:
        make(flow)

    said, _, where = str(caught.value).rpartition(" (")
    assert said == message
    assert where.startswith("test_known_fields.py:")


def test_a_job_tells_the_same_when_it_is_made() -> None:
    """With the line that makes it."""
    with pytest.raises(ConfigurationError) as caught:
        ETLJob("j", "J", Unread(), Sort("pirce"), "memory:", input_validator=CLOSED)

    assert str(caught.value).startswith(
        "Sort(by pirce): the records have no field 'pirce' there; did you mean 'price'?; they "
        "have 'price', 'state' (test_known_fields.py:"
    )


@pytest.mark.parametrize(
    "step",
    [
        Filter(F.nick.default(None).is_null()),
        Select("nick", missing="ignore"),
        Drop("nick", missing="ignore"),
        FillNull(nick=0, missing="fill") | Filter(F.nick == 0),
        Rename(nick="name", missing="ignore"),
        Enumerate("n") | Filter(F.n > 1),
        Extract("state", "(?P<first>.)") | Filter(F.first == "C"),
        Lookup("state", {}, into="name") | Filter(F.name == "x"),
        Window("state", n=Count()) | Filter(F.n > 1),
        Melt(["price", "cost"], missing="ignore") | Filter(F.variable == "cost"),
        Pivot("state", index="price", values=Count()) | Filter(F.CA > 1),
        Derive(nick=lambda record: 1) | Sort("nick"),
        Map(named) | Filter(F.anything > 1),
        Join([{"state": 1, "name": "x"}], on="state") | Filter(F.name == "x"),
    ],
    ids=lambda step: step.label,
)
def test_what_may_be_there_is_not_refused(step: Step) -> None:
    """Fields with a default, fields that steps make, and all where nobody can know."""
    flow = Unread() | CLOSED | step

    assert flow.explain().startswith("flow")


@pytest.mark.parametrize(
    ("source", "fields"),
    [
        (
            FileSource("in.txt", format=FixedWidth(fields={"id": (0, 4), "name": (4, 12)})),
            ("id", "name"),
        ),
        (FileSource("in.csv", format=Csv(names=["id", "name"])), ("id", "name")),
        (FileSource("in.csv"), None),
        (FileSource("in.jsonl"), None),
        (RecordsSource([{"id": 1}]), None),
    ],
    ids=["fixed", "names", "header", "lines", "list"],
)
def test_a_source_knows_its_fields_where_it_was_told_them(source: DataSource, fields: Any) -> None:
    """A header is read with the records."""
    assert source.known_fields == fields


def test_the_columns_of_a_frame_are_its_fields() -> None:
    """They are asked for, and nothing else."""
    pyarrow = pytest.importorskip("pyarrow")
    source = RecordsSource(pyarrow.table({"id": [1], "name": ["x"]}))

    with pytest.raises(ConfigurationError) as caught:
        _ = source | Select("nmae")

    assert source.known_fields == ("id", "name")
    assert str(caught.value).startswith(
        "Select('nmae'): the records have no field 'nmae' there; did you mean 'name'?; they have "
        "'id', 'name' ("
    )


def test_a_slip_is_told_where_rules_let_other_fields_pass() -> None:
    """A required field that no step reads, and a name that nobody has spoken of."""
    flow = Unread() | OPEN | Filter(F.prcie > 1)

    with pytest.raises(ConfigurationError) as of_a_flow:
        flow.preview(1)
    with pytest.raises(ConfigurationError) as of_a_job:
        ETLJob("j", "J", Unread(), Filter(F.prcie > 1), "memory:", input_validator=OPEN)

    message = (
        "Filter(F.prcie > 1): the rules of the input know no field 'prcie', did you mean 'price'? "
        "Where records have both, say so in the rules: {'prcie': {}} (test_known_fields.py:"
    )
    assert str(of_a_flow.value).startswith(message)
    assert str(of_a_job.value).startswith(message)


@pytest.mark.parametrize(
    "chain",
    [Filter(F.prcie > 1) | Filter(F.price > 1), Filter(F.amount > 1), Filter(F.stats == 1)],
    ids=["both are read", "another name", "not required"],
)
def test_what_rules_let_pass_is_not_refused_for_less(chain: Step) -> None:
    """Records may have fields that the rules do not name."""
    job = ETLJob("j", "J", Unread(), chain, "memory:", input_validator=OPEN)

    assert job.explain()


@pytest.mark.parametrize(
    ("written", "meant", "slip"),
    [
        ("prcie", "price", True),
        ("prce", "price", True),
        ("prrice", "price", True),
        ("prike", "price", True),
        ("nmae", "name", True),
        ("tag", "tags", False),
        ("tags", "tag", False),
        ("line_1", "line_2", False),
        ("line", "line1", False),
        ("to", "do", False),
        ("cat", "car", False),
        ("amount", "price", False),
        ("price", "price", False),
    ],
)
def test_a_slip_is_one_letter(written: str, meant: str, slip: bool) -> None:
    """Missing, too many, another one, or two that have changed places; never a digit."""
    assert is_slip(written, meant) is slip
