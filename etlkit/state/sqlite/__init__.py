"""A state that lasts: one SQLite file, for any number of threads and processes."""

from __future__ import annotations
