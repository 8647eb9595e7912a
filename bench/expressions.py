"""A condition of four operators, in the forms that it may have."""

from __future__ import annotations

import json
import time

from collections.abc import Callable
from typing import Any

from bench.figures import Figure
from bench.processes import run_module


RECORDS = 200_000
REPETITIONS = 15
MOST_MICROSECONDS = 0.15


def measure() -> list[Figure]:
    """Microseconds a record, without those of the loop around it, in a process of its own.

    Raises:
        ChildFailed: Two forms keep different records.
    """
    seconds = run_module("bench.expressions").answer
    remark = f"best of {REPETITIONS} loops over {RECORDS:,} records"
    return [
        Figure(
            "a null-safe predicate of four operators, inlined",
            seconds["inlined"],
            "µs",
            most=MOST_MICROSECONDS,
            remark=remark,
        ),
        Figure("the same written by hand in the loop", seconds["by hand"], "µs"),
        Figure("the same as a lambda that looks for None", seconds["lambda"], "µs"),
        Figure("the same as a compiled function", seconds["function"], "µs"),
        Figure("the same by the plain evaluator", seconds["evaluator"], "µs"),
    ]


def by_hand(records: list[dict[str, Any]]) -> int:
    kept = 0
    for record in records:
        amount, state = record["amount"], record["state"]
        if amount is None or state is None or not (amount * 2 > 10 and state != "TX"):
            continue
        kept += 1
    return kept


def empty(records: list[dict[str, Any]]) -> int:
    kept = 0
    for record in records:
        if not record:
            continue
        kept += 1
    return kept


def looped(keep: Callable[[dict[str, Any]], object]) -> Callable[[list[dict[str, Any]]], int]:
    def loop(records: list[dict[str, Any]]) -> int:
        kept = 0
        for record in records:
            if not keep(record):
                continue
            kept += 1
        return kept

    return loop


def inlined(condition: Any) -> Callable[[list[dict[str, Any]]], int]:
    from etlkit._codegen import Code

    code = Code()
    with code.block("def loop(records):"):
        code.line("kept = 0")
        with code.block("for record in records:"):
            text = condition.write_condition(code, "record")
            with code.block(f"if not {text}:"):
                code.line("continue")
            code.line("kept += 1")
        code.line("return kept")
    return code.function("loop")


def main() -> None:
    from etlkit import F

    condition = (F.amount * 2 > 10) & (F.state != "TX")
    records = [_record(number) for number in range(RECORDS)]
    forms = {
        "inlined": inlined(condition),
        "by hand": by_hand,
        "lambda": looped(
            lambda record: (
                record["amount"] is not None
                and record["state"] is not None
                and record["amount"] * 2 > 10
                and record["state"] != "TX"
            )
        ),
        "function": looped(condition.function()),
        "evaluator": looped(condition.holds),
    }
    assert len({form(records) for form in forms.values()}) == 1
    around = _best(empty, records)
    print(json.dumps({name: _best(form, records) - around for name, form in forms.items()}))


def _record(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "amount": number * 0.37 if number % 100 else None,
        "state": ("CA", "NY", "TX")[number % 3],
        "note": f"note {number}",
    }


def _best(work: Callable[[list[dict[str, Any]]], int], records: list[dict[str, Any]]) -> float:
    best = float("inf")
    for _ in range(REPETITIONS):
        start = time.perf_counter()
        work(records)
        best = min(best, time.perf_counter() - start)
    return best / len(records) * 1e6


if __name__ == "__main__":
    main()
