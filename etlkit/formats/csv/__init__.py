"""CSV and TSV: rows of cells between delimiters."""

from __future__ import annotations
