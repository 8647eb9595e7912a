"""How bytes become records, and records bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._lazy import lazy_names


if TYPE_CHECKING:
    from etlkit.formats.csv import Csv, Tsv
    from etlkit.formats.csv_encoding import CsvWriter, TsvWriter
    from etlkit.formats.csv_texts import CellsEncoder
    from etlkit.formats.fixed import FixedWidth
    from etlkit.formats.format import Encoder, Format
    from etlkit.formats.json import Json
    from etlkit.formats.json_encoding import JsonLinesWriter, JsonWriter
    from etlkit.formats.jsonl import JsonLines, JsonLinesEncoder
    from etlkit.formats.objects import RecordEncoder
    from etlkit.formats.raw import Raw
    from etlkit.formats.writer import Writer, Writing

__all__ = [
    "CellsEncoder",
    "Csv",
    "CsvWriter",
    "Encoder",
    "FixedWidth",
    "Format",
    "Json",
    "JsonLines",
    "JsonLinesEncoder",
    "JsonLinesWriter",
    "JsonWriter",
    "Raw",
    "RecordEncoder",
    "Tsv",
    "TsvWriter",
    "Writer",
    "Writing",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "CellsEncoder": "etlkit.formats.csv_texts",
        "Csv": "etlkit.formats.csv",
        "CsvWriter": "etlkit.formats.csv_encoding",
        "Encoder": "etlkit.formats.format",
        "FixedWidth": "etlkit.formats.fixed",
        "Format": "etlkit.formats.format",
        "Json": "etlkit.formats.json",
        "JsonLines": "etlkit.formats.jsonl",
        "JsonLinesEncoder": "etlkit.formats.jsonl",
        "JsonLinesWriter": "etlkit.formats.json_encoding",
        "JsonWriter": "etlkit.formats.json_encoding",
        "Raw": "etlkit.formats.raw",
        "RecordEncoder": "etlkit.formats.objects",
        "Tsv": "etlkit.formats.csv",
        "TsvWriter": "etlkit.formats.csv_encoding",
        "Writer": "etlkit.formats.writer",
        "Writing": "etlkit.formats.writer",
    },
)
