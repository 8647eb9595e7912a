"""The HTML that notebooks show. Every value is escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CELL = "style='text-align:left;vertical-align:top'"
# A long path in a caption would be broken to the width of a narrow table.
_CAPTION = "style='text-align:left;font-weight:bold;white-space:nowrap'"


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table with a caption."""
    names = "".join(f"<th {_CELL}>{escape(name)}</th>" for name in head)
    body = "".join(f"<tr>{_cells(row)}</tr>" for row in rows)
    return (
        f"<table><caption {_CAPTION}>{escape(caption)}</caption>"
        f"<thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>"
    )


def paragraph(word: str, text: str) -> str:
    """A line that begins with a word in bold."""
    return f"<p><b>{escape(word)}</b> {escape(text)}</p>"


def _cells(row: Sequence[object]) -> str:
    return "".join(f"<td {_CELL}>{escape(str(value))}</td>" for value in row)
