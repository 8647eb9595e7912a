"""Text: its encodings, its lines, and the cells of a line."""

from __future__ import annotations
