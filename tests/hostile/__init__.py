"""Input as it should not be, and what becomes of it: the list behind tests, docs and fuzzing."""

from __future__ import annotations
