"""How bytes become records, and records bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._lazy import lazy_names


if TYPE_CHECKING:
    from etlkit.formats.csv import Csv, Tsv
    from etlkit.formats.format import Encoder, Format
    from etlkit.formats.json import Json
    from etlkit.formats.jsonl import JsonLines, JsonLinesEncoder
    from etlkit.formats.objects import RecordEncoder

__all__ = [
    "Csv",
    "Encoder",
    "Format",
    "Json",
    "JsonLines",
    "JsonLinesEncoder",
    "RecordEncoder",
    "Tsv",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Csv": "etlkit.formats.csv",
        "Encoder": "etlkit.formats.format",
        "Format": "etlkit.formats.format",
        "Json": "etlkit.formats.json",
        "JsonLines": "etlkit.formats.jsonl",
        "JsonLinesEncoder": "etlkit.formats.jsonl",
        "RecordEncoder": "etlkit.formats.objects",
        "Tsv": "etlkit.formats.csv",
    },
)
