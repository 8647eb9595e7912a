"""petl: the job as its documentation writes it, from `fromjson` to `tojson`.

Two choices are for petl's good: the header is given, so that nothing is read to find it, and the
validator sits in the last `select`, so that the table is gone through once; `etl.validate` would
walk it a second time. `tojson` holds all rows in memory before it writes: that is petl's own
behaviour, and its memory figure.
"""

from __future__ import annotations

import json

from collections.abc import Callable
from pathlib import Path
from typing import Any

import petl

from bench.task import REQUIRED_FIELDS, SSN_DIGITS_KEPT, STATE_CODES, TEST_STATUS


FIELDS = (
    *("case_id", "state", "ssn", "received", "contact"),
    *("tags", "severity", "amount", "status", "description"),
)


def write_by_petl(table: petl.Table, target: Path) -> None:
    table.tojson(str(target), lines=True)


def run(
    source: Path,
    target: Path,
    rejects: Path,
    *,
    write: Callable[[petl.Table, Path], None] = write_by_petl,
) -> None:
    """Do the main job; rejects have their record number, the raw line is gone after parsing."""
    rejected: list[dict[str, Any]] = []

    def is_valid(row: petl.Record) -> bool:
        wrong = [name for name, kind in REQUIRED_FIELDS.items() if type(row[name]) is not kind]
        if wrong:
            rejected.append({"record": row["record"], "reason": f"wrong: {', '.join(wrong)}"})
        return not wrong

    table = (
        petl.fromjson(str(source), header=FIELDS, lines=True)
        .addrownumbers(field="record")
        .convert("state", lambda state: STATE_CODES.get(state.strip().lower()))
        .convert("contact", _with_clean_email)
        .convert("ssn", lambda ssn: ssn[-SSN_DIGITS_KEPT:])
        .addfield("tag_count", lambda row: len(row["tags"]))
        .select(lambda row: row["status"] != TEST_STATUS)
        .select(is_valid)
        .cutout("record")
    )
    write(table, target)
    with rejects.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(entry) + "\n" for entry in rejected)


def _with_clean_email(contact: dict[str, Any]) -> dict[str, Any]:
    contact["email"] = contact["email"].strip().lower()
    return contact
