"""The input: whistle-blower forms as an intake office might get them, one JSON object a line.

The same seed and number give the same bytes on every machine, and a shorter file is the beginning
of a longer one. About one form in a thousand lacks its `case_id` and one in a hundred is a test
that the filter drops; the exact numbers are in `Forms`.
"""

from __future__ import annotations

import hashlib
import json
import os
import random

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.task import MESSY_STATES, TEST_STATUS


# Part of the file name: a change of what is generated must not meet an older file in the cache.
VERSION = 1
SEED = 20_240_229
NO_CASE_ID_SHARE = 0.001
TEST_SHARE = 0.01
LINES_PER_WRITE = 1_000

_FIRST_NAMES = (
    "Ana",
    "Bo",
    "Carla",
    "Dmitri",
    "Elodie",
    "Farid",
    "Grace",
    "Hideo",
    "Imani",
    "Jose",
    "Keiko",
    "Liam",
    "Mei",
    "Noor",
    "Olga",
    "Priya",
    "Quinn",
    "Rosa",
    "Sven",
    "Thu",
)
_LAST_NAMES = (
    "Abbott",
    "Brown",
    "Castillo",
    "Dubois",
    "Eriksen",
    "Fischer",
    "Garcia",
    "Hughes",
    "Ivanova",
    "Johnson",
    "Kowalski",
    "Lee",
    "Mueller",
    "Nguyen",
    "Okafor",
    "Patel",
    "Rossi",
    "Smith",
    "Tanaka",
    "Weber",
)
_MAIL_HOSTS = ("Example.com", "example.ORG", "Mail.Example.net", "dept.example.gov")
_TAGS = (
    "retaliation",
    "waste",
    "fraud",
    "safety",
    "hatch-act",
    "records",
    "procurement",
    "travel",
    "leave",
    "privacy",
)
_STATUSES = ("new", "new", "open", "open", "referred", "closed")
_SUBJECTS = ("A supervisor", "The buyer", "My team lead", "An office head", "A contractor")
_DEEDS = (
    "paid for work never done",
    "cut my rating after an audit",
    "had inspection records deleted",
    "used the fleet car for trips",
    "ignored two safety reports",
    "asked staff for donations",
)
_TAILS = (
    "and nobody answered.",
    "in plain sight.",
    "and said “so what”.",
    "three times.",
    "and I have copies.",
)


class Forms(NamedTuple):
    """A generated file and what is true of it; every contestant must arrive at these counts."""

    path: str
    records: int
    size_bytes: int
    filtered: int
    rejected: int
    sha256: str

    @property
    def loaded(self) -> int:
        """How many records a correct run writes."""
        return self.records - self.filtered - self.rejected


def forms(number: int, *, seed: int = SEED) -> Iterator[dict[str, object]]:
    """Yield `number` forms, each a new dict."""
    # Only random() is used: Python promises that its sequence for a seed stays the same across
    # versions, which it does not promise of choice().
    draw = random.Random(seed).random

    def pick(options: tuple[str, ...]) -> str:
        return options[int(draw() * len(options))]

    for serial in range(1, number + 1):
        first, last = pick(_FIRST_NAMES), pick(_LAST_NAMES)
        form: dict[str, object] = {
            "case_id": f"DI-{24 + serial % 3}-{serial:07d}",
            "state": pick(MESSY_STATES),
            "ssn": f"900-{10 + int(draw() * 90)}-{1000 + int(draw() * 9000)}",
            "received": f"2024-{1 + int(draw() * 12):02d}-{1 + int(draw() * 28):02d}",
            "contact": {
                "email": f" {first}.{last}{serial % 97}@{pick(_MAIL_HOSTS)} ",
                "phone": f"202-555-{int(draw() * 10_000):04d}",
            },
            "tags": [pick(_TAGS) for _ in range(int(draw() * 4))],
            "severity": 1 + int(draw() * 5),
            "amount": round(draw() * 250_000, 2),
            "status": TEST_STATUS if draw() < TEST_SHARE else pick(_STATUSES),
            "description": f"{pick(_SUBJECTS)} {pick(_DEEDS)} {pick(_TAILS)}",
        }
        if draw() < NO_CASE_ID_SHARE:
            del form["case_id"]
        yield form


def ensure_forms(folder: Path, number: int) -> Forms:
    """Return the file of `number` forms in `folder`, written now unless it is there already."""
    path = folder / f"forms-v{VERSION}-{SEED}-{number}.jsonl"
    facts = path.with_suffix(".facts.json")
    if not facts.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _write(path, facts, number)
    return Forms(path=str(path), **json.loads(facts.read_text(encoding="utf-8")))


def _write(path: Path, facts: Path, number: int) -> None:
    partial = path.with_suffix(f".{os.getpid()}.partial")
    digest = hashlib.sha256()
    filtered = rejected = size = 0
    lines: list[str] = []
    # The facts come last: a file without them was interrupted, and is written again.
    with partial.open("wb") as file:
        for serial, form in enumerate(forms(number), start=1):
            filtered += form["status"] == TEST_STATUS
            rejected += "case_id" not in form and form["status"] != TEST_STATUS
            lines.append(json.dumps(form, ensure_ascii=False, separators=(",", ":")) + "\n")
            if len(lines) == LINES_PER_WRITE or serial == number:
                block = "".join(lines).encode()
                lines.clear()
                size += file.write(block)
                digest.update(block)
    partial.replace(path)
    known = {
        "records": number,
        "size_bytes": size,
        "filtered": filtered,
        "rejected": rejected,
        "sha256": digest.hexdigest(),
    }
    facts.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
