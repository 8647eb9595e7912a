"""What does not fit into memory: rows and keys on disk, exactly as they were."""

from __future__ import annotations
