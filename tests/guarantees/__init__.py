"""What is guaranteed for each source and destination, as one list for the page and its test."""

from __future__ import annotations
