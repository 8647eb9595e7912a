"""Readers given bytes that nobody would think of: `python -m fuzz`, in the folder ``tests``."""

from __future__ import annotations
