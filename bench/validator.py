"""The validator alone, on records in memory: eight fields, by their types and by more rules."""

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
LEAST_MILLIONS = 2.2
MOST_TIMES_SLOWER = 5.0

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

RULES: dict[str, dict[str, Any]] = {
    "case_id": {"required": True, "type": str, "min_length": 1, "max_length": 50},
    "state": {"required": True, "type": str, "allowed": ["CA", "NY", "TX", "WA", "IL"]},
    "zip": {"required": True, "nullable": True, "type": str, "pattern": r"\d{5}"},
    "severity": {"required": True, "type": int, "min": 1, "max": 5},
    "amount": {"required": True, "type": float, "min": 0},
    "age": {"required": True, "type": int, "min": 0, "max": 150},
    "active": {"required": True, "type": bool},
    "note": {"required": True, "type": str},
}
WRONG = {"amount": "12.50", "age": 200, "state": "XX"}


def measure() -> list[Figure]:
    """Million records a second, in a process of its own.

    Raises:
        ChildFailed: The validator failed, or found fault with a record.
    """
    speeds = run_module("bench.validator").answer
    valid = speeds["rules"]
    unit = "million records/s"
    return [
        Figure(
            "DataValidator.validate, eight typed fields",
            speeds["etlkit"],
            unit,
            least=LEAST_MILLIONS,
            remark=f"median of {REPETITIONS} calls with {DIFFERENT_RECORDS * TIMES:,} records",
        ),
        Figure("the same checks written by hand", speeds["hand"], unit),
        Figure(
            "eight fields with sixteen rules, among them bounds, lengths, a set and a pattern",
            valid,
            unit,
            least=LEAST_MILLIONS,
            remark=f"median of {REPETITIONS} calls with {DIFFERENT_RECORDS:,} records",
        ),
        Figure("the same, 1 % of the records bad", speeds["some"], unit),
        Figure(
            "the same, all bad: one problem each, told in words",
            valid / speeds["one"],
            "times as long as valid ones",
            most=MOST_TIMES_SLOWER,
            remark=f"{speeds['one']:.2f} million records/s",
        ),
        Figure(
            "the same, all bad: three problems each",
            valid / speeds["three"],
            "times as long as valid ones",
            remark=f"{speeds['three']:.2f} million records/s",
        ),
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

    speeds = {"etlkit": _speed(validate, records), "hand": _speed(check_by_hand, records)}
    print(json.dumps({**speeds, **_rules()}))


def _rules() -> dict[str, float]:
    """Speeds with more rules, for records of which none, some and all are bad."""
    from etlkit import DataValidator

    validator = DataValidator(RULES)
    good = [_case(number) for number in range(DIFFERENT_RECORDS)]
    one = [{**case, "amount": WRONG["amount"]} for case in good]
    three = [{**case, **WRONG} for case in good]
    some = [
        bad if n % 100 == 0 else case for n, (case, bad) in enumerate(zip(good, one, strict=True))
    ]
    problems = {
        "rules": 0,
        "some": DIFFERENT_RECORDS // 100,
        "one": len(one),
        "three": 3 * len(three),
    }
    speeds = {}
    for name, records in (("rules", good), ("some", some), ("one", one), ("three", three)):

        def judge(given: list[dict[str, Any]], expected: int = problems[name]) -> bool:
            return len(validator.validate(given)[1]) == expected

        speeds[name] = _speed(judge, records)
    return speeds


def _case(number: int) -> dict[str, Any]:
    return {
        "case_id": f"OSC-{number}",
        "state": ("CA", "NY", "TX", "WA", "IL")[number % 5],
        "zip": f"{number % 100_000:05d}" if number % 3 else None,
        "severity": number % 5 + 1,
        "amount": number / 7,
        "age": number % 90,
        "active": number % 2 == 0,
        "note": f"note {number}",
    }


def _speed(check: Callable[[list[dict[str, Any]]], bool], records: list[dict[str, Any]]) -> float:
    seconds = []
    for _ in range(REPETITIONS):
        start = time.perf_counter()
        assert check(records)
        seconds.append(time.perf_counter() - start)
    return len(records) / median(seconds) / 1e6


if __name__ == "__main__":
    main()
