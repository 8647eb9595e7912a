"""Every case, in the sections of the page."""

from __future__ import annotations

from hostile import archives, compressed, csv, files, json, lines, names, texts, values, written
from hostile.case import Case


SECTIONS: dict[str, tuple[Case, ...]] = {
    "Files": files.CASES,
    "Text": texts.CASES,
    "Lines": lines.CASES,
    "JSON values": values.CASES,
    "JSON files": json.CASES,
    "CSV": csv.CASES,
    "Fixed width and raw": lines.FIXED_AND_RAW,
    "Compression": compressed.CASES,
    "Archives": archives.CASES,
    "Names": names.CASES,
    "What steps make": written.CASES,
}
