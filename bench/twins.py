"""Each core verb beside its twin in petl: what both are asked to do with the same records.

A twin is what petl's documentation would use, in the fastest of its forms that we found: a function
for its name where there is one, `convert` or `rowmap` with a lambda otherwise. petl is given the
names of the fields, so that it has to read nothing to find them, and joins with the `hash` in their
name where it has them, which do not sort.

The two do not always make the same: petl's unpacked fields have no prefix, what it sorts and
deduplicates comes in another order, and its outer join gives what matched nothing elsewhere. Such
pairs are held together by the number of records that they make; all others by the records.
"""

from __future__ import annotations

import hashlib
import hmac

from collections.abc import Callable
from typing import Any, TypeAlias

import petl

from attrs import frozen

from bench.task import STATE_CODES
from etlkit import F
from etlkit.transformations import (
    Aggregate,
    Cast,
    Count,
    Deduplicate,
    Derive,
    Drop,
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
    ParseDate,
    Redact,
    Rename,
    Replace,
    Route,
    Select,
    Sort,
    Split,
    Standardize,
    Step,
    Sum,
    Tap,
    Union,
)


Record: TypeAlias = dict[str, Any]
Tables: TypeAlias = "petl.Table | list[petl.Table]"

PLAIN = (
    *("id", "name", "email", "state", "size", "flight", "day", "quantity"),
    *("price", "discount", "card", "customer"),
)
CUSTOMERS = 20_000
KEY = b"made up for this measurement"
SIZES = {"S": "small", "M": "medium", "L": "large", "XL": "extra large"}
LIMIT = 100_000

_SPELLINGS = tuple(dict.fromkeys(code for code in STATE_CODES.values()))
_MESSY = tuple(f" {spelling.upper()}" for spelling in STATE_CODES)


@frozen
class Pair:
    """A verb and its twin.

    Attributes:
        verb: As the table calls it.
        twin: What petl does, in its words.
        step: Makes the step.
        table: Makes the table or tables that have to be gone through, of one with the records.
        nested: A field that the records have besides: a list of tags, or an address, an object.
        alike: The records that come out are the same, in the same order.
    """

    verb: str
    twin: str
    step: Callable[[], Step]
    table: Callable[[petl.Table], Tables]
    nested: str = ""
    alike: bool = True

    @property
    def fields(self) -> tuple[str, ...]:
        return (*PLAIN, self.nested) if self.nested else PLAIN


def orders(number: int, *, nested: str = "") -> list[Record]:
    """Records as a shop might have them; every hundredth has no discount."""
    made = []
    for serial in range(number):
        order: Record = {
            "id": serial,
            "name": f"Customer number {serial % 9973}",
            "email": f"person.{serial}@example.org",
            "state": _MESSY[serial % len(_MESSY)],
            "size": ("S", "M", "L", "XL")[serial % 4],
            "flight": f"LH{serial % 1000}",
            "day": f"2024-{1 + serial % 12:02d}-{1 + serial % 28:02d}",
            "quantity": str(serial % 100),
            "price": serial * 7919 % 100_003 / 100,
            "discount": serial % 10 if serial % 100 else None,
            "card": f"{4_000_000_000_000_000 + serial * 7919}",
            "customer": serial * 31 % (CUSTOMERS + 2000),
        }
        if nested == "tags":
            order["tags"] = ["new", "gift", "export"][: serial % 4]
        if nested == "address":
            order["address"] = {"city": f"Town {serial % 500}", "zip": f"{serial % 100_000:05d}"}
        made.append(order)
    return made


def customers() -> list[Record]:
    """The other side of joins: most records of the orders have one match."""
    return [
        {"customer": n, "segment": f"segment {n % 7}", "since": 2000 + n % 25}
        for n in range(CUSTOMERS)
    ]


def customer_table() -> petl.Table:
    return petl.fromdicts(customers(), header=("customer", "segment", "since"))


def _exploded(row: petl.Record) -> Any:
    *others, tags = tuple(row)
    return [(*others, tag) for tag in tags or [None]]


def _digest(value: str) -> str:
    return f"h1:k:{hmac.digest(KEY, value.encode(), hashlib.sha256).hex()}"


def _with_total(record: Record) -> Record:
    record["total"] = record["price"] * record["customer"]
    return record


def _doubled(record: Record) -> list[Record]:
    return [record, {**record, "id": -record["id"]}]


def _code(value: str) -> str | None:
    return STATE_CODES.get(value.strip().lower())


_VARIANTS: dict[str, list[str]] = {code: [] for code in STATE_CODES.values()}
for _spelling, _its_code in STATE_CODES.items():
    _VARIANTS[_its_code].append(_spelling)


PAIRS = (
    Pair(
        "Select",
        "cut",
        lambda: Select("id", "name", "price"),
        lambda t: t.cut("id", "name", "price"),
    ),
    Pair("Drop", "cutout", lambda: Drop("card", "email"), lambda t: t.cutout("card", "email")),
    Pair(
        "Rename",
        "rename",
        lambda: Rename(name="customer_name"),
        lambda t: t.rename("name", "customer_name"),
    ),
    Pair(
        "Derive",
        "addfield",
        lambda: Derive(total=F.price * F.customer),
        lambda t: t.addfield("total", lambda row: row["price"] * row["customer"]),
    ),
    Pair("Cast", "convert", lambda: Cast(quantity=int), lambda t: t.convert("quantity", int)),
    Pair(
        "Cast, not strict",
        "convert",
        lambda: Cast({"quantity": int}, strict=False),
        lambda t: t.convert("quantity", int),
    ),
    Pair(
        "FillNull",
        "replace",
        lambda: FillNull(discount=0),
        lambda t: t.replace("discount", None, 0),
    ),
    Pair(
        "Flatten",
        "unpackdict",
        lambda: Flatten("address"),
        lambda t: t.unpackdict("address", keys=["city", "zip"]),
        nested="address",
        alike=False,
    ),
    Pair(
        "Replace",
        "convert with a dict",
        lambda: Replace("size", SIZES),
        lambda t: t.convert("size", SIZES),
    ),
    Pair(
        "Standardize",
        "convert with a dict and a lambda",
        lambda: Standardize("state", _VARIANTS),
        lambda t: t.convert("state", _code),
    ),
    Pair(
        "ParseDate",
        "convert with dateparser",
        lambda: ParseDate("day", "%Y-%m-%d"),
        lambda t: t.convert("day", petl.dateparser("%Y-%m-%d")),
    ),
    Pair(
        "Extract",
        "capture",
        lambda: Extract("flight", "(?P<carrier>[A-Z]{2})(?P<number>[0-9]+)"),
        lambda t: t.capture(
            "flight", "([A-Z]{2})([0-9]+)", ["carrier", "number"], include_original=True
        ),
    ),
    Pair(
        "Filter",
        "select",
        lambda: Filter(F.price > 500),
        lambda t: t.select(lambda row: row["price"] > 500),
    ),
    Pair(
        "Map",
        "rowmap",
        lambda: Map(_with_total),
        lambda t: t.rowmap(
            lambda row: (*row, row["price"] * row["customer"]), header=(*PLAIN, "total")
        ),
    ),
    Pair(
        "FlatMap",
        "rowmapmany",
        lambda: FlatMap(_doubled),
        lambda t: t.rowmapmany(lambda row: [tuple(row), (-row[0], *tuple(row)[1:])], header=PLAIN),
    ),
    Pair(
        "Explode",
        "rowmapmany",
        lambda: Explode("tags"),
        lambda t: t.rowmapmany(_exploded, header=(*PLAIN, "tags")),
        nested="tags",
    ),
    Pair("Limit, to half", "head", lambda: Limit(LIMIT), lambda t: t.head(LIMIT)),
    Pair(
        "Deduplicate",
        "distinct",
        lambda: Deduplicate(by="customer"),
        lambda t: t.distinct("customer"),
        alike=False,
    ),
    Pair("Sort", "sort", lambda: Sort("price"), lambda t: t.sort("price")),
    Pair(
        "Aggregate",
        "aggregate",
        lambda: Aggregate("size", orders=Count(), total=Sum("price")),
        lambda t: t.aggregate("size", {"orders": len, "total": ("price", sum)}),
        alike=False,
    ),
    Pair(
        "Join, inner",
        "hashjoin",
        lambda: Join(customers(), on="customer"),
        lambda t: t.hashjoin(customer_table(), key="customer"),
    ),
    Pair(
        "Join, left, m:1",
        "hashleftjoin",
        lambda: Join(customers(), on="customer", how="left", validate="m:1"),
        lambda t: t.hashleftjoin(customer_table(), key="customer"),
    ),
    Pair(
        "Join, semi",
        "selectin",
        lambda: Join(customers(), on="customer", how="semi"),
        lambda t: t.selectin("customer", set(customer_table().values("customer"))),
    ),
    Pair(
        "Join, anti",
        "hashantijoin",
        lambda: Join(customers(), on="customer", how="anti"),
        lambda t: t.hashantijoin(customer_table(), key="customer"),
    ),
    Pair(
        "Join, outer",
        "outerjoin",
        lambda: Join(customers(), on="customer", how="outer"),
        lambda t: t.outerjoin(customer_table(), key="customer"),
        alike=False,
    ),
    Pair(
        "Lookup, a dict",
        "convert with a dict",
        lambda: Lookup("size", SIZES),
        lambda t: t.convert("size", SIZES),
    ),
    Pair(
        "Lookup, records",
        "hashlookupjoin",
        lambda: Lookup("customer", customers(), take="segment", into="segment"),
        lambda t: t.hashlookupjoin(customer_table().cut("customer", "segment"), key="customer"),
    ),
    Pair(
        "Union",
        "cat",
        lambda: Union(customers()),
        lambda t: t.cat(customer_table()),
        alike=False,
    ),
    Pair(
        "Split",
        "biselect",
        lambda: Split(F.price > 500, matched="left"),
        lambda t: list(reversed(t.biselect(lambda row: row["price"] > 500))),
    ),
    Pair(
        "Route",
        "facet",
        lambda: Route({name: F.size == name for name in ("S", "M", "L")}),
        lambda t: list(t.facet("size").values()),
        alike=False,
    ),
    Pair(
        "Tap",
        "the table and select",
        lambda: Tap("left", where=F.price > 900),
        lambda t: [t, t.select(lambda row: row["price"] > 900)],
    ),
    Pair(
        "Mask",
        "convert with a lambda",
        lambda: Mask("card"),
        lambda t: t.convert("card", lambda value: "*" * (len(value) - 4) + value[-4:]),
    ),
    Pair(
        "HashPII",
        "convert with hmac",
        lambda: HashPII("email", key=KEY, key_id="k"),
        lambda t: t.convert("email", _digest),
    ),
    Pair(
        "Redact",
        "convert with a lambda",
        lambda: Redact("card"),
        lambda t: t.convert("card", lambda _: "***"),
    ),
)
