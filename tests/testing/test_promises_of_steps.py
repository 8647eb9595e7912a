"""Every verb that there is keeps what check_transformation asks of a step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attrs import frozen

from etlkit import F
from etlkit.testing import check_transformation
from etlkit.transformations import (
    Aggregate,
    Batch,
    Cast,
    Collect,
    Count,
    Deduplicate,
    Derive,
    Drop,
    Enumerate,
    Explode,
    Extract,
    FillNull,
    Filter,
    FlatMap,
    Flatten,
    HashPII,
    Join,
    Limit,
    Lookup,
    Map,
    Mask,
    Max,
    Mean,
    Melt,
    ParseDate,
    Pivot,
    Redact,
    Rename,
    Reorder,
    Replace,
    Route,
    Sample,
    Select,
    Sort,
    Split,
    Standardize,
    Sum,
    Tap,
    Throttle,
    TopK,
    Transformation,
    Union,
)
from etlkit.transformations.dict_form import VERBS


if TYPE_CHECKING:
    from etlkit.transformations import Step


@frozen
class Example:
    """A step of each kind, and a table of records; None has some made up."""

    step: Step
    table: str | None = None


CASES = """
    id:int | name  | n:float | tags:list    | zone | contact:dict   | day
    1      | Ada   | 2.5     | ["a", "b"]   | EU   | {"city": "x"}  | 2024-01-31
    2      | Bob   |         | []           | US   | {"city": null} | 31.01.2024
    1      |       | -1      | ["c"]        |      | {}             |
    3      | " é " | 0       |              | ca   | {"city": [1]}  | soon
    ...    | Ada   | 1e300   | [1, [2]]     | EU   |                | 2024-02-30
"""

EXAMPLES: dict[str, list[Example]] = {
    "Aggregate": [
        Example(
            Aggregate(by="zone", n=Count(), total=Sum("id"), most=Max("id")),
            "id:int | zone\n1 | EU\n2 | US\n | EU\n4 |",
        ),
        Example(
            Aggregate(by={"zone": F.zone.str.lower()}, ids=Collect("id")),
            "id:int | zone\n1 | EU\n2 | eu",
        ),
        Example(Aggregate(by="zone", mean=Mean(F.n))),
    ],
    "Batch": [Example(Batch(2), CASES), Example(Batch(2, into="group"), "a\n1\n2\n3")],
    "Cast": [
        Example(Cast(id="str", n=int)),
        Example(Cast(n=int, strict=False), CASES),
        Example(Cast(day="date", missing="ignore"), CASES),
    ],
    "Deduplicate": [
        Example(Deduplicate("zone"), CASES),
        Example(Deduplicate(["name", "zone"], keep="last"), CASES),
        Example(Deduplicate("id")),
    ],
    "Derive": [
        Example(Derive(total=F.n * F.id, shout=F.name.str.upper()), CASES),
        Example(Derive(first=lambda record: record["tags"][0]), CASES),
        Example(Derive(total=F.price * F.n)),
    ],
    "Drop": [Example(Drop("id"), CASES), Example(Drop("id", "no such", missing="ignore"), CASES)],
    "Enumerate": [Example(Enumerate("no"), CASES)],
    "Explode": [Example(Explode("tags"), CASES), Example(Explode("tags"))],
    "Extract": [Example(Extract("day", r"(?P<year>\d{4})-(?P<month>\d\d)"), CASES)],
    "FillNull": [
        Example(FillNull(0), CASES),
        Example(FillNull({"tags": [1], "name": "nobody"}), CASES),
    ],
    "Filter": [
        Example(Filter((F.n > 0) & F.zone.is_in(["EU", "US"])), CASES),
        Example(Filter(lambda record: record["zone"] == "EU"), CASES),
        Example(Filter(F.n > 1)),
    ],
    "FlatMap": [
        Example(FlatMap(lambda record: [{"tag": tag} for tag in record["tags"]]), CASES),
        Example(FlatMap(lambda record: [record] * record["id"]), CASES),
    ],
    "Flatten": [Example(Flatten(), CASES), Example(Flatten("contact"), CASES)],
    "HashPII": [Example(HashPII("name", key="an example and no secret", key_id="a"), CASES)],
    "Join": [
        Example(Join([{"zone": "EU", "tax": 0.2}], on="zone"), CASES),
        Example(Join([{"zone": "EU", "id": 7}], on="zone", how="left", suffix="_zone"), CASES),
        Example(Join([{"zone": "EU"}, {"zone": "AU"}], on="zone", how="outer"), CASES),
        Example(Join([{"id": 1}, {"id": 1}], on="id", how="semi"), "id:int | n\n1 | a\n2 | b"),
        Example(Join([{"id": 1}, {"id": 1}], on="id", how="anti"), "id:int | n\n1 | a\n2 | b"),
    ],
    "Limit": [Example(Limit(2), CASES), Example(Limit(0), CASES)],
    "Lookup": [
        Example(Lookup("zone", {"EU": "Europe"}, into="where"), CASES),
        Example(Lookup("zone", str.lower, missing="reject"), CASES),
        Example(Lookup("id", [{"id": 1, "tax": 2}], take="tax"), CASES),
    ],
    "Map": [
        Example(Map(lambda record: {**record, "name": record["name"].upper()}), CASES),
        Example(Map(lambda record: {"half": record["n"] / 2})),
    ],
    "Mask": [Example(Mask("name", keep_last=2), CASES)],
    "Melt": [
        Example(
            Melt(["name", "zone"], variable_name="what"),
            "id:int | name | zone\n1 | Ada | EU\n2 | Bob |",
        ),
    ],
    "ParseDate": [Example(ParseDate("day", ["%Y-%m-%d", "%d.%m.%Y"]), CASES)],
    "Pivot": [
        Example(
            Pivot("zone", index="id", values="n", columns=["EU", "US"]),
            "id:int | zone | n:int\n1 | EU | 1\n1 | US | 2\n2 | EU | 3\n2 | EU | 4\n3 | AU | 5",
        ),
        Example(
            Pivot("zone", index="id", values=Sum("n")),
            "id:int | zone | n:int\n1 | EU | 1\n1 | US | 2\n2 | EU | 3\n2 | EU | 4",
        ),
    ],
    "Redact": [Example(Redact("name", "zone"), CASES)],
    "Rename": [Example(Rename(name="who", zone="where"), CASES)],
    "Reorder": [Example(Reorder("zone", "id"), CASES), Example(Reorder("id", side="last"), CASES)],
    "Replace": [
        Example(Replace("zone", {"EU": "Europe", "US": "America"}), CASES),
        Example(Replace("zone", {"EU": 1}, default=None), CASES),
    ],
    "Route": [
        Example(Route({"eu": F.zone == "EU", "us": F.zone == "US"}), CASES),
        Example(Route({"eu": lambda record: record["zone"] == "EU"}, default="other"), CASES),
    ],
    "Sample": [Example(Sample(0.5, seed=1), CASES), Example(Sample(n=2, seed=1), CASES)],
    "Select": [Example(Select("id", "name"), CASES), Example(Select("a", "b"))],
    "Sort": [
        Example(Sort("n"), CASES),
        Example(Sort(["zone", F.n.abs()], descending=[True, False], nulls="first"), CASES),
    ],
    "Split": [
        Example(Split(F.n > 0, matched="large"), CASES),
        Example(Split(F.n > 0, matched="large", unmatched="small"), CASES),
    ],
    "Standardize": [Example(Standardize("zone", {"EU": ["Europe", "eu"], "CA": ["ca"]}), CASES)],
    "Tap": [Example(Tap("all"), CASES), Example(Tap("some", where=F.n > 0), CASES)],
    "Throttle": [Example(Throttle(per_second=10), CASES)],
    "TopK": [Example(TopK(2, by="n"), CASES), Example(TopK(2, by="id", descending=False), CASES)],
    "Transformation": [
        Example(Transformation("top", lambda records: records[:2]), CASES),
        Example(Transformation("half", lambda records: records[::2], scope="batch"), CASES),
        Example(
            Transformation("copy", lambda record, n: {**record, "n": n}, {"n": 1}, scope="record"),
            CASES,
        ),
    ],
    "Union": [Example(Union([{"id": 9}], [{"id": 10, "n": None}]), CASES)],
}
"""Each verb with arguments of each kind that it takes."""

TRIED = [
    pytest.param(example, id=f"{name}-{number}")
    for name, examples in EXAMPLES.items()
    for number, example in enumerate(examples, 1)
]


@pytest.mark.parametrize("example", TRIED)
def test_a_verb_keeps_its_promises(example: Example) -> None:
    """It changes nothing that it is given, repeats itself, swallows nothing and counts all."""
    assert check_transformation(example.step, example.table) is None


def test_each_verb_is_tried() -> None:
    """A verb that is new needs a line in ``EXAMPLES``."""
    calling = {"FlatMap", "Map", "Transformation"}

    assert set(EXAMPLES) == {*VERBS, *calling}
