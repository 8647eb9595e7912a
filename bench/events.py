"""The input of the CSV job: events of seven columns, and the same events as one JSON array.

The columns are those of the published figure of faucet-stream: an integer, two strings, a float,
a timestamp, a bool, and a nested value as JSON. The same number gives the same bytes everywhere.
"""

from __future__ import annotations

import csv
import json
import os
import random

from collections.abc import Iterator
from pathlib import Path
from typing import Any


VERSION = 1
SEED = 20_130_101
COLUMNS = ("id", "name", "city", "amount", "created_at", "active", "meta")

_NAMES = ("Ana Abbott", "Bo Brown", "Carla Castillo", "Dmitri Dubois", "Elodie Eriksen")
_CITIES = ("Berlin", "Paris, France", "New York", "San José", "Tōkyō")


def events(number: int) -> Iterator[dict[str, Any]]:
    """Yield `number` events, each a new dict."""
    draw = random.Random(SEED).random  # the one sequence that Python promises for a seed
    for serial in range(number):
        yield {
            "id": serial,
            "name": _NAMES[int(draw() * len(_NAMES))],
            "city": _CITIES[int(draw() * len(_CITIES))],
            "amount": round(draw() * 1000, 2),
            "created_at": (
                f"2026-{1 + int(draw() * 12):02d}-{1 + int(draw() * 28):02d}"
                f"T{int(draw() * 24):02d}:{int(draw() * 60):02d}:{int(draw() * 60):02d}"
            ),
            "active": draw() < 0.5,
            "meta": {"k": int(draw() * 100), "tags": ["a", "b"]},
        }


def ensure_csv(folder: Path, number: int) -> Path:
    """The file of `number` events in `folder`, written now unless it is there already."""
    path = folder / f"events-v{VERSION}-{number}.csv"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}.partial")
        with partial.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            for event in events(number):
                active = "true" if event["active"] else "false"
                writer.writerow(
                    {**event, "active": active, "meta": json.dumps(event["meta"])}.values()
                )
        partial.replace(path)
    return path


def ensure_json(folder: Path, least_bytes: int) -> Path:
    """One JSON array of at least so many bytes, written now unless it is there already."""
    path = folder / f"events-v{VERSION}-{least_bytes}.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps(event, ensure_ascii=False).encode() for event in events(1000)]
        block = b",\n".join(lines)
        partial = path.with_suffix(f".{os.getpid()}.partial")
        with partial.open("wb") as file:
            size = file.write(b"[\n" + block)
            while size < least_bytes:
                size += file.write(b",\n" + block)
            file.write(b"\n]\n")
        partial.replace(path)
    return path
