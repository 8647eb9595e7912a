"""The validator alone, on records in memory: eight required typed fields, all of them valid."""

from __future__ import annotations

import json
import time

from collections.abc import Callable, Iterable
from statistics import median
from typing import Any

from bench.figures import Figure
from bench.forms import forms
from bench.processes import run_module


# So many different records are built, and each is validated ten times in one call: what counts is
# that they do not stay in the processor's cache, and that building them takes no minute.
DIFFERENT_RECORDS = 100_000
TIMES = 10
REPETITIONS = 5
LEAST_MILLIONS = 2.0

FIELDS: dict[str, type] = {
    "case_id": str,
    "state": str,
    "ssn": str,
    "received": str,
    "status": str,
    "severity": int,
    "amount": float,
    "tags": list,
}


def measure() -> list[Figure]:
    """Million records a second, in a process of its own.

    Raises:
        ChildFailed: The validator failed, or found fault with a record.
    """
    speeds = run_module("bench.validator").answer
    return [
        Figure(
            "DataValidator.validate, eight typed fields",
            speeds["etlkit"],
            "million records/s",
            least=LEAST_MILLIONS,
            remark=f"median of {REPETITIONS} calls with {DIFFERENT_RECORDS * TIMES:,} records",
        ),
        Figure("the same checks written by hand", speeds["hand"], "million records/s"),
    ]


def check_by_hand(records: Iterable[dict[str, Any]]) -> bool:
    """What the validator is asked to do, written out for these eight fields."""
    try:
        for record in records:
            if (
                type(record["case_id"]) is not str
                or type(record["state"]) is not str
                or type(record["ssn"]) is not str
                or type(record["received"]) is not str
                or type(record["status"]) is not str
                or type(record["severity"]) is not int
                or type(record["amount"]) is not float
                or type(record["tags"]) is not list
            ):
                return False
    except KeyError:
        return False
    return True


def main() -> None:
    from etlkit import DataValidator

    records = [{"case_id": "", **form} for form in forms(DIFFERENT_RECORDS)] * TIMES
    schema = {name: {"required": True, "type": kind} for name, kind in FIELDS.items()}
    validator = DataValidator(schema)

    broken = {**records[0], "severity": "3"}
    assert not validator.validate([*records[:2], broken])[0], "it must look at each record"

    def validate(given: list[dict[str, Any]]) -> bool:
        is_valid, errors = validator.validate(given)
        assert is_valid, errors[:3]
        return is_valid

    print(json.dumps({"etlkit": _speed(validate, records), "hand": _speed(check_by_hand, records)}))


def _speed(check: Callable[[list[dict[str, Any]]], bool], records: list[dict[str, Any]]) -> float:
    seconds = []
    for _ in range(REPETITIONS):
        start = time.perf_counter()
        assert check(records)
        seconds.append(time.perf_counter() - start)
    return len(records) / median(seconds) / 1e6


if __name__ == "__main__":
    main()
