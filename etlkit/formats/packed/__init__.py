"""Files that are packed: compressed streams, and the members of archives."""

from __future__ import annotations
