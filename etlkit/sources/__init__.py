"""Where records come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._lazy import lazy_names


if TYPE_CHECKING:
    from etlkit.sources.cursors import CursorSource
    from etlkit.sources.files import FileSource
    from etlkit.sources.memory import RecordsSource
    from etlkit.sources.source import DataSource, Reading

__all__ = ["CursorSource", "DataSource", "FileSource", "Reading", "RecordsSource"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "CursorSource": "etlkit.sources.cursors",
        "DataSource": "etlkit.sources.source",
        "FileSource": "etlkit.sources.files",
        "Reading": "etlkit.sources.source",
        "RecordsSource": "etlkit.sources.memory",
    },
)
