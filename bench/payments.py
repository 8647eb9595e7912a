"""Payments as JSON lines, in fifty groups: the input of the part on Aggregate."""

from __future__ import annotations

import os
import random

from pathlib import Path

import orjson


# Part of the file name: a change of what is generated must not meet an older file in the cache.
VERSION = 1
GROUPS = 50
_LINES_PER_WRITE = 1_000


def ensure_payments(folder: Path, records: int) -> Path:
    """The file of so many payments; made once, and complete if it is there."""
    path = folder / f"payments-{VERSION}-{records}.jsonl"
    if not path.exists():
        begun = path.with_suffix(f".{os.getpid()}")
        draw = random.Random(7).random
        with begun.open("wb") as file:
            for start in range(1, records + 1, _LINES_PER_WRITE):
                numbers = range(start, min(start + _LINES_PER_WRITE, records + 1))
                file.writelines(_line(number, draw(), draw(), draw()) for number in numbers)
        begun.rename(path)
    return path


def _line(number: int, one: float, two: float, three: float) -> bytes:
    payment = {
        "id": number,
        "state": f"S{int(one * GROUPS):02d}",
        "customer": f"customer {int(two * 9000)}",
        "amount": round(three * 1000, 2),
        "quantity": 1 + int(one * 1e6) % 9,
        "paid": two < 0.9,
        "day": f"2024-{1 + int(two * 12):02d}-{1 + int(three * 28):02d}",
    }
    return orjson.dumps(payment, None, orjson.OPT_APPEND_NEWLINE)
