"""What is in a folder of etlkit's own."""

from __future__ import annotations

import os


def names_in(folder: str) -> list[str]:
    """The names in a folder, sorted; none where there is no such folder."""
    try:
        return sorted(os.listdir(folder))
    except FileNotFoundError:
        return []
