"""CSV to typed JSON Lines as an expert would write it over csv and orjson."""

from __future__ import annotations

import csv

from datetime import datetime
from pathlib import Path

import orjson


def run(source: Path, target: Path, rejects: Path) -> None:
    """Do the CSV job with types; the first cell of a wrong type ends it."""
    del rejects
    loads, dumps, newline = orjson.loads, orjson.dumps, orjson.OPT_APPEND_NEWLINE
    moment = datetime.fromisoformat
    with source.open(newline="", encoding="utf-8") as reader, target.open("wb") as writer:
        rows = csv.reader(reader)
        next(rows)
        write = writer.write
        for serial, name, city, amount, created_at, active, meta in rows:
            record = {
                "id": int(serial),
                "name": name,
                "city": city,
                "amount": float(amount),
                "created_at": moment(created_at),
                "active": active == "true",
                "meta": loads(meta),
            }
            write(dumps(record, None, newline))
