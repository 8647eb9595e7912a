"""How bytes become records, and records bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._lazy import lazy_names


if TYPE_CHECKING:
    from etlkit.formats.csv.format import Csv, Tsv
    from etlkit.formats.csv.texts import CellsEncoder
    from etlkit.formats.csv.writer import CsvWriter, TsvWriter
    from etlkit.formats.format import Encoder, Format
    from etlkit.formats.json.format import Json
    from etlkit.formats.json.lines import JsonLines, JsonLinesEncoder
    from etlkit.formats.json.writer import JsonLinesWriter, JsonWriter
    from etlkit.formats.objects import RecordEncoder
    from etlkit.formats.raw import Raw
    from etlkit.formats.text.fixed import FixedWidth
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
        "CellsEncoder": "etlkit.formats.csv.texts",
        "Csv": "etlkit.formats.csv.format",
        "CsvWriter": "etlkit.formats.csv.writer",
        "Encoder": "etlkit.formats.format",
        "FixedWidth": "etlkit.formats.text.fixed",
        "Format": "etlkit.formats.format",
        "Json": "etlkit.formats.json.format",
        "JsonLines": "etlkit.formats.json.lines",
        "JsonLinesEncoder": "etlkit.formats.json.lines",
        "JsonLinesWriter": "etlkit.formats.json.writer",
        "JsonWriter": "etlkit.formats.json.writer",
        "Raw": "etlkit.formats.raw",
        "RecordEncoder": "etlkit.formats.objects",
        "Tsv": "etlkit.formats.csv.format",
        "TsvWriter": "etlkit.formats.csv.writer",
        "Writer": "etlkit.formats.writer",
        "Writing": "etlkit.formats.writer",
    },
)
